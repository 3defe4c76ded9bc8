//! The delivery log, in a real browser and against strangers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fantoccini::{Client, Locator};
use tokio::time::sleep;

use crate::browser::{Driver, Screen, photograph};
use crate::deliveries::{samva, svara, voisnap, voxpria};
use crate::http::{deliver, is_received, request};
use crate::postgres::Postgres;
use crate::program::{PATIENCE, Program};
use crate::work_service;

const ATTACK: &str = "<script>alert(1)</script>";
const DONE: &str = "delivery_log() where state = 'done'";

#[tokio::test(flavor = "multi_thread")]
async fn in_a_browser() {
    let Some(driver) = Driver::start() else { return };
    let Some(postgres) = Postgres::start() else { return };
    let postgres = Arc::new(postgres);
    // Blocks, as the other tests do.
    let (is_mended, fleet) = tokio::task::block_in_place(|| fill(&postgres));
    let log = format!("http://{}/", fleet.log.log_address());

    let desktop = driver.browser(Screen::Desktop).await;
    desktop.goto(&log).await.unwrap();
    assert_eq!(desktop.find_all(Locator::Css("td.time")).await.unwrap().len(), 50);
    look(&desktop, "list", Screen::Desktop).await;
    press(&desktop, Locator::LinkText("Older")).await;
    assert_eq!(desktop.find_all(Locator::Css("td.time")).await.unwrap().len(), 7);
    press(&desktop, Locator::LinkText("Newest")).await;
    assert_eq!(desktop.find_all(Locator::Css("td.time")).await.unwrap().len(), 50);

    filter(&desktop, "voisnap", "", "all").await;
    assert_eq!(desktop.find_all(Locator::Css("td.time")).await.unwrap().len(), 3);
    filter(&desktop, "all", "SessionEnded", "done").await;
    assert_eq!(texts(&desktop, "td.id").await, ["dlv_done"]);
    filter(&desktop, "voisnap", "SessionEnded", "failed").await;
    assert_eq!(texts(&desktop, "td.id").await, ["dlv_failed"]);
    filter(&desktop, "svara", "SessionEnded", "failed").await;
    assert_eq!(texts(&desktop, "p.none").await, ["No deliveries."]);

    // Failed, opened, and replayed now that what it needs is mended.
    for (state, id) in [("failed", "dlv_failed"), ("given up", "dlv_given_up")] {
        filter(&desktop, "all", "", state).await;
        assert_eq!(texts(&desktop, "td.id").await, [id]);
        press(&desktop, Locator::Css("td.time a")).await;
        assert_eq!(texts(&desktop, "dd .state").await, [state]);
        assert_eq!(
            texts(&desktop, ".outcome").await,
            ["WORK_URL answered 500 Internal Server Error"]
        );
        let payload = format!(
            "{{\n  \"type\": \"SessionEnded\",\n  \"data\": {{\n    \"conversationId\": \"conv of {id}\"\n  }}\n}}"
        );
        assert_eq!(texts(&desktop, "pre").await, [payload]);
        if state == "failed" {
            look(&desktop, "delivery", Screen::Desktop).await;
        }
        is_mended.store(true, Ordering::SeqCst);
        press(&desktop, Locator::XPath("//button[text()='Replay']")).await;
        let began = Instant::now();
        while texts(&desktop, "dd .state").await != ["done"] {
            assert!(began.elapsed() < PATIENCE, "{}", desktop.source().await.unwrap());
            sleep(Duration::from_millis(100)).await;
            desktop.refresh().await.unwrap();
        }
        let outcomes = ["WORK_URL answered 500 Internal Server Error", "succeeded"];
        assert_eq!(texts(&desktop, ".outcome").await, outcomes);
    }

    // What a sender wrote stays text, in the list and on its page.
    filter(&desktop, "samva", "", "all").await;
    press(&desktop, Locator::Css("td.time a")).await;
    assert!(texts(&desktop, "pre").await[0].contains(ATTACK));
    assert!(texts(&desktop, "h1").await[0].contains(ATTACK));
    assert!(texts(&desktop, "td.id").await.contains(&ATTACK.to_owned()));
    look(&desktop, "attack", Screen::Desktop).await;

    let phone = driver.browser(Screen::Phone).await;
    phone.goto(&log).await.unwrap();
    look(&phone, "list", Screen::Phone).await;
    filter(&phone, "samva", "", "done").await;
    look(&phone, "filtered", Screen::Phone).await;
    press(&phone, Locator::Css("td.time a")).await;
    look(&phone, "attack", Screen::Phone).await;
    phone.goto(&log).await.unwrap();
    filter(&phone, "voisnap", "", "all").await;
    press(&phone, Locator::Css("td.time a")).await;
    look(&phone, "delivery", Screen::Phone).await;

    phone.close().await.unwrap();
    desktop.close().await.unwrap();
    tokio::task::block_in_place(|| drop((fleet, postgres)));
}

