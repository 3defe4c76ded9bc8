//! What is refused when claims are set up.

use std::time::Duration;

use webhook_idempotency::{Claims, MemoryStore};

#[test]
fn a_handler_timeout_may_be_a_day() {
    let _ = Claims::new(MemoryStore::new(10)).handler_timeout(Claims::MAX_HANDLER_TIMEOUT);
}

#[test]
#[should_panic(expected = "a handler timeout is longer than zero, and at most 24 hours")]
fn a_handler_timeout_that_no_lease_outlives_is_refused() {
    let _ = Claims::new(MemoryStore::new(10)).handler_timeout(Duration::MAX);
}

#[test]
#[should_panic(expected = "a handler timeout is longer than zero, and at most 24 hours")]
fn a_handler_without_time_is_refused() {
    let _ = Claims::new(MemoryStore::new(10)).handler_timeout(Duration::ZERO);
}
