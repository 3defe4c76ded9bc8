//! The providers, one file each: how they sign, and (feature `events`) what they send.
//!
//! [`ALL`] lists them as values, and [`find`] chooses one by its name at run time.

#[cfg(feature = "serde")]
pub mod adyen_standard;
#[cfg(feature = "rfc3339")]
pub mod box_com;
pub mod brex;
pub mod buildkite;
pub mod calendly;
pub mod chatwoot;
pub mod clerk;
pub mod close;
pub mod cloudinary;
pub mod contentful;
pub mod customer_io;
pub mod elevenlabs;
#[cfg(feature = "serde")]
pub mod front;
pub mod github;
pub mod gitlab_signing;
pub mod hubspot;
pub mod hubspot_v1;
pub mod hubspot_v2;
pub mod loops;
pub mod mux;
pub mod openai;
pub mod paddle;
pub mod persona;
pub mod polar;
pub mod recall_ai;
pub mod recurly;
pub mod render;
pub mod replicate;
pub mod resend;
pub mod retell;
pub mod samva;
pub mod sanity;
pub mod sinch;
#[cfg(feature = "serde")]
pub mod slack;
pub mod square;
pub mod standard_webhooks;
#[cfg(feature = "ed25519")]
pub mod standard_webhooks_ed25519;
pub mod stripe;
pub mod supabase;
pub mod svara;
pub mod svix;
pub mod tailscale;
pub mod trello;
#[cfg(all(feature = "rfc3339", feature = "serde"))]
pub mod twitch;
pub mod voisnap;
pub mod voxpria;
pub mod webflow;
pub mod whereby;
pub mod workos;
#[cfg(feature = "rfc3339")]
pub mod zendesk;
#[cfg(feature = "rfc3339")]
pub mod zendesk_2021;
#[cfg(feature = "serde")]
pub mod zoom;

#[cfg(test)]
mod test;

pub use crate::registry::{Credentials, Entry, Handwritten, SignFn};

/// Every provider of this crate, in alphabetical order of their names.
pub const ALL: &[Entry] = &[
    #[cfg(feature = "serde")]
    adyen_standard::ENTRY,
    #[cfg(feature = "rfc3339")]
    box_com::ENTRY,
    brex::ENTRY,
    buildkite::ENTRY,
    calendly::ENTRY,
    chatwoot::ENTRY,
    clerk::ENTRY,
    close::ENTRY,
    cloudinary::ENTRY,
    contentful::ENTRY,
    customer_io::ENTRY,
    elevenlabs::ENTRY,
    #[cfg(feature = "serde")]
    front::ENTRY,
    github::ENTRY,
    gitlab_signing::ENTRY,
    hubspot::ENTRY,
    hubspot_v1::ENTRY,
    hubspot_v2::ENTRY,
    loops::ENTRY,
    mux::ENTRY,
    openai::ENTRY,
    paddle::ENTRY,
    persona::ENTRY,
    polar::ENTRY,
    recall_ai::ENTRY,
    recurly::ENTRY,
    render::ENTRY,
    replicate::ENTRY,
    resend::ENTRY,
    retell::ENTRY,
    samva::ENTRY,
    sanity::ENTRY,
    sinch::ENTRY,
    #[cfg(feature = "serde")]
    slack::ENTRY,
    square::ENTRY,
    standard_webhooks::ENTRY,
    #[cfg(feature = "ed25519")]
    standard_webhooks_ed25519::ENTRY,
    stripe::ENTRY,
    supabase::ENTRY,
    svara::ENTRY,
    svix::ENTRY,
    tailscale::ENTRY,
    trello::ENTRY,
    #[cfg(all(feature = "rfc3339", feature = "serde"))]
    twitch::ENTRY,
    voisnap::ENTRY,
    voxpria::ENTRY,
    webflow::ENTRY,
    whereby::ENTRY,
    workos::ENTRY,
    #[cfg(feature = "rfc3339")]
    zendesk::ENTRY,
    #[cfg(feature = "rfc3339")]
    zendesk_2021::ENTRY,
    #[cfg(feature = "serde")]
    zoom::ENTRY,
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
        // Some providers need a feature.
        let all_features = cfg!(all(
            feature = "serde",
            feature = "rfc3339",
            feature = "ed25519",
            feature = "p256",
            feature = "rsa"
        ));
        if !all_features {
            files.retain(|name| listed.contains(&name.as_str()));
        }
        assert_eq!(listed, files);
    }

    #[test]
    fn a_provider_is_found_by_its_name() {
        assert_eq!(find("stripe").map(Entry::title), Some("Stripe"));
        assert!(find("Stripe").is_none());
        assert!(find("").is_none());
    }
}
