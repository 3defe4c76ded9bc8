//! The SDKs: which provider each is of, and what it takes.

/// An SDK, as the drivers know it.
pub(crate) struct Sdk {
    pub(crate) name: &'static str,
    pub(crate) provider: &'static str,
    pub(crate) secret: Secret,
    pub(crate) bodies: Bodies,
    /// What separates several signatures in the header, if the provider sends several.
    pub(crate) list: Option<char>,
}

/// How the provider's secrets look.
#[derive(Clone, Copy)]
pub(crate) enum Secret {
    Text,
    /// `whsec_` and base64.
    Whsec,
    Ed25519Hex,
    Ed25519Base64,
    P256,
}

/// The bodies that the SDK takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bodies {
    Bytes,
    Text,
    /// Text that is parsed together with the verification.
    Json,
    Form,
}

const fn sdk(name: &'static str, provider: &'static str) -> Sdk {
    Sdk { name, provider, secret: Secret::Text, bodies: Bodies::Text, list: None }
}

impl Sdk {
    const fn secret(mut self, secret: Secret) -> Self {
        self.secret = secret;
        self
    }

    const fn takes(mut self, bodies: Bodies) -> Self {
        self.bodies = bodies;
        self
    }

    const fn list(mut self, separator: char) -> Self {
        self.list = Some(separator);
        self
    }
}

pub(crate) const NPM: &[Sdk] = &[
    sdk("@elevenlabs/elevenlabs-js", "elevenlabs").takes(Bodies::Json).list(','),
    sdk("@hubspot/api-client", "hubspot"),
    sdk("@line/bot-sdk", "line").takes(Bodies::Bytes),
    sdk("@linear/sdk", "linear").takes(Bodies::Json),
    sdk("@mux/mux-node", "mux").list(','),
    sdk("@octokit/webhooks-methods", "github"),
    sdk("@paddle/paddle-node-sdk", "paddle").list(';'),
    sdk("@sanity/webhook", "sanity").list(','),
    sdk("@sendgrid/eventwebhook", "sendgrid").secret(Secret::P256),
    sdk("@shopify/shopify-api", "shopify"),
    sdk("@slack/bolt", "slack"),
    sdk("@workos-inc/node", "workos").takes(Bodies::Json).list(','),
    sdk("cloudinary", "cloudinary").takes(Bodies::Json),
    sdk("discord-interactions", "discord").secret(Secret::Ed25519Hex).takes(Bodies::Bytes),
    sdk("gocardless-nodejs", "gocardless").takes(Bodies::Bytes),
    sdk("modern-treasury", "modern_treasury"),
    sdk("openai", "openai").secret(Secret::Whsec).list(' '),
    sdk("pusher", "pusher").takes(Bodies::Json),
    sdk("razorpay", "razorpay"),
    sdk("replicate", "replicate").secret(Secret::Whsec).list(' '),
    sdk("square", "square"),
    sdk("standardwebhooks", "standard_webhooks")
        .secret(Secret::Whsec)
        .takes(Bodies::Json)
        .list(' '),
    sdk("stripe", "stripe").list(','),
    sdk("svix", "svix").secret(Secret::Whsec).takes(Bodies::Json).list(' '),
    sdk("telnyx", "telnyx").secret(Secret::Ed25519Base64).takes(Bodies::Json),
    sdk("twilio", "twilio").takes(Bodies::Form),
];

pub(crate) const PYPI: &[Sdk] = &[
    sdk("discord-interactions", "discord").secret(Secret::Ed25519Hex).takes(Bodies::Bytes),
    sdk("gocardless-pro", "gocardless").takes(Bodies::Json),
    sdk("line-bot-sdk", "line"),
    sdk("paddle-python-sdk", "paddle").list(';'),
    sdk("razorpay", "razorpay"),
    sdk("sendgrid", "sendgrid").secret(Secret::P256),
    sdk("slack-sdk", "slack"),
    sdk("standardwebhooks", "standard_webhooks")
        .secret(Secret::Whsec)
        .takes(Bodies::Json)
        .list(' '),
    sdk("stripe", "stripe").list(','),
    sdk("svix", "svix").secret(Secret::Whsec).list(' '),
    sdk("twilio", "twilio").takes(Bodies::Form),
];
