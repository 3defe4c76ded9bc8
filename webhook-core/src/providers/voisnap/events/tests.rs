use super::*;
use crate::providers::test::event;

#[test]
fn events_hold_what_the_documents_handlers_read() {
    let ended: Event = event::<Voisnap, _>(
        r#"{"type":"SessionEnded","agentId":"agent_1","data":{"conversationId":"conv_1",
            "durationSeconds":61,"cost":"0.10","endReason":"hangup","new":1}}"#,
        &[],
    )
    .unwrap();
    assert_eq!(ended.agent_id.as_deref(), Some("agent_1"));
    let Data::SessionEnded(data) = &ended.data else { panic!("{ended:?}") };
    assert_eq!(data.conversation_id.as_deref(), Some("conv_1"));
    assert_eq!(data.duration_seconds, Some(61.0));
    assert_eq!(data.cost, Some("0.10".into()));

    let analysed: Event = event::<Voisnap, _>(
        r#"{"type":"AnalysisCompleted","data":{"sentiment":"positive","sentimentScore":"high",
            "customFields":{"resolution_status":"solved"}}}"#,
        &[],
    )
    .unwrap();
    let Data::AnalysisCompleted(data) = &analysed.data else { panic!("{analysed:?}") };
    assert_eq!(data.sentiment.as_deref(), Some("positive"));
    assert_eq!(data.sentiment_score, None, "of another type than the others, which stay");
    assert_eq!(data.custom_fields.as_ref().unwrap()["resolution_status"], "solved");

    let failed: Event = event::<Voisnap, _>(
        r#"{"type":"Error","data":{"errorCode":"E1","errorMessage":"x","recoverable":true}}"#,
        &[],
    )
    .unwrap();
    let Data::Error(data) = &failed.data else { panic!("{failed:?}") };
    assert_eq!((data.recoverable, &data.error_code), (Some(true), &Some("E1".into())));
}

#[test]
fn names_without_a_documented_payload_are_known() {
    for (name, data) in [
        ("SessionStarted", Data::SessionStarted {}),
        ("TransferInitiated", Data::TransferInitiated {}),
        ("SessionPaused", Data::Other),
        ("SessionEnded", Data::Other),
    ] {
        let body = format!(r#"{{"type":"{name}"}}"#);
        assert_eq!(event::<Voisnap, Event>(&body, &[]).unwrap().data, data, "{name}");
    }
}
