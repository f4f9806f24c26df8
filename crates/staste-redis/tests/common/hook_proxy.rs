//! A proxy in front of a server that calls a function before a certain request.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Returns the address of a proxy. When `left` is set to n, `act` is called before the nth script from then on.
pub(crate) fn hook_proxy(
    socket: PathBuf,
    left: &Arc<AtomicUsize>,
    act: impl Fn() + Clone + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let left = Arc::clone(left);
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let server = UnixStream::connect(&socket).unwrap();
            let (mut back, mut to, mut out) =
                (server.try_clone().unwrap(), server, client.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut back, &mut out));
            let (left, act) = (Arc::clone(&left), act.clone());
            std::thread::spawn(move || {
                let mut buffer = vec![0; 1 << 20];
                while let Ok(read) = client.read(&mut buffer)
                    && read > 0
                {
                    if String::from_utf8_lossy(&buffer[..read]).contains("EVALSHA")
                        && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                            == Ok(1)
                    {
                        act();
                    }
                    to.write_all(&buffer[..read]).unwrap();
                }
            });
        }
    });
    format!("redis://127.0.0.1:{port}/0")
}
