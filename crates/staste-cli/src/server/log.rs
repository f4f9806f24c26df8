//! The log of the server on standard error: tracing events of the recorder, and errors that pages hide from visitors.

use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use staste::text_format::printable;
use staste_web::ServerError;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, fmt};
use tracing_subscriber::registry::LookupSpan;

/// Minimum time between two equal messages.
const REPEAT_INTERVAL: Duration = Duration::from_secs(60);

static PAGE_ERRORS: DeduplicatedLog = DeduplicatedLog::new();

/// A log that omits a message if it was the last one printed, less than a minute ago.
#[derive(Debug)]
pub(super) struct DeduplicatedLog {
    last: Mutex<Option<(String, Instant)>>,
}

impl DeduplicatedLog {
    pub(super) const fn new() -> DeduplicatedLog {
        DeduplicatedLog { last: Mutex::new(None) }
    }

    /// Prints a message on standard error.
    #[expect(clippy::print_stderr, reason = "the log of a server")]
    pub(super) fn print(&self, message: &str) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_none_or(|(text, at)| text != message || at.elapsed() >= REPEAT_INTERVAL) {
            eprintln!("{message}");
            *last = Some((message.to_owned(), Instant::now()));
        }
    }
}

/// Logs the errors of responses that the visitor did not cause.
pub(super) async fn log_page_errors(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Some(ServerError(error)) = response.extensions().get() {
        PAGE_ERRORS.print(&format!("a page could not be shown: {}", printable(&error.to_string())));
    }
    response
}

/// Writes tracing events of level WARN and above to standard error, unless the process has a subscriber already.
pub(super) fn init_tracing() {
    let subscriber = fmt().with_writer(io::stderr).with_max_level(Level::WARN).event_format(MessageFormat);
    let _ = subscriber.try_init();
}

/// Formats an event as `warning: ...`, like the other messages of the program.
struct MessageFormat;

impl<S, N> FormatEvent<S, N> for MessageFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = if *event.metadata().level() == Level::ERROR { "error" } else { "warning" };
        write!(writer, "{level}: ")?;
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}
