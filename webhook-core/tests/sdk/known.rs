//! Where SDKs are known to judge otherwise, and why this crate does not follow them.

use std::collections::BTreeMap;

use crate::damage::Damage::{self, *};

/// Who accepts what the other refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    ThisCrate,
    TheSdk,
}

struct Known {
    accepts: Side,
    damage: &'static [Damage],
    sdks: &'static [&'static str],
    reason: &'static str,
}

const KNOWN: &[Known] = &[
    Known {
        accepts: Side::ThisCrate,
        damage: &[SignatureInUpperCase],
        sdks: &[
            "npm:@elevenlabs/elevenlabs-js",
            "npm:@linear/sdk",
            "npm:@mux/mux-node",
            "npm:@octokit/webhooks-methods",
            "npm:@paddle/paddle-node-sdk",
            "npm:@slack/bolt",
            "npm:@workos-inc/node",
            "npm:cloudinary",
            "npm:modern-treasury",
            "npm:pusher",
            "npm:razorpay",
            "npm:stripe",
            "pypi:gocardless-pro",
            "pypi:paddle-python-sdk",
            "pypi:razorpay",
            "pypi:slack-sdk",
            "pypi:stripe",
        ],
        reason: "the SDK compares the text of the signature, this crate its bytes",
    },
    Known {
        accepts: Side::ThisCrate,
        damage: &[WrongSignatureBefore],
        sdks: &["npm:@elevenlabs/elevenlabs-js", "npm:@sanity/webhook", "npm:@workos-inc/node"],
        reason: "the SDK reads one signature, this crate a list of them, as rotation needs",
    },
    Known {
        accepts: Side::ThisCrate,
        damage: &[WrongSignatureAfter],
        sdks: &["npm:@paddle/paddle-node-sdk", "npm:@sanity/webhook"],
        reason: "the SDK reads one signature, this crate a list of them, as rotation needs",
    },
    Known {
        accepts: Side::ThisCrate,
        damage: &[EmptyBody],
        sdks: &[
            "npm:@octokit/webhooks-methods",
            "npm:@sanity/webhook",
            "npm:@shopify/shopify-api",
            "npm:replicate",
            "npm:stripe",
        ],
        reason: "the SDK takes an empty body for a missing argument",
    },
    Known {
        accepts: Side::TheSdk,
        damage: &[Future],
        sdks: &[
            "npm:@elevenlabs/elevenlabs-js",
            "npm:@hubspot/api-client",
            "npm:@mux/mux-node",
            "npm:@paddle/paddle-node-sdk",
            "npm:@slack/bolt",
            "npm:@workos-inc/node",
            "npm:cloudinary",
            "npm:stripe",
            "pypi:stripe",
        ],
        reason: "the SDK has no limit for times in the future, which can be replayed for longer",
    },
    Known {
        accepts: Side::TheSdk,
        damage: &[Stale, Future],
        sdks: &[
            "npm:@sanity/webhook",
            "npm:@sendgrid/eventwebhook",
            "npm:discord-interactions",
            "npm:replicate",
            "pypi:discord-interactions",
            "pypi:sendgrid",
        ],
        reason: "the SDK leaves the time to its caller",
    },
    Known {
        accepts: Side::TheSdk,
        damage: &[TimeWithPlus, TimeWithZero],
        sdks: &[
            "npm:@mux/mux-node",
            "npm:@paddle/paddle-node-sdk",
            "npm:standardwebhooks",
            "npm:stripe",
            "npm:svix",
            "pypi:paddle-python-sdk",
            "pypi:standardwebhooks",
            "pypi:stripe",
            "pypi:svix",
        ],
        reason: "the SDK checks the number that it read, this crate the text that was sent",
    },
    Known {
        accepts: Side::TheSdk,
        damage: &[TimeWithFraction],
        sdks: &[
            "npm:@mux/mux-node",
            "npm:@paddle/paddle-node-sdk",
            "npm:standardwebhooks",
            "npm:stripe",
            "npm:svix",
            "pypi:standardwebhooks",
            "pypi:svix",
        ],
        reason: "the SDK drops the fraction and checks the number that is left",
    },
    Known {
        accepts: Side::TheSdk,
        damage: &[SignatureShortened],
        sdks: &[
            "npm:@line/bot-sdk",
            "npm:@sendgrid/eventwebhook",
            "npm:discord-interactions",
            "npm:openai",
        ],
        reason: "the SDK's decoder needs no padding, and no second digit",
    },
    Known {
        accepts: Side::TheSdk,
        damage: &[SignatureLengthened],
        sdks: &[
            "npm:@line/bot-sdk",
            "npm:@sendgrid/eventwebhook",
            "npm:gocardless-nodejs",
            "npm:openai",
            "pypi:sendgrid",
            "pypi:standardwebhooks",
            "pypi:svix",
        ],
        reason: "the SDK's decoder ignores what follows the last whole byte",
    },
    Known {
        accepts: Side::TheSdk,
        damage: &[SignatureChanged],
        sdks: &["npm:@sendgrid/eventwebhook"],
        reason: "the SDK's DER decoder does not check lengths",
    },
    Known {
        accepts: Side::TheSdk,
        damage: &[SpaceAfterBody],
        sdks: &["npm:@workos-inc/node"],
        reason: "the SDK checks JSON that it wrote anew, this crate the body that was sent",
    },
];

/// The known disagreements with an SDK, each with its reason.
pub(crate) fn of(sdk: &str) -> BTreeMap<(Side, Damage), &'static str> {
    let of_sdk = KNOWN.iter().filter(|known| known.sdks.contains(&sdk));
    of_sdk
        .flat_map(|known| {
            known.damage.iter().map(|damage| ((known.accepts, *damage), known.reason))
        })
        .collect()
}
