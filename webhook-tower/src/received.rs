use webhook_core::Delivery;
use webhook_core::adapter::Receipt;

use crate::respond::OnRejection;

/// What [`VerifyWebhook`](crate::VerifyWebhook) leaves in the request's extensions, for the layers and the
/// handler behind it.
///
/// A handler usually takes `Verified<T>` instead. A middleware of your own reads it like this:
///
/// ```
/// use axum::{Extension, extract::Request, middleware::Next, response::Response};
/// use webhook_tower::Received;
///
/// async fn count(Extension(received): Extension<Received>, request: Request, next: Next) -> Response {
///     println!("{} with secret {}", received.delivery().provider(), received.delivery().key_index());
///     next.run(request).await
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Received {
    pub(crate) receipt: Receipt,
    #[cfg_attr(
        not(any(feature = "axum", feature = "idempotency")),
        expect(dead_code, reason = "for what these features put behind the layer")
    )]
    pub(crate) on_rejection: OnRejection,
}

impl Received {
    pub(crate) const fn new(receipt: Receipt, on_rejection: OnRejection) -> Self {
        Self { receipt, on_rejection }
    }

    /// The verified delivery.
    pub fn delivery(&self) -> &Delivery {
        self.receipt.delivery()
    }

    /// Notes that the delivery had been handled before, for the log and the metrics. `Deduplicate` does it itself.
    pub fn note_duplicate(&self) {
        self.receipt.note_duplicate();
    }
}
