//! The providers, one file each: how they sign, and (feature `events`) what they send.
//!
//! [`ALL`] lists them as values, and [`find`] chooses one by its name at run time.

pub mod github;
pub mod samva;
pub mod standard_webhooks;
pub mod stripe;
pub mod svara;
pub mod voisnap;
pub mod voxpria;

#[cfg(test)]
mod test;

pub use crate::registry::{Credentials, Entry, Handwritten, SignFn};

/// Every provider of this crate, in alphabetical order of their names.
pub const ALL: &[Entry] = &[
    github::ENTRY,
    samva::ENTRY,
    standard_webhooks::ENTRY,
    stripe::ENTRY,
    svara::ENTRY,
    voisnap::ENTRY,
    voxpria::ENTRY,
];

/// The provider of this name, such as `"stripe"`.
pub fn find(name: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_listed_in_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/providers");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|file| {
                file.unwrap().file_name().to_str()?.strip_suffix(".rs").map(str::to_owned)
            })
            .filter(|name| !["mod", "test"].contains(&name.as_str()))
            .collect();
        files.sort();
        let listed: Vec<_> = ALL.iter().map(Entry::name).collect();
        assert_eq!(listed, files);
    }

    #[test]
    fn a_provider_is_found_by_its_name() {
        assert_eq!(find("stripe").map(Entry::title), Some("Stripe"));
        assert!(find("Stripe").is_none());
        assert!(find("").is_none());
    }
}
