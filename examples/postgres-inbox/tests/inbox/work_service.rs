//! The service that the worker hands events on to.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use webhook_tower::CloudEvent;

/// How often each event came, by its delivery's id.
#[derive(Clone, Default)]
pub struct Came(Arc<Mutex<HashMap<String, usize>>>);

impl Came {
    pub fn times(&self, id: &str) -> usize {
        self.0.lock().unwrap().get(id).copied().unwrap_or_default()
    }

    pub fn ids(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// Starts one that answers with the status that the function returns. It ends with the test's process.
pub fn start(answer: impl Fn(&str) -> u16 + Send + Sync + 'static) -> (String, Came) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/events", listener.local_addr().unwrap());
    let (came, answer) = (Came::default(), Arc::new(answer));
    let noted = came.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (came, answer) = (noted.clone(), answer.clone());
            thread::spawn(move || serve(stream.unwrap(), &came, &*answer));
        }
    });
    (url, came)
}

/// Answers one request. Whoever sent it may be dead by then.
fn serve(stream: TcpStream, came: &Came, answer: &dyn Fn(&str) -> u16) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let line = line.trim_end().to_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    let id = CloudEvent::from_json(&body).unwrap().id().to_owned();
    *came.0.lock().unwrap().entry(id.clone()).or_default() += 1;
    let status = answer(&id);
    let answer = format!("HTTP/1.1 {status} \r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.get_mut().write_all(answer.as_bytes()).ok()
}
