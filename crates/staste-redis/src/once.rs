//! Once: the marks of writers and the claims of batches, which make a repeat a duplicate.

use staste_core::store::{Batch, Claim};

use crate::call::Words;

/// Marks live for seven days by the clocks of the writers; the server keeps them a day longer.
pub(crate) const MARKS_LIVE: i64 = 8 * 86_400;

/// Tells a script what to look for: sequence, time and claims.
pub(crate) fn push(words: &mut Words, batch: &Batch) {
    words.show(batch.sequence).show(batch.now).show(batch.claims.len());
    for Claim { key, value, expires } in &batch.claims {
        words.push(key).push(value).option(*expires);
    }
}
