//! `HealthReport`: the losses of a process, as a record in the Store.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::recorder::health::Health;
use crate::recorder::trouble::{TROUBLES, TroubleKind};
use crate::store::{Store, Writer};

/// Prefix of the keys of reports.
const PREFIX: &str = "health/";
/// Version of the format.
const VERSION: u32 = 1;
/// Number of days for which troubles are shown after the last report.
pub const HEALTH_DAYS: u32 = 7;
pub(super) const RECENT: u64 = HEALTH_DAYS as u64 * 86_400;
/// A report without changes is deleted after this many seconds: 30 days.
const KEPT: u64 = 30 * 86_400;
/// Maximum number of reports to delete with one report; each is a separate write.
const MAX_DELETED: usize = 50;
/// Maximum number of stored reports: a shell script that calls the program for each kick starts a process each time.
/// With more reports the shown amounts are lower bounds.
const MAX_REPORTS: usize = 1_000;
/// Maximum length of a cause in characters: errors may quote stored data.
const MAX_CAUSE: usize = 1_000;

/// The losses of one process, from its start to its last report.
///
/// A process reports with a flush after a loss, at most once a minute, and when it closes. A process without losses
/// does not report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct HealthReport {
    version: u32,
    /// The writer id of the process, a random number.
    pub writer: String,
    /// The process id.
    pub process: u32,
    /// The time of the report in unix seconds, by the clock of the Store as far as the process knows it.
    pub at: i64,
    /// Number of dropped kicks; see [`Health`] for this and the following fields.
    pub dropped: u64,
    /// Number of kicks refused because of their definition.
    pub refused: u64,
    /// Number of kicks that would have overflowed a cell.
    pub overflowed: u64,
    /// Number of kicks counted as *other*.
    pub folded: u64,
    /// Number of kicks whose outcome is unknown.
    pub in_doubt: u64,
    /// Number of kicks that the server acknowledged and lost.
    pub lost: u64,
    /// Seconds by which its clock is ahead of the Store's, negative when it is behind.
    pub clock_skew: i64,
    /// The last error of a flush or a refusal.
    pub last_error: Option<String>,
}

impl HealthReport {
    pub(crate) fn of(health: &Health, writer: Writer, at: i64, cause: Option<&Error>) -> HealthReport {
        HealthReport {
            version: VERSION,
            writer: key_of(writer),
            process: std::process::id(),
            at,
            dropped: health.dropped,
            refused: health.refused,
            overflowed: health.overflowed,
            folded: health.folded,
            in_doubt: health.in_doubt,
            lost: health.lost,
            clock_skew: health.clock_skew,
            last_error: cause.map(error_text),
        }
    }

    /// Returns true when there is a loss or another trouble.
    pub fn has_trouble(&self) -> bool {
        TROUBLES.iter().any(|kind| self.amount(*kind) != 0)
    }

    /// Returns true when kicks are missing, rather than counted as *other* or at a wrong time.
    fn lost_kicks(&self) -> bool {
        let harmless = [TroubleKind::Folded, TroubleKind::ClockSkew];
        TROUBLES.iter().any(|kind| !harmless.contains(kind) && self.amount(*kind) != 0)
    }

    /// Returns true when it differs from an earlier report of the same process in more than the time.
    pub(crate) fn differs_from(&self, earlier: &HealthReport) -> bool {
        HealthReport { at: earlier.at, ..self.clone() } != *earlier
    }

    pub(super) fn amount(&self, kind: TroubleKind) -> i64 {
        let kicks = match kind {
            TroubleKind::Failing | TroubleKind::Unreadable => 0,
            TroubleKind::Dropped => self.dropped,
            TroubleKind::Lost => self.lost,
            TroubleKind::InDoubt => self.in_doubt,
            TroubleKind::Refused => self.refused,
            TroubleKind::Overflowed => self.overflowed,
            TroubleKind::Folded => self.folded,
            TroubleKind::ClockSkew => return self.clock_skew,
        };
        i64::try_from(kicks).unwrap_or(i64::MAX)
    }

    /// Writes the report to the Store, or removes it when there is nothing to report, and deletes outdated reports of
    /// other processes. Reports that cannot be read are left alone.
    pub(crate) fn store(&self, store: &dyn Store) -> Result<()> {
        let mut others = stored_reports(store)?.readable;
        others.retain(|report| report.writer != self.writer);
        // Reports of lost kicks are kept longest, then the newest.
        others.sort_by_key(|report| (report.lost_kicks(), report.at));
        let too_many = (others.len() + 1).saturating_sub(MAX_REPORTS);
        let outdated = others.iter().enumerate();
        let outdated =
            outdated.filter(|(index, report)| *index < too_many || self.at.abs_diff(report.at) > KEPT);
        outdated
            .take(MAX_DELETED)
            .try_for_each(|(_, report)| store.put_record(&format!("{PREFIX}{}", report.writer), None))?;
        if !self.has_trouble() {
            return store.put_record(&format!("{PREFIX}{}", self.writer), None);
        }
        let text = serde_json::to_vec(self)
            .map_err(|error| Error::invalid_input(format!("the health report cannot be encoded: {error}")))?;
        store.put_record(&format!("{PREFIX}{}", self.writer), Some(&text))
    }
}

pub(super) fn error_text(error: &Error) -> String {
    shorten(&error.to_string())
}

/// Cuts a cause to the maximum length.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_CAUSE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

pub(super) fn key_of(writer: Writer) -> String {
    format!("{:032x}", writer.0)
}

/// The reports in a Store, and messages about those that cannot be read.
pub(super) struct StoredReports {
    pub(super) readable: Vec<HealthReport>,
    pub(super) unreadable: Vec<String>,
}

pub(super) fn stored_reports(store: &dyn Store) -> Result<StoredReports> {
    let mut found = StoredReports { readable: Vec::new(), unreadable: Vec::new() };
    for (key, value) in store.records(PREFIX)? {
        match serde_json::from_slice::<HealthReport>(&value) {
            Ok(report) if report.version > VERSION => found
                .unreadable
                .push(format!("record {key:?} has version {}; this program reads {VERSION}", report.version)),
            Ok(report) if jiff::Timestamp::from_second(report.at).is_err() => {
                found.unreadable.push(format!("record {key:?} is damaged: its time is {}", report.at));
            }
            Ok(mut report) => {
                // The key, not the stored field, identifies the report, and its cause may be too long.
                key.trim_start_matches(PREFIX).clone_into(&mut report.writer);
                report.last_error = report.last_error.as_deref().map(shorten);
                found.readable.push(report);
            }
            Err(error) => found.unreadable.push(format!("record {key:?} is damaged: {error}")),
        }
    }
    found.unreadable.iter_mut().for_each(|reason| *reason = shorten(reason));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_text_is_cut_between_characters() {
        let short = Error::unavailable("é".repeat(MAX_CAUSE));
        assert_eq!(error_text(&short), short.to_string());
        let long = Error::unavailable("é".repeat(MAX_CAUSE + 1));
        assert_eq!(error_text(&long), format!("{}…", "é".repeat(MAX_CAUSE)));
    }
}
