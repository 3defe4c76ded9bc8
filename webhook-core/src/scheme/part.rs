/// A part of the signed message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The raw body. Every scheme signs it exactly once, except a token scheme, which signs nothing.
    Body,
    /// The text of the timestamp, as it was received.
    Timestamp,
    /// The delivery id, as it was received.
    Id,
    /// The request method, in upper case.
    Method,
    /// The public URL of the endpoint. The user states it when creating the secret, because proxies and
    /// routers change the URL that a service sees. See [`PublicUrl`](crate::PublicUrl). If the query is the request's
    /// and the body is signed right behind it, whoever replays a request can move the boundary between the two.
    Url,
    /// The value of a required header, which must not be repeated. Its name is in lower case. If a literal is signed
    /// right behind it, the value must not contain the literal's first byte.
    Header(&'static str),
    /// A constant text.
    Literal(&'static str),
}
