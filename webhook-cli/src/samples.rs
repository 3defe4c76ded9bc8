//! What the providers send: the folder `samples`, whose README says where each comes from.

use include_dir::{Dir, include_dir};

use crate::request::{self, Captured};

static SAMPLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/samples");

const SUFFIX: &str = ".http";

/// The names of a provider's events that there are samples of, in alphabetical order.
pub(crate) fn names(provider: &str) -> Vec<&'static str> {
    let files = SAMPLES.get_dir(provider).into_iter().flat_map(Dir::files);
    let names = files.filter_map(|file| file.path().file_name()?.to_str()?.strip_suffix(SUFFIX));
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}

/// The sample of an event, with a fresh id and time.
pub(crate) fn sample(provider: &str, event: &str, id: &str, now: &str) -> Option<Captured> {
    let file = SAMPLES.get_file(format!("{provider}/{event}{SUFFIX}"))?;
    let text = file.contents_utf8()?.replace("{{id}}", id).replace("{{now}}", now);
    // Editors end files with a newline; bodies have none.
    request::read(text.strip_suffix('\n').unwrap_or(&text).as_bytes(), None).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use webhook_core::providers::{self, samva, svara, voisnap, voxpria};
    use webhook_core::{Delivery, Payload, Provider, providers::Entry};

    use super::*;

    const NOW: &str = "2026-11-25T10:00:00Z";

    fn delivery<P: Provider>(event: &str) -> Delivery {
        let sample = sample(P::NAME, event, "0123", NOW).unwrap();
        Delivery::assume_verified_by_custom_check::<P>(&sample.body)
    }

    #[test]
    fn every_folder_is_a_provider_and_every_file_a_request() {
        for folder in SAMPLES.dirs() {
            let provider = folder.path().to_str().unwrap();
            assert!(providers::find(provider).is_some(), "{provider}");
            assert_eq!(names(provider).len(), folder.files().count(), "{provider}");
            for event in names(provider) {
                let sample = sample(provider, event, "0123", NOW).unwrap();
                assert!(sample.headers.iter().any(|(name, _)| name == "Content-Type"), "{event}");
                assert!(!sample.body.ends_with(b"\n") && !sample.body.is_empty(), "{event}");
                let body = String::from_utf8(sample.body.to_vec()).unwrap();
                assert!(!body.contains("{{"), "{body}");
            }
        }
        assert!(providers::ALL.iter().map(Entry::name).any(|name| names(name).is_empty()));
    }

    #[test]
    fn every_documented_event_has_a_sample_that_is_read_as_one() {
        let mut read = BTreeSet::new();
        for event in names("svara") {
            let typed = svara::Event::from_delivery(&delivery::<svara::Svara>(event)).unwrap();
            assert!(typed.name == event && typed.data != svara::Data::Other, "{event}");
            read.insert(event);
        }
        for event in names("voisnap") {
            let typed =
                voisnap::Event::from_delivery(&delivery::<voisnap::Voisnap>(event)).unwrap();
            assert!(typed.name == event && typed.data != voisnap::Data::Other, "{event}");
            read.insert(event);
        }
        for event in names("voxpria") {
            let typed =
                voxpria::Event::from_delivery(&delivery::<voxpria::VoxPria>(event)).unwrap();
            assert!(typed.name == event && typed.data != voxpria::Data::Other, "{event}");
            read.insert(event);
        }
        for event in names("samva") {
            assert!(samva::Event::from_delivery(&delivery::<samva::Samva>(event)).is_ok());
            let sample = sample("samva", event, "0123", NOW).unwrap();
            let named = sample.headers.iter().find(|(name, _)| name == "X-Webhook-Event").unwrap();
            assert_eq!(named.1, event.as_bytes());
            read.insert(event);
        }
        let documented = BTreeSet::from([
            "voice_note.sent",
            "voice_note.delivered",
            "voice_note.failed",
            "message.delivered",
            "message.failed",
            "SessionStarted",
            "SessionEnded",
            "AnalysisCompleted",
            "TransferInitiated",
            "Error",
            "call.started",
            "call.completed",
            "call.failed",
            "campaign.started",
            "campaign.finished",
            "campaign.paused",
        ]);
        assert_eq!(read, documented);
    }

    #[test]
    fn two_deliveries_differ_in_their_ids_only() {
        let body = |id| sample("svara", "voice_note.sent", id, NOW).unwrap().body;
        assert_ne!(body("1"), body("2"));
        assert_eq!(body("1"), body("1"));
    }
}
