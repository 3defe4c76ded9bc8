//! Whether strangers can tell by the time of a refusal that an endpoint does not exist.

use std::hint::black_box;
use std::time::Instant;

use http_body_util::Full;
use tower_service::Service as _;
use webhook_benches::layers::AlwaysReady;
use webhook_benches::requests::{self, PREVIOUS, SECRET};
use webhook_benches::rounds::median;
use webhook_benches::{frames, layers, table};
use webhook_core::providers::svara;
use webhook_core::{Endpoint, Lookup};
use webhook_tower::verify::VerifyService;

/// How many requests each of the two gets.
const REQUESTS: usize = 100_000;
/// How many requests are made at a time, outside the time that is taken.
const BATCH: usize = 100;

/// Compares a known endpoint and a wrong signature with endpoints that do not exist.
pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _inside = runtime.enter();
    let known = Endpoint::new("tenant", svara::Secret::new(SECRET).unwrap());
    let unknown = Endpoint::unknown(svara::Secret::new(SECRET).unwrap());
    let mut rows = table::table(&["body", "instead", "wrong signature", "instead", "t-value"]);
    for size in [64, 512, 64 * 1024] {
        for (name, other) in [
            ("the same again", Lookup::from(known.clone())),
            ("unknown, of the provider", Lookup::from(unknown.clone())),
            ("no endpoint at all", Lookup::from(None)),
        ] {
            let [a, b] = times(size, &Lookup::from(known.clone()), &other);
            let t = t_value(&a, &b);
            let nanos = [a, b].map(|times| table::time(median(times)));
            let [wrong, instead] = nanos;
            rows.add_row([table::size(size), name.to_owned(), wrong, instead, format!("{t:.1}")]);
        }
    }
    println!("\n## refusals: a wrong signature and an endpoint that does not exist\n\n{rows}");
}

fn service(lookup: &Lookup) -> VerifyService<AlwaysReady> {
    let Lookup::Ready(found) = lookup else { unreachable!("all of them are ready") };
    let found = found.clone();
    layers::looking_up(move || Lookup::Ready(found.clone()))
}

/// What single requests take, which come to the one or the other at random.
fn times(size: usize, one: &Lookup, other: &Lookup) -> [Vec<f64>; 2] {
    let body = requests::body(size);
    let wrong = svara::Secret::new(PREVIOUS).unwrap();
    let headers = requests::headers(&wrong, &body, requests::now());
    let mut services = [service(one), service(other)];
    let mut times = [Vec::new(), Vec::new()];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    while times.iter().any(|times| times.len() < REQUESTS) {
        let batch: Vec<_> =
            (0..BATCH).map(|_| layers::request(&headers, Full::new(body.clone()))).collect();
        for request in batch {
            // xorshift
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let which = usize::try_from(random >> 63).unwrap();
            let start = Instant::now();
            let response = frames::finish(services[which].call(request)).unwrap();
            let elapsed = start.elapsed();
            assert_eq!(response.status(), 401);
            black_box(response);
            times[which].push(elapsed.as_nanos() as f64);
        }
    }
    times
}

/// Welch's t of the faster nine tenths of each: the rest was interrupted.
fn t_value(a: &[f64], b: &[f64]) -> f64 {
    let all = [a, b].concat();
    let limit = {
        let mut sorted = all;
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() * 9 / 10]
    };
    let moments = |times: &[f64]| {
        let kept: Vec<f64> = times.iter().copied().filter(|time| *time <= limit).collect();
        let count = kept.len() as f64;
        let mean = kept.iter().sum::<f64>() / count;
        let variance = kept.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let ((mean_a, error_a), (mean_b, error_b)) = (moments(a), moments(b));
    (mean_a - mean_b) / (error_a + error_b).sqrt()
}
