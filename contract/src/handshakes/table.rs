//! The table, in the registry's order: a request for each way in which a provider tries endpoints out.

use super::row::{Expected, Request, Row};

const ASANAS_SECRET: &str = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81";
const CHALLENGE: &str = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(
            "asana",
            Request::unsigned("POST", "").header("x-hook-secret", ASANAS_SECRET).body("{}"),
            Expected::empty().header("x-hook-secret", ASANAS_SECRET),
        )
        .repeats(ASANAS_SECRET),
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
