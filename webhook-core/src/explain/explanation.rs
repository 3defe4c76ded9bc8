/// The answer to why a request does not verify.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// Whether the request verifies as it was captured, with one of the credentials exactly as given.
    pub verified: bool,
    /// The index of the credential that verifies it, as given or after what `causes` says.
    pub credential: Option<usize>,
    /// What is wrong, the likeliest cause first. Empty if the request verifies with the first credential, and if
    /// no cause was found. If it verifies with another one, the cause says so.
    pub causes: Vec<Cause>,
    /// What was tried.
    pub tried: Tried,
}

impl Explanation {
    /// The three checks that people skip, for when no cause was found.
    pub const CHECKS: [&str; 3] = [
        "Is the secret that of the endpoint that sent this request? Copy it again from the provider's settings: \
         one endpoint, one environment.",
        "Are these the bytes that arrived? Capture the request before any middleware, proxy or function gateway \
         touches it, and compare the length with `Content-Length`.",
        "Was the provider's signature verified anywhere? Let it send a test delivery, and verify it in the \
         provider's own tool or library with the same secret.",
    ];
}

/// One thing that is wrong with a request or a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cause {
    /// Its id, one of [`CAUSES`](super::CAUSES).
    pub id: &'static str,
    /// How it shows, such as "verifies with the final newline removed from `STRIPE_SECRET`". It contains no
    /// secret, no signature and nothing of the body.
    pub evidence: String,
    /// What to do, with code where that helps, and the provider's documentation.
    pub fix: String,
}

/// What was tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tried {
    /// How many verifications were done.
    pub verifications: usize,
    /// How many bytes they hashed, in sum.
    pub hashed_bytes: u64,
    /// Whether the search ended at its bound before everything was tried.
    pub exhausted: bool,
    /// What was varied, in words.
    pub variations: Vec<&'static str>,
}
