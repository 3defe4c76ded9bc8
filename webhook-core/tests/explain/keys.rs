//! Keys that are fetched.

use webhook_core::explain::{Credential, Explainer, Request};
use webhook_core::providers;
use webhook_core::{FetchedKey, PublicUrl, UnixTime};

use super::case::ids;

#[path = "../conformance/samples/fetched.rs"]
mod fetched;
#[path = "../conformance/samples/sample.rs"]
mod sample;

use sample::{Sample, key};

#[test]
fn a_key_that_was_not_given_is_named() {
    assert!(fetched::SAMPLES.len() >= 3);
    for sample in fetched::SAMPLES {
        let entry = providers::find(sample.entry).unwrap();
        let mut request = Request::new("POST", sample.target, UnixTime::from_secs(sample.now));
        let headers = sample.headers.iter();
        request.headers =
            headers.map(|(name, value)| ((*name).to_owned(), value.as_bytes().into())).collect();
        request.body = sample.body.into();
        let credential = Credential::new("SECRET", (sample.credentials)().current().as_str());
        let explainer = || {
            Explainer::new(entry)
                .credential(credential.clone())
                .public_url(PublicUrl::new("https://example.com/push").unwrap())
        };
        let empty = explainer().keys(|_: &str| None::<FetchedKey>).explain(&request);
        assert_eq!(ids(&empty), ["key-unavailable"], "{}", sample.entry);
        assert!(!empty.verified);
    }
}
