use std::error::Error;
use std::fmt;

/// What is wrong with the set-up of a service: the mistake is its author's, not the sender's. The request is
/// answered 500, and the handler does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// A handler takes `Verified<_>`, or `Deduplicate` wraps it, and nothing verified the request.
    NotVerified,
    /// Two verifications around one handler.
    VerifiedTwice,
    /// The handler reads another provider's events than the verification is for.
    OtherProvider {
        /// The provider of the events.
        reads: &'static str,
        /// The provider that the request was verified for.
        verified: &'static str,
    },
    /// Two extractors of one handler read the body, and no middleware keeps it for both.
    BodyTaken,
    /// The delivery has neither an id nor a signature over its body, so that it cannot be deduplicated.
    NoKey,
    /// An adapter asked for something out of order.
    AdapterMisuse,
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotVerified => {
                "no `VerifyWebhook` on this route: add it, so that the request is verified before the \
                 handler runs"
            }
            Self::VerifiedTwice => "two `VerifyWebhook` around this handler: remove one",
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
            Self::AdapterMisuse => "the adapter asked for something out of order",
        })
    }
}

impl Error for SetupError {}
