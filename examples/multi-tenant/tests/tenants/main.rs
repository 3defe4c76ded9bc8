//! The service as its tenants' senders see it, and whoever manages them.

mod service;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::SystemTime;

use tempfile::tempdir;
use webhook_tower::custom::{Key, SchemeProvider};
use webhook_tower::providers::{svara::Svara, voisnap::Voisnap};

use service::{Service, TOKEN, command, complaint};

const BODY: &str = r#"{"type":"SessionEnded","data":{"conversationId":"conv_1"}}"#;

fn sign<P: SchemeProvider>(secret: &str, id: &str, body: &str) -> Vec<(&'static str, String)> {
    let secret = Key::<P>::new(secret).unwrap();
    secret.sign(body.as_bytes(), SystemTime::now().into(), Some(id)).unwrap().into_iter().collect()
}

/// Posts what Voisnap would: another body for each id.
fn post(service: &Service, tenant: &str, secret: &str, id: &str) -> (u16, String) {
    let path = format!("/webhooks/{tenant}/voisnap");
    let body = BODY.replace("conv_1", id);
    service.send("POST", &path, &sign::<Voisnap>(secret, id, &body), &body)
}

fn received() -> (u16, String) {
    (200, r#"{"received":true}"#.to_owned())
}

fn invalid() -> (u16, String) {
    (401, r#"{"error": "invalid signature"}"#.to_owned())
}

#[test]
fn a_tenants_secret_opens_its_own_endpoint_only() {
    let dir = tempdir().unwrap();
    let service = Service::start(dir.path());
    service.add("acme/voisnap", "whsec_acme");
    service.add("globex/voisnap", "whsec_globex");
    assert_eq!(post(&service, "acme", "whsec_acme", "dlv_1"), received());
    assert_eq!(post(&service, "globex", "whsec_acme", "dlv_1"), invalid());
    // The same delivery id is another delivery at another tenant, and a duplicate at the same one.
    assert_eq!(post(&service, "globex", "whsec_globex", "dlv_1"), received());
    let again = post(&service, "globex", "whsec_globex", "dlv_1");
    assert_eq!(again, (200, r#"{"duplicate":true}"#.to_owned()));
    assert_eq!(
        service.stop(),
        "handled acme/voisnap dlv_1: 57 bytes\nhandled globex/voisnap dlv_1: 57 bytes\n"
    );
}

#[test]
fn an_endpoint_that_does_not_exist_looks_like_a_wrong_secret() {
    let dir = tempdir().unwrap();
    let service = Service::start(dir.path());
    service.add("acme/voisnap", "whsec_acme");
    let answers = |tenant: &str| {
        let path = format!("/webhooks/{tenant}/voisnap");
        let genuine = sign::<Voisnap>("whsec_wrong", "dlv_1", BODY);
        let without = |name: &str| {
            let headers = genuine.iter().filter(|(each, _)| *each != name).cloned();
            service.send("POST", &path, &headers.collect::<Vec<_>>(), BODY)
        };
        [
            service.send("POST", &path, &genuine, BODY),
            without("x-webhook-signature"),
            without("x-webhook-timestamp"),
            service.send("GET", &path, &genuine, ""),
            service.send("POST", &path, &genuine, &"a".repeat(1024 * 1024 + 1)),
        ]
    };
    let known = answers("acme");
    assert_eq!(known[0], invalid());
    for tenant in ["nobody", "ACME", "%2f", &"a".repeat(300)] {
        assert_eq!(answers(tenant), known, "{tenant}");
    }
    // Not even with the secret of those who are nobody, which stands in the source.
    assert_eq!(post(&service, "nobody", "of-nobody", "dlv_1"), invalid());
    let path = "/webhooks/acme/github";
    assert_eq!(
        service.send("POST", path, &sign::<Svara>("whsec_acme", "-", BODY), BODY),
        invalid()
    );
    assert_eq!(service.stop(), "");
}

#[test]
fn a_secret_is_replaced_while_the_service_runs() {
    let dir = tempdir().unwrap();
    let service = Service::start(dir.path());
    service.add("acme/voisnap", "whsec_old");
    assert_eq!(post(&service, "acme", "whsec_old", "dlv_1"), received());
    service.add("acme/voisnap", "whsec_new");
    // Given again, it changes nothing: the old one stays the previous one.
    service.add("acme/voisnap", "whsec_new");
    assert_eq!(post(&service, "acme", "whsec_new", "dlv_2"), received());
    assert_eq!(post(&service, "acme", "whsec_old", "dlv_3"), received());
    let previous = "/admin/acme/voisnap/previous";
    assert_eq!(service.admin("DELETE", previous, TOKEN, "").0, 204);
    assert_eq!(service.admin("DELETE", previous, TOKEN, "").0, 404);
    assert_eq!(post(&service, "acme", "whsec_old", "dlv_4"), invalid());
    assert_eq!(post(&service, "acme", "whsec_new", "dlv_5"), received());
    // The third secret ends the first.
    service.add("acme/voisnap", "whsec_newer");
    service.add("acme/voisnap", "whsec_newest");
    assert_eq!(post(&service, "acme", "whsec_new", "dlv_6"), invalid());
    assert_eq!(service.admin("DELETE", "/admin/acme/voisnap", TOKEN, "").0, 204);
    assert_eq!(post(&service, "acme", "whsec_newest", "dlv_7"), invalid());
}

#[test]
fn secrets_outlive_the_service_and_are_readable_by_its_user_only() {
    let dir = tempdir().unwrap();
    let service = Service::start(dir.path());
    service.add("acme/voisnap", "whsec_acme");
    service.stop();
    for file in fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
    let service = Service::start(dir.path());
    assert_eq!(post(&service, "acme", "whsec_acme", "dlv_1"), received());
}

#[test]
fn only_the_admin_changes_secrets() {
    let dir = tempdir().unwrap();
    let service = Service::start(dir.path());
    service.add("acme/voisnap", "whsec_acme");
    let body = r#"{"secret":"whsec_evil"}"#;
    for (method, path) in [
        ("PUT", "/admin/acme/voisnap"),
        ("DELETE", "/admin/acme/voisnap"),
        ("DELETE", "/admin/acme/voisnap/previous"),
    ] {
        for token in ["", "wrong", &TOKEN[1..], &format!("{TOKEN}x")] {
            assert_eq!(service.admin(method, path, token, body).0, 401, "{method} {token}");
        }
        assert_eq!(service.send(method, path, &[], body).0, 401);
    }
    assert_eq!(post(&service, "acme", "whsec_acme", "dlv_1"), received());
}

#[test]
fn what_cannot_be_a_secret_is_refused_and_not_shown() {
    let dir = tempdir().unwrap();
    let service = Service::start(dir.path());
    for (endpoint, body, expected) in [
        ("acme/voisnap", r#"{"secret":" s3cr3t"}"#, "the secret is unusable: "),
        ("acme/voisnap", r#"{"secret":""}"#, "the secret is unusable: "),
        ("acme/voisnap", r#"{"secret":"\u0000"}"#, "the secret is unusable: "),
        ("acme/voisnap", r#"{"s3cr3t":1}"#, "the body must be "),
        ("acme/voisnap", "s3cr3t", "the body must be "),
        ("acme/github", r#"{"secret":"s3cr3t"}"#, "there is no provider \"github\" here"),
        ("ACME/voisnap", r#"{"secret":"s3cr3t"}"#, "a tenant's name has "),
        ("a%2Fb/voisnap", r#"{"secret":"s3cr3t"}"#, "a tenant's name has "),
    ] {
        let (status, text) = service.admin("PUT", &format!("/admin/{endpoint}"), TOKEN, body);
        assert_eq!(status, 422, "{body}: {text}");
        assert!(text.starts_with(expected) && !text.contains("s3cr3t"), "{body}: {text}");
    }
}

#[test]
fn a_wrong_set_up_is_named_before_it_listens() {
    let dir = tempdir().unwrap();
    let output = command(dir.path()).env_remove("ADMIN_TOKEN").output().unwrap();
    assert_eq!(complaint(&output), "ADMIN_TOKEN: environment variable not found\n");
    let output = command(dir.path()).env("ADMIN_TOKEN", "short").output().unwrap();
    assert_eq!(complaint(&output), "ADMIN_TOKEN must have 16 characters at least\n");
    let output = command(dir.path()).env("DATABASE", "no/such/directory").output().unwrap();
    assert!(complaint(&output).starts_with("DATABASE=no/such/directory cannot be used: "));
}

#[test]
fn the_same_secret_given_many_times_at_once_is_one_secret() {
    let dir = tempdir().unwrap();
    let service = Service::start(dir.path());
    service.add("acme/voisnap", "whsec_old");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| service.add("acme/voisnap", "whsec_new"));
        }
    });
    assert_eq!(post(&service, "acme", "whsec_new", "dlv_1"), received());
    assert_eq!(post(&service, "acme", "whsec_old", "dlv_2"), received());
    // And one that comes back.
    service.add("acme/voisnap", "whsec_old");
    assert_eq!(post(&service, "acme", "whsec_old", "dlv_3"), received());
    assert_eq!(post(&service, "acme", "whsec_new", "dlv_4"), received());
}
