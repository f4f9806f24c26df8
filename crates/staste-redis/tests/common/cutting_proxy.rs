//! A proxy in front of a server that cuts a connection on demand.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// What happens to the next bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Cut {
    Nothing,
    /// The next request does not reach the server.
    Request,
    /// The next reply does not reach the client: the server has executed the request.
    Reply,
}

/// A proxy; its connections end with the test process.
pub(crate) struct CuttingProxy {
    port: u16,
    next: Arc<AtomicU8>,
}

impl CuttingProxy {
    pub(crate) fn to(socket: PathBuf) -> CuttingProxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = CuttingProxy { port: listener.local_addr().unwrap().port(), next: Arc::default() };
        let next = Arc::clone(&proxy.next);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), UnixStream::connect(&socket).unwrap());
                let (one, other) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let cutting = Arc::clone(&next);
                std::thread::spawn(move || pass(one, other, Cut::Request, &cutting));
                let cutting = Arc::clone(&next);
                std::thread::spawn(move || pass(server, client, Cut::Reply, &cutting));
            }
        });
        proxy
    }

    pub(crate) fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Cuts once.
    pub(crate) fn cut(&self, cut: Cut) {
        self.next.store(cut as u8, Ordering::SeqCst);
    }

    /// Returns true when the connection was cut.
    pub(crate) fn has_cut(&self) -> bool {
        self.next.load(Ordering::SeqCst) == Cut::Nothing as u8
    }
}

/// A connection that can be closed while others read from it.
pub(super) trait Ends: Read + Write {
    fn end(&self);
}

impl Ends for TcpStream {
    fn end(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl Ends for UnixStream {
    fn end(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

fn pass(mut from: impl Ends, mut to: impl Ends, own: Cut, next: &AtomicU8) {
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = from.read(&mut buffer).unwrap_or(0);
        let cut = read > 0
            && next
                .compare_exchange(own as u8, Cut::Nothing as u8, Ordering::SeqCst, Ordering::SeqCst)
                .is_ok();
        if read == 0 || cut || to.write_all(buffer.get(..read).unwrap()).is_err() {
            from.end();
            to.end();
            return;
        }
    }
}
