//! Committing a block together with its claims.

use std::time::Instant;

use staste::store::Claim;

use super::Session;
use crate::failure::{Failure, Result};

pub(super) const COUNTED_WITHOUT_RECORD: &str = "what came before is counted, and --again keeps no record of it: the same import again counts it once more";

/// Commits what was gathered with its claims; false when one of them was made before.
pub(super) fn commit(claims: Vec<Claim>, session: &mut Session<'_>) -> Result<bool> {
    if session.rules.dry_run {
        // What was gathered is only for looking at.
        session.bulk = session.metrica.bulk()?;
        return Ok(true);
    }
    let began = Instant::now();
    let applied = session.bulk.commit(claims).map_err(|error| {
        Failure::from(error).help(if session.rules.again {
            COUNTED_WITHOUT_RECORD
        } else {
            "what was committed stays; run the same import again to finish it"
        })
    })?;
    session.pace.took(began.elapsed());
    if applied.duplicate {
        return Ok(false);
    }
    session.summary.folded += applied.folded;
    session.summary.overflowed += applied.overflowed;
    #[cfg(debug_assertions)]
    abort_when_told();
    Ok(true)
}

/// Dies as by `kill -9` after so many commits, for tests.
#[cfg(debug_assertions)]
fn abort_when_told() {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COMMITS: AtomicU64 = AtomicU64::new(0);
    let commits = COMMITS.fetch_add(1, Ordering::Relaxed) + 1;
    let told = std::env::var("STASTE_TEST_ABORT_AFTER_COMMITS").ok().and_then(|number| number.parse().ok());
    if told == Some(commits) {
        std::process::abort();
    }
}
