//! Routes for whoever manages the tenants: behind a token.

use std::slice;
use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, put};
use axum::{Json, Router};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::database::Database;
use crate::endpoints::{Tenants, is_tenant, verifier};

#[derive(Clone)]
pub struct Admin {
    pub token: Arc<str>,
    pub database: Database,
    pub tenants: Tenants,
}

/// No `Debug`: it holds a secret.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSecret {
    secret: String,
}

type Endpoint = Path<(String, String)>;

pub fn routes(admin: Admin) -> Router {
    Router::new()
        .route("/admin/{tenant}/{provider}", put(add).delete(remove))
        .route("/admin/{tenant}/{provider}/previous", delete(remove_previous))
        .layer(DefaultBodyLimit::max(16 * 1024))
        .route_layer(from_fn_with_state(admin.clone(), require_token))
        .with_state(admin)
}

async fn require_token(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    let sent = request.headers().get(AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
    let expected = format!("Bearer {}", admin.token);
    if !bool::from(sent.ct_eq(expected.as_bytes())) {
        return (StatusCode::UNAUTHORIZED, "the token is missing or wrong\n").into_response();
    }
    next.run(request).await
}

/// Adds an endpoint, or gives it a new secret. The secret so far is accepted until it is removed.
async fn add(
    State(admin): State<Admin>,
    Path((tenant, provider)): Endpoint,
    body: Result<Json<NewSecret>, JsonRejection>,
) -> Response {
    let refuse = |text: String| (StatusCode::UNPROCESSABLE_ENTITY, text + "\n").into_response();
    // Not the rejection's text: it may show a part of the body.
    let Ok(Json(NewSecret { secret })) = body else {
        return refuse(r#"the body must be {"secret": "..."} as application/json"#.to_owned());
    };
    if !is_tenant(&tenant) {
        return refuse("a tenant's name has 1 to 64 of a-z, 0-9 and -".to_owned());
    }
    match verifier(&provider, slice::from_ref(&secret)) {
        Ok(Some(_)) => {}
        Ok(None) => return refuse(format!("there is no provider {provider:?} here")),
        Err(error) => return refuse(format!("the secret is unusable: {error}")),
    }
    change(admin, tenant, provider, Change::Add(secret)).await
}

async fn remove_previous(
    State(admin): State<Admin>,
    Path((tenant, provider)): Endpoint,
) -> Response {
    change(admin, tenant, provider, Change::RemovePrevious).await
}

async fn remove(State(admin): State<Admin>, Path((tenant, provider)): Endpoint) -> Response {
    change(admin, tenant, provider, Change::Remove).await
}

enum Change {
    Add(String),
    RemovePrevious,
    Remove,
}

/// Changes the secrets of an endpoint in the database, and makes the change count. It runs to its end, also if the client
/// goes away.
async fn change(admin: Admin, tenant: String, provider: String, change: Change) -> Response {
    let changing = tokio::spawn(async move {
        let Admin { database, tenants, .. } = admin;
        let changed = match change {
            Change::Add(secret) => database.add(&tenant, &provider, &secret).await.map(|()| true),
            Change::RemovePrevious => database.remove_previous(&tenant, &provider).await,
            Change::Remove => database.remove(&tenant, &provider).await,
        };
        // Whatever came of it: an error does not say that nothing was changed.
        tenants.changed(&tenant, &provider);
        match &changed {
            Ok(true) => tracing::info!(tenant, provider, "secrets changed"),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "the database failed"),
        }
        changed
    });
    match changing.await {
        Ok(Ok(true)) => StatusCode::NO_CONTENT.into_response(),
        Ok(Ok(false)) => (StatusCode::NOT_FOUND, "there is none\n").into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the database failed\n").into_response(),
    }
}
