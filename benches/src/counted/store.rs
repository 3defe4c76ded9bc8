//! How much memory the store in memory takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use allocation_counter::measure;
use webhook_benches::claims::Kind;
use webhook_benches::frames;
use webhook_idempotency::{ClaimStore as _, MemoryStore, Token};

/// Between two deliveries: ten thousand arrive in a second.
const APART: Duration = Duration::from_micros(100);
const LEASE: Duration = Duration::from_secs(20);

/// Claims and commits so many deliveries, all of which are live at the end. Prints a line for each kind:
/// its name, the bytes held at the end, the most that were held.
pub(crate) fn run(ids: u64) {
    for kind in Kind::ALL {
        let time = Arc::new(AtomicU64::new(0));
        let mut store = None;
        let info = measure(|| {
            let clock = time.clone();
            let made = MemoryStore::with_clock(usize::MAX, move || {
                Duration::from_micros(clock.load(Ordering::Relaxed))
            })
            .quota(usize::MAX);
            for number in 0..ids {
                let token = Token::random().unwrap();
                let keys = kind.keys(number);
                frames::finish(made.claim(&keys, token, LEASE)).unwrap();
                assert!(frames::finish(made.commit(&keys, token)).unwrap());
                time.fetch_add(u64::try_from(APART.as_micros()).unwrap(), Ordering::Relaxed);
            }
            store = Some(made);
        });
        assert!(store.is_some_and(|store| store.len() as u64 == ids * kind.keys_each()));
        println!("{} {} {}", kind.name(), info.bytes_current, info.bytes_max);
    }
}
