use crate::scheme::Scheme;

/// A service that sends webhooks, as a type: what its deliveries, events and records have in common.
///
/// A provider that a [`Scheme`] describes implements [`SchemeProvider`] instead, which implies this. A
/// hand-written [`Verify`](crate::Verify) implements this for a type of its own, usually itself.
pub trait Provider: 'static {
    /// The name in logs, deliveries and records: lower case, words joined by `_`.
    const NAME: &'static str;

    /// Unsigned headers that deliveries hand on, in lower case.
    const HINTS: &'static [&'static str] = &[];

    /// The top-level member of a JSON body that identifies the delivery, if there is one. See
    /// [`Scheme::body_id`].
    const BODY_ID: Option<&'static str> = None;
}

/// A service that signs by a [`Scheme`]. Implemented by an empty `enum`, which is the provider in types.
pub trait SchemeProvider: 'static {
    /// How it signs.
    const SCHEME: Scheme;
}

impl<P: SchemeProvider> Provider for P {
    const NAME: &'static str = P::SCHEME.name;
    const HINTS: &'static [&'static str] = P::SCHEME.hints;
    const BODY_ID: Option<&'static str> = P::SCHEME.body_id;
}

/// A provider that signs the time, so that its key has a tolerance.
pub trait SignsTime: SchemeProvider {}

/// A provider that signs the URL it sends to, so that its key is made with
/// [`for_url`](crate::Key::for_url).
pub trait SignsUrl: SchemeProvider {}
