use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Reads the string or integer that a JSON object has as this top-level member.
///
/// Returns `None` if the body is not an object, if the member is missing or of another type, or if it occurs twice. Only
/// the member is kept in memory, however large the body is.
pub(crate) fn read(body: &[u8], member: &str) -> Option<String> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = json.deserialize_map(Members(member)).ok()?;
    json.end().ok()?;
    value.filter(|value| !value.is_empty())
}

/// Visits the object and returns the member's value.
struct Members<'a>(&'a str);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_wanted) = map.next_key_seed(IsNamed(self.0))? {
            if !is_wanted {
                map.next_value::<IgnoredAny>()?;
            } else if found.replace(map.next_value_seed(Text)?).is_some() {
                return Err(serde::de::Error::custom("the member occurs twice"));
            }
        }
        Ok(found)
    }
}

/// Reads the name of a member and compares it.
struct IsNamed<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for IsNamed<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<bool, D::Error> {
        name.deserialize_str(self)
    }
}

impl Visitor<'_> for IsNamed<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

/// Reads a value as text.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<String, D::Error> {
        value.deserialize_any(self)
    }
}

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an integer")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_u64<E>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_i64<E>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_text_or_an_integer_at_the_top_is_read() {
        for (body, id) in [
            (r#"{"id":"evt_1","data":{"id":"obj"}}"#, Some("evt_1")),
            (r#"{"data":{"id":"obj"},"\u0069d":"e\u0076t"}"#, Some("evt")),
            (r#" { "id" : 7 } "#, Some("7")),
            (r#"{"id":-7}"#, Some("-7")),
            (r#"{"data":{"id":"obj"}}"#, None),
            (r#"{"id":"a","id":"a"}"#, None),
            (r#"{"id":""}"#, None),
            (r#"{"id":null}"#, None),
            (r#"{"id":1.5}"#, None),
            (r#"{"id":{"id":"a"}}"#, None),
            (r#"{"id":"evt_1"} x"#, None),
            (r#"{"id":"evt_1""#, None),
            (r#"[{"id":"evt_1"}]"#, None),
            ("id", None),
            ("", None),
        ] {
            assert_eq!(read(body.as_bytes(), "id").as_deref(), id, "{body}");
        }
        assert_eq!(read(b"\x1f\x8b", "id"), None);
    }
}
