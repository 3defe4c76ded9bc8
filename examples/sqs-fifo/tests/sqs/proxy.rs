//! Stands between the programs and moto_server: makes up for where moto is not like SQS, and holds requests
//! and responses, so that a program can be killed at a known point.
//!
//! moto 5.2 is not like SQS in this:
//!
//! - It keeps no lock on a group against requests that run at the same time, and two of them can undo each
//!   other's changes. Here one request is made at a time.
//! - A poll that waits does not see that a group has become free. Here polls do not wait at moto, but are made
//!   again and again.
//! - A poll that was given up takes a message all the same. SQS may do so too; here it does not.
//! - It forgets deduplication ids as soon as a message is deleted. Nothing here relies on them from then on.
//! - It compares deduplication ids across groups, whatever `DeduplicationScope` says. A test in `src/message.rs` shows
//!   that this makes no difference.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::program::PATIENCE;

/// Nothing is stored, though the request succeeds.
const REFUSAL: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nConnection: close\r\n\r\n\
    {\"Successful\":[],\"Failed\":[{\"Id\":\"0\",\"Code\":\"InternalError\",\"SenderFault\":false}]}";

pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    moto: SocketAddr,
    one_at_a_time: Mutex<()>,
    polling: Mutex<()>,
    hold: Mutex<Option<Hold>>,
    is_down: AtomicBool,
    refuses: AtomicBool,
    largest_batch: AtomicUsize,
}

/// What is to be held: the next request with this target, or the response to it.
struct Hold {
    target: &'static str,
    response: bool,
    arrived: Sender<()>,
    released: Receiver<()>,
}

/// What is being held, or will be. Dropped, it is never handed on.
pub struct Held {
    arrived: Receiver<()>,
    release: Sender<()>,
}

impl Held {
    /// Until it is there.
    pub fn wait(&self) {
        self.arrived.recv_timeout(PATIENCE).expect("nothing to hold");
    }

    pub fn release(self) {
        self.release.send(()).unwrap();
    }
}

impl Proxy {
    pub fn start(moto: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            moto,
            one_at_a_time: Mutex::new(()),
            polling: Mutex::new(()),
            hold: Mutex::new(None),
            is_down: AtomicBool::new(false),
            refuses: AtomicBool::new(false),
            largest_batch: AtomicUsize::new(0),
        });
        thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for client in listener.incoming() {
                    let shared = Arc::clone(&shared);
                    // A client that was killed breaks off.
                    thread::spawn(move || shared.serve(client?));
                }
            }
        });
        Self { address, shared }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Breaks off every connection until it is up again.
    pub fn is_down(&self, is_down: bool) {
        self.shared.is_down.store(is_down, Ordering::Relaxed);
    }

    /// Refuses the first message of the next batch, which should have no other. moto refuses no message by itself.
    pub fn refuse_next_message(&self) {
        self.shared.refuses.store(true, Ordering::Relaxed);
    }

    /// How many messages were sent together, at most.
    pub fn largest_batch(&self) -> usize {
        self.shared.largest_batch.load(Ordering::Relaxed)
    }

    /// Keeps the next request with this target from SQS.
    pub fn hold_request(&self, target: &'static str) -> Held {
        self.hold(target, false)
    }

    /// Hands the next request with this target on, but not its response back.
    pub fn hold_response(&self, target: &'static str) -> Held {
        self.hold(target, true)
    }

    fn hold(&self, target: &'static str, response: bool) -> Held {
        let (arrived, has_arrived) = mpsc::channel();
        let (release, released) = mpsc::channel();
        *self.shared.hold.lock().unwrap() = Some(Hold { target, response, arrived, released });
        Held { arrived: has_arrived, release }
    }
}

struct Request {
    head: String,
    body: String,
}

impl Request {
    fn read(client: &mut impl BufRead) -> std::io::Result<Self> {
        let (mut head, mut len) = (String::new(), 0);
        loop {
            let mut line = String::new();
            client.read_line(&mut line)?;
            let lower = line.to_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                len = value.trim().parse().unwrap();
            } else if line.trim().is_empty() {
                break;
            } else if !lower.starts_with("connection:") {
                head += &line;
            }
        }
        let mut body = vec![0; len];
        client.read_exact(&mut body)?;
        Ok(Self { head, body: String::from_utf8(body).unwrap() })
    }

    fn is(&self, target: &str) -> bool {
        self.head.contains(&format!("AmazonSQS.{target}\r\n"))
    }
}

impl Shared {
    /// One request, one connection.
    fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        let request = Request::read(&mut BufReader::new(&client))?;
        if self.is_down.load(Ordering::Relaxed) {
            return Ok(());
        }
        if request.is("SendMessageBatch") {
            let messages = request.body.matches(r#""MessageBody":"#).count();
            self.largest_batch.fetch_max(messages, Ordering::Relaxed);
            if self.refuses.swap(false, Ordering::Relaxed) {
                return client.write_all(REFUSAL.as_bytes());
            }
        }
        let hold = self.hold.lock().unwrap().take_if(|hold| request.is(hold.target));
        let response = match hold {
            Some(hold) if hold.response => {
                let response = self.answer(request, &client)?;
                hold.arrived.send(()).unwrap();
                let Ok(()) = hold.released.recv() else { return Ok(()) };
                response
            }
            Some(hold) => {
                hold.arrived.send(()).unwrap();
                let Ok(()) = hold.released.recv() else { return Ok(()) };
                self.answer(request, &client)?
            }
            None => self.answer(request, &client)?,
        };
        client.write_all(response.as_bytes())
    }

    fn answer(&self, mut request: Request, client: &TcpStream) -> std::io::Result<String> {
        const POLL: &str = r#""WaitTimeSeconds":20"#;
        if !request.body.contains(POLL) {
            return self.ask(&request);
        }
        request.body = request.body.replace(POLL, r#""WaitTimeSeconds":0"#);
        let end = Instant::now() + Duration::from_secs(20);
        // One poll that waits asks at a time, or moto had no time for anything else.
        let mut turn = None;
        loop {
            turn = turn.or_else(|| self.polling.try_lock().ok());
            if turn.is_some() || Instant::now() >= end {
                let response = self.ask(&request)?;
                let empty = response.starts_with("HTTP/1.1 200") && !response.contains("Receipt");
                if !empty || Instant::now() >= end {
                    return Ok(response);
                }
            }
            thread::sleep(Duration::from_millis(20));
            if has_gone(client)? {
                return Err(std::io::ErrorKind::BrokenPipe.into());
            }
        }
    }

    fn ask(&self, Request { head, body }: &Request) -> std::io::Result<String> {
        let _turn = self.one_at_a_time.lock().unwrap();
        let mut moto = TcpStream::connect(self.moto)?;
        let len = body.len();
        write!(moto, "{head}Content-Length: {len}\r\nConnection: close\r\n\r\n{body}")?;
        let mut response = String::new();
        moto.read_to_string(&mut response)?;
        Ok(response)
    }
}

fn has_gone(client: &TcpStream) -> std::io::Result<bool> {
    client.set_nonblocking(true)?;
    let peeked = client.peek(&mut [0]);
    client.set_nonblocking(false)?;
    Ok(match peeked {
        Ok(read) => read == 0,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    })
}
