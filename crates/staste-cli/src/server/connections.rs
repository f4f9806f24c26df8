//! The connections of the server: how many are open, how long they may be idle, and which is closed where there are too
//! many.

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
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use super::descriptors;
use super::error_log::ErrorLog;

/// More connections than this are of nobody who looks at pages.
const MOST: usize = 1024;
/// So long a connection may take for the head of a request, and stay open without one.
const HEAD: Duration = Duration::from_secs(15);
/// So long a request may take.
const REQUEST: Duration = Duration::from_secs(60);
/// A longer head is none of a browser's. Each connection may hold as much memory.
const LONGEST_HEAD: usize = 64 * 1024;
/// So long nothing is accepted when the system has no descriptor left.
const PAUSE: Duration = Duration::from_millis(100);
/// Seconds after which it is worth another try.
const RETRY: &str = "5";

/// Printed when there are as many connections as allowed.
static FULL: ErrorLog = ErrorLog::new();
/// Printed when the system accepts no more connections.
static UNACCEPTED: ErrorLog = ErrorLog::new();

/// Answers what comes in until `stop` ends, and then what has begun.
pub(super) async fn serve(listener: TcpListener, pages: Router, stop: impl Future<Output = ()>) {
    let open = Arc::new(Open::new(descriptors::raised().saturating_div(2).clamp(8, MOST)));
    let (end, ending) = watch::channel(());
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
                        // One that makes room has its descriptor until it ended.
                        if connections.len() >= open.most {
                            connections.join_next().await;
                        }
                        let connection = Connection { number, open: Arc::clone(&open) };
                        connections.spawn(connection.serve(stream, pages.clone(), evicted, ending.clone()));
                    }
                    None => refuse(&stream),
                },
                Err(error) => accept_failed(&error, &open).await,
            }
        }
    }
    drop((listener, end));
    while connections.join_next().await.is_some() {}
}

/// The connections that are open.
#[derive(Debug)]
struct Open {
    most: usize,
    connections: Mutex<Connections>,
}

#[derive(Debug, Default)]
struct Connections {
    /// Rises with each connection and with each answer.
    turn: u64,
    open: HashMap<u64, State>,
}

#[derive(Debug)]
struct State {
    /// When it was accepted, or answered last.
    turn: u64,
    is_answered: bool,
    /// Closes it when it is dropped.
    _evict: oneshot::Sender<Infallible>,
}

impl Open {
    fn new(most: usize) -> Open {
        Open { most, connections: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room for a connection: its number, and what ends when it has to make room itself. None where a request is
    /// being answered on every other.
    fn admit(&self) -> Option<(u64, oneshot::Receiver<Infallible>)> {
        let mut connections = self.lock();
        if connections.open.len() >= self.most {
            FULL.say(&format!(
                "{} connections are open, and no more may be: those that are idle longest are closed",
                self.most
            ));
            connections.evict()?;
        }
        let (evict, evicted) = oneshot::channel();
        connections.turn += 1;
        let number = connections.turn;
        connections.open.insert(number, State { turn: number, is_answered: false, _evict: evict });
        Some((number, evicted))
    }
}

impl Connections {
    /// Closes the connection that is idle longest; none where all are being answered.
    fn evict(&mut self) -> Option<()> {
        let idle = self.open.iter().filter(|(_, state)| !state.is_answered);
        let oldest = idle.min_by_key(|(_, state)| state.turn).map(|(number, _)| *number)?;
        self.open.remove(&oldest).map(drop)
    }
}

/// One connection, until it is dropped.
struct Connection {
    number: u64,
    open: Arc<Open>,
}

impl Connection {
    async fn serve(
        self,
        stream: TcpStream,
        pages: Router,
        evicted: oneshot::Receiver<Infallible>,
        mut ending: watch::Receiver<()>,
    ) {
        let answer = service_fn(|request| self.answer(pages.clone(), request));
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(LONGEST_HEAD);
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), answer));
        let mut evicted = pin!(evicted);
        let ended = async { ending.changed().await };
        tokio::select! {
            // What went wrong with a connection is its visitor's business.
            _ = connection.as_mut() => return,
            _ = &mut evicted => return,
            _ = ended => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            _ = connection => {}
            _ = evicted => {}
        }
    }

    async fn answer(&self, pages: Router, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        self.turns(true);
        let answered = tokio::time::timeout(REQUEST, pages.oneshot(request.map(Body::new))).await;
        self.turns(false);
        match answered {
            Ok(answered) => answered,
            Err(_) => Ok(too_long()),
        }
    }

    fn turns(&self, is_answered: bool) {
        let mut connections = self.open.lock();
        connections.turn += 1;
        let turn = connections.turn;
        if let Some(state) = connections.open.get_mut(&self.number) {
            state.is_answered = is_answered;
            state.turn = turn;
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.open.lock().open.remove(&self.number);
    }
}

/// Says to a visitor that there are too many.
fn refuse(stream: &TcpStream) {
    let words = "Too many requests are being answered: try again in a moment.\n";
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: {RETRY}\r\nconnection: close\r\n\
         content-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\r\n{words}",
        words.len()
    );
    // It fits a buffer that is empty; who left already misses nothing.
    let _ = stream.try_write(answer.as_bytes());
}

fn too_long() -> Response<Body> {
    let mut response = Response::new(Body::from("The page took too long: try again in a moment.\n"));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY));
    response
}

/// Closes the connection that was idle longest and waits for a moment where the system accepts no more; errors that
/// concern one connection end with it.
async fn accept_failed(error: &io::Error, open: &Open) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    UNACCEPTED.say(&format!("no connection can be accepted: {error}"));
    let _ = open.lock().evict();
    tokio::time::sleep(PAUSE).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_connection_makes_room_before_one_that_is_answered() {
        let open = Arc::new(Open::new(2));
        let (first, mut first_evicted) = open.admit().unwrap();
        let (second, mut second_evicted) = open.admit().unwrap();
        let [first, second] = [first, second].map(|number| Connection { number, open: Arc::clone(&open) });
        first.turns(true);
        let (_third, _evicted) = open.admit().unwrap();
        assert!(second_evicted.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Closed));
        assert!(first_evicted.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Empty));
        drop(second);
        assert_eq!(open.lock().open.len(), 2);
        // Answered later than the third was accepted, the first is the last to go.
        first.turns(false);
        let (fourth, _evicted) = open.admit().unwrap();
        let fourth = Connection { number: fourth, open: Arc::clone(&open) };
        fourth.turns(true);
        first.turns(true);
        assert!(open.admit().is_none(), "both are being answered");
    }
}
