//! `listen` keeps every request byte for byte, says what is wrong with it, and forwards what is authentic.

use std::thread;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::json;

use crate::listener::{Listener, raw};
use crate::program::{Files, SECRET, command, finish, run, signed};
use crate::server::Server;

const BODY: &[u8] = br#"{"event":"voice_note.sent","price":1.10}"#;

/// What is compared: the request as it is kept, without what belongs to the connection.
fn without_connection(request: &[u8]) -> Vec<u8> {
    let end = request.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = str::from_utf8(&request[..end]).unwrap();
    let mut lines: Vec<_> = head.lines().map(str::to_lowercase).collect();
    lines.sort_unstable();
    [lines.join("\n").as_bytes(), &request[end..]].concat()
}

#[track_caller]
fn eventually(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_mins(1), "not within a minute");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn every_request_is_kept_byte_for_byte_across_kills() {
    let files = Files::new();
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let long: Vec<u8> = (0..10 * 1024 * 1024).map(|_| noise()).collect();
    let bodies: [&[u8]; 5] = [BODY, b"", b"\xff\xfe\0\r\n", b"\xef\xbb\xbf{}", &long];
    let mut kept = Vec::new();
    for body in bodies {
        let listener = Listener::start(&files, "svara", "");
        let options = signed("svara", body, "");
        let genuine = raw("POST", "/a/b?c=%2F", &options, body);
        let forged = raw("PUT", "/", &format!("{options} -H X-Tab:a\tb"), &[body, b"!"].concat());
        for (request, status, outcome) in [(genuine, 200, "verified"), (forged, 401, "rejected")] {
            assert_eq!(listener.send(&request).status, status);
            let line = listener.next();
            assert_eq!(line["outcome"], outcome, "{line}");
            kept.push((line["number"].as_i64().unwrap(), request));
        }
        // It is killed here.
    }
    let listener = Listener::start(&files, "svara", "");
    for (number, request) in kept {
        let page = listener.page(&format!("/deliveries/{number}/request"));
        assert_eq!(page.status, 200);
        assert!(without_connection(&page.body) == without_connection(&request), "{number}");
    }
    listener.stop();
}

#[test]
fn what_is_wrong_is_said_on_the_terminal_and_on_the_page() {
    let files = Files::new();
    let listener = Listener::start(&files, "svara", "");
    let options = signed("svara", BODY, "");
    let request = raw("POST", "/", &options, &[BODY, b"\n"].concat());
    assert_eq!(listener.send(&request).status, 401);
    let line = listener.next();
    assert_eq!(line["causes"][0]["cause"], "body-newline-added", "{line}");
    let page = listener.page(&format!("/deliveries/{}", line["number"]));
    let page = String::from_utf8(page.body).unwrap();
    assert!(page.contains("Rejected request") && page.contains("body-newline-added"), "{page}");
    assert!(!page.contains(SECRET));
}

#[test]
fn copies_and_handshakes_are_kept_too() {
    let files = Files::new();
    let listener = Listener::start(&files, "svara", "");
    let request = raw("POST", "/", &signed("svara", BODY, ""), BODY);
    for outcome in ["verified", "duplicate"] {
        assert_eq!(listener.send(&request).status, 200);
        let line = listener.next();
        assert_eq!(
            (&line["outcome"], &line["event"]),
            (&json!(outcome), &json!("voice_note.sent"))
        );
    }
    drop(listener);

    let files = Files::new();
    let listener = Listener::start(&files, "dropbox", "");
    let answer = listener.send(&raw("GET", "/?challenge=abc", "", b""));
    assert_eq!((answer.status, &*answer.body), (200, &b"abc"[..]));
    assert!(answer.head.contains("nosniff"), "{}", answer.head);
    let line = listener.next();
    assert_eq!((&line["outcome"], &line["number"]), (&json!("handshake"), &json!(1)));
    assert_eq!(listener.page("/deliveries/1/request").status, 200);
}

