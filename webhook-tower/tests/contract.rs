//! The contract that every adapter keeps, in axum.
#![cfg(feature = "axum")]
#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::map_request;
use axum::routing::{MethodRouter, post};
use bytes::Bytes;
use contract::{Adapter, By, Differences, Layer, NOW, Order, Route, Shown, Site, Webhook};
use http::StatusCode;
use webhook_tower::axum::{Verified, VerifiedRejection};
use webhook_tower::{Deduplicate, Json, VerifyWebhook};

contract::answers!(Axum);
contract::outcomes!(Axum);
contract::slow_bodies!(Axum);
contract::deduplication!(Axum);
contract::handshakes!(Axum);
contract::lookups!(Axum);
contract::secrets!(Axum);

mod looking_up {
    type LookingUp = contract::LookingUp<super::Axum>;

    contract::answers!(LookingUp);
    contract::outcomes!(LookingUp);
    contract::slow_bodies!(LookingUp);
    contract::deduplication!(LookingUp);
    contract::handshakes!(LookingUp);
}

enum Axum {}

impl Adapter for Axum {
    type Handler = MethodRouter;

    const DIFFERENCES: Differences = Differences {
        continues_before_the_head_is_judged: false,
        reads_on_behind_upgrades: false,
        observes_before_the_handler: false,
        verifies_every_method: false,
    };

    fn read<T: Shown>(site: &Arc<Site>) -> MethodRouter {
        let site = site.clone();
        post(async move |Verified(delivery, read): Verified<T>| {
            let (status, body) = site.handle(read.show(&delivery)).await;
            (StatusCode::from_u16(status).unwrap(), body)
        })
    }

    fn catch(site: &Arc<Site>) -> MethodRouter {
        let site = site.clone();
        post(async move |read: Result<Verified<Json<Order>>, VerifiedRejection>| {
            site.caught(read.as_ref().err().map(VerifiedRejection::rejection))
        })
    }

    fn refuse(site: &Arc<Site>) -> MethodRouter {
        let site = site.clone();
        post(async move |_: Verified<Bytes>| VerifiedRejection::from(site.refused()))
    }

    fn serve(
        listener: TcpListener,
        site: Arc<Site>,
        routes: Vec<Route>,
        stopped: impl Future<Output = ()> + Send + 'static,
    ) {
        let app = routes.iter().fold(Router::new(), |app, route| {
            let layers = route.layers.iter().rev();
            let around = |inner, layer| around(inner, layer, route.every_method);
            app.route(&route.path, layers.fold(route.handler::<Self>(&site), around))
        });
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            tokio::select! {
                result = axum::serve(listener, app) => result.unwrap(),
                () = stopped => {}
            }
        });
        runtime.shutdown_background();
    }
}

fn around(inner: MethodRouter, layer: &Layer, every_method: bool) -> MethodRouter {
    match layer {
        Layer::Verify(webhook) if every_method => inner.layer(verify(webhook)),
        Layer::Verify(webhook) => inner.route_layer(verify(webhook)),
        Layer::Once(claims) => inner.route_layer(Deduplicate::new(claims.clone())),
        Layer::Swap => inner.route_layer(map_request(async |request: Request| {
            request.map(|_| Body::from("swapped"))
        })),
    }
}

fn verify(webhook: &Webhook) -> VerifyWebhook {
    let verify = match webhook.by.clone() {
        By::Verifier(verify) => VerifyWebhook::new(verify),
        By::Lookup(look_up) => VerifyWebhook::per_request(move |parts| look_up(parts.uri.path())),
    };
    let verify =
        verify.clock(|| NOW).body_limit(webhook.body_limit).body_timeout(webhook.body_timeout);
    match webhook.max_buffered {
        Some(bytes) => verify.max_buffered(bytes),
        None => verify,
    }
}
