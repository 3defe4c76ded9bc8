/// When a provider sends again, as far as it is documented.
#[derive(Clone, Copy)]
pub(super) struct Retries {
    pub(super) words: Option<&'static str>,
    /// The seconds before each retry.
    pub(super) secs: Option<&'static [u64]>,
}

impl Retries {
    pub(super) const UNDOCUMENTED: Self = Self { words: None, secs: None };

    pub(super) fn in_words(self) -> Option<String> {
        self.words.map(str::to_owned).or_else(|| self.secs.map(words))
    }
}

fn words(secs: &[u64]) -> String {
    let times = match secs.len() {
        0 => return "none".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        many => format!("{many} times"),
    };
    let (start, waits) = match secs {
        [0] => return "once: at once".to_owned(),
        [0, waits @ ..] => ("at once, after ", waits),
        waits => ("after ", waits),
    };
    let waits: Vec<_> = waits.iter().map(|secs| wait(*secs)).collect();
    let list = match &*waits {
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
        [] => String::new(),
    };
    format!("{times}: {start}{list}")
}

/// In the largest unit without a remainder.
fn wait(secs: u64) -> String {
    match secs {
        0 => "0 s".to_owned(),
        _ if secs.is_multiple_of(3600) => format!("{} h", secs / 3600),
        _ if secs.is_multiple_of(60) => format!("{} min", secs / 60),
        _ => format!("{secs} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_said_in_words() {
        for (secs, expected) in [
            (&[][..], "none"),
            (&[0], "once: at once"),
            (&[90], "once: after 90 s"),
            (&[30, 30], "twice: after 30 s and 30 s"),
            (&[0, 60, 300], "3 times: at once, after 1 min and 5 min"),
            (&[300, 1200, 3600], "3 times: after 5 min, 20 min and 1 h"),
        ] {
            assert_eq!(words(secs), expected);
        }
    }

    #[test]
    fn words_of_ones_own_are_preferred() {
        let retries = Retries { words: Some("none by itself"), secs: Some(&[]) };
        assert_eq!(retries.in_words().as_deref(), Some("none by itself"));
        assert_eq!(Retries::UNDOCUMENTED.in_words(), None);
    }
}
