use webhook_core::Delivery;

use crate::keys::Key;

/// The endpoint and the provider of a delivery, and its tenant if the endpoint has several. Deliveries of different
/// scopes share no keys.
///
/// ```
/// use webhook_idempotency::{Keys, Scope};
///
/// let key = Keys::of_signed_id(Scope::new("billing", "stripe").tenant("acme"), "evt_1");
/// assert_ne!(key, Keys::of_signed_id(Scope::new("billing", "stripe"), "evt_1"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope<'a> {
    endpoint: &'a str,
    provider: &'a str,
    tenant: Option<&'a str>,
}

impl<'a> Scope<'a> {
    /// Creates the scope of an [endpoint](crate::Claims::endpoint) and a provider, without a tenant.
    pub const fn new(endpoint: &'a str, provider: &'a str) -> Self {
        Self { endpoint, provider, tenant: None }
    }

    /// Returns the scope of a delivery to this endpoint. The id of its [endpoint](Delivery::endpoint) is the tenant, if the
    /// receiver looked it up.
    pub fn of(endpoint: &'a str, delivery: &'a Delivery) -> Self {
        Self { endpoint, provider: delivery.provider(), tenant: delivery.endpoint() }
    }

    /// Sets the id of the tenant whose secret verified the delivery.
    #[must_use]
    pub const fn tenant(mut self, id: &'a str) -> Self {
        self.tenant = Some(id);
        self
    }

    /// Returns the key that all deliveries of this scope share.
    pub(crate) fn namespace(self) -> Key {
        self.key(&[])
    }

    pub(crate) fn signed_id(self, id: &str) -> Key {
        self.key(&[b"signed id", id.as_bytes()])
    }

    pub(crate) fn unsigned_id(self, id: &str, body_digest: &[u8; 32]) -> Key {
        self.key(&[b"unsigned id", id.as_bytes(), body_digest])
    }

    pub(crate) fn body_id(self, id: &str) -> Key {
        self.key(&[b"body id", id.as_bytes()])
    }

    pub(crate) fn fingerprint(self, fingerprint: &[u8]) -> Key {
        self.key(&[b"fingerprint", fingerprint])
    }

    pub(crate) fn body(self, body_digest: &[u8; 32]) -> Key {
        self.key(&[b"body", body_digest])
    }

    pub(crate) fn chosen(self, key: &str) -> Key {
        self.key(&[b"chosen", key.as_bytes()])
    }

    /// The first part says whether there is a tenant, so that a tenant is never read as the kind of a key.
    fn key(self, parts: &[&[u8]]) -> Key {
        let (endpoint, provider) = (self.endpoint.as_bytes(), self.provider.as_bytes());
        match self.tenant {
            None => Key::new(&[&[b"webhook claim", endpoint, provider], parts].concat()),
            Some(tenant) => {
                let scope: &[&[u8]] =
                    &[b"webhook tenant claim", endpoint, provider, tenant.as_bytes()];
                Key::new(&[scope, parts].concat())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use webhook_core::adapter::digest;

    use super::*;

    fn all_keys(scope: Scope<'_>) -> [String; 7] {
        let body = digest("webhook body v1", &[b"{}"]);
        [
            scope.namespace(),
            scope.signed_id("dlv_1"),
            scope.unsigned_id("dlv_1", &body),
            scope.body_id("dlv_1"),
            scope.fingerprint(b"fingerprint"),
            scope.body(&body),
            scope.chosen("dlv_1"),
        ]
        .map(|key| key.to_string())
    }

    /// Later versions must find stored keys again. Expected values: computed by us with Python's `hashlib`.
    #[test]
    fn stored_keys_do_not_change() {
        let stored = [
            "221e18ceb4c78431f8bdd74df0f3516f744b55b80a3b854cda02a6efd226dd79",
            "007e1d91937c3c9a3abefab3e630f4667cf857a735c69c6f39f4771c1b9b392c",
            "27d0b53e909d6f41e4c99b14ba1625638a13747a9a7d900d99c91a60537cfaad",
            "69beb055351742d74dc490ff0bbc437761669665f9baf6edd75edc65ee4c673b",
            "ebcc911e4a1f9f4f9edc5e1f9f2945f3f165accf6a5a1342348b5102234b1202",
            "300dacf3c3dee952e7768c942e8fdfc33d8fd1ad52e22abd5facdefb00d8535c",
            "3443cd1800ef4bdb745606355f7e5a1a7915e8ce0bf7b8427f45e99820692b5a",
        ];
        assert_eq!(all_keys(Scope::new("endpoint", "provider")), stored);
        let stored_of_tenant = [
            "7b264db627a0db6ba99d72a6f06f1322df48c6088a99d567f84bdc0503d792f3",
            "527ef1f1435ef0a04a8f9f19208d1f1d09f0ab6432222e53072507cad89a77a4",
            "38d2a60ca0e80991caaba5a4be1e867a36831523feacb4ad8075fe8f83598ae8",
            "0e70e8ebaf452b05ea004e06dac666d607b7f2b889125244e4bc72b3b8de64b2",
            "d29e1bb1b87ccf75471f9292376fedb99268569fbe7856eb3f2a38c45c12318f",
            "3fb81c7ab433b7838a3227f11853f2c189c59e3c0d5bcf5678f594348221334c",
            "d19bd4541500bf4d696914b6e53b1e4b3f0895f66d6d65f4a53181ed207e136c",
        ];
        assert_eq!(all_keys(Scope::new("endpoint", "provider").tenant("tenant")), stored_of_tenant);
    }

    /// Every text is given to every part, also texts that keys use themselves.
    #[test]
    fn different_scopes_share_no_keys() {
        let texts = [
            "",
            "a",
            "aa",
            "webhook claim",
            "webhook tenant claim",
            "signed id",
            "chosen",
            "dlv_1",
        ];
        let (mut scopes, mut keys) = (0, HashSet::new());
        for endpoint in texts {
            for provider in texts {
                let scope = Scope::new(endpoint, provider);
                for scope in texts.map(|id| scope.tenant(id)).into_iter().chain([scope]) {
                    scopes += 1;
                    keys.extend(all_keys(scope));
                }
            }
        }
        assert_eq!((scopes, keys.len()), (8 * 8 * 9, 8 * 8 * 9 * 7));
    }
}
