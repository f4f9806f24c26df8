//! A proxy in front of a server that cuts connections at random moments.

use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use staste_testkit::Rng;

use super::cutting_proxy::Ends;

/// A proxy; its connections end with the test process.
pub(crate) struct UnreliableProxy {
    port: u16,
    cuts: Arc<Cuts>,
}

/// The number of cuts of each kind.
#[derive(Default)]
struct Cuts {
    calm: AtomicBool,
    /// The server did not get the request.
    before: AtomicU64,
    /// The server got the request, and the client no reply.
    after: AtomicU64,
    /// The client got half a reply.
    within: AtomicU64,
}

/// The direction of bytes.
#[derive(Clone, Copy)]
enum Way {
    Request,
    Reply,
}

impl UnreliableProxy {
    /// Starts a proxy that cuts the connection at one of `one_of` requests, and at one of as many replies.
    pub(crate) fn to(socket: PathBuf, one_of: u64, seed: u64) -> UnreliableProxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let cuts = Arc::new(Cuts::default());
        let shared = Arc::clone(&cuts);
        std::thread::spawn(move || {
            let mut seeds = Rng::new(seed);
            for client in listener.incoming() {
                let client = client.unwrap();
                // A server that is down refuses connections through the proxy as well.
                let Ok(server) = UnixStream::connect(&socket) else { continue };
                let (one, other) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                for (way, rng) in [
                    (Way::Request, Rng::new(seeds.below(u64::MAX))),
                    (Way::Reply, Rng::new(seeds.below(u64::MAX))),
                ] {
                    let cuts = Arc::clone(&shared);
                    let (client, server) = (one.try_clone().unwrap(), other.try_clone().unwrap());
                    std::thread::spawn(move || match way {
                        Way::Request => pass(client, server, way, one_of, rng, &cuts),
                        Way::Reply => pass(server, client, way, one_of, rng, &cuts),
                    });
                }
            }
        });
        UnreliableProxy { port, cuts }
    }

    pub(crate) fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Stops cutting.
    pub(crate) fn calm(&self) {
        self.cuts.calm.store(true, Ordering::SeqCst);
    }

    /// Returns the number of cuts before a request, after one, and within a reply.
    pub(crate) fn cuts(&self) -> [u64; 3] {
        [&self.cuts.before, &self.cuts.after, &self.cuts.within].map(|count| count.load(Ordering::SeqCst))
    }
}

fn pass(mut from: impl Ends, mut to: impl Ends, way: Way, one_of: u64, mut rng: Rng, cuts: &Cuts) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = from.read(&mut buffer).unwrap_or(0);
        let bytes = buffer.get(..read).unwrap();
        let thrown = rng.below(2 * one_of);
        let is_cut = read > 0 && thrown < 2 && !cuts.calm.load(Ordering::SeqCst);
        let (passed, count) = match way {
            _ if !is_cut => (bytes, None),
            Way::Request if thrown == 0 => (&bytes[..0], Some(&cuts.before)),
            Way::Request => (bytes, Some(&cuts.after)),
            Way::Reply => (&bytes[..read / 2], Some(&cuts.within)),
        };
        if let Some(count) = count {
            count.fetch_add(1, Ordering::SeqCst);
        }
        if to.write_all(passed).is_err() || read == 0 || is_cut {
            from.end();
            to.end();
            return;
        }
    }
}
