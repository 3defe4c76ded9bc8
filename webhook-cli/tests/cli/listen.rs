//! `listen` keeps every request byte for byte, and says what is wrong with it.

use serde_json::json;

use crate::listener::{Listener, raw};
use crate::program::{Files, SECRET, command, finish, run, signed};

const BODY: &[u8] = br#"{"event":"voice_note.sent","price":1.10}"#;

/// What is compared: the request as it is kept, without what belongs to the connection.
fn without_connection(request: &[u8]) -> Vec<u8> {
    let end = request.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = str::from_utf8(&request[..end]).unwrap();
    let mut lines: Vec<_> = head.lines().map(str::to_lowercase).collect();
    lines.sort_unstable();
    [lines.join("\n").as_bytes(), &request[end..]].concat()
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
fn a_wrong_secret_is_what_is_asked_about_first() {
    let files = Files::new();
    let listener = Listener::start(&files, "svara", "");
    let forged = raw("POST", "/", &format!(" -H X-Svara-Signature:{}", "ab".repeat(32)), BODY);
    assert_eq!(listener.send(&forged).status, 401);
    assert_eq!(listener.next()["causes"], json!([]));
    let page = String::from_utf8(listener.page("/deliveries/1").body).unwrap();
    assert!(page.contains("Most often the secret is another one"), "{page}");
}
