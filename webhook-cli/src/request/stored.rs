//! Requests that `webhook listen` has kept.

use webhook_inbox::store::Detail;

use super::read::Unreadable;
use super::{Captured, raw};

/// The request with its body as it was stored, and when it arrived.
pub(crate) fn of_detail(detail: &Detail) -> Result<Captured, Unreadable> {
    let Some(head) = &detail.head else {
        return Err(Unreadable::new("only its body and a few headers were kept"));
    };
    // The head says how long its body is, which is not behind it here.
    let mut captured = raw::read(head)?;
    captured.body = detail.event.body().clone();
    captured.arrived = Some(detail.row.received);
    captured.doubts.clear();
    Ok(captured)
}
