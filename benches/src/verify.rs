//! Verification beside the bare HMAC and beside the peers.

use std::time::Duration;

use webhook_benches::budgets::{Budgets, NOISE};
use webhook_benches::requests::SIZES;
use webhook_benches::rounds::Rounds;
use webhook_benches::table;

use crate::contestants::{Case, Fixture};

/// Measures every case at every size.
pub(crate) fn run(budgets: &mut Budgets) {
    for case in Case::ALL {
        println!("\n## verify: {}\n", case.name());
        let fixtures = SIZES.map(Fixture::new);
        let mut sets = fixtures.each_ref().map(|fixture| Rounds::new(fixture.contestants(case)));
        let time = Duration::from_secs(if case == Case::Genuine { 5 } else { 1 });
        Rounds::run_all(&mut sets, time);

        let columns: Vec<_> = std::iter::once("body").chain(sets[0].names()).collect();
        let mut rows = table::table(&columns);
        for (size, rounds) in SIZES.into_iter().zip(&sets) {
            rows.add_row(
                std::iter::once(table::size(size))
                    .chain(rounds.names().map(|name| cell(rounds, name))),
            );
            if case == Case::Genuine {
                judge(budgets, size, rounds);
            }
        }
        println!("{rows}");
    }
}

/// The time, and how many times as long as the bare HMAC over the same bytes it is.
fn cell(rounds: &Rounds, name: &str) -> String {
    let time = table::time(rounds.nanos(name));
    match Fixture::baseline(name).filter(|base| rounds.names().any(|each| each == *base)) {
        Some(base) => format!("{time} ({:.2})", rounds.ratio(name, base)),
        None => time,
    }
}

fn judge(budgets: &mut Budgets, size: usize, rounds: &Rounds) {
    let at = table::size(size);
    let body_only = match size {
        64 => 1.45,
        512 => 1.25,
        1024 => 1.12,
        4096 => 1.05,
        _ => 1.01,
    };
    let ratio = rounds.ratio("svara", "bare");
    budgets.at_most(&format!("verify/body-only/{at}"), ratio, body_only);

    let voisnap = match size {
        64 => None,
        512 => Some(1.45),
        1024 => Some(1.25),
        4096 => Some(1.10),
        _ => Some(1.02),
    };
    if let Some(limit) = voisnap {
        let ratio = rounds.ratio("voisnap", "bare voisnap");
        budgets.at_most(&format!("verify/voisnap/{at}"), ratio, limit);
    }

    for (peer, name, ours, faster) in [
        ("webhook-verify", "webhook-verify github", "github", 1.3),
        ("webhook-verify-standard", "webhook-verify standard", "standard", 1.3),
        ("standardwebhooks", "standardwebhooks", "standard", 4.5),
    ] {
        let limit = if size == 512 { faster } else { NOISE };
        budgets.at_least(&format!("faster-than/{peer}/{at}"), rounds.ratio(name, ours), limit);
    }
}
