//! Signature headers that are lists: unknown items are ignored, and one valid signature is enough.

use webhook_core::VerifyErrorKind::{self, InvalidSignature, MalformedSignature};

use super::subject::{Role, Subject, each};

/// A signature header whose value has the form of a list. Its last item is the signature.
struct List {
    separator: char,
    assign: char,
    signature: String,
}

impl List {
    /// Accepts `v1,<base64>`, and at least two items `name=value`.
    fn of(value: &str) -> Option<Self> {
        let named =
            |item: &str| item.trim().split_once('=').is_some_and(|(_, value)| !value.is_empty());
        let list = |separator, assign, signature: &str| {
            Some(Self { separator, assign, signature: signature.trim().to_owned() })
        };
        if value.starts_with("v1,") || value.starts_with("v1a,") {
            return list(' ', ',', value);
        }
        let separator = [',', ';'].into_iter().find(|each| value.contains(*each))?;
        let items = || value.split(separator);
        if items().all(named) { list(separator, '=', items().next_back()?) } else { None }
    }

    fn item(&self, name: &str, value: &str) -> String {
        format!("{name}{}{value}", self.assign)
    }

    /// Returns a well-formed signature that does not match: all its characters are `0` or `A`.
    fn wrong(&self) -> String {
        let (name, value) = self.signature.split_once(self.assign).unwrap_or_default();
        let zero = if value.bytes().all(|byte| byte.is_ascii_hexdigit()) { "0" } else { "A" };
        let padding = value.len() - value.trim_end_matches('=').len();
        let digits = zero.repeat(value.len() - padding);
        self.item(name, &format!("{digits}{}", "=".repeat(padding)))
    }
}

fn each_list(check: impl Fn(&List, &str, &dyn Fn(String) -> Result<(), VerifyErrorKind>)) {
    each(|subject: &Subject| {
        let genuine = subject.verify(&subject.genuine).unwrap();
        for name in subject.named(Role::Signature) {
            let value = std::str::from_utf8(subject.genuine.value(name)).unwrap();
            let verify = |value: String| {
                let delivery = subject.verify(&subject.genuine.with(name, value))?;
                assert!(delivery.fingerprints().eq(genuine.fingerprints()));
                Ok(())
            };
            if let Some(list) = List::of(value) {
                check(&list, value, &verify);
            }
        }
    });
}

#[test]
fn unknown_items_are_ignored() {
    each_list(|list, value, verify| {
        let sep = list.separator;
        for item in [list.item("v9", "abc"), list.item("unknown", ""), "unknown".to_owned()] {
            for other in [format!("{value}{sep}{item}"), format!("{item}{sep}{value}")] {
                assert_eq!(verify(other.clone()), Ok(()), "{other}");
            }
        }
        let empty = format!("{sep}{value}{sep}{sep}");
        assert_eq!(verify(empty), Ok(()), "empty items");
    });
}

#[test]
fn one_valid_signature_among_others_is_enough() {
    each_list(|list, value, verify| {
        let (sep, good, bad) = (list.separator, &list.signature, list.wrong());
        for signatures in [format!("{bad}{sep}{good}"), format!("{good}{sep}{bad}")] {
            assert_eq!(verify(value.replace(good, &signatures)), Ok(()), "{signatures}");
        }
        assert_eq!(verify(value.replace(good, &bad)), Err(InvalidSignature));
    });
}

#[test]
fn lists_without_a_known_item_and_lists_that_are_too_long_are_refused() {
    each_list(|list, value, verify| {
        let (sep, good) = (list.separator, &list.signature);
        let unknown = value.replace(good, &list.item("v9", "abc"));
        assert_eq!(verify(unknown), Err(MalformedSignature));
        let many = vec![good.as_str(); 17].join(&sep.to_string());
        assert_eq!(verify(value.replace(good, &many)), Err(MalformedSignature));
        let long = format!("{value}{sep}{}", list.item("v9", &"a".repeat(4096)));
        assert_eq!(verify(long), Err(MalformedSignature));
    });
}

/// This holds for every format, also for those that are not lists.
#[test]
fn additions_to_a_signature_are_ignored_or_refused() {
    each(|subject| {
        let time_is_beside = subject.named(Role::Time).next().is_none();
        for name in subject.named(Role::Signature) {
            let value = std::str::from_utf8(subject.genuine.value(name)).unwrap();
            for addition in [",v9=abc", ";h9=abc", " v9,abc", ",", " ", "\n", "\0", "=", "%00"] {
                for other in [format!("{value}{addition}"), format!("{addition}{value}")] {
                    match subject.verify(&subject.genuine.with(name, other.clone())) {
                        Ok(delivery) => assert_eq!(delivery.body(), &subject.genuine.body),
                        Err(MalformedSignature | InvalidSignature) => {}
                        Err(VerifyErrorKind::InvalidTimestamp) if time_is_beside => {}
                        Err(kind) => panic!("{other:?}: {kind:?}"),
                    }
                }
            }
        }
    });
}
