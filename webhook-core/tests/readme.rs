//! The README of the repository lists the providers of the registry.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;

use webhook_core::providers;

/// Whether no entry is missing for lack of a feature.
const HAS_EVERY_ENTRY: bool =
    cfg!(all(feature = "ed25519", feature = "p256", feature = "paypal", feature = "rsa"));

const HEADING: &str =
    "| provider | module | you hold | signed | feature |\n|---|---|---|---|---|\n";

#[test]
fn the_table_in_the_readme_matches_the_registry() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let Ok(readme) = fs::read_to_string(path) else {
        println!("skipped: the README.md of the repository is not part of a package");
        return;
    };
    let mut table = String::new();
    for entry in providers::ALL {
        let title = entry
            .documentation_url()
            .map_or_else(|| entry.title().to_owned(), |url| format!("[{}]({url})", entry.title()));
        let (name, holds, signed) = (entry.name(), entry.credential_name(), entry.signed());
        let features = features(name);
        let row = format!("| {title} | `{name}` | {holds} | {signed} | {features} |");
        assert!(readme.contains(&row), "README.md does not have this row:\n{row}");
        writeln!(table, "{row}").unwrap();
    }
    if HAS_EVERY_ENTRY {
        let count = format!("{} providers", providers::ALL.len());
        assert!(readme.contains(&count), "README.md does not say `{count}`");
        let whole = format!("{HEADING}{table}\n");
        assert!(readme.contains(&whole), "README.md does not have this table:\n\n{whole}");
    }
}

/// The features in the `cfg` of the module.
fn features(module: &str) -> String {
    let modules = include_str!("../src/providers/mod.rs");
    let (before, _) = modules.split_once(&format!("pub mod {module};\n")).unwrap();
    let attribute = before.lines().next_back().filter(|line| line.starts_with("#[cfg("));
    let quoted = attribute.unwrap_or_default().split('"').skip(1).step_by(2);
    quoted.map(|feature| format!("`{feature}`")).collect::<Vec<_>>().join(", ")
}
