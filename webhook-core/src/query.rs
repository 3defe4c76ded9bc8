//! Query parameters of a request's target, for handshakes.

/// The value of the only parameter of this name, decoded. `None` if it is missing, repeated or wrongly encoded.
pub(crate) fn parameter(target: &str, name: &str) -> Option<Vec<u8>> {
    let (_, query) = target.split_once('?')?;
    let mut values = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(each, _)| *each == name)
        .map(|(_, value)| value);
    let value = values.next().filter(|_| values.next().is_none())?;
    decode(value)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            b'+' => b' ',
            other => other,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(target: &str) -> Option<String> {
        parameter(target, "a").map(|value| String::from_utf8_lossy(&value).into_owned())
    }

    #[test]
    fn a_parameter_is_decoded() {
        assert_eq!(found("/?b=1&a=x+y%2Bz%2f"), Some("x y+z/".to_owned()));
        assert_eq!(found("/?a="), Some(String::new()));
        assert_eq!(found("/?a=b=c"), Some("b=c".to_owned()));
    }

    #[test]
    fn a_missing_repeated_or_wrongly_encoded_parameter_is_none() {
        for target in ["/", "/?", "/?a", "/?aa=1", "/?a=1&a=1", "/?a=%", "/?a=%4", "/?a=%zz"] {
            assert_eq!(found(target), None, "{target}");
        }
    }
}
