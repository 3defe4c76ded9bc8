//! Schemes of the vectors' providers for which the crate has no module.

use webhook_core::{
    Algorithm, Encoding, KeyFormat, Part, Scheme, SchemeProvider, SignsTime, TimestampUnit,
};

macro_rules! providers {
    ($($name:ident = $scheme:expr;)*) => {$(
        pub(crate) enum $name {}

        impl SchemeProvider for $name {
            const SCHEME: Scheme = $scheme;
        }
    )*};
}

providers! {
    GitHubSha1 = hex("x-hub-signature").prefix("sha1=").algorithm(Algorithm::HmacSha1);
    HubSha512 = hex("x-hub-signature").prefix("sha512=").algorithm(Algorithm::HmacSha512);
    Bitbucket = hex("x-hub-signature").prefix("sha256=");
    Notion = hex("x-notion-signature").prefix("sha256=");
    Gitea = hex("x-gitea-signature");
    Gogs = hex("x-gogs-signature");
    Razorpay = hex("x-razorpay-signature");
    Coinbase = hex("x-cc-webhook-signature");
    GoCardless = hex("webhook-signature");
    ModernTreasury = hex("x-signature");
    CircleCi = hex("circleci-signature").fields(',', '=', "v1");
    PagerDuty = hex("x-pagerduty-signature").fields(',', '=', "v1");
    PusherKey = hex("x-pusher-signature");
    Shopify = hex("x-shopify-hmac-sha256").encoding(Encoding::Base64);
    Line = hex("x-line-signature").encoding(Encoding::Base64);
    AdyenPlatform = hex("hmacsignature").encoding(Encoding::Base64).key(KeyFormat::Hex);
    Slack = hex("x-slack-signature").prefix("v0=").timestamp("x-slack-request-timestamp").signs(&[
        Part::Literal("v0:"),
        Part::Timestamp,
        Part::Literal(":"),
        Part::Body,
    ]);
    Paddle = hex("paddle-signature")
        .fields(';', '=', "h1")
        .timestamp_field("ts")
        .tolerance_secs(5)
        .signs(&[Part::Timestamp, Part::Literal(":"), Part::Body]);
    Sanity = hex("sanity-webhook-signature")
        .fields(',', '=', "v1")
        .encoding(Encoding::Base64Url)
        .timestamp_field("t")
        .unit(TimestampUnit::Milliseconds)
        .signs(&[Part::Timestamp, Part::Literal("."), Part::Body]);
    // A secret without the prefix `whsec_` is plain text.
    OpenAiText = hex("webhook-signature")
        .fields(' ', ',', "v1")
        .encoding(Encoding::Base64)
        .timestamp("webhook-timestamp")
        .delivery_id("webhook-id")
        .signs(&[Part::Id, Part::Literal("."), Part::Timestamp, Part::Literal("."), Part::Body]);
}

#[cfg(feature = "rfc3339")]
providers! {
    BoxNet = hex("box-signature-primary")
        .more_signatures(&["box-signature-secondary"])
        .requires(&[("box-signature-version", "1"), ("box-signature-algorithm", "HmacSHA256")])
        .encoding(Encoding::Base64)
        .timestamp("box-delivery-timestamp")
        .unit(TimestampUnit::Rfc3339)
        .tolerance_secs(600)
        .delivery_id("box-delivery-id")
        .signs(&[Part::Body, Part::Timestamp]);
    Twitch = hex("twitch-eventsub-message-signature")
        .prefix("sha256=")
        .timestamp("twitch-eventsub-message-timestamp")
        .unit(TimestampUnit::Rfc3339)
        .tolerance_secs(600)
        .delivery_id("twitch-eventsub-message-id")
        .signs(&[Part::Id, Part::Timestamp, Part::Body]);
    Zendesk2021 = hex("x-zendesk-webhook-signature")
        .encoding(Encoding::Base64)
        .timestamp("x-zendesk-webhook-signature-timestamp")
        .unit(TimestampUnit::Rfc3339)
        .signs(&[Part::Body, Part::Timestamp]);
}

const fn hex(header: &'static str) -> Scheme {
    Scheme::new("vector", header)
}

impl SignsTime for Slack {}
impl SignsTime for Paddle {}
impl SignsTime for Sanity {}
impl SignsTime for OpenAiText {}
#[cfg(feature = "rfc3339")]
impl SignsTime for BoxNet {}
#[cfg(feature = "rfc3339")]
impl SignsTime for Twitch {}
#[cfg(feature = "rfc3339")]
impl SignsTime for Zendesk2021 {}
