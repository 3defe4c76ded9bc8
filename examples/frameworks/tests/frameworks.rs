//! Each framework receives over HTTP what the provider would send.

use std::net::SocketAddr;

use example_frameworks as frameworks;
use http_body_util::{BodyExt, Full};
use hyper::{Request, client::conn::http1};
use hyper_util::rt::TokioIo;
use salvo::prelude::{Listener as _, Server, TcpListener};
use tokio::net::{self, TcpStream};
use webhook_tower::providers::svara;
use webhook_tower::{Bytes, testing};

const EVENT: &str = r#"{"event":"voice_note.sent"}"#;

fn secret() -> svara::Secret {
    svara::Secret::new("test-secret").unwrap()
}

fn signed(body: &'static str) -> Request<Full<Bytes>> {
    testing::signed(&secret(), "/webhook", body)
}

/// The status and the text of the answer.
async fn send(to: SocketAddr, request: Request<Full<Bytes>>) -> (u16, String) {
    let stream = TokioIo::new(TcpStream::connect(to).await.unwrap());
    let (mut sender, connection) = http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let response = sender.send_request(request).await.unwrap();
    let status = response.status().as_u16();
    let text = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(text.to_vec()).unwrap())
}

async fn receives_what_is_authentic(server: SocketAddr) {
    let received = (200, "received voice_note.sent".to_owned());
    assert_eq!(send(server, signed(EVENT)).await, received);

    let other_body = signed(EVENT).map(|_| Full::from("{}"));
    let refused = |status, text: &str| (status, format!(r#"{{"error": "{text}"}}"#));
    assert_eq!(send(server, other_body).await, refused(401, "invalid signature"));

    let unsigned = Request::post("/webhook").body(Full::from(EVENT)).unwrap();
    assert_eq!(send(server, unsigned).await, refused(401, "missing signature"));

    assert_eq!(send(server, signed("{}")).await, refused(422, "payload not understood"));
}

#[tokio::test]
async fn hyper_alone() {
    let listener = net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(frameworks::hyper::serve(listener, secret()));
    receives_what_is_authentic(address).await;
}

#[tokio::test]
async fn salvo_with_a_hoop() {
    let acceptor = TcpListener::new("127.0.0.1:0").bind().await;
    let address = acceptor.local_addr().unwrap();
    tokio::spawn(Server::new(acceptor).serve(frameworks::salvo::router(secret())));
    receives_what_is_authentic(address).await;
}
