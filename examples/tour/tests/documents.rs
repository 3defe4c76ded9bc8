//! Requests signed exactly as the sample code in the providers' documents signs them are accepted by both
//! receivers; changed by one byte, they are refused.
//!
//! The samples, in `documents/`, print the headers and the body that they signed.

mod common;

use std::path::Path;
use std::process::Command;

use common::{Serving, is_missing};
use reqwest::Client;
use serde_json::Value;

const SECRET: &str = "whsec_shared";

struct Signed {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Runs a sample.
fn signed(program: &str, variable: &str, sample: &str) -> Signed {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents").join(sample);
    let output = Command::new(program).arg(&sample).env(variable, SECRET).output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaints}", sample.display());
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let headers = printed["headers"].as_object().unwrap().iter();
    Signed {
        headers: headers
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().into()))
            .collect(),
        body: printed["body"].as_str().unwrap().as_bytes().to_vec(),
    }
}

/// The status and the JSON of the answer.
async fn answer(client: &Client, url: &str, signed: &Signed) -> (u16, Value) {
    let mut sending = client.post(url).body(signed.body.clone());
    for (name, value) in &signed.headers {
        sending = sending.header(name, value);
    }
    let response = sending.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

async fn is_accepted_only_as_signed(provider: &str, program: &str, sample: &str) {
    if is_missing(program) {
        return;
    }
    let variable = format!("{}_WEBHOOK_SECRET", provider.to_uppercase());
    let serving = Serving::start(&[(&variable, SECRET)]);
    let client = Client::builder().no_proxy().build().unwrap();
    let mut signed = signed(program, &variable, sample);
    let receivers = serving.receivers();
    assert_eq!(receivers.len(), 2);

    for receiver in &receivers {
        let url = format!("{receiver}/webhooks/{provider}");
        let accepted = (200, serde_json::json!({"received": true}));
        assert_eq!(answer(&client, &url, &signed).await, accepted, "{receiver}");
    }
    let middle = signed.body.len() / 2;
    signed.body[middle] ^= 1;
    for receiver in &receivers {
        let url = format!("{receiver}/webhooks/{provider}");
        let refused = (401, serde_json::json!({"error": "invalid signature"}));
        assert_eq!(answer(&client, &url, &signed).await, refused, "{receiver}");
    }
}

#[tokio::test]
async fn svara_in_node() {
    is_accepted_only_as_signed("svara", "node", "svara.mjs").await;
}

#[tokio::test]
async fn svara_in_python() {
    is_accepted_only_as_signed("svara", "python3", "svara.py").await;
}

#[tokio::test]
async fn samva_in_node() {
    is_accepted_only_as_signed("samva", "node", "samva.mjs").await;
}

#[tokio::test]
async fn voisnap_in_node() {
    is_accepted_only_as_signed("voisnap", "node", "voisnap.mjs").await;
}

#[tokio::test]
async fn voisnap_in_python() {
    is_accepted_only_as_signed("voisnap", "python3", "voisnap.py").await;
}

#[tokio::test]
async fn voxpria_in_node() {
    is_accepted_only_as_signed("voxpria", "node", "voxpria.cjs").await;
}

#[tokio::test]
async fn voxpria_in_python() {
    is_accepted_only_as_signed("voxpria", "python3", "voxpria.py").await;
}
