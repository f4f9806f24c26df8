//! The connections of the server: their number, their timeouts, and which one is closed if there are too many.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use super::log::DeduplicatedLog;

/// Maximum number of open connections.
const MAX_CONNECTIONS: usize = 1024;
/// Timeout of an idle connection and of the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// Timeout of a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// Maximum size of the head of a request. Each connection can use this much memory.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Pause after the system has refused to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Value of the header `retry-after`, in seconds.
const RETRY_AFTER: &str = "5";

static LIMIT_LOG: DeduplicatedLog = DeduplicatedLog::new();
static ACCEPT_LOG: DeduplicatedLog = DeduplicatedLog::new();

/// Serves connections until `stop` ends, then finishes the requests in progress.
pub(super) async fn serve(listener: TcpListener, pages: Router, stop: impl Future<Output = ()>) {
    let open =
        Arc::new(OpenConnections::new(raise_descriptor_limit().saturating_div(2).clamp(8, MAX_CONNECTIONS)));
    let (shutdown_sender, shutdown) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => match open.admit() {
                    Some((number, evicted)) => {
                        while connections.try_join_next().is_some() {}
                        // An evicted connection keeps its descriptor until its task ends.
                        if connections.len() >= open.limit {
                            connections.join_next().await;
                        }
                        let connection = Connection { number, open: Arc::clone(&open) };
                        connections.spawn(connection.serve(stream, pages.clone(), evicted, shutdown.clone()));
                    }
                    None => refuse(&stream),
                },
                Err(error) => accept_failed(&error, &open).await,
            }
        }
    }
    drop((listener, shutdown_sender));
    while connections.join_next().await.is_some() {}
}

/// The open connections, at most `limit`.
#[derive(Debug)]
struct OpenConnections {
    limit: usize,
    connections: Mutex<ConnectionTable>,
}

#[derive(Debug, Default)]
struct ConnectionTable {
    /// Logical time, which increases with each connection and each response.
    time: u64,
    states: HashMap<u64, ConnectionState>,
}

#[derive(Debug)]
struct ConnectionState {
    /// Logical time of the last activity.
    last_active: u64,
    /// True while a request is processed.
    is_busy: bool,
    /// Closes the connection when it is dropped.
    _evict: oneshot::Sender<Infallible>,
}

impl OpenConnections {
    fn new(limit: usize) -> OpenConnections {
        OpenConnections { limit, connections: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, ConnectionTable> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a connection, and evicts an idle one if there are too many. Returns the number of the connection and a
    /// receiver that ends when the connection is evicted itself. Returns none if all connections are busy.
    fn admit(&self) -> Option<(u64, oneshot::Receiver<Infallible>)> {
        let mut connections = self.lock();
        if connections.states.len() >= self.limit {
            LIMIT_LOG.print(&format!(
                "{} connections are open, which is the limit: closing the ones that are idle longest",
                self.limit
            ));
            connections.evict()?;
        }
        let (evict, evicted) = oneshot::channel();
        connections.time += 1;
        let number = connections.time;
        let state = ConnectionState { last_active: number, is_busy: false, _evict: evict };
        connections.states.insert(number, state);
        Some((number, evicted))
    }
}

impl ConnectionTable {
    /// Closes the connection that is idle longest. Returns none if all are busy.
    fn evict(&mut self) -> Option<()> {
        let idle = self.states.iter().filter(|(_, state)| !state.is_busy);
        let oldest = idle.min_by_key(|(_, state)| state.last_active).map(|(number, _)| *number)?;
        self.states.remove(&oldest).map(drop)
    }
}

/// An open connection. Dropping it unregisters it.
struct Connection {
    number: u64,
    open: Arc<OpenConnections>,
}

impl Connection {
    async fn serve(
        self,
        stream: TcpStream,
        pages: Router,
        evicted: oneshot::Receiver<Infallible>,
        mut shutdown: watch::Receiver<()>,
    ) {
        let service = service_fn(|request| self.respond(pages.clone(), request));
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD_BYTES);
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        let mut evicted = pin!(evicted);
        let shutdown = async { shutdown.changed().await };
        tokio::select! {
            // Errors of a connection are not logged, because the visitor causes them.
            _ = connection.as_mut() => return,
            _ = &mut evicted => return,
            _ = shutdown => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            _ = connection => {}
            _ = evicted => {}
        }
    }

    async fn respond(&self, pages: Router, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        self.set_busy(true);
        let outcome = tokio::time::timeout(REQUEST_TIMEOUT, pages.oneshot(request.map(Body::new))).await;
        self.set_busy(false);
        match outcome {
            Ok(response) => response,
            Err(_) => Ok(timeout_response()),
        }
    }

    fn set_busy(&self, is_busy: bool) {
        let mut connections = self.open.lock();
        connections.time += 1;
        let time = connections.time;
        if let Some(state) = connections.states.get_mut(&self.number) {
            state.is_busy = is_busy;
            state.last_active = time;
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.open.lock().states.remove(&self.number);
    }
}

/// Sends a response with status 503, if all connections are busy.
fn refuse(stream: &TcpStream) {
    let text = "Too many requests are in progress: try again in a moment.\n";
    let response = format!(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: {RETRY_AFTER}\r\nconnection: close\r\n\
         content-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\r\n{text}",
        text.len()
    );
    // The response fits into the empty send buffer. A visitor that has left does not need it.
    let _ = stream.try_write(response.as_bytes());
}

fn timeout_response() -> Response<Body> {
    let mut response = Response::new(Body::from("The page took too long: try again in a moment.\n"));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
    response
}

/// Evicts the connection that is idle longest and waits a moment if the system accepts no more connections. Errors of a
/// single connection are ignored.
async fn accept_failed(error: &io::Error, open: &OpenConnections) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    ACCEPT_LOG.print(&format!("no connection can be accepted: {error}"));
    let _ = open.lock().evict();
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

/// Raises the limit of open descriptors as far as the system allows, and returns it.
fn raise_descriptor_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    // If the system refuses, the limit stays as it is.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let current = getrlimit(Resource::Nofile).current;
    current.and_then(|current| usize::try_from(current).ok()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_connection_is_evicted_before_a_busy_one() {
        let open = Arc::new(OpenConnections::new(2));
        let (first, mut first_evicted) = open.admit().unwrap();
        let (second, mut second_evicted) = open.admit().unwrap();
        let [first, second] = [first, second].map(|number| Connection { number, open: Arc::clone(&open) });
        first.set_busy(true);
        let (_third, _evicted) = open.admit().unwrap();
        assert!(second_evicted.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Closed));
        assert!(first_evicted.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Empty));
        drop(second);
        assert_eq!(open.lock().states.len(), 2);
        // The first was active after the third was accepted, so the third is evicted before it.
        first.set_busy(false);
        let (fourth, _evicted) = open.admit().unwrap();
        let fourth = Connection { number: fourth, open: Arc::clone(&open) };
        fourth.set_busy(true);
        first.set_busy(true);
        assert!(open.admit().is_none(), "both are busy");
    }
}
