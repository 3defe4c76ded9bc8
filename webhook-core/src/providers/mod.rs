//! The providers, one file each: how they sign, and (feature `events`) what they send.

pub mod github;
pub mod samva;
pub mod standard_webhooks;
pub mod stripe;
pub mod svara;
pub mod voisnap;
pub mod voxpria;

#[cfg(test)]
mod test;
