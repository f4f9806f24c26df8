//! `Refusal`: why a request is not answered with what it asks for.

use http::{Method, Request, StatusCode};
use staste_core::Error;

use crate::reply::Reply;
use crate::single::Form;

/// A longer query is refused: no page writes one.
const LONGEST_QUERY: usize = 8 * 1024;

/// What is said in place of a page.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) words: String,
    /// What lies behind it, where that is not the fault of who asked.
    cause: Option<Error>,
}

/// Why the Store could not be asked: an extension of responses of 500 and above, for logs. Their pages do not say it.
#[derive(Clone, Debug)]
pub struct Cause(pub Error);

impl Refusal {
    pub(crate) fn new(status: StatusCode, words: impl Into<String>) -> Refusal {
        Refusal { status, words: words.into(), cause: None }
    }

    /// There is nothing at an address.
    pub(crate) fn nowhere(words: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, words)
    }

    /// The reply in the form that was asked for; a page is made of the words by `page`.
    pub(crate) fn reply(self, form: Form, page: impl FnOnce(&str) -> Reply) -> Reply {
        let reply = match form {
            Form::Framed => page(&self.words),
            Form::Json => Reply::json(serde_json::json!({ "error": self.words }).to_string()),
            Form::Svg | Form::Csv => Reply::text(format!("{}\n", self.words)),
        };
        reply.refused(self.status, self.cause.map(Cause))
    }

    /// Why a request is none for any page.
    pub(crate) fn of<B>(request: &Request<B>) -> Option<Refusal> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Some(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "This page can only be read."));
        }
        let is_long = request.uri().query().is_some_and(|query| query.len() > LONGEST_QUERY);
        let words = "The address is too long: leave out some of its filters.";
        is_long.then(|| Refusal::new(StatusCode::URI_TOO_LONG, words))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        let status = if error.is_unavailable() {
            StatusCode::SERVICE_UNAVAILABLE
        } else if error.is_not_retained() {
            StatusCode::GONE
        } else if error.is_input() {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
        // What lies behind an error of the Store, such as its address, is for logs and not for visitors.
        if status.is_client_error() {
            return Refusal::new(status, error.to_string());
        }
        let words =
            "The counters cannot be read at the moment. What happens is counted all the same; try again.";
        Refusal { cause: Some(error), ..Refusal::new(status, words) }
    }
}
