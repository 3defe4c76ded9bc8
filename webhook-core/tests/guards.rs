//! What must not compile. Each guard asks the compiler whether a type can do something, by an inherent
//! item that exists only if so, and a trait's of the same name that is chosen otherwise.
//!
//! That a scheme must sign the time it names is checked when its `Secret` is instantiated: no test
//! can catch that, only a `compile_fail` example in the documentation.

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
        #[allow(dead_code, reason = "not asked for types that can")]
        trait Otherwise {
            const IS: bool = false;
        }
        impl<T: ?Sized> Otherwise for Can<T> {}
        #[allow(dead_code, reason = "not asked for types that cannot")]
        impl<T: ?Sized + $($bound)+> Can<T> {
            const IS: bool = true;
        }
        <Can<$type>>::IS
    }};
}

/// Stands in where `Secret` has no method of that name.
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
fn a_text_is_no_verifier() {
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
fn a_secret_of_one_provider_is_none_of_another() {
    assert!(can!(samva::Secret: Into<samva::Secret>));
    assert!(!can!(samva::Secret: Into<voisnap::Secret>));
    assert!(!can!(&'static str: Into<samva::Secret>));
    assert!(!can!(String: Into<samva::Secret>));
}

#[test]
fn a_secret_is_not_printed_compared_or_made_of_nothing() {
    assert!(!can!(samva::Secret: Display));
    assert!(!can!(samva::Secret: Default));
    assert!(!can!(samva::Secret: AsRef<[u8]>));
    assert!(!can!(samva::Secret: AsRef<str>));
    assert!(!can!(samva::Secret: PartialEq));
    assert!(!can!(samva::Secret: std::hash::Hash));
    assert!(!can!(samva::Secret: Copy));
}

#[test]
fn a_delivery_is_not_made_of_anything_but_a_verification() {
    assert!(!can!(Delivery: Default));
    assert!(!can!(Delivery: From<Bytes>));
    assert!(!can!(Delivery: std::str::FromStr));
    assert!(!can!(Verification: Clone), "one request, one verdict");
    assert!(!can!(Verification: Default));
    assert!(!can!(Fingerprint: From<[u8; 32]>));
    #[cfg(feature = "serde")]
    assert!(!can!(Delivery: serde::de::DeserializeOwned));
    #[cfg(feature = "serde")]
    assert!(!can!(samva::Secret: serde::de::DeserializeOwned));
}

#[test]
fn only_what_knows_how_to_read_a_delivery_is_a_payload() {
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
fn what_adapters_hold_may_change_threads() {
    assert!(can!(voisnap::Secret: Send + Sync + Unpin + 'static));
    assert!(can!(Settings: Send + Sync + Unpin + 'static));
    assert!(can!(Intake: Send + Unpin + 'static));
    assert!(can!(Verification: Send + Unpin + 'static));
    assert!(can!(Delivery: Send + Sync + Unpin + Clone + 'static));
    assert!(can!(Rejection: Send + Sync + std::error::Error + Clone + 'static));
    assert!(can!(webhook_core::SecretError: Send + Sync + std::error::Error + 'static));
}
