//! The time allowed for a body, where the feature `timeout` is on.

#[cfg(feature = "timeout")]
pub(crate) use with_timer::Deadline;
#[cfg(not(feature = "timeout"))]
pub(crate) use without_timer::Deadline;

#[cfg(feature = "timeout")]
mod with_timer {
    use std::pin::Pin;
    use std::sync::Once;
    use std::task::{Context, Poll};
    use std::time::Duration;

    use pin_project_lite::pin_project;
    use tokio::runtime::Handle;
    use tokio::time::{Sleep, sleep};

    pin_project! {
        /// Starts when a body first has to be waited for: one that is there already needs no timer. Boxed,
        /// since a timer is large and most requests need none. Outside a tokio runtime it never passes.
        pub(crate) struct Deadline {
            after: Duration,
            sleep: Option<Pin<Box<Sleep>>>,
        }
    }

    impl Deadline {
        pub(crate) const fn new(after: Duration) -> Self {
            Self { after, sleep: None }
        }

        pub(crate) fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = self.project();
            if this.sleep.is_none() && Handle::try_current().is_ok() {
                *this.sleep = Some(Box::pin(sleep(*this.after)));
            }
            match this.sleep {
                Some(sleep) => sleep.as_mut().poll(cx),
                None => {
                    warn_once();
                    Poll::Pending
                }
            }
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
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use std::time::Duration;

    /// Never passes.
    pub(crate) struct Deadline;

    impl Deadline {
        pub(crate) const fn new(_: Duration) -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "the one with a timer uses it")]
        pub(crate) const fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            Poll::Pending
        }
    }
}
