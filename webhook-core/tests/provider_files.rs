//! Each provider is one small file whose documentation begins in one form, and no other source file of the libraries
//! names a provider.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use webhook_core::providers::{self, Entry};

const CRATE: &str = env!("CARGO_MANIFEST_DIR");

/// The maximum length of a file that does not implement `Verify`.
const MOST_LINES: usize = 150;

/// The limit of the median length.
const MEDIAN: usize = 90;

/// Returns all Rust files below a folder with their texts.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            files.insert(path, text);
        }
    }
    files
}

fn module(entry: &Entry) -> String {
    fs::read_to_string(format!("{CRATE}/src/providers/{}.rs", entry.name())).unwrap()
}

/// rustdoc shows the first paragraph in its list of modules. Its form is `TITLE: what is sent where.`, and a warning in
/// bold may follow.
#[test]
fn the_first_paragraph_of_every_module_has_one_form() {
    for entry in providers::ALL {
        let text = module(entry);
        let docs = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
        let first = docs.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        let name = entry.name();
        let (title, sentence) = first.split_once(": ").unwrap_or_default();
        assert!(
            title.starts_with(entry.title()),
            "{name}: {first:?} does not begin with the title"
        );
        let sentence = sentence.split(" **").next().unwrap_or_default();
        let ends_once = sentence.ends_with('.') && !sentence.contains(". ");
        assert!(ends_once, "{name}: {first:?} is not one sentence");
    }
}

#[test]
fn every_module_names_its_source() {
    for entry in providers::ALL {
        let text = module(entry);
        let is_source = |line: &str| line.starts_with("//! Source: ");
        assert_eq!(text.lines().filter(|line| is_source(line)).count(), 1, "{}", entry.name());
    }
}

#[test]
fn provider_files_are_small() {
    let files = files(&Path::new(CRATE).join("src/providers"));
    for (path, text) in &files {
        let lines = text.lines().count();
        let is_list = path.ends_with("providers/mod.rs");
        let small = lines <= MOST_LINES || is_list || text.contains("impl Verify for");
        assert!(small, "{} has {lines} lines", path.display());
    }
    let mut lines: Vec<_> =
        providers::ALL.iter().map(|entry| module(entry).lines().count()).collect();
    lines.sort_unstable();
    let median = lines.get(lines.len() / 2).unwrap();
    assert!(*median < MEDIAN, "the median is {median} lines");
}

/// Names that are also ordinary words. Only their paths are searched for, such as `providers::line`.
const WORDS: &[&str] = &[
    "box", "close", "cursor", "daily", "front", "line", "linear", "loops", "meta", "polar",
    "render", "segment", "square", "wise",
];

/// Files that may name a provider, and the reason.
const ALLOWED: &[(&str, &str)] = &[
    ("webhook-core/src/key.rs", "lists names of key types"),
    ("webhook-core/src/verify/mod.rs", "the compiler's note shows an existing path"),
];

/// Examples in the documentation and unit tests use providers as users do, so they are not searched.
#[test]
fn no_other_source_file_names_a_provider() {
    let Some(root) = Path::new(CRATE).parent().filter(|root| root.join("webhook-tower").is_dir())
    else {
        println!("skipped: the other crates are not beside this one");
        return;
    };
    let names: Vec<String> = providers::ALL.iter().flat_map(patterns).collect();
    let mut found = Vec::new();
    for library in ["webhook-core", "webhook-idempotency", "webhook-tower", "webhook-actix"] {
        for (path, text) in files(&root.join(library).join("src")) {
            let path = path.strip_prefix(root).unwrap();
            let is_provider = path.starts_with("webhook-core/src/providers");
            if is_provider || ALLOWED.iter().any(|(allowed, _)| path == Path::new(allowed)) {
                continue;
            }
            for (number, line) in outside_of_examples(&text) {
                if names.iter().any(|name| contains_word(line, name)) {
                    found.push(format!("{}:{number}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(found.is_empty(), "these lines name a provider:\n{}", found.join("\n"));
}

/// Returns the texts that would name an entry.
fn patterns(entry: &Entry) -> Vec<String> {
    let path = format!("providers::{}", entry.name());
    let all = [path, entry.name().to_owned(), entry.title().to_owned()];
    all.into_iter().filter(|text| !WORDS.contains(&&*text.to_lowercase())).collect()
}

/// Returns the numbered lines of a file without the examples in its documentation and without its unit tests.
fn outside_of_examples(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let mut in_example = false;
    code.lines().enumerate().filter_map(move |(index, line)| {
        let docs = line.trim_start().strip_prefix("///").or(line.trim_start().strip_prefix("//!"));
        let fence = docs.is_some_and(|docs| docs.trim_start().starts_with("```"));
        in_example = docs.is_some() && (in_example != fence);
        (!in_example).then_some((index + 1, line))
    })
}

fn contains_word(line: &str, name: &str) -> bool {
    let is_part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    line.match_indices(name).any(|(start, _)| {
        let (before, after) =
            (line.as_bytes().get(..start), line.as_bytes().get(start + name.len()..));
        !is_part(before.and_then(<[u8]>::last)) && !is_part(after.and_then(<[u8]>::first))
    })
}

#[test]
fn the_search_finds_whole_words_outside_of_examples() {
    assert!(contains_word("uses Stripe's id", "Stripe"));
    assert!(!contains_word("pinstriped, my_stripe", "stripe"));
    let text =
        "/// A.\n/// ```\n/// stripe\n/// ```\n/// B.\nfn c() {}\n#[cfg(test)]\nmod tests {}";
    let lines: Vec<_> = outside_of_examples(text).map(|(_, line)| line).collect();
    assert_eq!(lines, ["/// A.", "/// ```", "/// B.", "fn c() {}"]);
}
