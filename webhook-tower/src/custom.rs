//! For providers of your own: everything that a [`Scheme`] or a hand-written [`Verify`] is made of. And the errors of
//! records, for whoever names them.
//!
//! The repository's `examples/custom-provider` shows both.

#[cfg(feature = "events")]
#[doc(no_inline)]
pub use webhook_core::TypedEvent;
#[doc(no_inline)]
pub use webhook_core::{
    Algorithm, Answer, AnyOf, Check, Checked, Clock, Encoding, Found, Head, Headers, Key,
    KeyFormat, Outgoing, Part, Provider, PublicUrl, Repeated, Scheme, SchemeProvider,
    SecretErrorKind, SecretText, SetupError, SignError, SignErrorKind, SignedHeaders, SignsTime,
    SignsUrl, TimestampUnit, Verification, Verifier, Verify, VerifyError, VerifyErrorKind,
};
#[cfg(feature = "cloudevents")]
#[doc(no_inline)]
pub use webhook_core::{CloudEventError, CloudEventErrorKind};
