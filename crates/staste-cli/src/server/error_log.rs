//! The log of the server: errors of the store that pages keep from visitors.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use staste_web::ServerError;

/// The same is not said more often than this.
const EVERY: Duration = Duration::from_secs(60);

/// Why pages could not be shown.
static PAGES: ErrorLog = ErrorLog::new();

/// ErrorLog about one thing, of which those that repeat themselves are left out.
#[derive(Debug)]
pub(super) struct ErrorLog {
    /// The last, and when it was said.
    last: Mutex<Option<(String, Instant)>>,
}

impl ErrorLog {
    pub(super) const fn new() -> ErrorLog {
        ErrorLog { last: Mutex::new(None) }
    }

    /// Says something on standard error.
    #[expect(clippy::print_stderr, reason = "the log of a server")]
    pub(super) fn say(&self, words: &str) {
        let mut said = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if said.as_ref().is_none_or(|(last, when)| last != words || when.elapsed() >= EVERY) {
            eprintln!("{words}");
            *said = Some((words.to_owned(), Instant::now()));
        }
    }
}

/// Says on standard error why a page was refused for a reason that is not the visitor's.
pub(super) async fn are_said(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Some(ServerError(error)) = response.extensions().get() {
        let error = error.to_string();
        PAGES.say(&format!("a page could not be shown: {}", staste::text_format::printable(&error)));
    }
    response
}
