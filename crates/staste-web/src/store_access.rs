//! Reading a Store for a page: within a time limit, with what this process has just counted.

use std::time::Duration;

use staste_core::store::TimeLimit;
use staste_core::{Result, Staste};

/// A page waits this long for pending kicks of this process to be committed. A Store that is locked or full can often be
/// read anyway, without the pending kicks.
const FLUSH_TIMEOUT: Duration = Duration::from_millis(250);

/// A page waits this long for each read, whatever the options of the Store allow.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs a read that is not one of a view within the time that a page waits.
pub(crate) fn with_read_timeout<T>(read: impl FnOnce() -> T) -> T {
    TimeLimit::run(READ_TIMEOUT, read)
}

/// Makes the pending kicks of this process visible to the reads of a page, as far as that does not take long.
pub(crate) fn flush_pending(staste: &Staste) {
    let _ = staste.flush_within(FLUSH_TIMEOUT);
}

/// None instead of the error for data that is no longer retained.
pub(crate) fn if_retained<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_retained() => Ok(None),
        Err(error) => Err(error),
    }
}
