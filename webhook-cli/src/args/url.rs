/// The path and query of an absolute URL, as they are written: empty if it has none.
pub(crate) fn target(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find(['/', '?']).and_then(|start| rest.get(start..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_is_what_follows_the_host() {
        assert_eq!(target("https://a.b/c?d=e"), "/c?d=e");
        assert_eq!(target("https://a.b?d=e"), "?d=e");
        assert_eq!(target("https://a.b"), "");
    }
}
