//! A socket with a deadline, which also holds when the server sends byte by byte.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs as _};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use redis::ConnectionAddr;

/// A connected socket. A timeout of the operating system would start again with every byte.
#[derive(Debug)]
pub(crate) struct Socket {
    inner: Inner,
    deadline: Instant,
}

#[derive(Debug)]
enum Inner {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Socket {
    /// Connects before the deadline, which applies until another one is set.
    pub(crate) fn connect(address: &ConnectionAddr, deadline: Instant) -> io::Result<Socket> {
        let inner = match address {
            ConnectionAddr::Tcp(host, port) => Inner::Tcp(connect_tcp(host, *port, deadline)?),
            #[cfg(unix)]
            ConnectionAddr::Unix(path) => Inner::Unix(UnixStream::connect(path)?),
            _ => return Err(io::Error::from(io::ErrorKind::Unsupported)),
        };
        Ok(Socket { inner, deadline })
    }

    /// Sets the deadline of reads and writes.
    pub(crate) fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }
}

fn connect_tcp(host: &str, port: u16, deadline: Instant) -> io::Result<TcpStream> {
    let mut last = None;
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, time_left(deadline)?) {
            Ok(stream) => {
                // A request is written with one call.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::Error::other(format!("the name {host} has no address"))))
}

/// Returns the time until a deadline; an error when it has passed.
fn time_left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left.max(Duration::from_millis(1))) }
}

/// Operating systems differ in their error for a timeout.
fn as_timeout(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = Some(time_left(self.deadline)?);
        let read = match &mut self.inner {
            Inner::Tcp(stream) => stream.set_read_timeout(left).and_then(|()| stream.read(buffer)),
            #[cfg(unix)]
            Inner::Unix(stream) => stream.set_read_timeout(left).and_then(|()| stream.read(buffer)),
        };
        read.map_err(as_timeout)
    }
}

impl Write for Socket {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let left = Some(time_left(self.deadline)?);
        let written = match &mut self.inner {
            Inner::Tcp(stream) => stream.set_write_timeout(left).and_then(|()| stream.write(buffer)),
            #[cfg(unix)]
            Inner::Unix(stream) => stream.set_write_timeout(left).and_then(|()| stream.write(buffer)),
        };
        written.map_err(as_timeout)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // So that the server stops sending what nobody reads.
        let _ = match &self.inner {
            Inner::Tcp(stream) => stream.shutdown(Shutdown::Both),
            #[cfg(unix)]
            Inner::Unix(stream) => stream.shutdown(Shutdown::Both),
        };
    }
}
