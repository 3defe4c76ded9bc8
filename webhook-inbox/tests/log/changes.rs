use axum::http::StatusCode;
use webhook_inbox::store::{Outcome, Purpose, State};

use crate::given::Given;

#[tokio::test]
async fn a_delivery_is_replayed_once_its_attempt_has_ended() {
    let mut given = Given::new().await;
    let number = given.add("svara", "voice_note.sent", "dlv_1", b"{}").await;
    given.claim().await;
    assert_eq!(given.post("/deliveries/1/replay").await.status, StatusCode::CONFLICT);
    given.settle(number, Outcome::Done).await;

    let answer = given.post("/deliveries/1/replay?state=done&before=9").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.headers["location"], "../../deliveries/1?state=done&before=9");
    assert_eq!(given.state(number).await, Some(State::Waiting));
    let again = given.post("/deliveries/1/replay").await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.text().contains("<h1>Not now</h1>"));
    assert_eq!(given.post("/deliveries/2/replay").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_delivery_is_deleted_after_a_question() {
    let mut given = Given::new().await;
    let number = given.add("svara", "voice_note.sent", "dlv_1", b"{}").await;
    let page = given.get("/deliveries/1").await;
    let question = page.link("Delete…");
    assert_eq!(question, "../deliveries/1/delete");
    assert_eq!(given.get(&question[2..]).await.status, StatusCode::OK);
    assert_eq!(given.state(number).await, Some(State::Waiting));

    given.claim().await;
    assert_eq!(given.post(&question[2..]).await.status, StatusCode::CONFLICT);
    given.settle(number, Outcome::Done).await;
    let answer = given.post("/deliveries/1/delete?state=done").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.link("Back to the list"), "../../?state=done");
    assert!(answer.text().contains("href=\"../../style.css\""));
    assert_eq!(given.state(number).await, None);
    assert_eq!(given.post(&question[2..]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn all_that_match_are_replayed_but_not_what_came_after_the_question() {
    let mut given = Given::new().await;
    given.add_many(3).await;
    given.claim().await;
    given.give_up(1, "no").await;
    given.settle(2, Outcome::Done).await;
    given.give_up(3, "no").await;
    let page = given.get("/?state=given-up").await;
    let question = page.link("Replay all that match…");
    assert_eq!(question, "./replay?state=given-up");
    let question = given.get(&question[1..]).await;
    assert!(question.text().contains("2 deliveries match."), "{}", question.text());
    let action = "action=\"./replay?state=given-up&#38;before=4\"";
    assert!(question.text().contains(action), "{}", question.text());

    given.add_many(1).await;
    given.claim().await;
    given.give_up(4, "no").await;
    let answer = given.post("/replay?state=given-up&before=4").await;
    assert!(answer.text().contains("<h1>Replayed: 2</h1>"), "{}", answer.text());
    for (number, state) in
        [(1, State::Waiting), (2, State::Done), (3, State::Waiting), (4, State::GivenUp)]
    {
        assert_eq!(given.state(number).await, Some(state), "{number}");
    }
}

#[tokio::test]
async fn all_that_match_are_deleted_but_not_what_is_being_worked_on() {
    let mut given = Given::new().await;
    given.add_many(2).await;
    given.claim().await;
    given.settle(1, Outcome::Done).await;
    given.add("voisnap", "SessionEnded", "dlv_x", b"{}").await;
    let answer = given.post("/delete?provider=svara").await;
    assert!(answer.text().contains("<h1>Deleted: 1</h1>\n\n<p>1 were left"), "{}", answer.text());
    for (number, state) in [(1, None), (2, Some(State::Running)), (3, Some(State::Waiting))] {
        assert_eq!(given.state(number).await, state, "{number}");
    }
    let everything = given.get("/delete").await;
    assert!(everything.text().contains("this means every delivery in the inbox"));
}

#[tokio::test]
async fn a_request_changes_a_thousand_at_most_and_says_where_to_go_on() {
    let mut given = Given::new().await;
    let mut many: Vec<_> = (0..1203).map(|_| given.delivery("svara", "-", "", b"")).collect();
    many[1100].purpose = Purpose::Keep;
    given.inbox.store().accept(&many).await.unwrap();
    // Few may be changed in the time of a slow machine, but all are in the end.
    let (mut deleted, mut before) = (0, String::new());
    loop {
        let (status, tally) = given.json("POST", &format!("/delete?state=waiting{before}")).await;
        assert_eq!((status, &tally["left"]), (StatusCode::OK, &0.into()));
        let now = tally["deleted"].as_u64().unwrap();
        assert!((1..=1000).contains(&now), "{tally}");
        deleted += now;
        if tally["next"].is_null() {
            break;
        }
        before = format!("&before={}", tally["next"]);
    }
    assert_eq!(deleted, 1202);
    assert_eq!(given.state(1101).await, Some(State::Kept));
}
