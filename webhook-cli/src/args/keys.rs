use std::path::Path;

use serde_json::Value;
use webhook_core::FetchedKey;

use super::read_input;
use crate::failure::Failure;

/// Public keys that a provider publishes: a certificate in PEM, a JSON Web Key, or a set of them.
pub(super) fn keys(
    path: &Path,
) -> Result<impl Fn(&str) -> Option<FetchedKey> + Send + Sync + use<>, Failure> {
    let name = || path.display();
    let bytes = read_input(path)?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::set_up(format!("{}: not a text", name())))?;
    let keys = if text.trim_start().starts_with("-----BEGIN ") {
        vec![(None, FetchedKey::from_certificate(text)?)]
    } else {
        let json: Value = serde_json::from_str(text)
            .map_err(|error| Failure::set_up(format!("{}: {error}", name())))?;
        let set = json.get("keys").and_then(Value::as_array).cloned();
        let keys = set.unwrap_or_else(|| vec![json]);
        keys.iter()
            .map(|key| {
                let id = key.get("kid").and_then(Value::as_str).map(str::to_owned);
                Ok((id, FetchedKey::from_jwk(key.to_string())?))
            })
            .collect::<Result<Vec<_>, Failure>>()?
    };
    // A key that has no name is every request's.
    Ok(move |wanted: &str| {
        let fits = |id: &Option<String>| id.as_deref().is_none_or(|id| id == wanted);
        keys.iter().find(|(id, _)| fits(id)).map(|(_, key)| key.clone())
    })
}