struct Fleet {
    log: Program,
    _others: [Program; 3],
}

/// Deliveries of all kinds. What failed succeeds once the flag is set.
fn fill(postgres: &Postgres) -> (Arc<AtomicBool>, Fleet) {
    let is_mended = Arc::new(AtomicBool::new(false));
    let mended = is_mended.clone();
    let (url, _) = work_service::start(move |id| {
        let fails = ["dlv_failed", "dlv_given_up"].contains(&id);
        if fails && !mended.load(Ordering::SeqCst) { 500 } else { 200 }
    });
    let receiver = Program::receiver(&postgres.url());
    let impatient = Program::start("receiver", &postgres.url(), &[("MAX_ATTEMPTS", "1")]);
    let to = receiver.address();
    for n in 0..52 {
        is_received(deliver(to, &svara(&format!(r#"{{"event":"voice_note.sent","n":{n}}}"#))));
    }
    is_received(deliver(to, &voxpria(r#"{"event":"call.completed","data":{"callId":"call_1"}}"#)));
    is_received(deliver(to, &voisnap("dlv_done")));
    is_received(deliver(to, &voisnap("dlv_failed")));
    is_received(deliver(impatient.address(), &voisnap("dlv_given_up")));
    let mut attack = samva(&format!(r#"{{"id":"{ATTACK}","text":"{}"}}"#, "long".repeat(200)));
    attack.headers.push(("X-Webhook-Event", ATTACK.to_owned()));
    attack.headers.push(("User-Agent", ATTACK.to_owned()));
    is_received(deliver(to, &attack));

    let worker = Program::worker(&postgres.url(), &[("WORK_URL", &url)]);
    postgres.wait_for(55, DONE);
    postgres.wait_for(1, "delivery_log() where state = 'given up'");
    // Its next attempt would else come while we look.
    postgres.wait_for(1, "graphile_worker.jobs where last_error is not null and attempts < max_attempts and locked_at is null");
    postgres.all::<i64>(
        "update graphile_worker._private_jobs set run_at = now() + interval '1 hour' returning id",
    );
    let log = Program::start("log", &postgres.url(), &[]);
    (is_mended, Fleet { log, _others: [receiver, impatient, worker] })
}

async fn filter(browser: &Client, provider: &str, event: &str, state: &str) {
    browser.goto(browser.current_url().await.unwrap().join("/").unwrap().as_str()).await.unwrap();
    for (name, label) in [("provider", provider), ("state", state)] {
        let select = browser.find(Locator::Css(&format!("select[name={name}]"))).await.unwrap();
        select.select_by_label(label).await.unwrap();
    }
    browser.find(Locator::Css("input[name=event]")).await.unwrap().send_keys(event).await.unwrap();
    press(browser, Locator::XPath("//button[text()='Filter']")).await;
}

/// Clicks on something, and waits for the page that it leads to.
async fn press(browser: &Client, what: Locator<'_>) {
    browser.execute("window.isOld = true", vec![]).await.unwrap();
    browser.find(what).await.unwrap().click().await.unwrap();
    let began = Instant::now();
    let is_new = "return !window.isOld && document.readyState === 'complete'";
    while browser.execute(is_new, vec![]).await.unwrap() != true {
        assert!(began.elapsed() < PATIENCE, "{}", browser.source().await.unwrap());
        sleep(Duration::from_millis(20)).await;
    }
}

async fn texts(browser: &Client, css: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for element in browser.find_all(Locator::Css(css)).await.unwrap() {
        texts.push(element.text().await.unwrap());
    }
    texts
}

/// Nothing ran, nothing sticks out, and the page has its style.
async fn look(browser: &Client, name: &str, screen: Screen) {
    assert!(browser.get_alert_text().await.is_err());
    let eval = async |script: &str| browser.execute(script, vec![]).await.unwrap();
    assert_eq!(eval("return document.scripts.length").await, 0);
    assert_eq!(eval("return document.styleSheets.length").await, 1);
    let width = eval("return document.documentElement.scrollWidth").await.as_u64().unwrap();
    photograph(browser, name, screen).await;
    assert!(width <= screen.width(), "{name} is {width} wide");
}

/// A log with one delivery, which is done.
fn log(postgres: &Postgres, variables: &[(&str, &str)]) -> (Program, SocketAddr) {
    let receiver = Program::receiver(&postgres.url());
    let worker = Program::worker(&postgres.url(), &[]);
    is_received(deliver(receiver.address(), &voisnap("dlv_1")));
    postgres.wait_for(1, DONE);
    worker.stop();
    let log = Program::start("log", &postgres.url(), variables);
    let address = log.log_address();
    (log, address)
}

#[test]
fn strangers_do_not_get_in() {
    let Some(postgres) = Postgres::start() else { return };
    let (_log, to) = log(&postgres, &[]);
    let status = |method, path, headers: &[(&'static str, String)]| {
        request(to, method, path, headers, "").unwrap().status
    };
    let replay = "/deliveries/1/replay";

    // A name of a stranger's that leads to this machine.
    assert_eq!(status("GET", "/", &[("Host", format!("evil.example:{}", to.port()))]), 403);
    assert_eq!(status("GET", "/", &[("Host", format!("localhost:{}", to.port()))]), 200);

    // Another site's form, as browsers send it.
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
    ] {
        assert_eq!(status("POST", replay, &[(name, value.to_owned())]), 403, "{name}: {value}");
    }
    assert_eq!(status("GET", replay, &[]), 405);
    assert_eq!(postgres.count(DONE), 1);

    assert_eq!(status("GET", "/deliveries/2", &[]), 404);
    assert_eq!(status("POST", "/deliveries/2/replay", &[]), 404);
    assert_eq!(status("GET", "/deliveries/x", &[]), 400);
    assert_eq!(status("GET", "/?event=%00&before=1", &[]), 200);

    // The page's own form; a second time it has yet to run.
    let own = [("Sec-Fetch-Site", "same-origin".to_owned())];
    assert_eq!(status("POST", replay, &own), 303);
    assert_eq!(postgres.count("delivery_log() where state = 'received' and attempts = 1"), 1);
    assert_eq!(status("POST", replay, &own), 409);
    assert_eq!(postgres.count("graphile_worker.jobs"), 1);
    let worker = Program::worker(&postgres.url(), &[]);
    postgres.wait_for(1, "delivery_log() where state = 'done' and attempts = 2");
    worker.stop();

    for path in ["/", "/deliveries/1", "/style.css", "/nothing"] {
        let head = request(to, "GET", path, &[], "").unwrap().head;
        let policy = "\r\ncontent-security-policy: default-src 'none'; style-src 'self'; ";
        assert!(head.contains(policy), "{head}");
    }
}

#[test]
fn with_a_token_that_is_needed() {
    let Some(postgres) = Postgres::start() else { return };
    let (log, to) = log(&postgres, &[("LOG_BIND", "0.0.0.0:0"), ("LOG_TOKEN", "secret")]);
    let to = SocketAddr::from(([127, 0, 0, 1], to.port()));
    let status = |method, path, headers: &[(&'static str, String)]| {
        request(to, method, path, headers, "").unwrap().status
    };
    // :wrong and :secret
    let (wrong, right) = ("Basic Ondyb25n".to_owned(), "Basic OnNlY3JldA==".to_owned());
    let replay = "/deliveries/1/replay";
    for (method, path) in [("GET", "/"), ("GET", "/deliveries/1"), ("POST", replay)] {
        assert_eq!(status(method, path, &[]), 401, "{path}");
        assert_eq!(status(method, path, &[("Authorization", wrong.clone())]), 401, "{path}");
    }
    let asks = request(to, "GET", "/", &[], "").unwrap().head;
    assert!(asks.contains("\r\nwww-authenticate: basic realm="), "{asks}");
    assert_eq!(status("GET", "/", &[("Authorization", right.clone())]), 200);
    // The browser adds the password to other sites' requests too.
    let strange = [("Authorization", right.clone()), ("Origin", "http://evil.example".to_owned())];
    assert_eq!(status("POST", replay, &strange), 403);
    assert_eq!(postgres.count(DONE), 1);
    assert_eq!(status("POST", replay, &[("Authorization", right)]), 303);
    assert_eq!(postgres.count(DONE), 0);
    log.stop();
}
