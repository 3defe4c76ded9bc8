//! One genuine request for each entry that cannot sign.

use super::{Sample, key};

const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];

pub(super) const SAMPLES: &[Sample] = &[
    // Published: adyen-node-api-library, `hmacValidator.spec.ts`.
    Sample {
        entry: "adyen_standard",
        credentials: || key("DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00"),
        target: "/",
        headers: &[],
        body: ADYEN,
        now: 0,
    },
    // Nothing is signed: the query holds the secret.
    Sample {
        entry: "azure_event_grid",
        credentials: || key("a-raw-secret"),
        target: "/hooks?code=a-raw-secret",
        headers: &[("aeg-event-type", "Notification")],
        body: r#"[{"id":"1","eventType":"a"}]"#,
        now: 0,
    },
    // Made by the package `braintree` 4.48.0, `webhook_testing.sample_notification`.
    Sample {
        entry: "braintree",
        credentials: || key("integration_public_key:integration_private_key"),
        target: "/",
        headers: FORM,
        body: BRAINTREE,
        now: 0,
    },
    // Published: Rails, `actionmailbox/test/controllers/ingresses/mailgun/inbound_emails_controller_test.rb`.
    Sample {
        entry: "mailgun",
        credentials: || key("tbsy84uSV1Kt3ZJZELY2TmShPRs91E3yL4tzf96297vBCkDWgL"),
        target: "/",
        headers: FORM,
        body: "timestamp=1539112500&token=7VwW7k6Ak7zcTwoSoNm7aTtbk1g67MKAnsYLfUB7PdszbgR5Xi&\
               signature=ef24c5225322217bb065b80bb54eb4f9206d764e3e16abab07f0a64d1cf477cc",
        now: 1_539_112_500,
    },
];

const BRAINTREE: &str = "bt_signature=integration_public_key%7Cf87c3d527cd5d43df6d852ff1777854a48a18ecf&bt_payload=CiAgICAgICAgICAgIDxub3RpZmljYXRpb24%2BCiAgICAgICAgICAgICAgICA8dGltZXN0YW1wIHR5%0AcGU9ImRhdGV0aW1lIj4yMDI2LTExLTIxVDIzOjQzOjUyWjwvdGltZXN0YW1wPgogICAgICAgICAg%0AICAgICAgPGtpbmQ%2Bc3Vic2NyaXB0aW9uX3dlbnRfcGFzdF9kdWU8L2tpbmQ%2BCiAgICAgICAgICAg%0AICAgICAKICAgICAgICAgICAgICAgIDxzdWJqZWN0PgogICAgICAgICAgICA8c3Vic2NyaXB0aW9u%0APgogICAgICAgICAgICAgICAgPGlkPm15X2lkPC9pZD4KICAgICAgICAgICAgICAgIDx0cmFuc2Fj%0AdGlvbnMgdHlwZT0iYXJyYXkiPjwvdHJhbnNhY3Rpb25zPgogICAgICAgICAgICAgICAgPGFkZF9v%0AbnMgdHlwZT0iYXJyYXkiPjwvYWRkX29ucz4KICAgICAgICAgICAgICAgIDxkaXNjb3VudHMgdHlw%0AZT0iYXJyYXkiPjwvZGlzY291bnRzPgogICAgICAgICAgICA8L3N1YnNjcmlwdGlvbj4KICAgICAg%0AICA8L3N1YmplY3Q%2BCiAgICAgICAgICAgIDwvbm90aWZpY2F0aW9uPgogICAgICAgIA%3D%3D%0A";

const ADYEN: &str = r#"{"live":"false","notificationItems":[{"NotificationRequestItem":{"pspReference":"pspReference","originalReference":"originalReference","merchantAccountCode":"merchantAccount","merchantReference":"reference","amount":{"currency":"EUR","value":1000},"eventCode":"REPORT_AVAILABLE","success":"true","additionalData":{"hmacSignature":"ZNBPtI+oDyyRrLyD1XirkKnQgIAlFc07Vj27TeHsDRE="}}}]}"#;
