//! Stands between a program and Redis, and holds what goes one way, so that the program can be killed at a
//! known point.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::program::PATIENCE;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Requests,
    Replies,
}

type Hold = Arc<Mutex<Option<(Way, Sender<()>)>>>;

pub struct Gate {
    socket: PathBuf,
    hold: Hold,
}

impl Gate {
    pub fn start(socket: PathBuf, redis: PathBuf) -> Self {
        let listener = UnixListener::bind(&socket).unwrap();
        let hold = Hold::default();
        thread::spawn({
            let hold = Arc::clone(&hold);
            move || {
                for client in listener.incoming() {
                    let (client, redis) = (client.unwrap(), UnixStream::connect(&redis).unwrap());
                    let ends = (client.try_clone().unwrap(), redis.try_clone().unwrap());
                    pass(Way::Requests, client, redis, Arc::clone(&hold));
                    pass(Way::Replies, ends.1, ends.0, Arc::clone(&hold));
                }
            }
        });
        Self { socket, hold }
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }

    /// From now on, nothing gets through this way.
    pub fn hold(&self, way: Way) -> Held {
        let (arrived, has_arrived) = mpsc::channel();
        *self.hold.lock().unwrap() = Some((way, arrived));
        Held(has_arrived)
    }
}

pub struct Held(Receiver<()>);

impl Held {
    /// Until something has been held.
    #[track_caller]
    pub fn wait(&self) {
        self.0.recv_timeout(PATIENCE).expect("nothing to hold");
    }
}

fn pass(way: Way, mut from: UnixStream, mut to: UnixStream, hold: Hold) {
    thread::spawn(move || {
        let mut buffer = [0; 64 * 1024];
        while let Ok(len @ 1..) = from.read(&mut buffer) {
            if let Some((_, arrived)) = hold.lock().unwrap().as_ref().filter(|hold| hold.0 == way) {
                // Nobody may be waiting for it any more.
                _ = arrived.send(());
            } else if to.write_all(&buffer[..len]).is_err() {
                break;
            }
        }
        _ = to.shutdown(std::net::Shutdown::Both);
    });
}