#[test]
fn authentic_deliveries_are_forwarded_unchanged() {
    let service = Server::start(|number, _| match number {
        0 => (StatusCode::OK, "thanks\u{1b}[2J".to_owned()),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "no".to_owned()),
    });
    let files = Files::new();
    let forward = format!("--forward {}", service.url("/mine?x=1"));
    let listener = Listener::start(&files, "svara", &forward);
    let request = |body: &[u8]| {
        raw("POST", "/theirs", &format!("{} -H X-Other:1", signed("svara", body, "")), body)
    };
    let genuine = request(BODY);
    assert_eq!(listener.send(&genuine).status, 200);
    let line = listener.next_of("forwarded");
    assert_eq!((&line["request"], &line["status"]), (&json!("#1"), &json!(200)));
    assert_eq!(line["answer"], "thanks\\u{1b}[2J");
    let received = &service.received()[0];
    assert_eq!((&*received.method, &*received.target), ("POST", "/mine?x=1"));
    assert_eq!(received.body, BODY);
    assert_eq!(received.header("x-other"), "1");
    let signature = String::from_utf8(genuine).unwrap();
    assert!(signature.contains(received.header("x-svara-signature")), "{signature}");

    // A rejected request is not, and an answer that is no 2xx is on the page.
    let mut forged = request(b"{}");
    let last = forged.len() - 1;
    forged[last] = b' ';
    assert_eq!(listener.send(&forged).status, 401);
    assert_eq!(listener.send(&request(b"[2]")).status, 200);
    let line = listener.next_of("forwarded");
    assert_eq!((&line["status"], &line["answer"]), (&json!(500), &json!("no")));
    let page = || String::from_utf8(listener.page("/?state=given-up").body).unwrap();
    eventually(|| page().contains("500 no"));
    assert_eq!(service.received().len(), 2);
    listener.stop();
}

#[test]
fn a_service_that_hangs_holds_nobody_up() {
    let service = Server::start_async(|number, _| async move {
        if number == 0 {
            tokio::time::sleep(Duration::from_mins(10)).await;
        }
        (StatusCode::OK, String::new())
    });
    let files = Files::new();
    let forward = format!("--forward {} --forward-deadline 5", service.url("/"));
    let listener = Listener::start(&files, "svara", &forward);
    for number in 0..20 {
        let body = format!("[{number}]").into_bytes();
        assert_eq!(
            listener.send(&raw("POST", "/", &signed("svara", &body, ""), &body)).status,
            200
        );
    }
    let lines: Vec<_> = (0..20).map(|_| listener.next_of("forwarded")).collect();
    let unanswered: Vec<_> = lines.iter().filter(|line| line["status"].is_null()).collect();
    assert_eq!(unanswered.len(), 1, "{lines:?}");
    assert_eq!(unanswered[0]["answer"], "no answer within 5 s");

    // One that is stopped while it waits for an answer ends all the same.
    let service = Server::start_async(|_, _| async {
        tokio::time::sleep(Duration::from_mins(10)).await;
        (StatusCode::OK, String::new())
    });
    let files = Files::new();
    let listener = Listener::start(&files, "svara", &format!("--forward {}", service.url("/")));
    assert_eq!(listener.send(&raw("POST", "/", &signed("svara", BODY, ""), BODY)).status, 200);
    eventually(|| !service.received().is_empty());
    let start = Instant::now();
    listener.stop();
    assert!(start.elapsed() < Duration::from_mins(1));
}

