//! What the core logs, handed on to Python's `logging` by the next call from Python.
//!
//! The flushing thread must not wait for the interpreter: a thread of Python may hold it and wait for a flush.

use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Messages kept until a call from Python; more are not, which the last one says.
const MOST: usize = 100;
/// Levels of Python's `logging`.
const WARNING: u8 = 30;
const ERROR: u8 = 40;

static HAS_MESSAGES: AtomicBool = AtomicBool::new(false);
static MESSAGES: Mutex<Vec<(u8, String)>> = Mutex::new(Vec::new());

/// Keeps warnings and errors of Staste for Python, unless the process logs them by itself.
pub(crate) fn listen() {
    static LISTENS: Once = Once::new();
    // It fails where there is a log already.
    LISTENS.call_once(|| drop(tracing::subscriber::set_global_default(Messages)));
}

/// Hands kept messages on to the logger `staste`.
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

/// The subscriber.
struct Messages;

impl Subscriber for Messages {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= Level::WARN && metadata.target().starts_with("staste")
    }

    fn event(&self, event: &Event<'_>) {
        let level = if *event.metadata().level() == Level::ERROR { ERROR } else { WARNING };
        let mut text = Text(String::new());
        event.record(&mut text);
        let mut messages = MESSAGES.lock().unwrap_or_else(PoisonError::into_inner);
        match messages.len() {
            length if length < MOST => messages.push((level, text.0)),
            MOST => messages
                .push((WARNING, "further messages were not kept: no call from Python came".to_owned())),
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
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // Writing to a text cannot fail.
            let _ = write!(self.0, "{value:?}");
        }
    }
}
