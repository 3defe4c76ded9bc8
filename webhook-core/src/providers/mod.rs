//! The providers, one file each: how they sign, and (feature `events`) what they send.
//!
//! [`ALL`] lists them as values, and [`find`] chooses one by its name at run time.

#[cfg(feature = "x509")]
pub mod aws_sns;
#[cfg(feature = "serde")]
pub mod azure_event_grid;
pub mod braintree;
#[cfg(all(feature = "ed25519", feature = "serde"))]
pub mod discord;
pub mod github;
#[cfg(all(feature = "rsa", feature = "serde"))]
pub mod google_pubsub;
#[cfg(feature = "serde")]
pub mod livekit;
#[cfg(feature = "serde")]
pub mod mailgun;
pub mod mandrill;
#[cfg(feature = "serde")]
pub mod messagebird;
#[cfg(feature = "paypal")]
pub mod paypal;
#[cfg(all(feature = "p256", feature = "serde"))]
pub mod plaid;
pub mod plivo_v2;
pub mod samva;
#[cfg(feature = "p256")]
pub mod sendgrid;
pub mod standard_webhooks;
pub mod stripe;
pub mod svara;
#[cfg(feature = "ed25519")]
pub mod telnyx;
pub mod transloadit;
pub mod twilio;
pub mod voisnap;
#[cfg(feature = "serde")]
pub mod vonage;
pub mod voxpria;
#[cfg(feature = "rsa")]
pub mod wise;

#[cfg(test)]
mod test;

#[doc(no_inline)]
pub use crate::keys::SecretText;
#[cfg(feature = "_public-key")]
#[doc(no_inline)]
pub use crate::keys::{FetchedKey, KeySource};
pub use crate::registry::{Credentials, Entry, Handwritten, SignFn};
#[doc(no_inline)]
pub use crate::scheme::PublicUrl;

/// Every provider of this crate, in alphabetical order of their names.
pub const ALL: &[Entry] = &[
    #[cfg(feature = "x509")]
    aws_sns::ENTRY,
    #[cfg(feature = "serde")]
    azure_event_grid::ENTRY,
    braintree::ENTRY,
    #[cfg(all(feature = "ed25519", feature = "serde"))]
    discord::ENTRY,
    github::ENTRY,
    #[cfg(all(feature = "rsa", feature = "serde"))]
    google_pubsub::ENTRY,
    #[cfg(feature = "serde")]
    livekit::ENTRY,
    #[cfg(feature = "serde")]
    mailgun::ENTRY,
    mandrill::ENTRY,
    #[cfg(feature = "serde")]
    messagebird::ENTRY,
    #[cfg(feature = "paypal")]
    paypal::ENTRY,
    #[cfg(all(feature = "p256", feature = "serde"))]
    plaid::ENTRY,
    plivo_v2::ENTRY,
    samva::ENTRY,
    #[cfg(feature = "p256")]
    sendgrid::ENTRY,
    standard_webhooks::ENTRY,
    stripe::ENTRY,
    svara::ENTRY,
    #[cfg(feature = "ed25519")]
    telnyx::ENTRY,
    transloadit::ENTRY,
    twilio::ENTRY,
    voisnap::ENTRY,
    #[cfg(feature = "serde")]
    vonage::ENTRY,
    voxpria::ENTRY,
    #[cfg(feature = "rsa")]
    wise::ENTRY,
];

/// The provider of this name, such as `"stripe"`.
pub fn find(name: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_listed_in_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/providers");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|file| {
                file.unwrap().file_name().to_str()?.strip_suffix(".rs").map(str::to_owned)
            })
            .filter(|name| !["mod", "test"].contains(&name.as_str()))
            .collect();
        files.sort();
        let listed: Vec<_> = ALL.iter().map(Entry::name).collect();
        assert_eq!(listed, files);
    }

    #[test]
    fn a_provider_is_found_by_its_name() {
        assert_eq!(find("stripe").map(Entry::title), Some("Stripe"));
        assert!(find("Stripe").is_none());
        assert!(find("").is_none());
    }
}
