//! The repository's README lists the providers of the registry.
#![allow(clippy::unwrap_used, reason = "tests assert; a panic is their way to say no")]

use std::fmt::Write as _;
use std::fs;

use webhook_core::providers;

#[test]
fn the_readmes_table_is_the_registry() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let Ok(readme) = fs::read_to_string(path) else {
        println!("skipped: a package has no README.md of the repository");
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
