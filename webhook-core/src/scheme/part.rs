/// A piece of what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The raw body. Stands exactly once in every scheme.
    Body,
    /// The timestamp's text as it was received.
    Timestamp,
    /// The delivery id as it was received.
    Id,
    /// The request's method, in upper case.
    Method,
    /// The public URL of the endpoint, which the user gives where the secret is made: what a service sees
    /// of a URL is changed by proxies and routers. See [`PublicUrl`](crate::PublicUrl).
    Url,
    /// The value of a header, which must be there once. Named in lower case. If a literal is signed right behind
    /// it, the value must not contain the literal's first byte.
    Header(&'static str),
    /// A constant.
    Literal(&'static str),
}
