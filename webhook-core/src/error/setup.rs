use std::error::Error;
use std::fmt;

/// A mistake in the configuration of the service.
///
/// The author of the service has to fix it; the sender did nothing wrong. The request is answered with 500,
/// and the handler does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// A handler takes `Verified<_>`, or `Deduplicate` wraps it, but no middleware verified the request.
    NotVerified,
    /// The handler is wrapped in two `VerifyWebhook` middlewares.
    VerifiedTwice,
    /// The handler reads events of one provider, but the route verifies requests of another.
    OtherProvider {
        /// The provider whose events the handler reads.
        reads: &'static str,
        /// The provider whose requests the route verifies.
        verified: &'static str,
    },
    /// Two extractors of one handler read the body, and no middleware keeps it for both.
    BodyTaken,
    /// The delivery has no id, and its signature does not cover the body, so it cannot be deduplicated.
    NoKey,
    /// An adapter called a function of [`adapter`](crate::adapter) out of order.
    AdapterMisuse,
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotVerified => {
                "no `VerifyWebhook` on this route: add it, so that the request is verified before the \
                 handler runs"
            }
            Self::VerifiedTwice => "this handler is wrapped in two `VerifyWebhook`: remove one",
            Self::OtherProvider { reads, verified } => {
                return write!(
                    f,
                    "the handler reads events of `{reads}`, but this route verifies requests of \
                     `{verified}`"
                );
            }
            Self::BodyTaken => {
                "the handler has two extractors that read the body: read it with `Verified` only, or use \
                 `VerifyWebhook` as a middleware"
            }
            Self::NoKey => {
                "the provider sends no delivery id and does not sign the body: choose a key with \
                 `Claims::key`"
            }
            Self::AdapterMisuse => "the adapter called webhook-core out of order: this is a bug in the adapter",
        })
    }
}

impl Error for SetupError {}
