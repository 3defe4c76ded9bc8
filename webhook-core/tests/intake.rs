//! Taking in a body: its limits, whatever was declared and however it is cut, and its slices of time.
#![allow(clippy::unwrap_used, reason = "tests assert; a panic is their way to say no")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use common::{NOW, cases, secret};
use proptest::collection::vec;
use proptest::prelude::*;
use webhook_core::adapter::{Intake, Settings, Slice};
use webhook_core::providers::{standard_webhooks, svara, voisnap};
use webhook_core::{
    Bytes, Delivery, Head, Rejection, RejectionKind, UnixTime, Verify, VerifyErrorKind,
};

const LIMIT: usize = 100;

fn settings(limit: usize) -> Settings {
    let mut settings = Settings::new(secret::<svara::Svara>("text"), || NOW);
    settings.set_body_limit(limit);
    settings
}

/// An intake for a request that is genuine if `body` comes.
fn begin(settings: &Settings, body: &[u8], declared: Option<u64>) -> Result<Intake, RejectionKind> {
    let headers = secret::<svara::Svara>("text").sign(body, NOW, None).unwrap();
    Intake::begin(settings, &Head::new("POST", "/", &headers), declared).map_err(kind)
}

fn kind(rejection: impl Into<Rejection>) -> RejectionKind {
    rejection.into().kind()
}

/// As an adapter does it: each frame is hashed before the next is asked for.
fn push(intake: &mut Intake, frame: Bytes) -> Result<(), RejectionKind> {
    let mut slice = Slice::default();
    intake.push(frame, &mut slice).map_err(kind)?;
    while !intake.hash(&mut slice) {
        slice = Slice::default();
    }
    Ok(())
}

fn take(
    settings: &Settings,
    body: &[u8],
    declared: Option<u64>,
    frame: usize,
) -> Result<Delivery, RejectionKind> {
    let mut intake = begin(settings, body, declared)?;
    body.chunks(frame).try_for_each(|each| push(&mut intake, Bytes::copy_from_slice(each)))?;
    intake.finish().map_err(kind)
}

#[test]
fn a_declared_length_over_the_limit_is_refused_before_the_body() {
    let settings = settings(LIMIT);
    for declared in [101, 102, u64::from(u32::MAX), u64::from(u32::MAX) + 1, u64::MAX] {
        let refused = begin(&settings, b"", Some(declared)).err();
        assert_eq!(refused, Some(RejectionKind::BodyTooLarge), "{declared}");
    }
    for declared in [None, Some(0), Some(99), Some(100)] {
        assert_eq!(begin(&settings, b"", declared).err(), None, "{declared:?}");
    }
    let fresh = Settings::new(secret::<svara::Svara>("text"), || NOW);
    let over = Settings::DEFAULT_BODY_LIMIT as u64 + 1;
    assert_eq!(begin(&fresh, b"", Some(over)).err(), Some(RejectionKind::BodyTooLarge));
    assert_eq!(begin(&fresh, b"", Some(over - 1)).err(), None);
}

#[test]
fn a_body_may_be_as_long_as_the_limit_and_not_a_byte_longer() {
    let settings = settings(LIMIT);
    // Honest, missing, too small and too large.
    for declared in [None, Some(0), Some(1), Some(99), Some(100)] {
        for frame in [1, 7, 50, 99, 100, 101, 1000] {
            let body = vec![b'x'; LIMIT];
            let delivery = take(&settings, &body, declared, frame).unwrap();
            assert_eq!(delivery.body(), &body, "{declared:?} {frame}");
            let over = take(&settings, &[b'x'; LIMIT + 1], declared, frame);
            assert_eq!(over.err(), Some(RejectionKind::BodyTooLarge), "{declared:?} {frame}");
        }
    }
}

#[test]
fn the_frame_that_goes_over_the_limit_is_the_one_refused() {
    let mut intake = begin(&settings(LIMIT), b"", None).unwrap();
    for _ in 0..LIMIT {
        assert_eq!(push(&mut intake, Bytes::from_static(b"x")), Ok(()));
    }
    assert_eq!(push(&mut intake, Bytes::new()), Ok(()), "nothing more is not too much");
    let over = push(&mut intake, Bytes::from_static(b"x"));
    assert_eq!(over, Err(RejectionKind::BodyTooLarge));
}

#[test]
fn a_limit_of_nothing_takes_empty_bodies() {
    assert_eq!(take(&settings(0), b"", Some(0), 1).unwrap().body(), "");
    assert_eq!(take(&settings(0), b"x", None, 1).err(), Some(RejectionKind::BodyTooLarge));
}

