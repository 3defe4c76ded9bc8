//! The same for entries whose public keys the application fetches. Ours, made with the certificate and the keys of
//! the modules' tests.

use webhook_core::{FetchedKey, PublicUrl};

use super::{Sample, key};

pub(super) const SAMPLES: &[Sample] = &[
    Sample {
        entry: "aws_sns",
        credentials: || {
            key("arn:aws:sns:us-east-1:123456789012:orders").with_keys(|_: &str| {
                let pem = include_str!("../../../src/providers/testdata/certificate.pem");
                FetchedKey::from_certificate(pem).ok()
            })
        },
        target: "/",
        headers: &[],
        body: AWS_SNS,
        now: 1_800_000_000,
    },
    Sample {
        entry: "google_pubsub",
        credentials: || {
            key("push@p.iam.gserviceaccount.com")
                .for_url(PublicUrl::new("https://example.com/push").unwrap())
                .with_keys(|_: &str| FetchedKey::from_jwk(r#"{"alg":"RS256","e":"AQAB","kid":"kid-1","kty":"RSA","n":"tXPcaxX-4gK0-SX3dj9nsA9h3JIA07tRJKDEn6SJfqQIpg-CNKxnT6Jz6_3LrqW81qiAxqB5U71o0UB34IOz038LwpPNCvmpapxaLakwSIAVxq1bdRQXS7XV1uWkn-2cFwVlIv0ZqRtR0kbI3SqzE7pnETkitOND9Hr8kPt1HpsDlNGxmI6nCFHCdO2xeozKyyM0PTZ2QK2LtVacBAtI6J7FfpF0lN89sjvxLyjvFhsbnhyyOpsTpvLvmslAxeAS4cn-3FT-mXIROhybFfS_gKqm5fdaGBG5Gr6phKRLEWMMv9yTo5PyNRXZ1d-dvrfDyQuSaXbCMU5xQxJpW3GIwQ","use":"sig"}"#).ok())
        },
        target: "/",
        headers: &[(
            "authorization",
            "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImtpZC0xIiwidHlwIjoiSldUIn0.eyJhdWQiOiAiaHR0cHM6Ly9leGFtcGxlLmNvbS9wdXNoIiwgImF6cCI6ICIxIiwgImVtYWlsIjogInB1c2hAcC5pYW0uZ3NlcnZpY2VhY2NvdW50LmNvbSIsICJlbWFpbF92ZXJpZmllZCI6IHRydWUsICJleHAiOiAxNzAwMDAzNjAwLCAiaWF0IjogMTcwMDAwMDAwMCwgImlzcyI6ICJodHRwczovL2FjY291bnRzLmdvb2dsZS5jb20iLCAic3ViIjogIjEifQ.dOouwgLLv56y5BSKcJeXiCT0DatjBvT5pnrjvt72FcBYazpZXMjjI0GEu4qGxBUONk6ts8cN6xqmEaf4vk0I5o-iHTahqa1y48rfvXcbR2cSCuxZ4HKmUo2JfInN2MOgwoPoyiaXuiq8RFiQP24UEcy9sfHsRc-xcpSbWlfxqYWpUb3cJF8Aw4zemXtAGOWGZQcVYYE_W2dRKna_QuBd3k5nxOELXRz3axkpUicufwN9n1VFgxOUgVc4YAWUaqsT9pl6AGbKDOONDMx68iiKJkX-At7wRuhfBs9k-qiTpNjSj5DT-PCWbrj_5UMckwpHLRIbvaA9r32N6OtazPwhyQ",
        )],
        body: r#"{"message":{"data":"","messageId":"136969346945"},"subscription":"s"}"#,
        now: 1_700_000_000,
    },
    Sample {
        entry: "paypal",
        credentials: || {
            key("WH-1").with_keys(|_: &str| {
                let pem = include_str!("../../../src/providers/testdata/certificate.pem");
                FetchedKey::from_certificate(pem).ok()
            })
        },
        target: "/",
        headers: &[
            ("paypal-transmission-id", "id-1"),
            ("paypal-transmission-time", "2027-01-15T08:00:00Z"),
            (
                "paypal-transmission-sig",
                "G93ChcdAtU/+1pqet9Y9Df8bN30WdZISrovajXWoi0kfVKjdrp1s1ACeV1PqwKSTuPsAsfI+yrHz2szouJD8BQCNSz3TFLwmZyiSJy8zST3+Tf/O2/Nhf53UM46vUPE1vPcDIsAjKygXuRxPbF2GqwEdn5UaJre4jTB6ZiNdvE0wGdCJVI/oHzB/sZSmMEixCCW/oUxmXE+huKE2wgXeNaUvNJpb1SJ/jsF8rLSwjx8+NAfrnYx1HHhJnTcEDnip8rKkk9RkTApoSWHUz60NeVm3crs21egLIViItT3f/KLMH6IQVITvkcpK1jao2iE5pkVBvCWTnMOwxBAoS2cDzQ==",
            ),
            (
                "paypal-cert-url",
                "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270",
            ),
            ("paypal-auth-algo", "SHA256withRSA"),
        ],
        body: "{}",
        now: 1_800_000_000,
    },
    Sample {
        entry: "plaid",
        credentials: || {
            key("plaid").with_keys(|_: &str| FetchedKey::from_jwk(r#"{"alg":"ES256","crv":"P-256","kid":"kid-1","kty":"EC","use":"sig","x":"UVw9brnjlrkE0_7Kf1T9zQzB6Ze_N13KUVrQpsO0A18","y":"RTa-OlDzGPv5pUdZAqIhUCvvDVfgjFOyzApW8X2fk1Q","created_at":1,"expired_at":null}"#).ok())
        },
        target: "/",
        headers: &[(
            "plaid-verification",
            "eyJhbGciOiJFUzI1NiIsImtpZCI6ImtpZC0xIiwidHlwIjoiSldUIn0.eyJpYXQiOiAxNzAwMDAwMDAwLCAicmVxdWVzdF9ib2R5X3NoYTI1NiI6ICI0NDEzNmZhMzU1YjM2NzhhMTE0NmFkMTZmN2U4NjQ5ZTk0ZmI0ZmMyMWZlNzdlODMxMGMwNjBmNjFjYWFmZjhhIn0.s0Nz8SaF6jhig9gyGvcuOLBbCCxQAaL8k1J1gPAuBB-7VD9CjZMCmZj9p3z-yRLG5APPbKxweOU6GHqcMTn-nw",
        )],
        body: "{}",
        now: 1_700_000_000,
    },
];

const AWS_SNS: &str = r#"{"Type":"Notification","MessageId":"id-1","TopicArn":"arn:aws:sns:us-east-1:123456789012:orders","Message":"{\"a\":1}","Timestamp":"2026-11-25T10:00:00.000Z","SignatureVersion":"2","Signature":"lQtoiXCBzjkyb00uKFVgQRqpnHgMXG5NY3KvO/1woXYm0XrkEOQLQ/9VS7pJdQIthWZNr3cSs5qznGgMAuP5tbFN5tsy0TNip6Y/WjG/fAapJvp82dSMyAtKRSjz9lNv8q1AH/62CjMctp8b6J1TFFVhllrUx+vDl4Mvh50TlOQaDsEPDtgwaRY+fXf9U6Roioa9ZfzTb63vx9o0eoAC3MlbtqIb03chDhnU/03FscnGTQsR6O6oMparY81I043b+2Jo7vHT0i8y6y+nwAM2Q9SUoT4mhOCi8WFn0+/VjBz6+L7fn4ugD1Fe89EiZANwa2ArhxM83Rk+ZpLT7j+fyw==","SigningCertURL":"https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123abcd.pem","Subject":"a","MessageAttributes":{}}"#;
