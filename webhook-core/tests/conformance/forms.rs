//! Entries that exist only here: one for each form of a scheme, so that the tests cover forms that no listed provider
//! has.

use webhook_core::providers::Entry;
use webhook_core::{Algorithm, Encoding, KeyFormat, Part, Scheme, SchemeProvider, TimestampUnit};

macro_rules! forms {
    ($($name:ident = $scheme:expr;)*) => {
        $(
            enum $name {}

            impl SchemeProvider for $name {
                const SCHEME: Scheme = $scheme;
            }
        )*

        pub(crate) const FORMS: &[Entry] = &[$(Entry::of_scheme::<$name>(stringify!($name)),)*];
    };
}

const TIME_DOT_BODY: &[Part] = &[Part::Timestamp, Part::Literal("."), Part::Body];

forms! {
    Token = Scheme::token("form_token", "x-token");

    Sha1 = Scheme::new("form_sha1", "x-signature")
        .algorithm(Algorithm::HmacSha1)
        .encoding(Encoding::Base64);

    HexKey = Scheme::new("form_hex_key", "x-signature")
        .algorithm(Algorithm::HmacSha512)
        .prefix("sha512=")
        .key(KeyFormat::Hex);

    Base64Key = Scheme::new("form_base64_key", "x-signature")
        .algorithm(Algorithm::HmacSha384)
        .encoding(Encoding::Base64Url)
        .key(KeyFormat::Base64 { prefix: "" });

    Url = Scheme::new("form_url", "x-signature")
        .timestamp("x-time")
        .unit(TimestampUnit::Milliseconds)
        .signs(&[Part::Method, Part::Url, Part::Body, Part::Timestamp]);

    Header = Scheme::new("form_header", "x-signature")
        .delivery_id("x-id")
        .signs(&[Part::Header("x-event"), Part::Literal("."), Part::Body, Part::Literal("."), Part::Id])
        .requires(&[("x-version", "1")]);

    Positional = Scheme::new("form_positional", "x-signature")
        .positional(',')
        .unit(TimestampUnit::Milliseconds)
        .signs(TIME_DOT_BODY);

    Semicolons = Scheme::new("form_semicolons", "x-signature")
        .fields(';', '=', "h1")
        .timestamp_field("ts")
        .tolerance_secs(5)
        .encoding(Encoding::Base64)
        .signs(TIME_DOT_BODY);
}

#[cfg(feature = "rfc3339")]
pub(crate) mod rfc3339 {
    use super::*;

    forms! {
        Written = Scheme::new("form_rfc3339", "x-signature")
            .timestamp("x-time")
            .unit(TimestampUnit::Rfc3339)
            .delivery_id("x-id")
            .signs(&[Part::Id, Part::Timestamp, Part::Body]);
    }
}

#[cfg(all(feature = "ed25519", feature = "p256", feature = "rsa"))]
pub(crate) mod public_keys {
    use super::*;

    forms! {
        Ed25519Hex = Scheme::new("form_ed25519_hex", "x-signature")
            .algorithm(Algorithm::Ed25519)
            .key(KeyFormat::Hex)
            .timestamp("x-time")
            .signs(&[Part::Timestamp, Part::Body]);

        Ed25519Base64 = Scheme::new("form_ed25519_base64", "x-signature")
            .algorithm(Algorithm::Ed25519)
            .encoding(Encoding::Base64)
            .fields(' ', ',', "v1a")
            .key(KeyFormat::Base64 { prefix: "whpk_" });

        P256 = Scheme::new("form_p256", "x-signature")
            .algorithm(Algorithm::EcdsaP256)
            .encoding(Encoding::Base64)
            .key(KeyFormat::Spki);

        Rsa = Scheme::new("form_rsa", "x-signature")
            .algorithm(Algorithm::RsaSha256)
            .encoding(Encoding::Base64)
            .timestamp("x-time")
            .signs(TIME_DOT_BODY)
            .key(KeyFormat::Spki);
    }
}

/// Returns every entry that the tests run for.
pub(crate) fn entries() -> impl Iterator<Item = &'static Entry> {
    let all = webhook_core::providers::ALL.iter().chain(FORMS);
    #[cfg(feature = "rfc3339")]
    let all = all.chain(rfc3339::FORMS);
    #[cfg(all(feature = "ed25519", feature = "p256", feature = "rsa"))]
    let all = all.chain(public_keys::FORMS);
    all
}
