//! Allocations of a verification and of the layer, and the most memory that a body takes.

use std::hint::black_box;

use allocation_counter::{AllocationInfo, measure};
use http_body_util::Full;
use tower_github_webhook::ValidateGitHubWebhookLayer;
use tower_layer::Layer as _;
use tower_service::Service as _;
use webhook_benches::budgets::Budgets;
use webhook_benches::frames::{self, Frames};
use webhook_benches::layers::{self, AlwaysReady};
use webhook_benches::requests::{self, SECRET};
use webhook_benches::table;
use webhook_core::providers::{github, samva, standard_webhooks, svara, voisnap};
use webhook_core::{Head, Key, SchemeProvider, Verify as _};

pub(crate) fn run() {
    let mut budgets = Budgets::default();
    verifications(&mut budgets);
    layer(&mut budgets);
    peaks(&mut budgets);
    budgets.print();
}

fn verifications(budgets: &mut Budgets) {
    let mut table = table::table(&["heap allocations of `verify`", "512B", "64KiB"]);
    let mut row = |name: &str, of: &dyn Fn(usize) -> AllocationInfo, limit: Option<f64>| {
        let counts = [512, 64 * 1024].map(|size| of(size).count_total);
        table.add_row([name.to_owned()].into_iter().chain(counts.map(|count| count.to_string())));
        if let Some(limit) = limit {
            budgets.at_most(&format!("allocations/{name}"), counts[0] as f64, limit);
        }
    };
    row("svara", &|size| verification(svara::Secret::new(SECRET).unwrap(), size), Some(0.0));
    row("samva", &|size| verification(samva::Secret::new(SECRET).unwrap(), size), None);
    row("voisnap", &|size| verification(voisnap::Secret::new(SECRET).unwrap(), size), Some(1.0));
    row("github", &|size| verification(github::Secret::new(SECRET).unwrap(), size), Some(1.0));
    let standard = |size| verification(standard_webhooks::Secret::new(SECRET).unwrap(), size);
    row("standard_webhooks", &standard, Some(1.0));
    row("webhook-verify github", &peer, None);
    row("standardwebhooks", &reference, None);
    println!("\n## heap allocations\n\n{table}\n");
}

#[expect(clippy::needless_pass_by_value, reason = "made for this one call")]
fn verification<P: SchemeProvider>(secret: Key<P>, size: usize) -> AllocationInfo {
    let (body, now) = (requests::body(size), requests::now());
    let headers = requests::headers(&secret, &body, now);
    // The first clone of these bytes makes them shared, which allocates; a server's are shared already.
    let _shared = body.clone();
    measure(|| {
        let head = Head::new("POST", "/webhooks", &headers);
        black_box(secret.verify(&head, &body, now)).unwrap();
    })
}

fn peer(size: usize) -> AllocationInfo {
    let body = requests::body(size);
    let headers = requests::headers(&github::Secret::new(SECRET).unwrap(), &body, requests::now());
    let secret = webhook_verify::Secret::new(SECRET);
    measure(|| {
        let (provider, options) =
            (webhook_verify::Provider::GitHub, webhook_verify::VerifyOptions::default());
        webhook_verify::verify(provider, &headers, &body, &secret, options).unwrap();
    })
}

fn reference(size: usize) -> AllocationInfo {
    let body = requests::body(size);
    let signer = standard_webhooks::Secret::new(SECRET).unwrap();
    let headers = requests::headers(&signer, &body, requests::now());
    let webhook = standardwebhooks::Webhook::new(SECRET).unwrap();
    measure(|| webhook.verify(&body, &headers).unwrap())
}

/// What a layer allocates more than the service does alone.
fn layer(budgets: &mut Budgets) {
    let body = requests::body(512);
    let _shared = body.clone();
    let svara = svara::Secret::new(SECRET).unwrap();
    let github = github::Secret::new(SECRET).unwrap();
    let to_svara = requests::headers(&svara, &body, requests::now());
    let to_github = requests::headers(&github, &body, requests::now());

    macro_rules! count {
        ($service:expr, $headers:expr) => {{
            let mut service = $service;
            let request = layers::request($headers, Full::new(body.clone()));
            let count = measure(|| {
                let response = frames::finish(service.call(request)).unwrap();
                assert!(response.status().is_success());
            });
            count.count_total
        }};
    }
    let alone = count!(AlwaysReady, &to_svara);
    let ours = count!(layers::verified(svara), &to_svara) - alone;
    let with_id = count!(layers::verified(github), &to_github) - alone;
    let peer =
        count!(ValidateGitHubWebhookLayer::new(SECRET).layer(AlwaysReady), &to_github) - alone;

    let mut table = table::table(&["heap allocations that a layer adds", "512B, one frame"]);
    for (name, count) in
        [("svara", ours), ("github, with an id", with_id), ("tower-github-webhook", peer)]
    {
        table.add_row([name.to_owned(), count.to_string()]);
    }
    println!("{table}\n");
    budgets.at_most("allocations/layer", ours as f64, 2.0);
}

/// The most memory that is taken at a time while a body passes the layer: by the layer, and by the frame
/// that has just come.
fn peaks(budgets: &mut Budgets) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _inside = runtime.enter();
    let mut table = table::table(&["most memory that a body takes", "bytes", "of its length"]);
    let (kib64, mib) = (64 * 1024, 1024 * 1024);
    for (name, size, frame, declared) in [
        ("4KiB in one frame", 4 * 1024, 4 * 1024, true),
        ("1MiB in one frame", mib, mib, true),
        ("1MiB in 64KiB, declared", mib, kib64, true),
        ("25MiB in 64KiB, declared", 25 * mib, kib64, true),
        ("1MiB in bytes, declared", mib, 1, true),
        ("1MiB in 64KiB, chunked", mib, kib64, false),
        ("25MiB in 64KiB, chunked", 25 * mib, kib64, false),
        ("1MiB in bytes, chunked", mib, 1, false),
    ] {
        let peak = peak(size, frame, declared);
        let of_length = peak as f64 / size as f64;
        table.add_row([name.to_owned(), peak.to_string(), format!("{of_length:.2}")]);
        // 64 KiB are free of charge, whatever the length.
        let beyond = peak.saturating_sub(64 * 1024) as f64 / size as f64;
        let limit = if declared { 1.1 } else { 2.5 };
        let name = name.replace(", ", "-").replace(' ', "-");
        budgets.at_most(&format!("peak-memory/{name}"), beyond, limit);
    }
    println!("{table}\n");
}

fn peak(size: usize, frame: usize, declared: bool) -> u64 {
    let secret = svara::Secret::new(SECRET).unwrap();
    let body = requests::body(size);
    let mut headers = requests::headers(&secret, &body, requests::now());
    if !declared {
        headers.remove(http::header::CONTENT_LENGTH);
    }
    let mut service = layers::verified(secret);
    let request = layers::request(&headers, Frames::new(body, frame));
    let info = measure(|| {
        let response = frames::finish(service.call(request)).unwrap();
        assert!(response.status().is_success());
    });
    info.bytes_max
}
