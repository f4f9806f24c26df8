//! What pages do not say to visitors is said here to whoever runs the server: why the store could not be asked.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use staste_web::Cause;

/// The same is not said more often than this.
const EVERY: Duration = Duration::from_secs(60);

/// What was said last, and when.
static SAID: Mutex<Option<(String, Instant)>> = Mutex::new(None);

/// Says on standard error why a page was refused for a reason that is not the visitor's.
pub(super) async fn are_said(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Some(Cause(error)) = response.extensions().get() {
        say(&staste::written::printable(&error.to_string()));
    }
    response
}

#[expect(clippy::print_stderr, reason = "the log of a server")]
fn say(words: &str) {
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.as_ref().is_none_or(|(last, when)| last != words || when.elapsed() >= EVERY) {
        eprintln!("a page could not be shown: {words}");
        *said = Some((words.to_owned(), Instant::now()));
    }
}
