//! Providers try endpoints out: the layer answers that as each provider asks, and no handler sees it.
#![allow(missing_docs, reason = "the names of tests are sentences")]

mod hostile;
mod row;
mod table;

use self::row::{Keys, Request, Row};
use crate::adapter::Adapter;
use crate::case::{Body, Case};
use crate::receiver::Receiver;
use crate::route::{Handler, Route, Webhook};
use crate::wire;

const HANDSHAKE: &str = "INFO webhook handshake";
const ACCEPTED: &str = "DEBUG webhook accepted";

/// Runs these tests for an [`Adapter`].
#[macro_export]
macro_rules! handshakes {
    ($adapter:ident) => {
        $crate::tests! { $adapter, handshakes:
            every_handshake_is_answered_without_the_handler
            a_forged_handshake_is_refused
            deliveries_beside_handshakes_reach_the_handler
            only_what_a_provider_would_send_is_repeated
            a_probe_that_is_no_post_needs_a_route_for_every_method
        }
    };
}

/// A receiver with a route for each row of the table.
struct Probed {
    receiver: Receiver,
    rows: Vec<Row>,
}

/// What came of a request.
#[derive(Debug)]
struct Seen {
    status: u16,
    head: String,
    body: String,
    handled: usize,
    outcomes: Vec<String>,
}

impl Seen {
    #[track_caller]
    fn is_answered(&self, row: &Row) {
        let expected = &row.answer;
        assert_eq!((self.status, &*self.body), (expected.status, &*expected.body), "{row:?}");
        let headers = [("content-type", expected.content_type)].into_iter();
        for (name, value) in headers.chain(expected.headers.iter().copied()) {
            let values: Vec<_> = wire::values(&self.head, name).collect();
            assert_eq!(values, [value], "{name} of {row:?}");
        }
        assert_eq!((self.handled, &*self.outcomes), (0, &[HANDSHAKE.to_owned()][..]), "{row:?}");
    }

    #[track_caller]
    fn is_refused(&self, row: &Row) {
        assert_eq!((self.status, self.handled), (401, 0), "{row:?}: {self:?}");
        assert_eq!(self.outcomes.len(), 1, "{row:?}: {self:?}");
        assert!(self.outcomes[0].starts_with("INFO webhook rejected: "), "{row:?}: {self:?}");
    }

    #[track_caller]
    fn is_handled(&self, row: &Row) {
        assert_eq!((self.status, self.handled), (200, 1), "{row:?}: {self:?}");
        assert_eq!(self.outcomes, [ACCEPTED], "{row:?}");
    }
}

impl Probed {
    fn start<A: Adapter>(every_method: bool) -> Self {
        let rows = table::rows();
        let route = |(index, row): (usize, &Row)| {
            let webhook = Webhook::new(row.verifier());
            let route = Route::new(&path(index), Handler::Bytes).verified(&webhook);
            route.every_method(every_method)
        };
        let receiver = Receiver::start::<A>(rows.iter().enumerate().map(route).collect());
        Self { receiver, rows }
    }

    fn rows(&self) -> impl Iterator<Item = (usize, &Row)> {
        self.rows.iter().enumerate()
    }

    /// A request to a row's route, signed with these keys if it is signed.
    fn case(&self, index: usize, request: &Request, keys: &Keys) -> Case {
        let headers = self.rows[index].headers(request, keys);
        Case {
            method: request.method,
            query: request.query.clone(),
            ..Case::post(&path(index), headers, request.body.as_bytes())
        }
    }

    async fn send(&self, index: usize, request: &Request) -> Seen {
        self.exchange(&self.case(index, request, &self.rows[index].keys)).await
    }

    async fn exchange(&self, case: &Case) -> Seen {
        let handled = self.receiver.site.handled();
        let logged = self.receiver.logged(&case.path).len();
        let (head, answer) = self.receiver.exchange_whole(case).await;
        let outcomes = self.receiver.logged(&case.path).into_iter().skip(logged);
        Seen {
            status: answer.status,
            head,
            body: answer.body,
            handled: self.receiver.site.handled() - handled,
            outcomes: outcomes.map(|event| event.to_string()).collect(),
        }
    }
}

fn path(index: usize) -> String {
    format!("/{index}")
}

pub async fn every_handshake_is_answered_without_the_handler<A: Adapter>() {
    let probed = Probed::start::<A>(true);
    for (index, row) in probed.rows() {
        probed.send(index, &row.probe).await.is_answered(row);
        // It stays a handshake when it is sent again.
        probed.send(index, &row.probe).await.is_answered(row);
    }
}

pub async fn a_forged_handshake_is_refused<A: Adapter>() {
    let probed = Probed::start::<A>(true);
    for (index, row) in probed.rows() {
        let genuine = probed.case(index, &row.probe, &row.keys);
        if row.probe.is_signed {
            let damaged = format!("{} ", row.probe.body).into_bytes();
            let unsigned = Case { headers: row.probe.headers.clone(), ..genuine.clone() };
            for forged in [
                probed.case(index, &row.probe, &row.other_keys),
                genuine.sent(Body::Declared(damaged)),
                unsigned,
            ] {
                probed.exchange(&forged).await.is_refused(row);
            }
        }
        if let Some(proof) = row.proof {
            let forged = row.probe.replace(proof, "other", "other", "other");
            probed.send(index, &forged).await.is_refused(row);
        }
    }
}

pub async fn deliveries_beside_handshakes_reach_the_handler<A: Adapter>() {
    let probed = Probed::start::<A>(true);
    for (index, row) in probed.rows() {
        let seen = probed.send(index, &row.delivery).await;
        seen.is_handled(row);
        assert_eq!(seen.body, row.delivery.body, "{row:?}");
    }
}

/// What a stranger sends is refused; what is authentic is a delivery then, and no handshake.
pub async fn only_what_a_provider_would_send_is_repeated<A: Adapter>() {
    let probed = Probed::start::<A>(true);
    for (index, row) in probed.rows() {
        let Some(challenge) = row.repeats else { continue };
        for text in hostile::TEXTS.map(str::to_owned).into_iter().chain([hostile::long()]) {
            let request = hostile::replace(&row.probe, challenge, &text);
            let seen = probed.send(index, &request).await;
            if seen.handled > 0 && row.is_proved() {
                seen.is_handled(row);
            } else {
                seen.is_refused(row);
                assert!(!seen.body.contains(&text), "{row:?}: {text}");
            }
        }
    }
}

/// `route_layer` in axum, and `web::post` before actix-web's extractor, leave other methods to the framework.
pub async fn a_probe_that_is_no_post_needs_a_route_for_every_method<A: Adapter>() {
    let probed = Probed::start::<A>(false);
    for (index, row) in probed.rows() {
        let seen = probed.send(index, &row.probe).await;
        if row.probe.method == "POST" || A::DIFFERENCES.verifies_every_method {
            seen.is_answered(row);
        } else {
            let nothing: [&str; 0] = [];
            assert_eq!((seen.status, seen.handled), (405, 0), "{row:?}");
            assert_eq!(seen.outcomes, nothing, "{row:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use webhook_core::providers::{ALL, Entry};

    #[test]
    fn the_table_has_every_provider_with_a_handshake_and_no_other() {
        let rows = super::table::rows();
        let mut listed: Vec<_> = rows.iter().map(|row| row.provider).collect();
        listed.dedup();
        let described = ALL.iter().filter(|entry| entry.handshake_description().is_some());
        assert_eq!(listed, described.map(Entry::name).collect::<Vec<_>>());
    }
}