#[test]
fn a_filter_chooses_what_is_shown_and_forwarded() {
    let service = Server::always(200, "");
    let files = Files::new();
    let more = format!("--forward {} --filter event=note.", service.url("/"));
    let listener = Listener::start(&files, "svara", &more);
    for event in ["call.sent", "note.sent"] {
        let body = format!(r#"{{"event":"{event}"}}"#).into_bytes();
        assert_eq!(
            listener.send(&raw("POST", "/", &signed("svara", &body, ""), &body)).status,
            200
        );
    }
    assert_eq!(listener.next()["event"], "note.sent");
    assert_eq!(listener.next()["request"], "#2");
    assert_eq!(service.received().len(), 1);
    let page = String::from_utf8(listener.page("/").body).unwrap();
    assert!(page.contains("call.sent") && page.contains("note.sent"));
}

/// How many requests: 10,000 if `WEBHOOK_EXHAUSTIVE` is set.
fn many() -> usize {
    if std::env::var_os("WEBHOOK_EXHAUSTIVE").is_some() { 10_000 } else { 500 }
}

#[test]
fn many_requests_are_all_kept() {
    let files = Files::new();
    let listener = Listener::start(&files, "samva", "");
    let half = many() / 2;
    let send = |more: &str| {
        run(&format!(
            "send samva --secret-env SECRET --to {} --event message.failed --count {half} \
             --concurrency 50 {more}",
            listener.url()
        ))
    };
    send("").expect(0);
    send("--tamper").expect(1);
    let mut numbers: Vec<_> =
        (0..half * 2).map(|_| listener.next()["number"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(1..=half as u64 * 2));
    let counts = String::from_utf8(listener.page("/?state=rejected").body).unwrap();
    assert!(counts.contains(&format!("<strong>{half}</strong> rejected")), "{counts}");
    assert!(counts.contains(&format!("<strong>{half}</strong> kept")));
}

#[test]
fn a_set_up_that_cannot_work_is_refused() {
    let files = Files::new();
    let store = files.name("kept.db");
    let listen =
        |more: &str| run(&format!("listen svara --store {store} --bind 127.0.0.1:0 {more}"));
    let ran = listen("--secret-env SECRET --page 0.0.0.0:0").expect(2);
    assert!(ran.stderr.contains("loopback"), "{}", ran.stderr);
    let ran = listen("--secret-env SECRET --page 127.0.0.1:0 --forward ftp://a").expect(2);
    assert!(ran.stderr.contains("http"), "{}", ran.stderr);
    let text =
        files.write("text.db", "this is no database, but a text of some length\n".repeat(100));
    let ran = finish(command([
        "listen",
        "svara",
        "--secret-env",
        "SECRET",
        "--page",
        "127.0.0.1:0",
        "--bind",
        "127.0.0.1:0",
        "--store",
        &text,
    ]));
    assert!(ran.expect(2).stderr.contains("not a database"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        drop(Listener::start(&files, "svara", ""));
        assert_eq!(std::fs::metadata(store).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_sender_that_hangs_up_has_sent_its_request_all_the_same() {
    use std::io::Write as _;

    let files = Files::new();
    let listener = Listener::start(&files, "svara", "");
    let body = format!("[{}]", "{\"a\":1.10},".repeat(20_000)).into_bytes();
    for _ in 0..20 {
        let mut stream = std::net::TcpStream::connect(&listener.address).unwrap();
        stream.write_all(&raw("POST", "/", " -H X-Svara-Signature:00", &body)).unwrap();
        // Closed here, while the others are being explained.
    }
    let honest = raw("POST", "/", &signed("svara", BODY, ""), BODY);
    assert_eq!(listener.send(&honest).status, 200);
    let lines: Vec<_> = (0..21).map(|_| listener.next()["outcome"].clone()).collect();
    assert_eq!(
        lines.iter().filter(|outcome| **outcome == json!("rejected")).count(),
        20,
        "{lines:?}"
    );
}

#[test]
fn an_answer_that_repeats_the_secret_is_shown_without_it() {
    let service = Server::always(401, SECRET);
    let files = Files::new();
    let listener = Listener::start(&files, "svara", &format!("--forward {}", service.url("/")));
    listener.send(&raw("POST", "/", &signed("svara", BODY, ""), BODY));
    assert_eq!(listener.next_of("forwarded")["answer"], "[secret]");
    let page = || String::from_utf8(listener.page("/deliveries/1").body).unwrap();
    eventually(|| page().contains("401 [secret]"));
    assert!(!page().contains(SECRET));
}

/// Stores a delivery as a service does, for its worker.
fn stored_by_a_service(file: &str) {
    use webhook_core::{Head, Verify as _};
    use webhook_inbox::{Inbox, RequestHead, Sqlite};

    let secret = webhook_core::providers::svara::Secret::new(SECRET).unwrap();
    let now = std::time::SystemTime::now().into();
    let headers = secret.sign(BODY, now, None).unwrap();
    let delivery = secret.verify(&Head::new("POST", "/", &headers), &BODY.into(), now).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let inbox = Inbox::open(Sqlite::file(file).unwrap()).await.unwrap();
        inbox.endpoint("svara", secret).store(&delivery, RequestHead::default()).await.unwrap();
    });
}

#[test]
fn the_deliveries_of_a_service_are_left_to_it() {
    let files = Files::new();
    stored_by_a_service(&files.name("kept.db"));
    let service = Server::always(200, "");
    let listener = Listener::start(&files, "svara", &format!("--forward {}", service.url("/")));
    let other = br#"{"event":"voice_note.sent"}"#;
    listener.send(&raw("POST", "/", &signed("svara", other, ""), other));
    assert_eq!(listener.next_of("forwarded")["request"], "#2");
    let page = String::from_utf8(listener.page("/?state=waiting").body).unwrap();
    assert!(page.contains("./deliveries/1"), "{page}");

    // What of it cannot be sent again does not keep the rest back.
    let replay = run(&format!(
        "replay --filter event=voice_note. --store {} --to {} --json",
        files.name("kept.db"),
        service.url("/")
    ));
    let replay = replay.expect(1);
    assert_eq!(replay.one()["request"], "#2 svara voice_note.sent");
    assert!(replay.stderr.contains("#1: only its body"), "{}", replay.stderr);
}

#[test]
fn a_replay_from_the_page_needs_somewhere_to_go() {
    let files = Files::new();
    let listener = Listener::start(&files, "svara", "");
    listener.send(&raw("POST", "/", &signed("svara", BODY, ""), BODY));
    assert_eq!(listener.post("/deliveries/1/replay").status, 303);
    let page = || String::from_utf8(listener.page("/deliveries/1").body).unwrap();
    eventually(|| page().contains("there is no --forward to send it to"));
}

#[test]
fn what_is_too_long_is_answered_413_and_queries_are_not_shown() {
    let files = Files::new();
    let listener = Listener::start(&files, "svara", "");
    let long =
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 33554433\r\n\r\n";
    assert_eq!(listener.send(long.as_bytes()).status, 413);
    let chunk = "x".repeat(0x10_0000);
    let chunks = format!("100000\r\n{chunk}\r\n").repeat(33);
    let chunked = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"
    );
    assert_eq!(listener.send(chunked.as_bytes()).status, 413);
    let honest = raw("POST", "/hook?code=abc", &signed("svara", BODY, ""), BODY);
    assert_eq!(listener.send(&honest).status, 200);
    assert_eq!(listener.next()["path"], "/hook");
}

#[test]
fn strangers_fill_no_disk() {
    use webhook_inbox::store::{NewDelivery, Purpose, Store as _};
    use webhook_inbox::{Inbox, Sqlite};

    let files = Files::new();
    let listener = Listener::start(&files, "dropbox", "");
    for _ in 0..101 {
        assert_eq!(listener.send(&raw("GET", "/?challenge=abc", "", b"")).status, 200);
    }
    let numbers: Vec<_> = (0..101).map(|_| listener.next()["number"].clone()).collect();
    assert_eq!((&numbers[99], &numbers[100]), (&json!(100), &json!(null)));
    drop(listener);

    let files = Files::new();
    let rejected = NewDelivery {
        provider: "svara".to_owned(),
        endpoint: "listen/svara".to_owned(),
        event: "-".to_owned(),
        delivery_id: None,
        received: std::time::SystemTime::now().into(),
        keys: Vec::new(),
        order: None,
        purpose: Purpose::Rejected { reason: "no".to_owned() },
        record: String::new(),
        body: BODY.into(),
        head: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Sqlite::file(files.name("kept.db")).unwrap();
        Inbox::open(store.clone()).await.unwrap();
        store.accept(&vec![rejected; 10_001]).await.unwrap();
    });
    let listener = Listener::start(&files, "svara", "");
    assert_eq!(listener.send(&raw("POST", "/", "", b"{}")).status, 401);
    assert_eq!(listener.next()["number"], 10_002);
    let first = |number| listener.page(&format!("/deliveries/{number}/body")).status;
    assert_eq!((first(1), first(2), first(10_002)), (404, 404, 200));
}

#[test]
fn a_delivery_that_the_sender_repeats_is_forwarded_again() {
    let service = Server::start(|number, _| match number {
        0 => (StatusCode::SERVICE_UNAVAILABLE, String::new()),
        _ => (StatusCode::OK, String::new()),
    });
    let files = Files::new();
    let listener = Listener::start(&files, "svara", &format!("--forward {}", service.url("/")));
    let request = raw("POST", "/", &signed("svara", BODY, ""), BODY);
    for (number, status) in [("#1", 503), ("#2", 200)] {
        assert_eq!(listener.send(&request).status, 200);
        let line = listener.next_of("forwarded");
        assert_eq!((&line["request"], &line["status"]), (&json!(number), &json!(status)));
    }
    assert_eq!(service.received().len(), 2);
}

#[test]
fn a_wrong_secret_is_what_is_asked_about_first() {
    let files = Files::new();
    let listener = Listener::start(&files, "svara", "");
    let forged = raw("POST", "/", &format!(" -H X-Svara-Signature:{}", "ab".repeat(32)), BODY);
    assert_eq!(listener.send(&forged).status, 401);
    assert_eq!(listener.next()["causes"], json!([]));
    let page = String::from_utf8(listener.page("/deliveries/1").body).unwrap();
    assert!(page.contains("Most often the secret is another one"), "{page}");
}
