use std::borrow::Cow;

use crate::rejection::Rejection;

/// What a request is answered with, decided here so that no two adapters differ. An adapter converts it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The value of `Retry-After`, in seconds, if there is one.
    pub retry_after: Option<u64>,
    /// The body.
    pub body: Cow<'static, str>,
}

impl Answer {
    /// What a duplicate is answered.
    pub const fn duplicate() -> Self {
        Self::json(200, Cow::Borrowed(r#"{"duplicate":true}"#))
    }

    const fn json(status: u16, body: Cow<'static, str>) -> Self {
        Self { status, content_type: "application/json", retry_after: None, body }
    }
}

impl From<&Rejection> for Answer {
    fn from(rejection: &Rejection) -> Self {
        let mut answer = Self::json(rejection.status(), Cow::Owned(rejection.to_json()));
        // Rounded up: a sender that is asked to wait 0 s comes back at once.
        answer.retry_after = rejection
            .retry_delay()
            .map(|delay| delay.as_secs().saturating_add(u64::from(delay.subsec_nanos() > 0)));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::rejection::RejectionKind;

    #[test]
    fn a_delay_is_rounded_up_to_seconds() {
        for (millis, secs) in [(0, 0), (1, 1), (1000, 1), (1001, 2)] {
            let delay = Duration::from_millis(millis);
            let rejection = Rejection::new(RejectionKind::InFlight).retry_after(delay);
            assert_eq!(Answer::from(&rejection).retry_after, Some(secs));
        }
        let endless = Rejection::new(RejectionKind::InFlight).retry_after(Duration::MAX);
        assert_eq!(Answer::from(&endless).retry_after, Some(u64::MAX));
        let rejection = Rejection::new(RejectionKind::BodyTooLarge);
        assert_eq!(Answer::from(&rejection).retry_after, None);
    }
}
