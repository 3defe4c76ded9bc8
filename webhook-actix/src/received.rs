use actix_web::{HttpMessage as _, HttpRequest};
use webhook_core::Delivery;
use webhook_core::adapter::Receipt;

use crate::VerifyWebhook;

/// What [`VerifyWebhook`] as a middleware leaves in the request's extensions, for the middleware and the
/// handler behind it.
///
/// A handler usually takes [`Verified`](crate::Verified) instead. A middleware of your own reads it like this:
///
/// ```
/// use actix_web::{HttpMessage as _, dev::ServiceRequest};
/// use webhook_actix::Received;
///
/// fn count(request: &ServiceRequest) {
///     if let Some(received) = request.extensions().get::<Received>() {
///         let delivery = received.delivery();
///         println!("{} with secret {}", delivery.provider(), delivery.key_index());
///     }
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Received {
    pub(crate) receipt: Receipt,
    pub(crate) webhook: VerifyWebhook,
}

impl Received {
    pub(crate) const fn new(receipt: Receipt, webhook: VerifyWebhook) -> Self {
        Self { receipt, webhook }
    }

    /// The verified delivery.
    pub fn delivery(&self) -> &Delivery {
        self.receipt.delivery()
    }

    /// Notes that the delivery had been handled before, for the log and the metrics. `Deduplicate` does it itself.
    pub fn note_duplicate(&self) {
        self.receipt.note_duplicate();
    }

    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        request.extensions().get::<Self>().cloned()
    }
}
