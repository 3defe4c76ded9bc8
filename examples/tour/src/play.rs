//! Sends the cases to both receivers, over HTTP.

use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use reqwest::{Body, Client};
use serde_json::Value;

use crate::cases::{Case, Sent};
use crate::receivers::{Receiver, Receivers};
use crate::request::Request;
use crate::table::Row;

/// Plays one case after the other, so that the table is in their order.
pub async fn all(cases: Vec<Case>, receivers: &Receivers) -> Result<Vec<Row>, reqwest::Error> {
    // A receiver closes the connection of what it refuses early: every request has its own.
    let client = Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_secs(10))
        .build()?;
    let mut rows = Vec::new();
    for Case { provider, name, expected, sent } in cases {
        let (axum, actix) = tokio::join!(
            answers(&client, &receivers.axum, provider, &sent),
            answers(&client, &receivers.actix, provider, &sent),
        );
        rows.push(Row { provider, case: name, axum, actix, expected });
    }
    Ok(rows)
}

/// The answers in the order they came, such as `503 temporarily unavailable, 200 received`.
async fn answers(client: &Client, to: &Receiver, provider: &str, sent: &Sent) -> String {
    let url = format!("http://{}/webhooks/{provider}", to.address);
    let [first, second] = match sent {
        Sent::Once(request) => return answer(client, &url, request).await,
        Sent::InTurn([one, other]) => {
            [answer(client, &url, one).await, answer(client, &url, other).await]
        }
        Sent::AtOnce([one, other]) => {
            let mut one = pin!(answer(client, &url, one));
            let mut other = pin!(answer(client, &url, other));
            // Whichever of the two is handled, it is slow: the other's answer comes first.
            tokio::select! {
                first = &mut one => {
                    to.work.let_go();
                    [first, other.await]
                }
                first = &mut other => {
                    to.work.let_go();
                    [first, one.await]
                }
            }
        }
    };
    format!("{first}, {second}")
}

/// The status and what the answer says, such as `401 invalid signature`.
async fn answer(client: &Client, url: &str, request: &Request) -> String {
    send(client, url, request).await.unwrap_or_else(|error| format!("no answer: {}", root(&error)))
}

async fn send(client: &Client, url: &str, request: &Request) -> Result<String, reqwest::Error> {
    let body = request.body.clone();
    let body = if request.chunked { streamed(body) } else { Body::from(body) };
    let mut sending = client.post(url).body(body);
    for (name, value) in &request.headers {
        sending = sending.header(*name, value);
    }
    let response = sending.send().await?;
    let status = response.status().as_u16();
    Ok(format!("{status} {}", text(&response.text().await?)))
}

/// A body whose length is not known beforehand.
fn streamed(body: Vec<u8>) -> Body {
    Body::wrap_stream(axum::body::Body::from(body).into_data_stream())
}

/// What the answer's JSON says, or its text if it says something else.
fn text(body: &str) -> String {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let is = |key| json.get(key) == Some(&Value::Bool(true));
    match json.get("error").and_then(Value::as_str) {
        Some(error) => error.to_owned(),
        None if is("received") => "received".to_owned(),
        None if is("duplicate") => "duplicate".to_owned(),
        None => format!("{body:?}"),
    }
}

/// What went wrong in the first place: the errors above it only say that sending failed.
fn root<'a>(mut error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    while let Some(source) = error.source() {
        error = source;
    }
    error
}
