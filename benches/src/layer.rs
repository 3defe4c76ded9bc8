//! What the layer adds to a service, and how long it holds a thread.

use std::time::Duration;

use http_body_util::Full;
use tower_github_webhook::ValidateGitHubWebhookLayer;
use tower_layer::Layer as _;
use tower_service::Service;
use webhook_benches::budgets::{Budgets, NOISE};
use webhook_benches::frames::{self, Frames};
use webhook_benches::layers::{self, AlwaysReady};
use webhook_benches::requests::{self, SECRET, SIZES};
use webhook_benches::rounds::{Contestant, Rounds, median};
use webhook_benches::table;
use webhook_core::providers::{github, svara};

use crate::contestants;

/// Measures a ready service alone, behind our layer, and behind the peer's.
pub(crate) fn run(budgets: &mut Budgets) {
    // The time-out on bodies is tokio's.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _inside = runtime.enter();
    let mut table = table::table(&[
        "body",
        "bare HMAC",
        "service alone",
        "layer, svara",
        "layer, github",
        "tower-github-webhook",
        "layer, svara, looked up",
        "svara adds to HMAC",
        "peer / ours",
        "looked up / fixed",
    ]);
    let mut sets = SIZES.map(|size| Rounds::new(contestants(size)));
    Rounds::run_all(&mut sets, Duration::from_secs(2));
    for (size, rounds) in SIZES.into_iter().zip(&sets) {
        let added = rounds.compare(["layer svara", "service", "bare"], |[svara, service, bare]| {
            (svara - service - bare) / bare
        });
        let peer = rounds.ratio("tower-github-webhook", "layer github");
        let mut row = vec![table::size(size)];
        row.extend(rounds.names().map(|name| table::time(rounds.nanos(name))));
        let looked_up = rounds.ratio("layer svara, looked up", "layer svara");
        row.extend([added, peer, looked_up].map(|ratio| format!("{ratio:.2}")));
        table.add_row(row);
        if size == 512 {
            budgets.at_most("layer/adds-to-hmac/512B", added, 0.9);
            budgets.at_least("faster-than/tower-github-webhook/512B", peer, NOISE);
            budgets.at_most("layer/looked-up-to-fixed/512B", looked_up, 1.1);
        }
    }
    println!("\n## the layer around a service that is ready, one-frame body\n\n{table}");
    longest_polls(budgets);
}

/// The service alone and behind layers, asked with a body of one frame.
pub(crate) fn contestants(size: usize) -> Vec<Contestant<'static>> {
    let (body, now) = (requests::body(size), requests::now());
    let svara = svara::Secret::new(SECRET).unwrap();
    let github = github::Secret::new(SECRET).unwrap();
    let to_svara = requests::headers(&svara, &body, now);
    let to_github = requests::headers(&github, &body, now);

    let to = |headers: &http::HeaderMap| {
        let (headers, body) = (headers.clone(), body.clone());
        move || layers::request(&headers, Full::new(body.clone()))
    };
    let mut alone = AlwaysReady;
    let mut looked_up = layers::looked_up(svara.clone());
    let mut behind_svara = layers::verified(svara);
    let mut behind_github = layers::verified(github);
    let mut behind_peer = ValidateGitHubWebhookLayer::new(SECRET).layer(AlwaysReady);
    vec![
        contestants::bare("bare", 1, body.clone()),
        Contestant::with_input("service", to(&to_svara), move |request| {
            frames::finish(alone.call(request)).unwrap()
        }),
        Contestant::with_input("layer svara", to(&to_svara), move |request| {
            let response = frames::finish(behind_svara.call(request)).unwrap();
            assert!(response.status().is_success());
            response
        }),
        Contestant::with_input("layer github", to(&to_github), move |request| {
            let response = frames::finish(behind_github.call(request)).unwrap();
            assert!(response.status().is_success());
            response
        }),
        Contestant::with_input("tower-github-webhook", to(&to_github), move |request| {
            let response = frames::finish(behind_peer.call(request)).unwrap();
            assert!(response.status().is_success());
            response
        }),
        Contestant::with_input("layer svara, looked up", to(&to_svara), move |request| {
            let response = frames::finish(looked_up.call(request)).unwrap();
            assert!(response.status().is_success());
            response
        }),
    ]
}

/// The longest of all polls of one body, the least of several bodies: every body is the same work, and
/// whoever else gets the core in between only adds to it.
fn longest_polls(budgets: &mut Budgets) {
    const BODIES: usize = 15;
    let mut table = table::table(&["body", "longest poll", "median", "most"]);
    let secret = svara::Secret::new(SECRET).unwrap();
    let (large, mib) = (25 * 1024 * 1024, 1024 * 1024);
    for (name, size, frame, declared) in [
        ("25MiB-in-64KiB-declared", large, 64 * 1024, true),
        ("25MiB-in-64KiB-undeclared", large, 64 * 1024, false),
        ("1MiB-in-bytes-declared", mib, 1, true),
        ("1MiB-in-bytes", mib, 1, false),
    ] {
        let body = requests::body(size);
        let mut headers = requests::headers(&secret, &body, requests::now());
        if !declared {
            headers.remove(http::header::CONTENT_LENGTH);
        }
        let mut service = layers::verified(secret.clone());
        let mut longest = Vec::new();
        for _ in 0..BODIES {
            let request = layers::request(&headers, Frames::new(body.clone(), frame));
            let (response, poll) = frames::longest_poll(service.call(request));
            assert!(response.unwrap().status().is_success());
            longest.push(poll.as_secs_f64() * 1e9);
        }
        longest.sort_by(f64::total_cmp);
        let (best, worst) = (longest[0], longest[BODIES - 1]);
        let middle = median(longest);
        table.add_row([name.to_owned()].into_iter().chain([best, middle, worst].map(table::time)));
        let limit = match name {
            "25MiB-in-64KiB-undeclared" => 5.0,
            _ => 1.0,
        };
        budgets.at_most(&format!("longest-poll-ms/{name}"), best / 1e6, limit);
    }
    println!("\n## the longest single poll, of {BODIES} bodies\n\n{table}");
}
