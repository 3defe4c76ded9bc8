//! What may have happened to a request on its way.

mod signature;
mod time;

use webhook_core::providers::Entry;

use crate::request::{Dice, Request};
use crate::table::Sdk;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Damage {
    /// It is as this crate signed it.
    Nothing,
    /// It is as the SDK signed it.
    SignedBySdk,
    /// It is as this crate signed it, and has no body.
    EmptyBody,
    BodyChanged,
    BodyShortened,
    SpaceAfterBody,
    OtherSecret,
    SignatureChanged,
    SignatureShortened,
    SignatureLengthened,
    SignatureEmpty,
    SignatureMissing,
    /// Harmless, in hex.
    SignatureInUpperCase,
    /// Harmless: the right one comes second.
    WrongSignatureBefore,
    /// Harmless: the right one comes first.
    WrongSignatureAfter,
    TimeChanged,
    TimeWithPlus,
    TimeWithZero,
    TimeWithFraction,
    TimeIsWord,
    TimeEmpty,
    TimeMissing,
    /// Signed just before the tolerance.
    Stale,
    /// Harmless: signed at the edge of the tolerance.
    Oldest,
    /// Signed just after the tolerance.
    Future,
    IdChanged,
    IdMissing,
    UrlChanged,
    MethodChanged,
}

use Damage::*;

pub(crate) const ALL: &[Damage] = &[
    BodyChanged,
    BodyShortened,
    SpaceAfterBody,
    OtherSecret,
    SignatureChanged,
    SignatureShortened,
    SignatureLengthened,
    SignatureEmpty,
    SignatureMissing,
    SignatureInUpperCase,
    WrongSignatureBefore,
    WrongSignatureAfter,
    TimeChanged,
    TimeWithPlus,
    TimeWithZero,
    TimeWithFraction,
    TimeIsWord,
    TimeEmpty,
    TimeMissing,
    Stale,
    Oldest,
    Future,
    IdChanged,
    IdMissing,
    UrlChanged,
    MethodChanged,
];

impl Damage {
    /// Whether the request is still what the provider sent.
    pub(crate) const fn is_harmless(self) -> bool {
        matches!(
            self,
            Nothing
                | SignedBySdk
                | EmptyBody
                | SignatureInUpperCase
                | WrongSignatureBefore
                | WrongSignatureAfter
                | Oldest
        )
    }

    /// The request after this. `None` if that cannot happen to one of this provider.
    pub(crate) fn of(
        self,
        genuine: &Request,
        entry: &Entry,
        sdk: &Sdk,
        dice: &mut Dice,
    ) -> Option<Request> {
        let mut request = genuine.clone();
        match self {
            Nothing | SignedBySdk | EmptyBody => None,
            Stale | Oldest | Future => time::signed_anew(request, self, entry),
            TimeChanged | TimeWithPlus | TimeWithZero | TimeWithFraction | TimeIsWord
            | TimeEmpty | TimeMissing => {
                entry.default_tolerance()?;
                time::damage(&mut request, self).then_some(request)
            }
            SignatureChanged | SignatureShortened | SignatureLengthened | SignatureEmpty
            | SignatureMissing | SignatureInUpperCase | WrongSignatureBefore
            | WrongSignatureAfter => {
                signature::damage(&mut request, self, sdk.list, dice).then_some(request)
            }
            BodyChanged | BodyShortened | SpaceAfterBody => {
                body(&mut request.body, self, dice);
                Some(request)
            }
            OtherSecret => {
                let which = usize::from(dice.secret(sdk.secret, 0).text == genuine.secret.text);
                request.secret = dice.secret(sdk.secret, which);
                Some(request)
            }
            IdChanged | IdMissing => {
                let id = request.headers.iter().position(|(_, value)| *value == genuine.id);
                let at = id.filter(|_| entry.signs_id())?;
                if self == IdMissing {
                    request.headers.remove(at);
                } else {
                    request.headers[at].1.push('x');
                }
                Some(request)
            }
            UrlChanged => {
                request.target.push('x');
                entry.signs_url().then_some(request)
            }
            MethodChanged => {
                request.method = "PUT";
                entry.signed().contains("method").then_some(request)
            }
        }
    }
}

/// What was UTF-8 stays UTF-8.
fn body(body: &mut Vec<u8>, damage: Damage, dice: &mut Dice) {
    match damage {
        BodyChanged => {
            let ascii = |at: &usize| body[*at].is_ascii_alphanumeric();
            let places: Vec<_> = (0..body.len()).filter(ascii).collect();
            if places.is_empty() {
                body.push(b'7');
                return;
            }
            let at = places[dice.draw(0..places.len())];
            body[at] = if body[at] == b'7' { b'8' } else { b'7' };
        }
        BodyShortened => {
            let text = std::str::from_utf8(body).ok();
            let last = text.and_then(|text| text.char_indices().next_back());
            body.truncate(last.map_or(body.len() - 1, |(at, _)| at));
        }
        _ => body.push(b' '),
    }
}
