//! Reading a body: its limits, its declared length, its frames, and its turns.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use common::{NOW, cases, feed, read, secret};
use proptest::collection::vec;
use proptest::prelude::*;
use webhook_core::adapter::{Arrival, Intake, Settings};
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

/// An intake for a request that is authentic if `body` is received.
fn begin(settings: &Settings, body: &[u8], declared: Option<u64>) -> Result<Intake, RejectionKind> {
    let headers = secret::<svara::Svara>("text").sign(body, NOW, None).unwrap();
    Intake::begin(settings, None, &Head::new("POST", "/", &headers), declared).map_err(kind)
}

fn kind(rejection: impl Into<Rejection>) -> RejectionKind {
    rejection.into().kind()
}

fn frames(body: &[u8], len: usize) -> Vec<Bytes> {
    body.chunks(len).map(Bytes::copy_from_slice).collect()
}

fn take(
    settings: &Settings,
    body: &[u8],
    declared: Option<u64>,
    frame: usize,
) -> Result<Delivery, RejectionKind> {
    read(&mut begin(settings, body, declared)?, frames(body, frame))
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
fn a_body_one_byte_over_the_limit_is_refused() {
    let settings = settings(LIMIT);
    for declared in [None, Some(100)] {
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
fn the_frame_that_exceeds_the_limit_is_refused() {
    let mut intake = begin(&settings(LIMIT), b"", None).unwrap();
    assert_eq!(feed(&mut intake, vec![Bytes::from_static(b"x"); LIMIT]), Ok(1));
    assert_eq!(
        feed(&mut intake, [Bytes::new()]),
        Ok(1),
        "an empty frame does not exceed the limit"
    );
    let over = feed(&mut intake, [Bytes::from_static(b"x")]);
    assert_eq!(over, Err(RejectionKind::BodyTooLarge));
}

#[test]
fn a_limit_of_zero_accepts_empty_bodies() {
    assert_eq!(take(&settings(0), b"", Some(0), 1).unwrap().body(), "");
    assert_eq!(take(&settings(0), b"x", None, 1).err(), Some(RejectionKind::BodyTooLarge));
}

#[test]
fn a_body_whose_length_differs_from_the_declared_one_is_malformed() {
    for (len, declared) in [(300_000, 1), (300_000, 299_999), (10, 300_000), (0, 1), (1, 0)] {
        for frame in [1000, 33_000, 300_000] {
            let body = vec![b'x'; len];
            let taken = take(&settings(300_000), &body, Some(declared), frame);
            assert_eq!(
                taken.err(),
                Some(RejectionKind::BodyUnreadable),
                "{len} {declared} {frame}"
            );
        }
    }
}

/// Some servers report the end of a body only when the client closes the connection.
#[test]
fn a_body_ends_at_its_declared_length() {
    for (body, frame) in [(&b""[..], 1), (b"{}", 1), (b"{}", 2), (&[b'x'; 100], 7)] {
        let mut intake = begin(&settings(LIMIT), body, Some(body.len() as u64)).unwrap();
        let mut frames = frames(body, frame).into_iter();
        let polled = intake.poll(&mut Context::from_waker(Waker::noop()), |_| {
            frames.next().map_or(Poll::Pending, |frame| Poll::Ready(Some(Ok(frame))))
        });
        let Poll::Ready(Ok(Arrival::Delivery(receipt))) = polled else {
            panic!("{body:?}: {polled:?}")
        };
        assert_eq!(receipt.delivery().body(), body);
    }
}

#[test]
fn bytes_after_the_declared_length_are_malformed() {
    let mut intake = begin(&settings(LIMIT), b"{}", Some(2)).unwrap();
    let fed = feed(&mut intake, ["{}", "x"].map(Bytes::from));
    assert_eq!(fed, Err(RejectionKind::BodyUnreadable));
}

#[test]
fn a_framework_error_ends_the_body_and_is_kept_as_the_cause() {
    let mut intake = begin(&settings(LIMIT), b"{}", None).unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    let polled = intake.poll(&mut cx, |_| {
        let error = Rejection::new(RejectionKind::BodyUnreadable).caused_by("connection reset");
        Poll::Ready(Some(Err(error)))
    });
    let Poll::Ready(Err(rejection)) = polled else { panic!("{polled:?}") };
    assert_eq!(rejection.kind(), RejectionKind::BodyUnreadable);
    assert_eq!(std::error::Error::source(&rejection).unwrap().to_string(), "connection reset");
}

#[test]
fn polling_after_the_result_is_an_adapter_misuse() {
    let misused = Err(RejectionKind::NotConfigured);
    let mut accepted = begin(&settings(LIMIT), b"{}", None).unwrap();
    assert!(read(&mut accepted, ["{}".into()]).is_ok());
    assert_eq!(feed(&mut accepted, []), misused);
    let mut refused = begin(&settings(LIMIT), b"{}", None).unwrap();
    assert!(read(&mut refused, ["[]".into()]).is_err());
    assert_eq!(feed(&mut refused, []), misused);
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn frames_add_up_to_the_body(
        frames in vec(vec(any::<u8>(), 0..40), 0..20),
        declares in any::<bool>(),
    ) {
        let body = frames.concat();
        let declared = declares.then_some(body.len() as u64);
        let mut intake = begin(&settings(1000), &body, declared).unwrap();
        let delivery = read(&mut intake, frames.into_iter().map(Bytes::from)).unwrap();
        prop_assert_eq!(delivery.body(), &body);
    }

    #[test]
    fn a_missing_frame_makes_the_body_invalid(
        frames in vec(vec(any::<u8>(), 1..40), 1..8),
        left_out in any::<prop::sample::Index>(),
    ) {
        let body = frames.concat();
        let left_out = left_out.index(frames.len());
        let mut intake = begin(&settings(1000), &body, None).unwrap();
        let rest = frames.into_iter().enumerate().filter(|(index, _)| *index != left_out);
        let kind = read(&mut intake, rest.map(|(_, frame)| Bytes::from(frame))).unwrap_err();
        prop_assert_eq!(kind, RejectionKind::Verify(VerifyErrorKind::InvalidSignature));
    }
}

/// A body in one frame is hashed in one call up to some length. Both sides of that length give the same
/// result.
#[test]
fn first_frames_of_either_length_give_the_same_delivery() {
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
        let invalid = RejectionKind::Verify(VerifyErrorKind::InvalidSignature);
        assert_eq!(read(&mut altered, [other]).err(), Some(invalid), "{len}");
    }
}

/// The body is long enough for several segments, which are joined at the end.
#[test]
fn a_long_body_of_undeclared_length_becomes_contiguous() {
    let body: Vec<u8> = (0..251).cycle().take(1_000_000).collect();
    for frame in [999, 65_536, 400_000] {
        let delivery = take(&settings(body.len()), &body, None, frame).unwrap();
        assert!(delivery.body() == &body, "in frames of {frame}");
    }
}

/// The frame size of the bodies that share a budget.
const FRAME: usize = 16 * 1024;

/// An intake of a body of this many frames, the first of which is free, with a budget of ten.
fn sharing(settings: &Settings, frames: usize) -> Intake {
    begin(settings, &vec![b'x'; frames * FRAME], None).unwrap()
}

fn budget_of_ten() -> Settings {
    let mut settings = settings(100 * FRAME);
    settings.set_max_buffered(10 * FRAME);
    settings
}

fn some(frames: usize) -> Vec<Bytes> {
    vec![Bytes::from(vec![b'x'; FRAME]); frames]
}

#[test]
fn the_body_with_the_most_bytes_and_age_is_evicted_for_a_new_one() {
    let settings = budget_of_ten();
    let mut slow = sharing(&settings, 12);
    assert!(feed(&mut slow, some(11)).is_ok(), "the whole budget");
    let mut newcomer = sharing(&settings, 6);
    assert_eq!(read(&mut newcomer, some(6)).unwrap().body().len(), 6 * FRAME);
    assert_eq!(feed(&mut slow, []), Err(RejectionKind::Overloaded));
}

#[test]
fn an_evicted_body_is_woken_and_frees_its_memory() {
    #[derive(Default)]
    struct Woken(AtomicUsize);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let settings = budget_of_ten();
    let woken = [(); 2].map(|()| Arc::new(Woken::default()));
    let wakers = woken.each_ref().map(|woken| Waker::from(woken.clone()));
    let mut slow = sharing(&settings, 12);
    let mut frames = some(11).into_iter();
    assert!(
        slow.poll(&mut Context::from_waker(&wakers[0]), |_| {
            frames.next().map_or(Poll::Pending, |frame| Poll::Ready(Some(Ok(frame))))
        })
        .is_pending()
    );
    // From now on another task polls it.
    assert!(slow.poll(&mut Context::from_waker(&wakers[1]), |_| Poll::Pending).is_pending());
    let newcomer = read(&mut sharing(&settings, 2), some(2)).unwrap();
    assert_eq!(woken.map(|woken| woken.0.load(Ordering::Relaxed)), [0, 1]);

    let weak = newcomer.body().clone();
    drop(newcomer);
    let mut all = sharing(&settings, 11);
    assert_eq!(feed(&mut all, some(11)), Err(RejectionKind::Overloaded), "a clone is kept");
    drop(weak);
    assert!(read(&mut sharing(&settings, 11), some(11)).is_ok());
}

#[test]
fn verified_bodies_are_counted_until_dropped_and_never_evicted() {
    let settings = budget_of_ten();
    let handled: Vec<Delivery> =
        (0..5).map(|_| read(&mut sharing(&settings, 3), some(3)).unwrap()).collect();
    let full = Err(RejectionKind::Overloaded);
    assert_eq!(feed(&mut sharing(&settings, 2), some(2)), full);
    assert_eq!(read(&mut sharing(&settings, 1), some(1)).unwrap().body().len(), FRAME, "small");
    drop(handled);
    assert!(feed(&mut sharing(&settings, 11), some(11)).is_ok());
}

#[test]
fn small_bodies_are_accepted_and_too_large_ones_refused_at_any_usage() {
    let settings = budget_of_ten();
    let mut slow = sharing(&settings, 12);
    assert!(feed(&mut slow, some(11)).is_ok());
    assert!(read(&mut sharing(&settings, 1), some(1)).is_ok());
    let over = feed(&mut sharing(&settings, 12), [vec![0; 11 * FRAME + 1].into()]);
    assert_eq!(over, Err(RejectionKind::Overloaded), "larger than the budget");
    assert!(feed(&mut slow, []).is_ok(), "neither evicts it");
    let limit = feed(&mut sharing(&settings, 1), [vec![0; 100 * FRAME + 1].into()]);
    assert_eq!(limit, Err(RejectionKind::BodyTooLarge), "the body limit is checked first");
}

/// The attack that closed a route: connections that hold bodies one byte short of the limit.
#[test]
fn slow_bodies_do_not_block_other_requests() {
    let settings = budget_of_ten();
    let mut held = Vec::new();
    for honest in 0..20 {
        for _ in 0..16 {
            let mut slow = sharing(&settings, 8);
            let short = Bytes::from(vec![b'x'; 8 * FRAME - 1]);
            assert!(feed(&mut slow, [short]).is_ok());
            held.push(slow);
        }
        held.retain_mut(|slow| feed(slow, []).is_ok());
        assert!(held.len() <= 1, "{} bodies fit in the budget", held.len());
        let frames = 1 + honest % 8;
        assert!(read(&mut sharing(&settings, frames), some(frames)).is_ok(), "{honest}");
    }
}

#[test]
fn tiny_frames_use_up_a_turn() {
    for frame in [Bytes::new(), Bytes::from_static(b"x")] {
        let body = frame.repeat(1000);
        let mut intake = begin(&settings(1000), &body, None).unwrap();
        // 256 frames in each turn, and one turn in which the next frame is awaited.
        assert_eq!(feed(&mut intake, vec![frame; 1000]), Ok(4));
        assert_eq!(read(&mut intake, []).unwrap().body(), &body);
    }
}

#[test]
fn a_large_frame_takes_several_turns_without_a_copy() {
    let body = Bytes::from(vec![b'x'; 1024 * 1024]);
    let mut settings = settings(body.len());
    for counted in [false, true] {
        if counted {
            settings.set_max_buffered(body.len());
        }
        let mut intake = begin(&settings, &body, None).unwrap();
        // Four turns for the bytes, and one for the overhead of the frames.
        assert_eq!(feed(&mut intake, [Bytes::new(), body.clone(), Bytes::new()]), Ok(5));
        let delivery = read(&mut intake, []).unwrap();
        assert_eq!(delivery.body().as_ptr(), body.as_ptr());
        assert_eq!(delivery.body().len(), body.len());
    }
}

/// Copied segments are joined in turns too.
#[test]
fn joining_a_large_body_takes_several_turns() {
    let body = vec![b'x'; 1024 * 1024];
    let mut intake = begin(&settings(body.len()), &body, None).unwrap();
    feed(&mut intake, frames(&body, 64 * 1024)).unwrap();
    let mut polls = 1;
    let mut cx = Context::from_waker(Waker::noop());
    while intake.poll(&mut cx, |_| Poll::Ready(None)).is_pending() {
        polls += 1;
    }
    assert_eq!(polls, 4);
}

#[test]
fn the_clock_is_read_once_when_the_head_is_received() {
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
    let begin =
        || Intake::begin(&settings, None, &Head::new("POST", "/", &headers), None).map_err(kind);
    let mut intake = begin().unwrap();
    now.store(NOW.as_secs() + 301, Ordering::Relaxed);
    let delivery = read(&mut intake, ["x".into()]).unwrap();
    assert_eq!(delivery.signed_at(), Some(NOW), "a slow body does not make the request stale");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let stale = RejectionKind::Verify(VerifyErrorKind::TimestampOutsideTolerance);
    assert_eq!(begin().err(), Some(stale));
}

#[test]
fn the_clock_is_not_read_if_no_time_is_signed() {
    let asked = Arc::new(AtomicU64::new(0));
    let asks = |secret: Arc<dyn Verify>, headers: Vec<(&'static str, String)>| {
        let count = asked.clone();
        let settings = Settings::new(secret, move || {
            count.fetch_add(1, Ordering::Relaxed);
            NOW
        });
        let mut intake =
            Intake::begin(&settings, None, &Head::new("POST", "/", &headers), None).unwrap();
        assert!(read(&mut intake, ["x".into()]).is_ok());
        asked.swap(0, Ordering::Relaxed)
    };
    let svara: svara::Secret = secret("text");
    let headers = svara.sign(b"x", NOW, None).unwrap();
    assert_eq!(asks(Arc::new(svara), headers), 0);

    // This scheme has an alternative, which signs a time as well.
    let standard = standard_webhooks::Secret::new("whsec_AAAA").unwrap();
    let headers = standard.sign(b"x", NOW, Some("msg_1")).unwrap();
    assert_eq!(asks(Arc::new(standard), headers), 1);
}
