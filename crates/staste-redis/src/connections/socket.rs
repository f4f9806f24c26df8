//! A socket that waits until a deadline, however the other side spreads what it sends.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs as _};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use redis::ConnectionAddr;

/// A connected socket. A timeout of the system alone begins anew with each byte.
#[derive(Debug)]
pub(crate) struct Socket {
    end: End,
    deadline: Instant,
}

#[derive(Debug)]
enum End {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Socket {
    /// Connects before the deadline, which holds until another one is set.
    pub(crate) fn connect(address: &ConnectionAddr, deadline: Instant) -> io::Result<Socket> {
        let end = match address {
            ConnectionAddr::Tcp(host, port) => End::Tcp(connect_tcp(host, *port, deadline)?),
            #[cfg(unix)]
            ConnectionAddr::Unix(path) => End::Unix(UnixStream::connect(path)?),
            _ => return Err(io::Error::from(io::ErrorKind::Unsupported)),
        };
        Ok(Socket { end, deadline })
    }

    /// Sets until when reading and writing may wait.
    pub(crate) fn wait_until(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }
}

fn connect_tcp(host: &str, port: u16, deadline: Instant) -> io::Result<TcpStream> {
    let mut last = None;
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, left(deadline)?) {
            Ok(stream) => {
                // A request is written at once.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::Error::other(format!("the name {host} has no address"))))
}

/// The time that is left, of which there must be some.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left.max(Duration::from_millis(1))) }
}

/// Systems differ in how they say that a timeout is over.
fn in_time(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = Some(left(self.deadline)?);
        let read = match &mut self.end {
            End::Tcp(stream) => stream.set_read_timeout(left).and_then(|()| stream.read(buffer)),
            #[cfg(unix)]
            End::Unix(stream) => stream.set_read_timeout(left).and_then(|()| stream.read(buffer)),
        };
        read.map_err(in_time)
    }
}

impl Write for Socket {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let left = Some(left(self.deadline)?);
        let written = match &mut self.end {
            End::Tcp(stream) => stream.set_write_timeout(left).and_then(|()| stream.write(buffer)),
            #[cfg(unix)]
            End::Unix(stream) => stream.set_write_timeout(left).and_then(|()| stream.write(buffer)),
        };
        written.map_err(in_time)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // What was not read yet must not keep the other side writing.
        let _ = match &self.end {
            End::Tcp(stream) => stream.shutdown(Shutdown::Both),
            #[cfg(unix)]
            End::Unix(stream) => stream.shutdown(Shutdown::Both),
        };
    }
}
