//! The providers, one file each: how they sign, and (feature `events`) what they send.
//!
//! [`ALL`] lists them as values, and [`find`] chooses one by its name at run time.

#![expect(clippy::doc_markdown, reason = "the providers' names are not code")]

pub mod adyen_platform;
#[cfg(feature = "serde")]
pub mod adyen_standard;
pub mod airtable;
pub mod asana;
pub mod attio;
#[cfg(feature = "x509")]
pub mod aws_sns;
#[cfg(feature = "serde")]
pub mod azure_event_grid;
pub mod bitbucket;
pub mod bitbucket_server;
#[cfg(feature = "rfc3339")]
pub mod box_com;
pub mod braintree;
pub mod brex;
pub mod btcpay;
pub mod buildkite;
pub mod cal_com;
pub mod calendly;
pub mod chatwoot;
pub mod circleci;
pub mod clerk;
pub mod clickup;
pub mod close;
pub mod cloudflare;
pub mod cloudinary;
pub mod coinbase_commerce;
pub mod contentful;
pub mod cursor;
pub mod customer_io;
#[cfg(all(feature = "ed25519", feature = "serde"))]
pub mod discord;
pub mod docusign;
pub mod dropbox;
pub mod dwolla;
pub mod elevenlabs;
pub mod forgejo;
#[cfg(feature = "serde")]
pub mod front;
pub mod gitea;
pub mod github;
pub mod github_sha1;
pub mod gitlab_signing;
pub mod gitlab_token;
pub mod gocardless;
pub mod gogs;
#[cfg(all(feature = "rsa", feature = "serde"))]
pub mod google_pubsub;
pub mod help_scout;
pub mod hookdeck;
pub mod hubspot;
pub mod hubspot_v1;
pub mod hubspot_v2;
pub mod hugging_face;
pub mod intercom;
pub mod jira;
pub mod lemon_squeezy;
pub mod line;
pub mod linear;
#[cfg(feature = "serde")]
pub mod livekit;
pub mod loops;
#[cfg(feature = "serde")]
pub mod mailgun;
pub mod mandrill;
#[cfg(feature = "serde")]
pub mod messagebird;
pub mod meta;
pub mod modern_treasury;
pub mod mux;
pub mod notion;
pub mod nylas;
pub mod openai;
pub mod paddle;
pub mod pagerduty;
#[cfg(feature = "paypal")]
pub mod paypal;
pub mod persona;
#[cfg(all(feature = "p256", feature = "serde"))]
pub mod plaid;
pub mod plivo_v2;
pub mod polar;
pub mod postmark;
pub mod pusher;
pub mod razorpay;
pub mod recall_ai;
pub mod recurly;
pub mod render;
pub mod replicate;
pub mod resend;
pub mod retell;
pub mod samva;
pub mod sanity;
#[cfg(feature = "p256")]
pub mod sendgrid;
pub mod sentry;
pub mod shopify;
pub mod sinch;
#[cfg(feature = "serde")]
pub mod slack;
pub mod snyk;
pub mod square;
pub mod standard_webhooks;
#[cfg(feature = "ed25519")]
pub mod standard_webhooks_ed25519;
pub mod stripe;
pub mod supabase;
pub mod svara;
pub mod svix;
pub mod tailscale;
pub mod telegram;
#[cfg(feature = "ed25519")]
pub mod telnyx;
pub mod trello;
pub mod twilio;
#[cfg(all(feature = "rfc3339", feature = "serde"))]
pub mod twitch;
pub mod typeform;
pub mod vercel;
pub mod voisnap;
#[cfg(feature = "serde")]
pub mod vonage;
pub mod voxpria;
pub mod webex;
pub mod webflow;
pub mod whereby;
#[cfg(feature = "rsa")]
pub mod wise;
pub mod woocommerce;
pub mod workos;
#[cfg(feature = "serde")]
pub mod xero;
#[cfg(feature = "rfc3339")]
pub mod zendesk;
#[cfg(feature = "rfc3339")]
pub mod zendesk_2021;
#[cfg(feature = "serde")]
pub mod zoom;

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
    adyen_platform::ENTRY,
    #[cfg(feature = "serde")]
    adyen_standard::ENTRY,
    airtable::ENTRY,
    asana::ENTRY,
    attio::ENTRY,
    #[cfg(feature = "x509")]
    aws_sns::ENTRY,
    #[cfg(feature = "serde")]
    azure_event_grid::ENTRY,
    bitbucket::ENTRY,
    bitbucket_server::ENTRY,
    #[cfg(feature = "rfc3339")]
    box_com::ENTRY,
    braintree::ENTRY,
    brex::ENTRY,
    btcpay::ENTRY,
    buildkite::ENTRY,
    cal_com::ENTRY,
    calendly::ENTRY,
    chatwoot::ENTRY,
    circleci::ENTRY,
    clerk::ENTRY,
    clickup::ENTRY,
    close::ENTRY,
    cloudflare::ENTRY,
    cloudinary::ENTRY,
    coinbase_commerce::ENTRY,
    contentful::ENTRY,
    cursor::ENTRY,
    customer_io::ENTRY,
    #[cfg(all(feature = "ed25519", feature = "serde"))]
    discord::ENTRY,
    docusign::ENTRY,
    dropbox::ENTRY,
    dwolla::ENTRY,
    elevenlabs::ENTRY,
    forgejo::ENTRY,
    #[cfg(feature = "serde")]
    front::ENTRY,
    gitea::ENTRY,
    github::ENTRY,
    github_sha1::ENTRY,
    gitlab_signing::ENTRY,
    gitlab_token::ENTRY,
    gocardless::ENTRY,
    gogs::ENTRY,
    #[cfg(all(feature = "rsa", feature = "serde"))]
    google_pubsub::ENTRY,
    help_scout::ENTRY,
    hookdeck::ENTRY,
    hubspot::ENTRY,
    hubspot_v1::ENTRY,
    hubspot_v2::ENTRY,
    hugging_face::ENTRY,
    intercom::ENTRY,
    jira::ENTRY,
    lemon_squeezy::ENTRY,
    line::ENTRY,
    linear::ENTRY,
    #[cfg(feature = "serde")]
    livekit::ENTRY,
    loops::ENTRY,
    #[cfg(feature = "serde")]
    mailgun::ENTRY,
    mandrill::ENTRY,
    #[cfg(feature = "serde")]
    messagebird::ENTRY,
    meta::ENTRY,
    modern_treasury::ENTRY,
    mux::ENTRY,
    notion::ENTRY,
    nylas::ENTRY,
    openai::ENTRY,
    paddle::ENTRY,
    pagerduty::ENTRY,
    #[cfg(feature = "paypal")]
    paypal::ENTRY,
    persona::ENTRY,
    #[cfg(all(feature = "p256", feature = "serde"))]
    plaid::ENTRY,
    plivo_v2::ENTRY,
    polar::ENTRY,
    postmark::ENTRY,
    pusher::ENTRY,
    razorpay::ENTRY,
    recall_ai::ENTRY,
    recurly::ENTRY,
    render::ENTRY,
    replicate::ENTRY,
    resend::ENTRY,
    retell::ENTRY,
    samva::ENTRY,
    sanity::ENTRY,
    #[cfg(feature = "p256")]
    sendgrid::ENTRY,
    sentry::ENTRY,
    shopify::ENTRY,
    sinch::ENTRY,
    #[cfg(feature = "serde")]
    slack::ENTRY,
    snyk::ENTRY,
    square::ENTRY,
    standard_webhooks::ENTRY,
    #[cfg(feature = "ed25519")]
    standard_webhooks_ed25519::ENTRY,
    stripe::ENTRY,
    supabase::ENTRY,
    svara::ENTRY,
    svix::ENTRY,
    tailscale::ENTRY,
    telegram::ENTRY,
    #[cfg(feature = "ed25519")]
    telnyx::ENTRY,
    trello::ENTRY,
    twilio::ENTRY,
    #[cfg(all(feature = "rfc3339", feature = "serde"))]
    twitch::ENTRY,
    typeform::ENTRY,
    vercel::ENTRY,
    voisnap::ENTRY,
    #[cfg(feature = "serde")]
    vonage::ENTRY,
    voxpria::ENTRY,
    webex::ENTRY,
    webflow::ENTRY,
    whereby::ENTRY,
    #[cfg(feature = "rsa")]
    wise::ENTRY,
    woocommerce::ENTRY,
    workos::ENTRY,
    #[cfg(feature = "serde")]
    xero::ENTRY,
    #[cfg(feature = "rfc3339")]
    zendesk::ENTRY,
    #[cfg(feature = "rfc3339")]
    zendesk_2021::ENTRY,
    #[cfg(feature = "serde")]
    zoom::ENTRY,
];

/// The provider of this name, such as `"stripe"`: its module's name, exactly. `None` also if the provider needs a
/// feature that is not enabled, as `"slack"` needs `serde`.
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
