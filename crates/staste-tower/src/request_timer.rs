//! `RequestTimer`: measures one request, and counts it when dropped.

use std::time::Instant;

use http::{Method, StatusCode};
use staste_core::{Metrica, Moment, Value};

use crate::view::View;

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exception {
    /// The service returned an error.
    Error,
    /// The body of the response ended with an error.
    Body,
}

/// Measures one request. Dropping it counts the request, also on a panic or when the client disconnects.
#[derive(Debug)]
pub(crate) struct RequestTimer {
    metrica: Metrica,
    start: Instant,
    view: View,
    method: &'static str,
    status: Option<&'static str>,
    exception: Option<Exception>,
    is_done: bool,
    /// True while the service or the body is polled. If the timer is dropped then, the poll has panicked.
    is_polled: bool,
}

impl RequestTimer {
    /// Starts the timer.
    pub(crate) fn new(metrica: &Metrica, view: View, method: &Method) -> RequestTimer {
        RequestTimer {
            metrica: metrica.clone(),
            start: Instant::now(),
            view,
            method: method_name(method),
            status: None,
            exception: None,
            is_done: false,
            is_polled: false,
        }
    }

    /// Polls the service or the body, and marks the time of the poll. So a panic is counted as one, even if an outer layer
    /// catches it.
    pub(crate) fn poll<T>(timer: &mut Option<RequestTimer>, poll: impl FnOnce() -> T) -> T {
        if let Some(timer) = timer {
            timer.is_polled = true;
        }
        let outcome = poll();
        if let Some(timer) = timer {
            timer.is_polled = false;
        }
        outcome
    }

    /// Returns true for a HEAD request, whose response has no body whatever its headers say.
    pub(crate) fn is_head_request(&self) -> bool {
        self.method == "HEAD"
    }

    /// Sets the status of the response.
    pub(crate) fn set_status(&mut self, status: StatusCode) {
        self.status = match status.as_u16() / 100 {
            1 => Some("1xx"),
            2 => Some("2xx"),
            3 => Some("3xx"),
            4 => Some("4xx"),
            5 => Some("5xx"),
            _ => None,
        };
    }

    /// Ends the request with an exception.
    pub(crate) fn fail(&mut self, exception: Exception) {
        self.exception = Some(exception);
        self.is_done = true;
    }

    /// Ends the request after its last byte.
    pub(crate) fn finish(&mut self) {
        self.is_done = true;
    }
}

impl Drop for RequestTimer {
    fn drop(&mut self) {
        let exception = match self.exception {
            Some(Exception::Error) => Some("error"),
            Some(Exception::Body) => Some("body"),
            None if self.is_done => None,
            None if self.is_polled || std::thread::panicking() => Some("panic"),
            // The client has disconnected.
            None => Some("cancelled"),
        };
        let choices = [
            ("view", Some(self.view.as_str())),
            ("method", Some(self.method)),
            ("status", self.status),
            ("exception", exception),
        ];
        // Errors, such as a different definition in the Store, are reported by `health()`.
        let seconds = Value::from(self.start.elapsed().as_secs_f64());
        let _ = self.metrica.kick_with(choices, seconds, Moment::Now);
    }
}

/// Returns a method of RFC 9110, or `other`, because clients can send any method.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        Method::CONNECT => "CONNECT",
        Method::TRACE => "TRACE",
        _ => "other",
    }
}
