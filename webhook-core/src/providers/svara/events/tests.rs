use super::*;
use crate::RejectionKind;
use crate::providers::test::event;

const SENT: &str = include_str!("../../testdata/svara-voice_note.sent.json");

#[test]
fn the_documents_payloads_are_typed() {
    let sent: Event = event::<Svara, _>(SENT, &[]).unwrap();
    assert_eq!(sent.name, "voice_note.sent");
    assert_eq!(sent.timestamp, Some("2026-03-14T12:00:02Z".parse().unwrap()));
    let Data::VoiceNoteSent(note) = &sent.data else { panic!("{sent:?}") };
    assert_eq!((&*note.id, &*note.platform), ("msg_a1b2c3d4e5f6", "telegram"));
    assert_eq!(note.error, None);

    let failed: Event =
        event::<Svara, _>(include_str!("../../testdata/svara-voice_note.failed.json"), &[])
            .unwrap();
    let Data::VoiceNoteFailed(note) = &failed.data else { panic!("{failed:?}") };
    assert_eq!(note.error.code, "session_expired");
    assert_eq!(note.delivered_at, None);
}

#[test]
fn what_the_document_does_not_show_is_still_an_event() {
    let bare: Event =
        event::<Svara, _>(r#"{"event":"voice_note.delivered","data":{}}"#, &[]).unwrap();
    assert!(matches!(bare.data, Data::VoiceNoteDelivered(_)));
    for body in [
        r#"{"event":"voice_note.new"}"#,
        r#"{"event":"voice_note.sent","data":{"id":1}}"#,
        r#"{"event":"voice_note.sent","timestamp":7}"#,
    ] {
        let other: Event = event::<Svara, _>(body, &[]).unwrap();
        assert_eq!(other.data, Data::Other, "{body}");
        assert_eq!(other.json, serde_json::from_str::<serde_json::Value>(body).unwrap());
    }
    for body in ["", "[]", "{}", r#"{"event":1}"#, "\u{0}"] {
        let refused = event::<Svara, Event>(body, &[]).unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::NotUnderstood, "{body:?}");
    }
}
