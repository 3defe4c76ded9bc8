use crate::rejection::Rejection;

/// What became of a request. Every request has exactly one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome {
    /// It was verified, and the service behind answered it.
    Accepted,
    /// It was verified, and had been handled before.
    Duplicate,
    /// It was the provider's handshake, and was answered without the handler.
    Handshake,
    /// It did not reach the handler, or the handler could not read it.
    Rejected(Rejection),
}

impl Outcome {
    /// A stable name for metrics and dashboards: `"accepted"`, `"duplicate"`, `"handshake"`, or a rejection's
    /// [label](Rejection::label).
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Handshake => "handshake",
            Self::Rejected(rejection) => rejection.label(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejection::RejectionKind;

    #[test]
    fn every_outcome_has_a_label() {
        let rejected = Outcome::Rejected(Rejection::new(RejectionKind::BodyTooLarge));
        let outcomes = [Outcome::Accepted, Outcome::Duplicate, Outcome::Handshake, rejected];
        let labels = outcomes.each_ref().map(Outcome::label);
        assert_eq!(labels, ["accepted", "duplicate", "handshake", "body_too_large"]);
    }
}
