//! Guards against code that must not compile. Each guard asks the compiler whether a type has an ability: an
//! inherent constant exists only if it does, and otherwise a trait's constant of the same name is used.
//!
//! A `Secret` type whose scheme does not sign its timestamp fails to compile when it is instantiated. Only a
//! `compile_fail` example in the documentation can test that.

use std::fmt::Display;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use webhook_core::adapter::{Intake, Settings};
use webhook_core::providers::{github, samva, standard_webhooks, stripe, svara, voisnap, voxpria};
use webhook_core::{Bytes, Delivery, Fingerprint, Payload, Rejection, Verification, Verify};

macro_rules! can {
    ($type:ty: $($bound:tt)+) => {{
        struct Can<T: ?Sized>(PhantomData<T>);
        #[allow(dead_code, reason = "unused for types that have the ability")]
        trait Otherwise {
            const IS: bool = false;
        }
        impl<T: ?Sized> Otherwise for Can<T> {}
        #[allow(dead_code, reason = "unused for types that lack the ability")]
        impl<T: ?Sized + $($bound)+> Can<T> {
            const IS: bool = true;
        }
        <Can<$type>>::IS
    }};
}

/// Provides `with_tolerance` for types of `Secret` that have no such method.
trait Otherwise: Sized {
    fn with_tolerance(self, _: Duration) -> Unchecked {
        Unchecked
    }
}
struct Unchecked;
impl<T> Otherwise for T {}

#[test]
fn only_providers_that_sign_the_time_have_a_tolerance() {
    const MINUTE: Duration = Duration::from_secs(60);
    let _: Unchecked = samva::Secret::new("text").unwrap().with_tolerance(MINUTE);
    let _: Unchecked = svara::Secret::new("text").unwrap().with_tolerance(MINUTE);
    let _: Unchecked = github::Secret::new("text").unwrap().with_tolerance(MINUTE);
    let _: Unchecked = voxpria::Secret::new("text").unwrap().with_tolerance(MINUTE);

    let _: voisnap::Secret = voisnap::Secret::new("text").unwrap().with_tolerance(MINUTE);
    let _: stripe::Secret = stripe::Secret::new("text").unwrap().with_tolerance(MINUTE);
    let whsec = standard_webhooks::Secret::new("whsec_AAAA").unwrap();
    let _: standard_webhooks::Secret = whsec.with_tolerance(MINUTE);
}

#[test]
fn a_plain_string_is_not_a_verifier() {
    assert!(can!(voisnap::Secret: Verify));
    assert!(can!(dyn Verify: Verify));
    assert!(can!(Arc<dyn Verify>: Verify));

    assert!(!can!(&'static str: Verify));
    assert!(!can!(str: Verify));
    assert!(!can!(String: Verify));
    assert!(!can!(Vec<u8>: Verify));
    assert!(!can!(Bytes: Verify));
    assert!(!can!(Result<voisnap::Secret, webhook_core::SecretError>: Verify));
}

#[test]
fn a_secret_of_one_provider_does_not_convert_into_another() {
    assert!(can!(samva::Secret: Into<samva::Secret>));
    assert!(!can!(samva::Secret: Into<voisnap::Secret>));
    assert!(!can!(&'static str: Into<samva::Secret>));
    assert!(!can!(String: Into<samva::Secret>));
}

#[test]
fn a_secret_cannot_be_printed_compared_or_defaulted() {
    assert!(!can!(samva::Secret: Display));
    assert!(!can!(samva::Secret: Default));
    assert!(!can!(samva::Secret: AsRef<[u8]>));
    assert!(!can!(samva::Secret: AsRef<str>));
    assert!(!can!(samva::Secret: PartialEq));
    assert!(!can!(samva::Secret: std::hash::Hash));
    assert!(!can!(samva::Secret: Copy));
}

#[test]
fn only_a_verification_creates_a_delivery() {
    assert!(!can!(Delivery: Default));
    assert!(!can!(Delivery: From<Bytes>));
    assert!(!can!(Delivery: std::str::FromStr));
    assert!(!can!(Verification: Clone), "a verification cannot be reused");
    assert!(!can!(Verification: Default));
    assert!(!can!(Fingerprint: From<[u8; 32]>));
    #[cfg(feature = "serde")]
    assert!(!can!(Delivery: serde::de::DeserializeOwned));
    #[cfg(feature = "serde")]
    assert!(!can!(samva::Secret: serde::de::DeserializeOwned));
}

#[test]
fn only_types_that_read_a_delivery_are_payloads() {
    assert!(can!(Bytes: Payload));
    assert!(can!(String: Payload));
    assert!(!can!(Vec<u8>: Payload));
    assert!(!can!(&'static str: Payload));
    assert!(!can!(Delivery: Payload));
    #[cfg(feature = "serde")]
    {
        assert!(can!(webhook_core::Json<u8>: Payload));
        assert!(!can!(u8: Payload));
        assert!(!can!(serde_json::Value: Payload));
    }
    #[cfg(feature = "events")]
    assert!(can!(voisnap::Event: Payload));
}

/// Bodies are read in tasks that move between threads.
#[test]
fn types_that_adapters_hold_can_move_between_threads() {
    assert!(can!(voisnap::Secret: Send + Sync + Unpin + 'static));
    assert!(can!(Settings: Send + Sync + Unpin + 'static));
    assert!(can!(Intake: Send + Unpin + 'static));
    assert!(can!(Verification: Send + Unpin + 'static));
    assert!(can!(Delivery: Send + Sync + Unpin + Clone + 'static));
    assert!(can!(Rejection: Send + Sync + std::error::Error + Clone + 'static));
    assert!(can!(webhook_core::SecretError: Send + Sync + std::error::Error + 'static));
}
