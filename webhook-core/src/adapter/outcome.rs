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
    /// Its client went away, or its handler panicked, before there was a response. With deduplication the handler runs to
    /// its end all the same.
    Abandoned,
    /// It did not reach the handler, or the handler could not read it.
    Rejected(Rejection),
}

impl Outcome {
    /// A stable name for metrics and dashboards: `"accepted"`, `"duplicate"`, `"handshake"`, `"abandoned"`, or a rejection's
    /// [label](Rejection::label).
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Handshake => "handshake",
            Self::Abandoned => "abandoned",
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
        let outcomes = [
            Outcome::Accepted,
            Outcome::Duplicate,
            Outcome::Handshake,
            Outcome::Abandoned,
            rejected,
        ];
        let labels = outcomes.each_ref().map(Outcome::label);
        assert_eq!(labels, ["accepted", "duplicate", "handshake", "abandoned", "body_too_large"]);
    }
}
