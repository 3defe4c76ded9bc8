use serde_json::Value;

/// How a provider's API registers endpoints.
#[derive(Clone, Copy)]
pub(super) struct Api {
    /// Its name in the registry.
    pub(super) provider: &'static str,
    pub(super) title: &'static str,
    pub(super) base_url: &'static str,
    pub(super) path: &'static str,
    /// The header that carries the API key.
    pub(super) key_header: &'static str,
    /// What comes before the key in it.
    pub(super) key_prefix: &'static str,
    /// What creates an endpoint.
    pub(super) body: fn(&Wanted<'_>) -> Value,
    /// Whether the answer holds a new secret. Otherwise the user chooses it.
    pub(super) makes_secret: bool,
    /// Whether a GET lists the endpoints.
    pub(super) lists: bool,
}

/// An endpoint to be.
pub(super) struct Wanted<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) url: &'a str,
    pub(super) events: &'a [String],
}
