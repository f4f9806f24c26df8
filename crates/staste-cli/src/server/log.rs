//! The log of a server on standard error: when the store stops taking kicks, when some are dropped, and when it is over.

use std::fmt;
use std::io;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, fmt};
use tracing_subscriber::registry::LookupSpan;

/// Writes warnings and errors to standard error from now on, unless the program that runs this logs by itself.
pub(super) fn to_standard_error() {
    let log = fmt().with_writer(io::stderr).with_max_level(Level::WARN).event_format(Line);
    // It fails where there is a log already.
    let _ = log.try_init();
}

/// An event as `warning: ...`, like the other messages of the program.
struct Line;

impl<S, N> FormatEvent<S, N> for Line
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
        let word = if *event.metadata().level() == Level::ERROR { "error" } else { "warning" };
        write!(writer, "{word}: ")?;
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}
