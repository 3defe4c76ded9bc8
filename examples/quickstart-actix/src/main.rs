use actix_web::{App, HttpResponse, HttpServer, web};
use webhook_actix::{Verified, VerifyWebhook, providers::voisnap};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = voisnap::Secret::from_env("VOISNAP_WEBHOOK_SECRET")?;
    // Made once, outside the closure that runs for every worker.
    let webhook = VerifyWebhook::new(secret);
    let app = move || {
        let webhook = web::resource("/webhooks/voisnap").app_data(webhook.clone());
        App::new().service(webhook.route(web::post().to(handle)))
    };
    let address = std::env::var("BIND").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let server = HttpServer::new(app).bind(address)?;
    println!("listening on http://{}", server.addrs()[0]);
    Ok(server.run().await?)
}

/// Runs only for requests that were signed with the secret.
async fn handle(Verified(delivery, event): Verified<voisnap::Event>) -> HttpResponse {
    match event.data {
        voisnap::Data::SessionEnded(session) => println!("{:?} s", session.duration_seconds),
        _ => println!("{} in {:?}", event.name, delivery.id()),
    }
    HttpResponse::Ok().finish()
}
