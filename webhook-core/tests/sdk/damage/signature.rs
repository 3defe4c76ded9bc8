//! Damage to the signature, which is in the first header.

use super::Damage::{self, *};
use crate::request::{Dice, Request};

/// Returns whether this can happen to the request.
pub(super) fn damage(
    request: &mut Request,
    damage: Damage,
    list: Option<char>,
    dice: &mut Dice,
) -> bool {
    if damage == SignatureMissing {
        request.headers.remove(0);
        return true;
    }
    let header = &mut request.headers[0].1;
    let start = header.trim_end_matches('=').rfind([',', ';', '=', ' ']).map_or(0, |at| at + 1);
    match damage {
        SignatureChanged => {
            let at = start + dice.draw(0..20_usize);
            let other = if header[at..].starts_with('0') { "1" } else { "0" };
            header.replace_range(at..=at, other);
        }
        SignatureShortened => _ = header.pop(),
        SignatureLengthened => header.push('0'),
        SignatureEmpty => header.truncate(start),
        SignatureInUpperCase => {
            let upper = header[start..].to_uppercase();
            if !upper.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return false;
            }
            header.replace_range(start.., &upper);
        }
        _ => {
            let Some(separator) = list else { return false };
            let item = header[..start].rfind(separator).map_or(0, |at| at + 1);
            let right = header.split_off(item);
            let (name, signature) = right.split_at(start - item);
            let wrong = signature.replace(|each: char| ('2'..='9').contains(&each), "1");
            let wrong = format!("{name}{wrong}");
            let both = if damage == WrongSignatureBefore { [wrong, right] } else { [right, wrong] };
            header.push_str(&both.join(&separator.to_string()));
        }
    }
    true
}
