//! Once: the marks of writers and the claims of batches, which make a repeat a duplicate.

use staste_core::store::{Batch, Claim};

use crate::connections::request::Arguments;

/// Marks live for seven days by the clocks of the writers; the server keeps them a day longer.
pub(crate) const MARKS_LIVE: i64 = 8 * 86_400;

/// Appends what a script checks: sequence, claims, and the time by which claims expire.
pub(crate) fn push(words: &mut Arguments, batch: &Batch, now: i64) {
    words.push_display(batch.sequence).push_display(now).push_display(batch.claims.len());
    for Claim { key, value, expires } in &batch.claims {
        words.push(key).push(value).push_option(*expires);
    }
}
