//! Receivers over HTTP, each on one core, and the load on the other.

mod load;
mod receivers;
mod servers;

use std::collections::HashMap;

use webhook_benches::budgets::Budgets;
use webhook_benches::requests;
use webhook_benches::rounds::median;
use webhook_benches::table;

pub(crate) use servers::{Server, serve};

use load::{Load, Round};
use receivers::Receiver;

const ROUNDS: usize = 15;
const ROUNDS_OF_FORGED: usize = 5;
/// The bodies: with the limit of Express's parser, 100 KB, in mind.
const SIZES: [usize; 2] = [1024, 64 * 1024];

/// Measures all receivers, in turns.
pub(crate) fn run(budgets: &mut Budgets) {
    if !load::is_installed() {
        println!("skipped: HTTP, since wrk is not installed");
        return;
    }
    let receivers = Receiver::start_all();
    for size in SIZES {
        let load = Load::new(&requests::body(size), 0);
        let rounds = take_turns(&receivers, &load, ROUNDS);
        show(&format!("{}, all genuine", table::size(size)), &receivers, &rounds);
        if size == 1024 {
            judge(budgets, &rounds);
        }
    }
    for percent in [10, 100] {
        let load = Load::new(&requests::body(1024), percent);
        let rounds = take_turns(&receivers, &load, ROUNDS_OF_FORGED);
        show(&format!("1KiB, {percent} % forged"), &receivers, &rounds);
    }
}

type Rounds = HashMap<&'static str, Vec<Round>>;

fn take_turns(receivers: &[Receiver], load: &Load, rounds: usize) -> Rounds {
    let mut all = Rounds::new();
    for round in 0..rounds {
        for turn in 0..receivers.len() {
            let receiver = &receivers[(turn + round) % receivers.len()];
            let measured = load.run(receiver);
            if receiver.verifies {
                load.check(&measured, receiver.name);
            }
            all.entry(receiver.name).or_default().push(measured);
        }
    }
    all
}

fn show(what: &str, receivers: &[Receiver], rounds: &Rounds) {
    let mut table = table::table(&["receiver", "requests/s", "CPU each", "p50", "p99", "refused"]);
    for name in receivers.iter().map(|receiver| receiver.name) {
        let of = |value: fn(&Round) -> f64| median(rounds[name].iter().map(value).collect());
        table.add_row([
            name.to_owned(),
            format!("{:.0}", of(|round| round.rate)),
            table::time(of(|round| round.cpu)),
            table::time(of(|round| round.p50)),
            table::time(of(|round| round.p99)),
            format!("{:.0} %", 100.0 * of(|round| round.refused)),
        ]);
    }
    println!("\n## HTTP: {what}\n\n{table}");
}

/// What the HMAC leaves of the rate of a receiver that verifies nothing is printed first: no layer can do
/// better. All is set side by side in each round. The budgets are of requests per second; what is printed of CPU time tells
/// whether others were using the machine.
fn judge(budgets: &mut Budgets, rounds: &Rounds) {
    for (name, ours, other, limit) in [
        ("hmac-by-hand-to-unverified", "axum, HMAC by hand", "axum, unverified", None),
        ("layer-to-hmac-by-hand", "axum, our layer", "axum, HMAC by hand", Some(0.95)),
        ("layer-to-unverified", "axum, our layer", "axum, unverified", None),
        ("layer-to-express", "axum, our layer, JSON", "Express, Samva's sample", None),
    ] {
        let (Some(ours), Some(others)) = (rounds.get(ours), rounds.get(other)) else { continue };
        let ratio = |of: fn(&Round, &Round) -> f64| {
            median(ours.iter().zip(others).map(|(ours, other)| of(ours, other)).collect())
        };
        let by_cpu = ratio(|ours, other| other.cpu / ours.cpu);
        let rate = ratio(|ours, other| ours.rate / other.rate);
        println!("{name}: {rate:.3} by requests/s, {by_cpu:.3} by CPU time");
        let Some(limit) = limit else { continue };
        budgets.at_least(&format!("http/{name}/1KiB"), rate, limit);
    }
}
