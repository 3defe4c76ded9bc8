use clap::builder::PossibleValue;
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use webhook_core::providers::{self, Entry};

/// Reads the name of a provider, with `-` for `_` as well.
pub(crate) fn provider() -> impl TypedValueParser<Value = &'static Entry> {
    Names
}

#[derive(Clone)]
struct Names;

impl TypedValueParser for Names {
    type Value = &'static Entry;

    fn parse_ref(
        &self,
        cmd: &clap::Command,
        _: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Self::Value, clap::Error> {
        let name = value.to_string_lossy().to_lowercase().replace('-', "_");
        providers::find(&name).ok_or_else(|| {
            let text = match nearest(&name) {
                Some(near) => format!(
                    "no provider is named '{name}'. Do you mean '{near}'? `webhook providers` lists all\n"
                ),
                None => format!("no provider is named '{name}'. `webhook providers` lists all\n"),
            };
            clap::Error::raw(ErrorKind::InvalidValue, text).with_cmd(cmd)
        })
    }

    /// For completions.
    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let values = providers::ALL.iter();
        Some(Box::new(values.map(|entry| PossibleValue::new(entry.name()).help(entry.title()))))
    }
}

fn nearest(name: &str) -> Option<&'static str> {
    let likeness = |entry: &Entry| strsim::jaro_winkler(entry.name(), name);
    let best = providers::ALL.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.8).then(|| best.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_recognized() {
        assert_eq!(nearest("strpie"), Some("stripe"));
        assert_eq!(nearest("git_hub"), Some("github"));
        assert_eq!(nearest("qqq"), None);
    }
}
