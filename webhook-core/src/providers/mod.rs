//! The providers, one file each: how they sign, and (feature `events`) what they send.
//!
//! [`ALL`] lists them as values, and [`find`] chooses one by its name at run time.

#![allow(clippy::doc_markdown, reason = "the providers' names are not code")]

pub mod adyen_platform;
pub mod airtable;
pub mod asana;
pub mod attio;
pub mod bitbucket;
pub mod bitbucket_server;
pub mod btcpay;
pub mod cal_com;
pub mod circleci;
pub mod clickup;
pub mod cloudflare;
pub mod coinbase_commerce;
pub mod cursor;
pub mod docusign;
pub mod dropbox;
pub mod dwolla;
pub mod forgejo;
pub mod gitea;
pub mod github;
pub mod github_sha1;
pub mod gitlab_token;
pub mod gocardless;
pub mod gogs;
pub mod help_scout;
pub mod hookdeck;
pub mod hugging_face;
pub mod intercom;
pub mod jira;
pub mod lemon_squeezy;
pub mod line;
pub mod linear;
pub mod meta;
pub mod modern_treasury;
pub mod notion;
pub mod nylas;
pub mod pagerduty;
pub mod pusher;
pub mod razorpay;
pub mod samva;
pub mod sentry;
pub mod shopify;
pub mod snyk;
pub mod standard_webhooks;
pub mod stripe;
pub mod svara;
pub mod telegram;
pub mod typeform;
pub mod vercel;
pub mod voisnap;
pub mod voxpria;
pub mod webex;
pub mod woocommerce;
pub mod xero;

#[cfg(test)]
mod test;

pub use crate::registry::{Credentials, Entry, Handwritten, SignFn};

/// Every provider of this crate, in alphabetical order of their names.
pub const ALL: &[Entry] = &[
    adyen_platform::ENTRY,
    airtable::ENTRY,
    asana::ENTRY,
    attio::ENTRY,
    bitbucket::ENTRY,
    bitbucket_server::ENTRY,
    btcpay::ENTRY,
    cal_com::ENTRY,
    circleci::ENTRY,
    clickup::ENTRY,
    cloudflare::ENTRY,
    coinbase_commerce::ENTRY,
    cursor::ENTRY,
    docusign::ENTRY,
    dropbox::ENTRY,
    dwolla::ENTRY,
    forgejo::ENTRY,
    gitea::ENTRY,
    github::ENTRY,
    github_sha1::ENTRY,
    gitlab_token::ENTRY,
    gocardless::ENTRY,
    gogs::ENTRY,
    help_scout::ENTRY,
    hookdeck::ENTRY,
    hugging_face::ENTRY,
    intercom::ENTRY,
    jira::ENTRY,
    lemon_squeezy::ENTRY,
    line::ENTRY,
    linear::ENTRY,
    meta::ENTRY,
    modern_treasury::ENTRY,
    notion::ENTRY,
    nylas::ENTRY,
    pagerduty::ENTRY,
    pusher::ENTRY,
    razorpay::ENTRY,
    samva::ENTRY,
    sentry::ENTRY,
    shopify::ENTRY,
    snyk::ENTRY,
    standard_webhooks::ENTRY,
    stripe::ENTRY,
    svara::ENTRY,
    telegram::ENTRY,
    typeform::ENTRY,
    vercel::ENTRY,
    voisnap::ENTRY,
    voxpria::ENTRY,
    webex::ENTRY,
    woocommerce::ENTRY,
    xero::ENTRY,
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
