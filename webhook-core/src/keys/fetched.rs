use std::fmt;
use std::sync::Arc;

use super::PublicKey;
use crate::timestamp::UnixTime;

/// Finds the public keys of providers that publish them on the web and change them.
///
/// This crate does no I/O, so the application fetches the keys and keeps them. A verifier asks for a key by its
/// name while it judges a request. If the source does not have the key, the request is answered 503 and the provider
/// sends it again; meanwhile the application fetches the key.
///
/// - `find` is called on the request's path: it must not block. Look the key up in a map, and hand a missing name to
///   a task that fetches, through a bounded channel.
/// - A name comes from a request that is not verified yet. It has the provider's form (a certificate's URL is `https`
///   at one of the provider's own hosts; the module documents it), but strangers choose among these at will. Fetch a
///   name at most once in a while, limit how many you keep, and follow no redirects.
/// - What is fetched is trusted because of where it came from: nothing but HTTPS protects it.
///
/// Every closure of this shape is a source:
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::mpsc::sync_channel;
/// use std::sync::{Arc, RwLock};
///
/// use webhook_core::{FetchedKey, KeySource};
///
/// let cache = Arc::new(RwLock::new(HashMap::<String, FetchedKey>::new()));
/// let (wanted, to_fetch) = sync_channel(16);
///
/// let known = Arc::clone(&cache);
/// let keys = move |name: &str| {
///     let key = known.read().ok()?.get(name).cloned();
///     if key.is_none() {
///         // A full channel loses the name. The provider sends the request again, and names it again.
///         _ = wanted.try_send(name.to_owned());
///     }
///     key
/// };
///
/// // A task receives names from `to_fetch`, fetches each, reads it with `FetchedKey::from_certificate` or
/// // `FetchedKey::from_jwk`, and inserts it into `cache`.
/// assert!(keys.find("kid-1").is_none());
/// assert_eq!(to_fetch.recv(), Ok("kid-1".to_owned()));
/// ```
pub trait KeySource: Send + Sync {
    /// The key of this name, which is a certificate's URL or a key id (`kid`), if it was fetched.
    fn find(&self, name: &str) -> Option<FetchedKey>;
}

impl<F: Fn(&str) -> Option<FetchedKey> + Send + Sync> KeySource for F {
    fn find(&self, name: &str) -> Option<FetchedKey> {
        self(name)
    }
}

impl fmt::Debug for dyn KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySource")
    }
}

/// A public key that the application fetched from its provider. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FetchedKey {
    pub(super) key: Arc<PublicKey>,
    /// The first and the last moment at which it is valid, if it says so.
    pub(super) validity: Option<(UnixTime, UnixTime)>,
}

impl FetchedKey {
    /// The key, if it is valid at this time.
    #[allow(dead_code, reason = "not every kind of key has a provider that fetches it")]
    pub(crate) fn at(&self, now: UnixTime) -> Option<&PublicKey> {
        let is_valid = self.validity.is_none_or(|(from, until)| from <= now && now <= until);
        is_valid.then_some(&*self.key)
    }
}
