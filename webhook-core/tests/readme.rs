//! The README of the repository lists the providers of the registry.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;

use webhook_core::providers;

#[test]
fn the_table_in_the_readme_matches_the_registry() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let Ok(readme) = fs::read_to_string(path) else {
        println!("skipped: the README.md of the repository is not part of a package");
        return;
    };
    let mut table = "| provider | module | you hold | signed |\n|---|---|---|---|\n".to_owned();
    for entry in providers::ALL {
        let title = entry
            .documentation_url()
            .map_or_else(|| entry.title().to_owned(), |url| format!("[{}]({url})", entry.title()));
        let (name, holds, signed) = (entry.name(), entry.credential_name(), entry.signed());
        writeln!(table, "| {title} | `{name}` | {holds} | {signed} |").unwrap();
    }
    assert!(readme.contains(&table), "README.md does not have this table:\n\n{table}");
}
