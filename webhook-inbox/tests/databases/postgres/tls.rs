//! Connections are encrypted, and the server has to be the right one.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use webhook_core::UnixTime;
use webhook_inbox::store::StoreErrorKind;
use webhook_inbox::{Inbox, Postgres, testing};

use super::server::Server;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

#[tokio::test]
async fn the_server_has_to_be_who_it_says() {
    let Some(server) = Server::new() else { return };
    let (ours, other) = (authority(), authority());
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &ours).unwrap();
    server.demand_tls(&certificate.pem(), &key.serialize_pem());
    server.up();

    let dir = tempfile::tempdir().unwrap();
    let open = async |host: &str, mode: &str, authority: &Authority| {
        let file = dir.path().join("ca.pem");
        std::fs::write(&file, authority.pem()).unwrap();
        let (port, file) = (server.port, file.display());
        let url =
            format!("postgres://postgres@{host}:{port}/postgres?sslmode={mode}&sslrootcert={file}");
        Inbox::open(Postgres::connect(&url).unwrap()).await
    };
    for (host, mode) in [
        ("localhost", "verify-full"),
        ("127.0.0.1", "require"),
        // Encrypted if the server can, which is the default. Nothing is checked.
        ("127.0.0.1", "prefer"),
    ] {
        let inbox = open(host, mode, &ours).await.unwrap();
        // By way of another connection.
        let accepted =
            inbox.store().accept(&[testing::delivery(mode, UnixTime::from_secs(1))]).await;
        assert_eq!(accepted.unwrap().len(), 1, "{mode}");
    }
    for (host, mode, authority, expected) in [
        ("localhost", "verify-full", &other, "invalid peer certificate"),
        ("127.0.0.1", "verify-full", &ours, "invalid peer certificate"),
        ("127.0.0.1", "disable", &ours, "no encryption"),
    ] {
        let error = open(host, mode, authority).await.unwrap_err();
        let text = format!("{error:?}");
        assert!(text.contains(expected), "{host} {mode}: {text}");
        let kinds = [StoreErrorKind::Unreachable, StoreErrorKind::Refused];
        assert_eq!(error.kind(), kinds[usize::from(mode == "disable")], "{text}");
    }
}
