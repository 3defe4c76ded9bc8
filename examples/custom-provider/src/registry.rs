//! Providers that are chosen by their names at run time: the library's and these.

use webhook_tower::custom::SecretErrorKind;
use webhook_tower::providers::{self, Entry, Handwritten};

use crate::acme::Acme;
use crate::courier::Courier;
use crate::market::Market;
use crate::pigeon::Pigeon;

const OURS: &[Entry] = &[
    Entry::of_scheme::<Acme>("Acme"),
    Entry::of_scheme::<Courier>("Courier").credential("public key", "the app's page"),
    Entry::of_scheme::<Market>("Market"),
    PIGEON,
];

/// The provider of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    providers::ALL.iter().chain(OURS).find(|entry| entry.name() == name)
}

const PIGEON: Entry = Entry::handwritten::<Pigeon>(
    "Pigeon",
    Handwritten {
        signed: "url and sorted form",
        signs_id: false,
        signs_url: true,
        public_key: false,
        tolerance: None,
        verifier: |credentials| {
            let missing = || credentials.current().error(SecretErrorKind::UrlRequired);
            let url = credentials.url().ok_or_else(missing)?;
            // Current and previous secrets, by `or_verifier`.
            credentials.any_of(|secret| Pigeon::new(secret, url.clone()))
        },
        sign: None,
    },
);
