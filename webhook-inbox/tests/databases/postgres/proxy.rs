//! Stands between a program and PostgreSQL, and withholds what the test wants withheld, so that a process can
//! be killed at exactly that point.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Direction {
    ToPostgres,
    FromPostgres,
}

struct Trap {
    direction: Direction,
    text: &'static str,
    caught: Sender<()>,
}

#[derive(Default)]
struct State {
    trap: Option<Trap>,
    /// How often all connections were silenced.
    silences: usize,
    connections: Vec<TcpStream>,
}

pub(crate) struct Proxy {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    pub(crate) fn start(postgres: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::<Mutex<State>>::default();
        let shared = state.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(("127.0.0.1", postgres)).unwrap();
                let both = [client.try_clone().unwrap(), server.try_clone().unwrap()];
                shared.lock().unwrap().connections.extend(both);
                let ways = [
                    (
                        Direction::ToPostgres,
                        client.try_clone().unwrap(),
                        server.try_clone().unwrap(),
                    ),
                    (Direction::FromPostgres, server, client),
                ];
                for (direction, from, to) in ways {
                    let state = shared.clone();
                    thread::spawn(move || pump(direction, from, to, &state));
                }
            }
        });
        Self { port, state }
    }

    /// The next message with this text is withheld, with all that follow it on its connection. Then it is said.
    pub(crate) fn withhold(&self, direction: Direction, text: &'static str) -> Receiver<()> {
        let (caught, was_caught) = mpsc::channel();
        self.state.lock().unwrap().trap = Some(Trap { direction, text, caught });
        was_caught
    }

    /// From now on nothing moves on the connections that there are, and they stay open. New ones are in order.
    pub(crate) fn silence(&self) {
        self.state.lock().unwrap().silences += 1;
    }

    /// Ends all connections, as the death of whoever held them would.
    pub(crate) fn cut(&self) {
        for connection in self.state.lock().unwrap().connections.drain(..) {
            // It may have ended already.
            _ = connection.shutdown(Shutdown::Both);
        }
    }
}

fn pump(direction: Direction, mut from: TcpStream, mut to: TcpStream, state: &Mutex<State>) {
    let mut buffer = vec![0; 64 * 1024];
    let silences = state.lock().unwrap().silences;
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let bytes = &buffer[..read];
        let springs = |trap: &mut Trap| {
            trap.direction == direction
                && bytes.windows(trap.text.len()).any(|window| window == trap.text.as_bytes())
        };
        let mut now = state.lock().unwrap();
        if now.silences > silences {
            return;
        }
        if let Some(trap) = now.trap.take_if(springs) {
            trap.caught.send(()).unwrap();
            // The connection stays open, and nothing moves on it.
            return;
        }
        drop(now);
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    _ = to.shutdown(Shutdown::Both);
}
