//! Invalid configurations of claims.

use std::time::Duration;

use webhook_idempotency::{Claims, MemoryStore};

#[test]
fn a_handler_timeout_may_be_a_day() {
    let _ = Claims::new(MemoryStore::new(10)).handler_timeout(Claims::MAX_HANDLER_TIMEOUT);
}

#[test]
#[should_panic(expected = "the handler timeout must be longer than zero and at most 24 hours")]
fn a_handler_timeout_longer_than_a_day_is_refused() {
    let _ = Claims::new(MemoryStore::new(10)).handler_timeout(Duration::MAX);
}

#[test]
#[should_panic(expected = "the handler timeout must be longer than zero and at most 24 hours")]
fn a_handler_timeout_of_zero_is_refused() {
    let _ = Claims::new(MemoryStore::new(10)).handler_timeout(Duration::ZERO);
}
