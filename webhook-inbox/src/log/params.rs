//! Filters in the query string.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use webhook_core::UnixTime;

use crate::store::{Filter, Number, State};

/// The filters as people and links write them. An empty one is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Params {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) provider: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) endpoint: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) event: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) state: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) from: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) until: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) delivery_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) before: String,
}

impl Params {
    /// Reads the filters, and returns them as they are written from now on, too.
    pub(super) fn read(mut self) -> Result<(Self, Filter), String> {
        for text in [
            &mut self.provider,
            &mut self.endpoint,
            &mut self.event,
            &mut self.state,
            &mut self.from,
            &mut self.until,
            &mut self.delivery_id,
            &mut self.before,
        ] {
            *text = text.trim().to_owned();
        }
        let from = time(&mut self.from, "from")?;
        let until = time(&mut self.until, "until")?;
        let state = match self.state.as_str() {
            "" => None,
            name => Some(State::named(name).ok_or_else(|| unknown_state(name))?),
        };
        let before: Option<Number> = match self.before.as_str() {
            "" => None,
            number => {
                Some(number.parse().map_err(|_| format!("before: {number} is not a number"))?)
            }
        };
        let filter = Filter {
            provider: named(&self.provider),
            endpoint: named(&self.endpoint),
            event: named(&self.event),
            state,
            from,
            until,
            delivery_id: named(&self.delivery_id),
            text: named(&self.text),
            before,
        };
        Ok((self, filter))
    }

    /// Returns the same filters from another place on.
    pub(super) fn before(&self, before: Option<Number>) -> Self {
        let before = before.map(|number| number.to_string()).unwrap_or_default();
        Self { before, ..self.clone() }
    }

    /// Returns the filters that are set, with what they are called.
    pub(super) fn set(&self) -> Vec<(&'static str, &str)> {
        [
            ("Provider", &self.provider),
            ("Endpoint", &self.endpoint),
            ("Event begins with", &self.event),
            ("State", &self.state),
            ("Received from, UTC", &self.from),
            ("Received before, UTC", &self.until),
            ("Delivery id", &self.delivery_id),
            ("Text in the payload", &self.text),
        ]
        .into_iter()
        .map(|(name, value)| (name, value.as_str()))
        .filter(|(_, value)| !value.is_empty())
        .collect()
    }

    /// Returns the query string with its question mark, or nothing.
    pub(super) fn query(&self) -> String {
        // A struct of strings always serializes.
        let query = serde_urlencoded::to_string(self).unwrap_or_default();
        if query.is_empty() { query } else { format!("?{query}") }
    }
}

/// No database stores NUL in a name, and PostgreSQL refuses to look for it.
fn named(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.replace('\0', "\u{fffd}"))
}

fn unknown_state(name: &str) -> String {
    let names = State::ALL.map(State::name).join(", ");
    format!("state: {name} is none of {names}")
}

/// Reads a time as browsers write it, which is UTC here, or RFC 3339. Writes it as browsers do.
fn time(text: &mut String, name: &str) -> Result<Option<UnixTime>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let read =
        text.parse::<Timestamp>().or_else(|_| Offset::UTC.to_timestamp(text.parse::<DateTime>()?));
    let read =
        read.map_err(|_| format!("{name}: {text} is not a time such as 2026-11-25T18:30"))?;
    let millis = u64::try_from(read.as_millisecond()).unwrap_or_default();
    *text = Offset::UTC.to_datetime(read).to_string();
    Ok(Some(UnixTime::from_millis(millis)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_utc_and_with_an_offset() {
        for (text, millis, shown) in [
            ("2026-11-25T18:30", 1_795_631_400_000, "2026-11-25T18:30:00"),
            ("2026-11-25T18:30:00.5", 1_795_631_400_500, "2026-11-25T18:30:00.5"),
            ("2026-11-25T18:30:00+02:00", 1_795_624_200_000, "2026-11-25T16:30:00"),
            ("1969-12-31T23:00:00Z", 0, "1969-12-31T23:00:00"),
        ] {
            let params = Params { from: text.to_owned(), ..Params::default() };
            let (params, filter) = params.read().unwrap();
            assert_eq!(filter.from, Some(UnixTime::from_millis(millis)), "{text}");
            assert_eq!(params.from, shown);
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let error = |params: Params| params.read().unwrap_err();
        let from = Params { from: "yesterday".to_owned(), ..Params::default() };
        assert_eq!(error(from), "from: yesterday is not a time such as 2026-11-25T18:30");
        let state = Params { state: "lost".to_owned(), ..Params::default() };
        assert_eq!(
            error(state),
            "state: lost is none of waiting, held, running, failed, done, given-up, kept, rejected"
        );
        let before = Params { before: "x".to_owned(), ..Params::default() };
        assert_eq!(error(before), "before: x is not a number");
    }

    #[test]
    fn links_keep_what_is_set() {
        let params =
            Params { event: "a&b=c d".to_owned(), text: " x".to_owned(), ..Params::default() };
        assert_eq!(params.before(Some(7)).query(), "?event=a%26b%3Dc+d&text=+x&before=7");
        assert_eq!(Params::default().query(), "");
    }
}
