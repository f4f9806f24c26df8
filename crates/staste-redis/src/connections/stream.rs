//! The byte stream of a connection, plain or by TLS.

use std::io::{self, Read, Write};
use std::time::Instant;

use redis::ConnectionAddr;
#[cfg(feature = "tls")]
use rustls::{ClientConnection, StreamOwned};

use super::failure::{Failure, Outcome};
use super::socket::Socket;
use crate::address::topology::Tls;

/// A connected stream.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(Socket),
    #[cfg(feature = "tls")]
    Tls(Box<StreamOwned<ClientConnection, Socket>>),
}

impl Stream {
    /// Connects before the deadline, which applies until another one is set. The TLS handshake happens with the first
    /// byte.
    pub(crate) fn connect(address: &ConnectionAddr, tls: &Tls, deadline: Instant) -> Outcome<Stream> {
        let socket =
            |address| Socket::connect(address, deadline).map_err(|error| Failure::Unsent(error.into()));
        #[cfg(feature = "tls")]
        if let Some(client) = super::tls_client::connect(tls, address)? {
            return Ok(Stream::Tls(Box::new(StreamOwned::new(client, socket(address)?))));
        }
        // Without the feature an address by TLS is refused.
        let _ = tls;
        Ok(Stream::Plain(socket(address)?))
    }

    /// Sets the deadline of reads and writes.
    pub(crate) fn set_deadline(&mut self, deadline: Instant) {
        match self {
            Stream::Plain(socket) => socket.set_deadline(deadline),
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => stream.sock.set_deadline(deadline),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.read(buffer),
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.write(buffer),
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(socket) => socket.flush(),
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => stream.flush(),
        }
    }
}
