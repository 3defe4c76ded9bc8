//! The pages in Chromium, with payloads that senders should not have sent.

use std::time::{Duration, Instant};

use axum::Router;
use fantoccini::{Client, Locator};
use tokio::net::TcpListener;
use tokio::time::sleep;
use webhook_inbox::store::Outcome;

use crate::browser::{Driver, Screen};
use crate::given::Given;

const ATTACK: &str = "<script>alert(1)</script>";

/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_work_in_a_browser() {
    let Some(driver) = Driver::start() else { return };
    let mut given = Given::new().await;
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let long_name = "averyveryverylongname".repeat(9);
    given.add("svara", "voice_note.sent", "dlv_done", b"{\"price\":1.10}").await;
    given.add("svara", &long_name, &"f".repeat(200), b"{}").await;
    let payloads = [
        ("attack", format!("<img src=x onerror=alert(1)>{ATTACK}").into_bytes()),
        ("long", long.into_bytes()),
        ("bytes", b"\xff\xfe\x00\x1b".to_vec()),
        ("deep", deep.into_bytes()),
    ];
    for (id, payload) in &payloads {
        given.add("samva", ATTACK, id, payload).await;
    }
    given.claim().await;
    given.settle(1, Outcome::Done).await;
    given.give_up(2, &"a long error without a break ".repeat(20).replace(' ', "_")).await;
    let at = serve(given.app()).await;

    for screen in [Screen::Desktop, Screen::Phone] {
        let browser = driver.browser(screen).await;
        browser.goto(&at).await.unwrap();
        assert_eq!(texts(&browser, "tbody th").await, ["6", "5", "4", "3", "2", "1"]);
        look(&browser, screen).await;

        // What a sender wrote stays text.
        for (id, payload) in &payloads {
            filter(&browser, "delivery_id", id).await;
            press(&browser, Locator::Css("tbody th a")).await;
            assert!(texts(&browser, "h1").await[0].contains(ATTACK));
            look(&browser, screen).await;
            let shown = &texts(&browser, "pre").await[0];
            if *id == "attack" {
                assert_eq!(shown.as_bytes(), payload);
            }
            press(&browser, Locator::LinkText("Back to the list")).await;
            assert_eq!(texts(&browser, "tbody td.id").await, [*id]);
        }
        filter(&browser, "event", "avery").await;
        press(&browser, Locator::Css("tbody th a")).await;
        look(&browser, screen).await;

        press(&browser, Locator::LinkText("Delete…")).await;
        look(&browser, screen).await;
        browser.close().await.unwrap();
    }

    // The forms send what they should, and the headers let them.
    let browser = driver.browser(Screen::Desktop).await;
    browser.goto(&format!("{at}/deliveries/1?state=done")).await.unwrap();
    assert_eq!(texts(&browser, "pre").await, ["{\n  \"price\": 1.10\n}"]);
    press(&browser, Locator::XPath("//button[text()='Replay']")).await;
    assert_eq!(texts(&browser, "dd .state").await, ["waiting"]);
    press(&browser, Locator::LinkText("Delete…")).await;
    press(&browser, Locator::XPath("//button[text()='Delete']")).await;
    assert_eq!(texts(&browser, "h1").await, ["Deleted"]);
    press(&browser, Locator::LinkText("Back to the list")).await;
    press(&browser, Locator::LinkText("Clear")).await;
    press(&browser, Locator::LinkText("Replay all…")).await;
    press(&browser, Locator::XPath("//button[text()='Replay']")).await;
    assert_eq!(texts(&browser, "h1").await, ["Replayed: 1"]);
    assert_eq!(given.state(1).await, None);
    browser.close().await.unwrap();
}

async fn serve(log: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().nest("/log", log);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}/log")
}

async fn filter(browser: &Client, field: &str, text: &str) {
    browser
        .goto(browser.current_url().await.unwrap().join("/log").unwrap().as_str())
        .await
        .unwrap();
    let field = browser.find(Locator::Css(&format!("input[name={field}]"))).await.unwrap();
    field.send_keys(text).await.unwrap();
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
async fn look(browser: &Client, screen: Screen) {
    assert!(browser.get_alert_text().await.is_err());
    let eval = async |script: &str| browser.execute(script, vec![]).await.unwrap();
    assert_eq!(eval("return document.querySelectorAll('script, img').length").await, 0);
    assert_eq!(eval("return document.styleSheets.length").await, 1);
    let width = eval("return document.documentElement.scrollWidth").await.as_u64().unwrap();
    let source = browser.current_url().await.unwrap();
    assert!(width <= screen.width(), "{source} is {width} wide");
}
