//! `Timing`: one request from its beginning to its end, which is counted when it is dropped.

use std::time::Instant;

use http::{Method, StatusCode};
use staste_core::{Metrica, Moment, Value};

use crate::view::View;

/// Why a request did not go well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exception {
    /// The service failed.
    Error,
    /// The body of the response broke off.
    Body,
}

/// A request that is counted when this is dropped, however that comes about.
#[derive(Debug)]
pub(crate) struct Timing {
    metrica: Metrica,
    began: Instant,
    view: View,
    method: &'static str,
    status: Option<&'static str>,
    exception: Option<Exception>,
    is_done: bool,
    /// True while the service or its body does something: if that is the last of it, it panicked.
    is_polled: bool,
}

impl Timing {
    /// Begins now.
    pub(crate) fn new(metrica: &Metrica, view: View, method: &Method) -> Timing {
        Timing {
            metrica: metrica.clone(),
            began: Instant::now(),
            view,
            method: name(method),
            status: None,
            exception: None,
            is_done: false,
            is_polled: false,
        }
    }

    /// Does what may panic, so that a panic is known as one even when somebody around catches it.
    pub(crate) fn watched<T>(timing: &mut Option<Timing>, act: impl FnOnce() -> T) -> T {
        if let Some(timing) = timing {
            timing.is_polled = true;
        }
        let outcome = act();
        if let Some(timing) = timing {
            timing.is_polled = false;
        }
        outcome
    }

    /// True for a request whose response has no body, whatever its head says.
    pub(crate) fn wants_no_body(&self) -> bool {
        self.method == "HEAD"
    }

    /// There is a response; its body follows.
    pub(crate) fn responded(&mut self, status: StatusCode) {
        self.status = match status.as_u16() / 100 {
            1 => Some("1xx"),
            2 => Some("2xx"),
            3 => Some("3xx"),
            4 => Some("4xx"),
            5 => Some("5xx"),
            _ => None,
        };
    }

    /// It did not go well, and is over.
    pub(crate) fn failed(&mut self, exception: Exception) {
        self.exception = Some(exception);
        self.is_done = true;
    }

    /// Everything was sent.
    pub(crate) fn finished(&mut self) {
        self.is_done = true;
    }
}

impl Drop for Timing {
    fn drop(&mut self) {
        let exception = match self.exception {
            Some(Exception::Error) => Some("error"),
            Some(Exception::Body) => Some("body"),
            None if self.is_done => None,
            None if self.is_polled || std::thread::panicking() => Some("panic"),
            // Whoever waited for it waits no more.
            None => Some("cancelled"),
        };
        let choices = [
            ("view", Some(self.view.as_str())),
            ("method", Some(self.method)),
            ("status", self.status),
            ("exception", exception),
        ];
        // What is wrong with a kick, such as another definition in the Store, is told by `health()`.
        let seconds = Value::from(self.began.elapsed().as_secs_f64());
        let _ = self.metrica.kick_with(choices, seconds, Moment::Now);
    }
}

/// The methods of RFC 9110; whoever asks may make up others.
fn name(method: &Method) -> &'static str {
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
