use axum::http::StatusCode;
use webhook_inbox::store::{NewDelivery, Outcome, Purpose};

use crate::given::{Given, START};
use webhook_core::UnixTime;

const ATTACK: &str = "<script>alert(1)</script>";

#[tokio::test]
async fn what_a_sender_wrote_stays_text() {
    let mut given = Given::new().await;
    let body = format!(r#"{{"text":"{ATTACK}"}}"#);
    let number = given.add("samva", ATTACK, ATTACK, body.as_bytes()).await;
    given.claim().await;
    given.give_up(number, ATTACK).await;
    for path in ["/", "/deliveries/1", "/deliveries/1/delete", "/deliveries/1/replay"] {
        let page = given.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains("&#60;script&#62;alert(1)"), "{path}");
        assert!(!page.text().contains("<script") && !page.text().contains("<i>Sender"), "{path}");
    }
    for query in ["provider", "endpoint", "event", "delivery_id", "text"] {
        for path in ["/", "/replay", "/delete", "/deliveries/1"] {
            let page = given.get(&format!("{path}?{query}=%22%3E%3Cscript%3E")).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(!page.text().contains("<script"), "{path} {query}");
        }
    }
}

#[tokio::test]
async fn a_delivery_is_shown_with_its_attempts_and_headers() {
    let mut given = Given::new().await;
    let body = br#"{"price":1.10,"big":123456789012345678901234567890}"#;
    let number = given.add("svara", "voice_note.sent", "dlv_1", body).await;
    given.claim().await;
    let at = UnixTime::from_secs(START + 600);
    given.settle(number, Outcome::Retry { error: "503 & more".to_owned(), at }).await;
    let page = given.get("/deliveries/1").await;
    for expected in [
        "<time datetime=\"2025-11-25T18:30:00Z\">2025-11-25 18:30:00</time>",
        "<span class=\"state failed\">failed</span>",
        "<code><bdi>dlv_1</bdi></code>",
        "<dt>Next attempt, UTC</dt>\n<dd><time datetime=\"2025-11-25T18:40:00Z\">",
        "<td class=\"bad\"><bdi>503 &#38; more</bdi></td>",
        "<th scope=\"row\">user-agent</th><td><code><bdi>&#60;i&#62;Sender&#60;/i&#62;</bdi></code></td>",
        "51 bytes, JSON",
        "{\n  &#34;price&#34;: 1.10,\n  &#34;big&#34;: 123456789012345678901234567890\n}</pre>",
    ] {
        assert!(page.text().contains(expected), "{expected} is not in {}", page.text());
    }
}

#[tokio::test]
async fn the_body_is_downloaded_byte_for_byte() {
    let mut given = Given::new().await;
    let all: Vec<u8> = (0..=255).collect();
    let long = vec![b' '; 1 << 20];
    for body in [&all[..], b"", b"<script>alert(1)</script>", &long] {
        let number = given.add("svara", "-", "", body).await;
        let answer = given.get(&format!("/deliveries/{number}/body")).await;
        assert_eq!((answer.status, &*answer.body), (StatusCode::OK, body));
        assert_eq!(answer.headers["content-type"], "application/octet-stream");
        let disposition = format!("attachment; filename=\"delivery-{number}\"");
        assert_eq!(answer.headers["content-disposition"], *disposition);
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn payloads_of_every_kind_are_shown() {
    let mut given = Given::new().await;
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    for (body, expected) in [
        (long.as_bytes(), "Only the first 64 KiB are shown."),
        (deep.as_bytes(), "200000 bytes, JSON"),
        (b"\xff\x00", "\\xff\\x00</pre>"),
        (b"\nfirst line", "\n\nfirst line</pre>"),
        (b"", "0 bytes, not JSON"),
    ] {
        let number = given.add("svara", "-", "", body).await;
        let page = given.get(&format!("/deliveries/{number}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains(expected), "{expected}");
        assert!(page.body.len() < 100_000, "{expected}: {}", page.body.len());
    }
}

#[tokio::test]
async fn deliveries_and_pages_that_are_not_there_are_answered_404_with_a_page() {
    let given = Given::new().await;
    for path in ["/deliveries/1", "/deliveries/x", "/deliveries/1/body", "/nothing", "/a/b/c"] {
        let answer = given.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text().contains("not found</h1>"), "{path}: {}", answer.text());
    }
    let answer = given.post("/deliveries/1").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers["allow"], "GET,HEAD");
    assert!(answer.text().contains("<h1>Method not allowed</h1>"));
}

#[tokio::test]
async fn a_rejected_request_is_shown_with_the_reason() {
    let mut given = Given::new().await;
    let rejected = NewDelivery {
        purpose: Purpose::Rejected { reason: "the signature does not match\n<b>".to_owned() },
        head: Some(b"POST /a HTTP/1.1\r\nX-Signature: \xff\r\n\r\n"[..].into()),
        ..given.delivery("svara", "-", "", b"{}")
    };
    given.accept(rejected).await;
    let list = given.get("/?state=rejected").await;
    assert_eq!(Given::listed(&list), [1]);
    assert!(
        list.text().contains("<div class=\"bad\"><bdi>the signature does not match\n&#60;b&#62;")
    );
    let page = given.get("/deliveries/1").await;
    for expected in [
        "<h1>Rejected request 1</h1>",
        "<dt>Why</dt>\n<dd class=\"bad\"><bdi>the signature does not match\n&#60;b&#62;</bdi></dd>",
        "\nPOST /a HTTP/1.1\nX-Signature: \\xff</pre>",
        "href=\"../deliveries/1/request\" download",
    ] {
        assert!(page.text().contains(expected), "{expected} is not in {}", page.text());
    }
    assert!(!page.text().contains("Replay"));
    let request = given.get("/deliveries/1/request").await;
    assert_eq!(request.body, &b"POST /a HTTP/1.1\r\nX-Signature: \xff\r\n\r\n{}"[..]);
    assert_eq!(request.headers["content-type"], "application/octet-stream");
    given.add("svara", "-", "", b"").await;
    assert_eq!(given.get("/deliveries/2/request").await.status, StatusCode::NOT_FOUND);
}