#[test]
fn a_declared_length_is_a_hint_and_no_more() {
    for (len, declared) in [(300_000, 1), (300_000, 100_000), (10, 300_000), (0, 300_000)] {
        for frame in [1000, 33_000] {
            let body = vec![b'x'; len];
            let delivery = take(&settings(300_000), &body, Some(declared), frame).unwrap();
            assert_eq!(delivery.body(), &body);
        }
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn frames_add_up_to_the_body(
        frames in vec(vec(any::<u8>(), 0..40), 0..20),
        declared in proptest::option::of(0..1000_u64),
    ) {
        let body = frames.concat();
        let mut intake = begin(&settings(1000), &body, declared).unwrap();
        for frame in frames {
            prop_assert_eq!(push(&mut intake, frame.into()), Ok(()));
        }
        let delivery = intake.finish().unwrap();
        prop_assert_eq!(delivery.body(), &body);
    }

    /// An adapter that forgets to hash delivers nothing, save for a first frame so short that it is hashed
    /// without being asked.
    #[test]
    fn a_frame_that_was_not_hashed_spoils_the_body(
        frames in vec((vec(any::<u8>(), 1..40), any::<bool>()), 1..8),
    ) {
        let body: Vec<u8> = frames.iter().flat_map(|(frame, _)| frame.clone()).collect();
        let mut intake = begin(&settings(1000), &body, None).unwrap();
        let mut all_hashed = true;
        for (index, (frame, hashed)) in frames.into_iter().enumerate() {
            let mut slice = Slice::default();
            intake.push(frame.into(), &mut slice).unwrap();
            all_hashed &= index == 0 || (hashed && intake.hash(&mut slice));
        }
        let result = intake.finish().map(|delivery| delivery.body().clone()).map_err(kind);
        let invalid = RejectionKind::Verify(VerifyErrorKind::InvalidSignature);
        prop_assert_eq!(result, if all_hashed { Ok(body.into()) } else { Err(invalid) });
    }
}

/// The length up to which a body in one frame is hashed in one go makes no difference to anybody.
#[test]
fn first_frames_around_that_length_are_taken_alike() {
    const IN_ONE_GO: usize = 64 * 1024;
    let settings = settings(4 * IN_ONE_GO);
    for len in [IN_ONE_GO - 1, IN_ONE_GO, IN_ONE_GO + 1, 2 * IN_ONE_GO] {
        let body: Vec<u8> = (0..251).cycle().take(len).collect();
        for first in [IN_ONE_GO - 1, IN_ONE_GO, IN_ONE_GO + 1] {
            let delivery = take(&settings, &body, None, first).unwrap();
            assert_eq!(delivery.body(), &body, "{len} in {first}");
        }
        let mut altered = begin(&settings, &body, None).unwrap();
        let other = Bytes::from([&body[..len - 1], b"\xff"].concat());
        assert_eq!(push(&mut altered, other), Ok(()));
        let invalid = RejectionKind::Verify(VerifyErrorKind::InvalidSignature);
        assert_eq!(altered.finish().map_err(kind).err(), Some(invalid), "{len}");
    }
    let body = vec![b'x'; IN_ONE_GO + 1];
    let mut forgotten = begin(&settings, &body, None).unwrap();
    forgotten.push(body.into(), &mut Slice::default()).unwrap();
    assert!(forgotten.finish().is_err(), "a long first frame is hashed when the adapter says so");
}

#[test]
fn all_bodies_under_way_share_one_budget() {
    let mut settings = settings(LIMIT);
    settings.set_max_buffered(10);
    let intakes = || begin(&settings.clone(), b"sixsix", None).unwrap();
    let six = || Bytes::from_static(b"sixsix");
    let full = Err(RejectionKind::Unavailable);

    let mut first = intakes();
    assert_eq!(push(&mut first, six()), Ok(()));
    assert_eq!(push(&mut intakes(), six()), full);
    assert_eq!(push(&mut intakes(), Bytes::from_static(b"four")), Ok(()), "dropped at once");

    drop(first);
    let mut second = intakes();
    assert_eq!(push(&mut second, six()), Ok(()), "given back by dropping");
    assert_eq!(push(&mut intakes(), six()), full);
    let kept = second.finish().unwrap();
    assert_eq!(push(&mut intakes(), six()), Ok(()), "given back by finishing");
    assert_eq!(kept.body(), "sixsix");

    let mut third = intakes();
    assert_eq!(push(&mut third, Bytes::from_static(b"five5")), Ok(()));
    assert_eq!(push(&mut third, six()), full, "its own frames count together");
    drop(third);
    assert_eq!(push(&mut intakes(), Bytes::from_static(b"ten bytes.")), Ok(()), "all of it");
    let over = Bytes::from_static(&[0; LIMIT + 1]);
    assert_eq!(push(&mut intakes(), over), Err(RejectionKind::BodyTooLarge), "the limit is first");
}

#[test]
fn empty_frames_use_up_the_slice() {
    let mut intake = begin(&settings(LIMIT), b"x", None).unwrap();
    let mut slice = Slice::default();
    let frames = (1..1000).find(|_| {
        intake.push(Bytes::new(), &mut slice).unwrap();
        !intake.hash(&mut slice)
    });
    assert_eq!(frames, Some(256));
    // Nothing is lost by it.
    assert_eq!(push(&mut intake, Bytes::from_static(b"x")), Ok(()));
    assert_eq!(intake.finish().unwrap().body(), "x");
}

#[test]
fn one_byte_frames_use_up_the_slice() {
    let mut intake = begin(&settings(1000), &[b'x'; 256], None).unwrap();
    let mut slice = Slice::default();
    let frames = (1..1000).find(|_| {
        intake.push(Bytes::from_static(b"x"), &mut slice).unwrap();
        !intake.hash(&mut slice)
    });
    assert_eq!(frames, Some(256));
    // The last byte waits for the next slice.
    assert!(intake.hash(&mut Slice::default()));
    assert_eq!(intake.finish().unwrap().body(), &[b'x'; 256][..]);
}

#[test]
fn a_large_frame_takes_several_slices_and_stays_the_same_bytes() {
    let body = Bytes::from(vec![b'x'; 1024 * 1024]);
    let mut intake = begin(&settings(body.len()), &body, None).unwrap();
    let mut slice = Slice::default();
    intake.push(Bytes::new(), &mut slice).unwrap();
    assert!(intake.hash(&mut slice));
    intake.push(body.clone(), &mut slice).unwrap();
    let mut slices = 1;
    while !intake.hash(&mut slice) {
        slice = Slice::default();
        slices += 1;
    }
    // Four and what the frames themselves cost.
    assert_eq!(slices, 5);
    intake.push(Bytes::new(), &mut slice).unwrap();
    assert!(intake.hash(&mut slice));
    let delivery = intake.finish().unwrap();
    assert_eq!(delivery.body().as_ptr(), body.as_ptr());
    assert_eq!(delivery.body().len(), body.len());
}

#[test]
fn the_clock_is_asked_once_when_the_head_has_come() {
    let now = Arc::new(AtomicU64::new(NOW.as_secs()));
    let clock = now.clone();
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    let key: voisnap::Secret = secret("text");
    let headers = key.sign(b"x", NOW, None).unwrap();
    let settings = Settings::new(key, move || {
        count.fetch_add(1, Ordering::Relaxed);
        UnixTime::from_secs(clock.load(Ordering::Relaxed))
    });
    let begin = || Intake::begin(&settings, &Head::new("POST", "/", &headers), None).map_err(kind);
    let mut intake = begin().unwrap();
    now.store(NOW.as_secs() + 301, Ordering::Relaxed);
    assert_eq!(push(&mut intake, Bytes::from_static(b"x")), Ok(()));
    assert_eq!(intake.finish().unwrap().signed_at(), Some(NOW), "a slow body is not a late one");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let stale = RejectionKind::Verify(VerifyErrorKind::TimestampOutsideTolerance);
    assert_eq!(begin().err(), Some(stale));
}

#[test]
fn the_clock_is_not_asked_where_no_time_is_signed() {
    let asked = Arc::new(AtomicU64::new(0));
    let asks = |secret: Arc<dyn Verify>, headers: Vec<(&'static str, String)>| {
        let count = asked.clone();
        let settings = Settings::new(secret, move || {
            count.fetch_add(1, Ordering::Relaxed);
            NOW
        });
        let mut intake = Intake::begin(&settings, &Head::new("POST", "/", &headers), None).unwrap();
        assert_eq!(push(&mut intake, Bytes::from_static(b"x")), Ok(()));
        assert!(intake.finish().is_ok());
        asked.swap(0, Ordering::Relaxed)
    };
    let svara: svara::Secret = secret("text");
    let headers = svara.sign(b"x", NOW, None).unwrap();
    assert_eq!(asks(Arc::new(svara), headers), 0);

    // The alternative of this one has a time as well.
    let standard = standard_webhooks::Secret::new("whsec_AAAA").unwrap();
    let headers = standard.sign(b"x", NOW, Some("msg_1")).unwrap();
    assert_eq!(asks(Arc::new(standard), headers), 1);
}
