//! The bytes of a connection, plain or by TLS.

use std::io::{self, Read, Write};
use std::time::Instant;

use redis::ConnectionAddr;
#[cfg(feature = "tls")]
use rustls::{ClientConnection, StreamOwned};

use super::socket::Socket;
use crate::address::Tls;
use crate::failure::{Failure, Outcome};

/// A connection before anything was said on it.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(Socket),
    #[cfg(feature = "tls")]
    Secured(Box<StreamOwned<ClientConnection, Socket>>),
}

impl Stream {
    /// Connects before the deadline, which holds until another one is set. Hands are shaken with the first byte.
    pub(crate) fn connect(address: &ConnectionAddr, tls: &Tls, deadline: Instant) -> Outcome<Stream> {
        let socket =
            |address| Socket::connect(address, deadline).map_err(|error| Failure::Unsent(error.into()));
        #[cfg(feature = "tls")]
        if let Some(client) = tls.client(address)? {
            return Ok(Stream::Secured(Box::new(StreamOwned::new(client, socket(address)?))));
        }
        // An address by TLS is refused without the feature.
        let _ = tls;
        Ok(Stream::Plain(socket(address)?))
    }

    /// Sets until when reading and writing may wait.
    pub(crate) fn wait_until(&mut self, deadline: Instant) {
        match self {
            Stream::Plain(socket) => socket.wait_until(deadline),
            #[cfg(feature = "tls")]
            Stream::Secured(stream) => stream.sock.wait_until(deadline),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.read(buffer),
            #[cfg(feature = "tls")]
            Stream::Secured(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.write(buffer),
            #[cfg(feature = "tls")]
            Stream::Secured(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(socket) => socket.flush(),
            #[cfg(feature = "tls")]
            Stream::Secured(stream) => stream.flush(),
        }
    }
}
