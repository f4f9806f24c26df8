//! Log messages of the core, passed to Python's `logging` by the next call from Python.
//!
//! The flushing thread must not wait for the interpreter: a Python thread may hold it while it waits for a flush.

use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Number of messages that are kept until the next call from Python. One more message reports that others were dropped.
const MAX_MESSAGES: usize = 100;
/// Levels of Python's `logging`.
const WARNING: u8 = 30;
const ERROR: u8 = 40;

static HAS_MESSAGES: AtomicBool = AtomicBool::new(false);
static MESSAGES: Mutex<Vec<(u8, String)>> = Mutex::new(Vec::new());

/// Starts to keep warnings and errors of the core, unless the process has a subscriber of `tracing` already.
pub(crate) fn subscribe() {
    static SUBSCRIBED: Once = Once::new();
    // It fails if there is a subscriber already.
    SUBSCRIBED.call_once(|| drop(tracing::subscriber::set_global_default(MessageSubscriber)));
}

/// Passes kept messages to the logger `staste`.
#[inline]
pub(crate) fn deliver(py: Python<'_>) -> PyResult<()> {
    if HAS_MESSAGES.load(Ordering::Relaxed) { deliver_now(py) } else { Ok(()) }
}

#[cold]
fn deliver_now(py: Python<'_>) -> PyResult<()> {
    HAS_MESSAGES.store(false, Ordering::Relaxed);
    let messages = std::mem::take(&mut *MESSAGES.lock().unwrap_or_else(PoisonError::into_inner));
    let logger = py.import("logging")?.call_method1("getLogger", ("staste",))?;
    for (level, message) in messages {
        logger.call_method1("log", (level, "%s", message))?;
    }
    Ok(())
}

/// Keeps the messages of events.
struct MessageSubscriber;

impl Subscriber for MessageSubscriber {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= Level::WARN && metadata.target().starts_with("staste")
    }

    fn event(&self, event: &Event<'_>) {
        let level = if *event.metadata().level() == Level::ERROR { ERROR } else { WARNING };
        let mut text = MessageText(String::new());
        event.record(&mut text);
        let mut messages = MESSAGES.lock().unwrap_or_else(PoisonError::into_inner);
        match messages.len() {
            length if length < MAX_MESSAGES => messages.push((level, text.0)),
            MAX_MESSAGES => {
                let text = format!("later messages were dropped: more than {MAX_MESSAGES} were pending");
                messages.push((WARNING, text));
            }
            _ => {}
        }
        HAS_MESSAGES.store(true, Ordering::Relaxed);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The message of an event.
struct MessageText(String);

impl Visit for MessageText {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // Writing to a String cannot fail.
            let _ = write!(self.0, "{value:?}");
        }
    }
}
