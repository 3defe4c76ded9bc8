//! Routes for whoever manages the tenants: behind a token.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Request, State};
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
    let before = match admin.database.secrets(&tenant, &provider).await {
        Ok(secrets) => secrets,
        Err(error) => return failed(&error),
    };
    // The current one would be its own previous one.
    if before.first() == Some(&secret) {
        return StatusCode::NO_CONTENT.into_response();
    }
    let secrets: Vec<_> = [&secret].into_iter().chain(before.first()).cloned().collect();
    match verifier(&provider, &secrets) {
        Ok(Some(_)) => {}
        Ok(None) => return refuse(format!("there is no provider {provider:?} here")),
        Err(error) => return refuse(format!("the secret is unusable: {error}")),
    }
    match admin.database.add(&tenant, &provider, &secret).await {
        Ok(()) => changed(&admin, &tenant, &provider),
        Err(error) => failed(&error),
    }
}

async fn remove_previous(
    State(admin): State<Admin>,
    Path((tenant, provider)): Endpoint,
) -> Response {
    match admin.database.remove_previous(&tenant, &provider).await {
        Ok(true) => changed(&admin, &tenant, &provider),
        Ok(false) => (StatusCode::NOT_FOUND, "there is no previous secret\n").into_response(),
        Err(error) => failed(&error),
    }
}

async fn remove(State(admin): State<Admin>, Path((tenant, provider)): Endpoint) -> Response {
    match admin.database.remove(&tenant, &provider).await {
        Ok(true) => changed(&admin, &tenant, &provider),
        Ok(false) => (StatusCode::NOT_FOUND, "there is no such endpoint\n").into_response(),
        Err(error) => failed(&error),
    }
}

fn changed(admin: &Admin, tenant: &str, provider: &str) -> Response {
    admin.tenants.changed(tenant, provider);
    tracing::info!(tenant, provider, "secrets changed");
    StatusCode::NO_CONTENT.into_response()
}

fn failed(error: &sqlx::Error) -> Response {
    tracing::error!(%error, "the database failed");
    (StatusCode::SERVICE_UNAVAILABLE, "the database failed\n").into_response()
}
