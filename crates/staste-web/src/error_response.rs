//! `ErrorResponse`: why a request failed, with its status and message.

use http::{Method, Request, StatusCode};
use staste_core::Error;
use staste_core::formats::Json;

use crate::request::format::Format;
use crate::response::{PageResponse, ServerError};

/// A longer query is refused: no page writes one.
const MAX_QUERY_BYTES: usize = 8 * 1024;

/// Why a request failed.
#[derive(Debug)]
pub(crate) struct ErrorResponse {
    pub(crate) status: StatusCode,
    message: String,
    /// The error behind it, where it is not the client's.
    error: Option<Error>,
}

impl ErrorResponse {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> ErrorResponse {
        ErrorResponse { status, message: message.into(), error: None }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> ErrorResponse {
        ErrorResponse::new(StatusCode::NOT_FOUND, message)
    }

    /// The response in the requested format; `page` makes a page of the message.
    pub(crate) fn respond(self, format: Format, page: impl FnOnce(&str) -> PageResponse) -> PageResponse {
        let response = match format {
            Format::Html => page(&self.message),
            Format::Json => {
                PageResponse::json(Json::Object(vec![("error", Json::text(self.message))]).to_string())
            }
            Format::Svg | Format::Csv => PageResponse::text(format!("{}\n", self.message)),
        };
        response.with_error(self.status, self.error.map(ServerError))
    }

    /// Checks what holds for every page: the method and the length of the query.
    ///
    /// # Errors
    /// When no page takes such a request.
    pub(crate) fn check<B>(request: &Request<B>) -> Result<(), ErrorResponse> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(ErrorResponse::new(StatusCode::METHOD_NOT_ALLOWED, "This page can only be read."));
        }
        if request.uri().query().is_some_and(|query| query.len() > MAX_QUERY_BYTES) {
            let message = "The address is too long: leave out some of its filters.";
            return Err(ErrorResponse::new(StatusCode::URI_TOO_LONG, message));
        }
        Ok(())
    }
}

impl From<Error> for ErrorResponse {
    fn from(error: Error) -> ErrorResponse {
        let status = if error.is_unavailable() {
            StatusCode::SERVICE_UNAVAILABLE
        } else if error.is_not_retained() {
            StatusCode::GONE
        } else if error.is_invalid_input() {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
        // An error of the Store may hold its address, which is for logs and not for visitors.
        if status.is_client_error() {
            return ErrorResponse::new(status, error.to_string());
        }
        let message =
            "The counters cannot be read at the moment. What happens is counted all the same; try again.";
        ErrorResponse { error: Some(error), ..ErrorResponse::new(status, message) }
    }
}
