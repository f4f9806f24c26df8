//! A fake server whose reply to one command never ends.

use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::BETWEEN_LOOKS;
use super::fake_server::{information, request};

/// How fast the endless reply is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As fast as the client reads.
    AtOnce,
    /// One byte at a time, each within a timeout of the socket.
    Dripping,
}

/// A server whose reply to `command` starts with `head` and repeats `body` forever.
pub(crate) struct EndlessServer {
    pub(crate) address: String,
    sent: Arc<AtomicU64>,
}

/// The reply ends here anyway, so that a client that reads all of it fails instead of exhausting memory.
const MOST: u64 = 256 << 20;
const MOST_DRIPS: u64 = 1_500;

impl EndlessServer {
    pub(crate) fn start(command: &'static str, (head, body): (&str, &str), pace: Pace) -> EndlessServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("redis://{}", listener.local_addr().unwrap());
        let sent = Arc::new(AtomicU64::new(0));
        let (counter, head, body) = (Arc::clone(&sent), head.to_owned(), body.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (counter, head, body) = (Arc::clone(&counter), head.clone(), body.clone());
                std::thread::spawn(move || serve(client.unwrap(), command, (&head, &body), pace, &counter));
            }
        });
        EndlessServer { address, sent }
    }

    /// Returns the number of bytes that clients and the buffers of the system have accepted.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }
}

fn serve(mut client: TcpStream, command: &str, (head, body): (&str, &str), pace: Pace, sent: &AtomicU64) {
    let mut requests = BufReader::new(client.try_clone().unwrap());
    while let Some(words) = request(&mut requests) {
        let reply = match words[0].as_str() {
            word if word == command => break,
            "INFO" => information("redis_version:7.0.15"),
            _ => "+OK\r\n".to_owned(),
        };
        if client.write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
    let mut send = |bytes: &[u8]| {
        sent.fetch_add(u64::try_from(bytes.len()).unwrap(), Ordering::SeqCst);
        client.write_all(bytes).is_ok()
    };
    if !send(head.as_bytes()) {
        return;
    }
    if pace == Pace::AtOnce {
        let much = body.repeat((1 << 16) / body.len());
        while sent.load(Ordering::SeqCst) < MOST && send(much.as_bytes()) {}
    } else {
        for byte in body.bytes().cycle().take(usize::try_from(MOST_DRIPS).unwrap()) {
            std::thread::park_timeout(BETWEEN_LOOKS);
            if !send(&[byte]) {
                return;
            }
        }
    }
}
