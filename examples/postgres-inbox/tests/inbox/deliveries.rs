//! What the providers would send.

use std::time::{Duration, SystemTime};

use webhook_tower::custom::{Key, SchemeProvider};
use webhook_tower::providers::{samva::Samva, svara::Svara, voisnap::Voisnap, voxpria::VoxPria};

#[derive(Debug, Clone)]
pub struct Delivery {
    pub path: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

pub fn svara(body: &str) -> Delivery {
    signed::<Svara>("/webhooks/svara", "svara-secret", body, SystemTime::now(), None)
}

pub fn samva(body: &str) -> Delivery {
    signed::<Samva>("/webhooks/samva", "samva-secret", body, SystemTime::now(), None)
}

pub fn voxpria(body: &str) -> Delivery {
    signed::<VoxPria>("/webhooks/voxpria", "whsec_voxpria", body, SystemTime::now(), None)
}

/// The end of a session, as delivery `id`.
pub fn voisnap(id: &str) -> Delivery {
    voisnap_before(id, Duration::ZERO)
}

/// The same, signed this long ago.
pub fn voisnap_before(id: &str, ago: Duration) -> Delivery {
    let body = format!(r#"{{"type":"SessionEnded","data":{{"conversationId":"conv of {id}"}}}}"#);
    let time = SystemTime::now() - ago;
    signed::<Voisnap>("/webhooks/voisnap", "whsec_voisnap", &body, time, Some(id))
}

/// As it was captured, under another id.
pub fn under_another_id(mut delivery: Delivery, id: &str) -> Delivery {
    for (name, value) in &mut delivery.headers {
        if name.eq_ignore_ascii_case("x-webhook-delivery-id") {
            id.clone_into(value);
        }
    }
    delivery
}

pub fn signed<P: SchemeProvider>(
    path: &'static str,
    secret: &str,
    body: &str,
    time: SystemTime,
    id: Option<&str>,
) -> Delivery {
    let secret = Key::<P>::new(secret).unwrap();
    let headers = secret.sign(body.as_bytes(), time.into(), id).unwrap();
    Delivery { path, headers, body: body.to_owned() }
}
