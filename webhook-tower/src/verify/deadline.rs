//! The time allowed for a body, where the feature `timeout` is on.

#[cfg(feature = "timeout")]
pub(super) use with_timer::Deadline;
#[cfg(not(feature = "timeout"))]
pub(super) use without_timer::Deadline;

#[cfg(feature = "timeout")]
mod with_timer {
    use std::pin::Pin;
    use std::sync::Once;
    use std::task::{Context, Poll};
    use std::time::Duration;

    use tokio::runtime::Handle;
    use tokio::time::{Sleep, sleep};

    /// Starts when something first has to be waited for: a body that is there already needs no timer. Boxed, since a
    /// timer is large and most requests need none. Outside a tokio runtime it never passes.
    pub(in crate::verify) struct Deadline {
        after: Duration,
        sleep: Option<Pin<Box<Sleep>>>,
    }

    impl Deadline {
        pub(in crate::verify) const fn new(after: Duration) -> Self {
            Self { after, sleep: None }
        }

        /// The same deadline, for whatever comes next.
        pub(in crate::verify) const fn take(&mut self) -> Self {
            Self { after: self.after, sleep: self.sleep.take() }
        }

        pub(in crate::verify) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
            if self.sleep.is_none() && Handle::try_current().is_ok() {
                self.sleep = Some(Box::pin(sleep(self.after)));
            }
            if let Some(sleep) = &mut self.sleep {
                return sleep.as_mut().poll(cx);
            }
            warn_once();
            Poll::Pending
        }
    }

    fn warn_once() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            tracing::warn!(
                "not in a tokio runtime: webhook bodies have no timeout; disable the feature `timeout` \
                 and set a timeout of your own"
            );
        });
    }
}

#[cfg(not(feature = "timeout"))]
mod without_timer {
    use std::task::{Context, Poll};
    use std::time::Duration;

    /// Never passes.
    pub(in crate::verify) struct Deadline;

    impl Deadline {
        pub(in crate::verify) const fn new(_: Duration) -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "the one with a timer uses it")]
        pub(in crate::verify) const fn take(&mut self) -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "the one with a timer uses it")]
        pub(in crate::verify) const fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
            Poll::Pending
        }
    }
}
