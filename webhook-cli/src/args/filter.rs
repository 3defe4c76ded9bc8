/// Which deliveries are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventFilter(pub(crate) String);

/// Reads `event=NAME`.
pub(crate) fn event_filter(text: &str) -> Result<EventFilter, String> {
    match text.split_once('=') {
        Some(("event", name)) if !name.is_empty() => Ok(EventFilter(name.to_owned())),
        _ => {
            Err("a filter is `event=NAME`, where NAME is what the event's name begins with"
                .to_owned())
        }
    }
}

impl EventFilter {
    pub(crate) fn matches(&self, event: &str) -> bool {
        event.starts_with(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_the_beginning_of_an_events_name() {
        let filter = event_filter("event=note.").unwrap();
        assert!(filter.matches("note.sent") && !filter.matches("call.note."));
        for text in ["", "event", "event=", "state=done"] {
            assert!(event_filter(text).is_err(), "{text}");
        }
    }
}
