use axum::http::StatusCode;
use webhook_inbox::store::{Filter, Outcome, Purpose};

use crate::given::Given;

#[tokio::test]
async fn each_filter_lists_what_matches() {
    let mut given = Given::new().await;
    let started = given.add("voisnap", "SessionStarted", "dlv_1", br#"{"who":"Ada"}"#).await;
    let ended = given.add("voisnap", "SessionEnded", "dlv_2", br#"{"who":"Grace"}"#).await;
    let note = given.add("svara", "voice_note.sent", "", "{\"who\":\"100%_ä\"}".as_bytes()).await;
    let mut kept = given.delivery("svara", "voice%", "dlv_4", b"{}");
    kept.purpose = Purpose::Keep;
    kept.endpoint = "svara eu".to_owned();
    let kept = given.accept(kept).await;
    assert_eq!(given.claim().await, 3);
    given.settle(started, Outcome::Done).await;
    given.give_up(ended, "no").await;

    for (query, expected) in [
        ("", vec![kept, note, ended, started]),
        ("provider=svara", vec![kept, note]),
        ("endpoint=svara+eu", vec![kept]),
        ("event=Session", vec![ended, started]),
        ("event=voice_", vec![note]),
        ("event=voice%25", vec![kept]),
        ("event=SessionEnded&provider=svara", vec![]),
        ("state=done", vec![started]),
        ("state=given-up", vec![ended]),
        ("state=running&provider=svara", vec![note]),
        ("state=kept", vec![kept]),
        ("delivery_id=dlv_2", vec![ended]),
        ("delivery_id=dlv_2&state=done", vec![]),
        ("delivery_id=dlv_2&provider=voisnap", vec![ended]),
        ("delivery_id=dlv_2&provider=svara", vec![]),
        ("delivery_id=dlv", vec![]),
        ("text=Grace", vec![ended]),
        ("text=%25_%C3%A4", vec![note]),
        ("text=Grace&provider=svara", vec![]),
        ("from=2025-11-25T18:31", vec![kept, note, ended]),
        ("until=2025-11-25T18:31", vec![started]),
        ("from=2025-11-25T18:31&until=2025-11-25T18:33:00Z", vec![note, ended]),
        ("from=2025-11-25T18:31&provider=voisnap", vec![ended]),
        ("from=2027-01-01T00:00", vec![]),
        ("until=2020-01-01T00:00", vec![]),
        ("provider=nobody", vec![]),
        ("event=%00&text=%00", vec![]),
        ("provider=&event=+&state=&before=", vec![kept, note, ended, started]),
        ("unknown=1", vec![kept, note, ended, started]),
    ] {
        assert_eq!(Given::listed(&given.get(&format!("/?{query}")).await), expected, "{query}");
    }
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_answered_400_with_the_reason() {
    let given = Given::new().await;
    for (query, reason) in [
        ("state=lost", "state: lost is none of waiting, held,"),
        ("from=%3Cb%3E", "from: &#60;b&#62; is not a time such as"),
        ("before=x", "before: x is not a number"),
        ("state=done&state=kept", "duplicate field"),
    ] {
        let answer = given.get(&format!("/?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(answer.text().contains(reason), "{}", answer.text());
    }
}

#[tokio::test]
async fn pages_keep_the_filters() {
    let mut given = Given::new().await;
    given.add_many(Filter::PAGE + 2).await;
    given.add("voisnap", "SessionEnded", "dlv_x", b"{}").await;

    let first = given.get("/?provider=svara&event=voice_note.&state=waiting").await;
    assert_eq!(Given::listed(&first), (3..=52).rev().collect::<Vec<_>>());
    let older = first.link("Older");
    assert_eq!(older, "./?provider=svara&event=voice_note.&state=waiting&before=3");
    let second = given.get(&older[1..]).await;
    assert_eq!(Given::listed(&second), [2, 1]);
    assert!(!second.text().contains(">Older</a>"));
    assert_eq!(second.link("Newest"), "./?provider=svara&event=voice_note.&state=waiting");
    // A delivery leads back to the page that it was on.
    assert_eq!(second.link("2"), format!("./deliveries/2{}", &older[2..]));
    let delivery = given.get(&second.link("2")[1..]).await;
    assert_eq!(delivery.link("Back to the list"), format!("../{}", &older[2..]));
}

#[tokio::test]
async fn a_search_goes_on_where_it_ended() {
    let mut given = Given::new().await;
    given.add("svara", "voice_note.sent", "dlv_old", b"needle").await;
    let many: Vec<_> = (0..Filter::SEARCHED)
        .map(|_| given.delivery("svara", "voice_note.sent", "", b"hay"))
        .collect();
    given.inbox.store().accept(&many).await.unwrap();

    let page = given.get("/?text=needle&provider=svara").await;
    assert!(Given::listed(&page).is_empty());
    assert!(page.text().contains("The payloads of 1000 deliveries were searched."));
    assert!(page.text().contains("No deliveries match so far."));
    let page = given.get(&page.link("Older")[1..]).await;
    assert_eq!(Given::listed(&page), [1]);
    assert!(!page.text().contains("were searched"));
}

#[tokio::test]
async fn states_are_counted_up_to_a_limit() {
    let mut given = Given::new().await;
    given.add_many(3).await;
    let page = given.get("/?state=waiting").await;
    let link = "href=\"./?state=waiting\" aria-current=\"true\"><strong>3</strong> waiting</a>";
    assert!(page.text().contains(link), "{}", page.text());
    assert!(page.text().contains("href=\"./?state=given-up\"><strong>0</strong> given up</a>"));

    let many: Vec<_> = (0..10_000).map(|_| given.delivery("svara", "-", "", b"")).collect();
    given.inbox.store().accept(&many).await.unwrap();
    assert!(given.get("/").await.text().contains("<strong>10,000+</strong> waiting</a>"));
}
