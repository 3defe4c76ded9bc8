//! Schemes defined outside the crate, one for each rule.

use webhook_core::{
    Algorithm, Encoding, KeyFormat, Part, Scheme, SchemeProvider, SignsTime, TimestampUnit,
};

macro_rules! providers {
    ($($(#[$doc:meta])* $name:ident = $scheme:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) enum $name {}

        impl SchemeProvider for $name {
            const SCHEME: Scheme = $scheme;
        }
    )*};
}

providers! {
    /// `x-signature: <hex>`.
    Bare = Scheme::new("bare", "x-signature");

    /// `x-signature: v0=<hex>` of `v0:{time}:{body}`.
    Prefixed = Scheme::new("prefixed", "x-signature").prefix("v0=").timestamp("x-time").signs(&[
        Part::Literal("v0:"),
        Part::Timestamp,
        Part::Literal(":"),
        Part::Body,
    ]);

    /// `x-signature: t=<ms>, v1=<hex>`.
    Listed = Scheme::new("listed", "x-signature")
        .fields(',', '=', "v1")
        .timestamp_field("t")
        .unit(TimestampUnit::Milliseconds)
        .tolerance_secs(180)
        .signs(TIME_DOT_BODY);

    /// `x-signature: ts=<s>;h1=<hex>` of `{time}:{body}`, with a tolerance of 5 seconds.
    Semicolons = Scheme::new("semicolons", "x-signature")
        .fields(';', '=', "h1")
        .timestamp_field("ts")
        .tolerance_secs(5)
        .signs(&[Part::Timestamp, Part::Literal(":"), Part::Body]);

    /// `x-signature: v1,<base64> v2,..` with SHA-512 and a signed id.
    Versioned = Scheme::new("versioned", "x-signature")
        .fields(' ', ',', "v1")
        .algorithm(Algorithm::HmacSha512)
        .encoding(Encoding::Base64)
        .timestamp("x-time")
        .delivery_id("x-id")
        .signs(&[
            Part::Id,
            Part::Literal("."),
            Part::Timestamp,
            Part::Literal("."),
            Part::Body,
        ]);

    /// `x-signature: <ms>,<hex>,<hex>`.
    Positional = Scheme::new("positional", "x-signature")
        .positional(',')
        .unit(TimestampUnit::Milliseconds)
        .signs(TIME_DOT_BODY);

    /// `x-signature: v=<ms>,d=<hex>` of `{body}{time}`.
    BodyFirst = Scheme::new("body_first", "x-signature")
        .fields(',', '=', "d")
        .timestamp_field("v")
        .unit(TimestampUnit::Milliseconds)
        .signs(&[Part::Body, Part::Timestamp]);

    /// `x-signature: <hex>` of `{body}.{id}!`.
    IdLast = Scheme::new("id_last", "x-signature").delivery_id("x-id").signs(&[
        Part::Body,
        Part::Literal("."),
        Part::Id,
        Part::Literal("!"),
    ]);

    /// Base64 signatures of two keys, in two headers.
    TwoHeaders = Scheme::new("two_headers", "x-signature-1")
        .more_signatures(&["x-signature-2"])
        .encoding(Encoding::Base64);

    /// `x-signature: t=<ms>,v1=<base64url>`.
    Base64Url = Scheme::new("base64url", "x-signature")
        .fields(',', '=', "v1")
        .encoding(Encoding::Base64Url)
        .timestamp_field("t")
        .unit(TimestampUnit::Milliseconds)
        .signs(TIME_DOT_BODY);

    /// `x-signature: sha1=<hex>`.
    Sha1 = Scheme::new("sha1", "x-signature").prefix("sha1=").algorithm(Algorithm::HmacSha1);

    /// `x-signature: sha512=<hex>`.
    Sha512 = Scheme::new("sha512", "x-signature").prefix("sha512=").algorithm(Algorithm::HmacSha512);

    /// Requires exact values of two headers.
    Requiring = Scheme::new("requiring", "x-signature")
        .requires(&[("x-version", "1"), ("x-algorithm", "HmacSHA256")]);

    /// Provides two unsigned headers as hints, and an unsigned id.
    Hinting = Scheme::new("hinting", "x-signature")
        .delivery_id("x-id")
        .hints(&["x-event", "x-endpoint"]);

    /// A secret in hex, a signature in base64.
    HexKey = Scheme::new("hex_key", "x-signature").encoding(Encoding::Base64).key(KeyFormat::Hex);

    /// A secret in base64.
    Base64Key = Scheme::new("base64_key", "x-signature")
        .prefix("hmac-sha256=")
        .key(KeyFormat::Base64 { prefix: "" });

    /// Three sets of header names.
    Either = Scheme::new("either", "a-signature")
        .or(&const {
            Scheme::new("second", "b-signature").prefix("b=").timestamp("b-time").signs(TIME_DOT_BODY)
                .or(&const { Scheme::new("third", "c-signature").delivery_id("c-id") })
        });
}

impl SignsTime for Prefixed {}
impl SignsTime for Listed {}
impl SignsTime for Semicolons {}
impl SignsTime for Versioned {}
impl SignsTime for Positional {}
impl SignsTime for BodyFirst {}
impl SignsTime for Base64Url {}

const TIME_DOT_BODY: &[Part] = &[Part::Timestamp, Part::Literal("."), Part::Body];

#[cfg(feature = "rfc3339")]
providers! {
    /// `x-signature: sha256=<hex>` of `{id}{time}{body}`, with an RFC 3339 time.
    Written = Scheme::new("written", "x-signature")
        .prefix("sha256=")
        .timestamp("x-time")
        .unit(TimestampUnit::Rfc3339)
        .tolerance_secs(600)
        .delivery_id("x-id")
        .signs(&[Part::Id, Part::Timestamp, Part::Body]);

    /// `x-signature: <base64>` of `{body}{time}`, with an RFC 3339 time.
    WrittenLast = Scheme::new("written_last", "x-signature")
        .encoding(Encoding::Base64)
        .timestamp("x-time")
        .unit(TimestampUnit::Rfc3339)
        .signs(&[Part::Body, Part::Timestamp]);
}
