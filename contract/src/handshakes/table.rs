//! The table, in the registry's order: a request for each way in which a provider tries endpoints out.

use super::row::{Expected, Request, Row};

const ASANAS_SECRET: &str = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81";
const SNS_SIGNATURE: &str = "qrL/3GtiCH8jY/Os9FR/RorTpD6dy50EkV9Qz567Tgu5OVP7WcK6BcMCCnrikOyb+9KqMCjFFxkkKO/aJ/2oGLim3m7D+qxqAog87VuyQLNyUPKe7uVwWInwq4fP3UD/xXH+QtDRMIEF7soUPVBIvfGBduvxnKmv7t6T15pw7tPJMa3cMGGxBBJCFCRFBspaYr3e9Pe1+1qqGNZUyhEEuqJ8PjmijutoqLuh6zc4uWNb9l3sI4ktVwdbONbgK2wrphKJj7rg1vG2avD+S1qpmtTYIZ+++aqDXZnAlnoBKFgE4Swj1LMhMyHShNPv8Q+Y9BnxKdt6/pj0X6cwm51FhQ==";
const EVENT_GRIDS_VALIDATION: &str = r#"[{"id":"1","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}}]"#;
const CHALLENGE: &str = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";

#[expect(clippy::too_many_lines, reason = "it is a table")]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(
            "asana",
            Request::unsigned("POST", "").header("x-hook-secret", ASANAS_SECRET).body("{}"),
            Expected::empty().header("x-hook-secret", ASANAS_SECRET),
        )
        .repeats(ASANAS_SECRET),
        Row::new(
            "aws_sns",
            Request::unsigned("POST", "").body(include_str!("testdata/sns-subscription.json")),
            Expected::empty(),
        )
        .held("arn:aws:sns:us-east-1:123456789012:orders")
        .proved_by(SNS_SIGNATURE)
        .delivers(
            Request::unsigned("POST", "").body(include_str!("testdata/sns-notification.json")),
        ),
        event_grid(
            Request::unsigned("POST", "code=s3cret").body(EVENT_GRIDS_VALIDATION),
            Expected::json(r#"{"validationResponse":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}"#),
        )
        .repeats("512d38b6-c7b8-40c8-89fe-f46f9e9622b6"),
        event_grid(
            Request::unsigned("OPTIONS", "code=s3cret")
                .header("webhook-request-origin", "eventgrid.azure.net"),
            Expected::empty().header("webhook-allowed-origin", "eventgrid.azure.net"),
        ),
        Row::new(
            "braintree",
            Request::unsigned("GET", "bt_challenge=20f9f8ed05f77439fe955c977e4c8a53"),
            // Python's `hmac`, as the signature below.
            Expected::text("public|3077328431565fee44b856ee88190b8a2abd06e4"),
        )
        .held("public:private")
        .repeats("20f9f8ed05f77439fe955c977e4c8a53")
        .delivers(Request::unsigned("POST", "").body(
            "bt_signature=public%7C3db81dfe2943c4f7caa742e7cc91a59aaa8e1162&bt_payload=PG5vdGlmaWNhdGlvbj48a2luZD5jaGVjazwva2luZD48L25vdGlmaWNhdGlvbj4%3D%0A",
        )),
        discord(r#"{"version":1,"type":0}"#, Expected { status: 204, ..Expected::empty() }),
        discord(r#"{"id":"1","type":1}"#, Expected::json(r#"{"type":1}"#)),
        Row::new(
            "dropbox",
            Request::unsigned("GET", "challenge=F8gYvvvPbpOo1cgzxv8M4kuU"),
            Expected::text("F8gYvvvPbpOo1cgzxv8M4kuU"),
        )
        .repeats("F8gYvvvPbpOo1cgzxv8M4kuU"),
        Row::new(
            "front",
            Request::signed(r#"{"type":"sync","authorization":{"id":"cmp_1"}}"#)
                .header("x-front-challenge", CHALLENGE),
            Expected::json(&format!(r#"{{"challenge":"{CHALLENGE}"}}"#)),
        )
        .repeats(CHALLENGE),
        Row::new("mandrill", Request::unsigned("HEAD", ""), Expected::empty())
            .delivers(Request::signed("mandrill_events=%5B%5D")),
        Row::new(
            "meta",
            Request::unsigned(
                "GET",
                "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=my+token%21",
            ),
            Expected::text("1158201444"),
        )
        .repeats("1158201444")
        .proved_by("my+token%21"),
        Row::new(
            "nylas",
            Request::unsigned("GET", "challenge=bc609b38-c81f-47fb-a275-1d9bd61a968b"),
            Expected::text("bc609b38-c81f-47fb-a275-1d9bd61a968b"),
        )
        .repeats("bc609b38-c81f-47fb-a275-1d9bd61a968b"),
        Row::new(
            "slack",
            Request::signed(&format!(
                r#"{{"token":"x","challenge":"{CHALLENGE}","type":"url_verification"}}"#
            )),
            Expected::text(CHALLENGE),
        )
        .repeats(CHALLENGE),
        Row::new("trello", Request::unsigned("HEAD", ""), Expected::empty()),
        Row::new(
            "twitch",
            Request::signed(&format!(
                r#"{{"challenge":"{CHALLENGE}","subscription":{{"id":"f1c2a387-161a-49f9-a165-0f21d7a4e1c4","status":"webhook_callback_verification_pending","type":"channel.follow"}}}}"#
            ))
            .header("twitch-eventsub-message-type", "webhook_callback_verification"),
            Expected::text(CHALLENGE),
        )
        .repeats(CHALLENGE),
        Row::new(
            "woocommerce",
            Request::unsigned("POST", "")
                .header("user-agent", "WooCommerce/9.4.2 Hookshot (WordPress/6.7)")
                .body("webhook_id=1"),
            Expected::empty(),
        ),
        Row::new(
            "xero",
            Request::signed(
                r#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"S0m3r4nd0mt3xt"}"#,
            ),
            Expected::empty(),
        ),
        Row::new(
            "zoom",
            Request::signed(
                r#"{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680,"event":"endpoint.url_validation"}"#,
            ),
            // Python's `hmac`.
            Expected::json(
                r#"{"encryptedToken":"24f19b0d95a0b29b33b00462fd3cb82831e0a795879ffee9c8923665e6415185","plainToken":"qgg8vlvZRS6UYooatFL8Aw"}"#,
            ),
        )
        .repeats("qgg8vlvZRS6UYooatFL8Aw"),
    ]
}

fn event_grid(probe: Request, answer: Expected) -> Row {
    let delivery = Request::unsigned("POST", "code=s3cret").body(r#"{"hello":"world"}"#);
    Row::new("azure_event_grid", probe, answer)
        .held("s3cret")
        .proved_by("s3cret")
        .delivers(delivery)
}

fn discord(ping: &str, answer: Expected) -> Row {
    Row::new("discord", Request::signed(ping), answer)
        .held("8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c")
        .signed_with(
            "0101010101010101010101010101010101010101010101010101010101010101",
            "0202020202020202020202020202020202020202020202020202020202020202",
        )
}
