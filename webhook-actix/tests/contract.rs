//! The contract that every adapter keeps, in actix-web: as an extractor alone, and behind the middleware.
#![expect(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::{Payload, Service as _};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, JsonConfig, PayloadConfig, ServiceConfig, resource};
use actix_web::{App, HttpResponse, HttpServer, rt};
use contract::{Adapter, By, Differences, Layer, NOW, Order, Route, Shown, Site, Webhook};
use webhook_actix::{Bytes, Deduplicate, Json, Verified, VerifiedRejection, VerifyWebhook};

mod extractor {
    use super::Extractor;

    contract::answers!(Extractor);
    contract::outcomes!(Extractor);
    contract::slow_bodies!(Extractor);
    contract::handshakes!(Extractor);
    contract::lookups!(Extractor);
    contract::secrets!(Extractor);
}

mod middleware {
    use super::Middleware;

    contract::answers!(Middleware);
    contract::outcomes!(Middleware);
    contract::slow_bodies!(Middleware);
    contract::deduplication!(Middleware);
    contract::handshakes!(Middleware);
    contract::lookups!(Middleware);
    contract::secrets!(Middleware);
}

mod extractor_looking_up {
    type Extractor = contract::LookingUp<super::Extractor>;

    contract::answers!(Extractor);
    contract::outcomes!(Extractor);
    contract::slow_bodies!(Extractor);
    contract::handshakes!(Extractor);
}

mod middleware_looking_up {
    type Middleware = contract::LookingUp<super::Middleware>;

    contract::answers!(Middleware);
    contract::outcomes!(Middleware);
    contract::slow_bodies!(Middleware);
    contract::deduplication!(Middleware);
    contract::handshakes!(Middleware);
}

/// Where the configuration stands alone in `app_data` if there is nothing else around the handler.
type Extractor = Actix<false>;

/// Where it is the middleware too.
type Middleware = Actix<true>;

enum Actix<const WRAPPED: bool> {}

impl<const WRAPPED: bool> Adapter for Actix<WRAPPED> {
    type Handler = actix_web::Route;

    const DIFFERENCES: Differences = Differences {
        continues_before_the_head_is_judged: true,
        reads_on_behind_upgrades: true,
        observes_before_the_handler: !WRAPPED,
        verifies_every_method: WRAPPED,
    };

    fn read<T: Shown>(site: &Arc<Site>) -> actix_web::Route {
        let site = site.clone();
        web::route().to(move |Verified(delivery, read): Verified<T>| {
            let site = site.clone();
            async move {
                let (status, body) = site.handle(read.show(&delivery)).await;
                HttpResponse::build(StatusCode::from_u16(status).unwrap()).body(body)
            }
        })
    }

    fn catch(site: &Arc<Site>) -> actix_web::Route {
        let site = site.clone();
        web::route().to(move |read: Result<Verified<Json<Order>>, VerifiedRejection>| {
            let caught = site.caught(read.as_ref().err().and_then(VerifiedRejection::rejection));
            async { caught }
        })
    }

    fn refuse(site: &Arc<Site>) -> actix_web::Route {
        let site = site.clone();
        web::route().to(move |_: Verified<Bytes>| {
            let refused = Err::<&str, _>(VerifiedRejection::from(site.refused()));
            async { refused }
        })
    }

    fn serve(
        listener: TcpListener,
        site: Arc<Site>,
        routes: Vec<Route>,
        stopped: impl Future<Output = ()> + Send + 'static,
    ) {
        let routes: Vec<_> = routes
            .into_iter()
            .map(|route| (route.layers.iter().map(Around::from).collect::<Vec<_>>(), route))
            .collect();
        let factory = move || {
            // The framework's own limits take no part.
            let app =
                App::new().app_data(PayloadConfig::new(1)).app_data(JsonConfig::default().limit(1));
            app.configure(|app| {
                for (layers, route) in &routes {
                    let handler = route.handler::<Self>(&site);
                    // The middleware sees every method as it is.
                    let every_method = route.every_method && !WRAPPED;
                    let handler = if every_method { handler } else { handler.method(Method::POST) };
                    add(app, &route.path, layers, handler, WRAPPED);
                }
            })
        };
        rt::System::new().block_on(async {
            let server = HttpServer::new(factory).workers(1).disable_signals();
            let server = server.listen(listener).unwrap().run();
            let handle = server.handle();
            rt::spawn(async move {
                stopped.await;
                handle.stop(false).await;
            });
            server.await.unwrap();
        });
    }
}

/// A layer as actix-web's, made once, outside the factory.
#[derive(Clone)]
enum Around {
    Verify(VerifyWebhook),
    Once(Deduplicate),
    Swap,
}

impl From<&Layer> for Around {
    fn from(layer: &Layer) -> Self {
        match layer {
            Layer::Verify(webhook) => Self::Verify(verify(webhook)),
            Layer::Once(claims) => Self::Once(Deduplicate::new(claims.clone())),
            Layer::Swap => Self::Swap,
        }
    }
}

fn verify(webhook: &Webhook) -> VerifyWebhook {
    let verify = match webhook.by.clone() {
        By::Verifier(verify) => VerifyWebhook::new(verify),
        By::Lookup(look_up) => VerifyWebhook::per_request(move |request| look_up(request.path())),
    };
    let verify =
        verify.clock(|| NOW).body_limit(webhook.body_limit).body_timeout(webhook.body_timeout);
    match webhook.max_buffered {
        Some(bytes) => verify.max_buffered(bytes),
        None => verify,
    }
}

/// Each `wrap` makes another type, so each order of layers is written down.
fn add(
    app: &mut ServiceConfig,
    path: &str,
    layers: &[Around],
    handler: actix_web::Route,
    wrapped: bool,
) {
    let mut it = resource(path).route(handler);
    // With both, a request is routed through data too, which actix-web wants the only reference for.
    if let Some(Around::Verify(webhook)) = layers.first() {
        it = it.app_data(webhook.clone());
    }
    match layers {
        [] => app.service(it),
        [Around::Verify(_)] if !wrapped => app.service(it),
        [Around::Verify(webhook)] => app.service(it.wrap(webhook.clone())),
        [Around::Verify(webhook), Around::Swap] => {
            let swapped = it.wrap_fn(|mut request, service| {
                request.set_payload(Payload::from(Bytes::from_static(b"swapped")));
                service.call(request)
            });
            app.service(swapped.wrap(webhook.clone()))
        }
        [Around::Verify(webhook), Around::Once(once)] => {
            app.service(it.wrap(once.clone()).wrap(webhook.clone()))
        }
        [Around::Verify(outer), Around::Verify(inner)] => {
            app.service(it.wrap(inner.clone()).wrap(outer.clone()))
        }
        [Around::Once(once)] => app.service(it.wrap(once.clone())),
        [Around::Once(once), Around::Verify(webhook)] => {
            app.service(it.wrap(webhook.clone()).wrap(once.clone()))
        }
        _ => unreachable!("another order of layers on {path}"),
    };
}
