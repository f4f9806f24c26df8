//! Reports of processes on what they could not count, in records of the Store, and their sums.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::recorder::trouble::{TROUBLES, Trouble, TroubleKind};
use crate::recorder::{Health, Recorder};
use crate::store::{Store, Writer};

/// The prefix of the keys of reports.
const PREFIX: &str = "health/";
/// The version of the format.
const VERSION: u32 = 1;
/// For how long a report is of interest, in seconds: a week.
pub const HEALTH_DAYS: u32 = 7;
const RECENT: u64 = HEALTH_DAYS as u64 * 86_400;
/// Reports are deleted when nothing was added for so many seconds: 30 days.
const KEPT: u64 = 30 * 86_400;
/// At most so many are deleted with a report, each by a write of its own.
const MAX_DELETED: usize = 50;
/// At most so many reports are kept: a shell that calls the program for each kick is a process each time. Amounts are
/// then at least what is shown.
const MAX_REPORTS: usize = 1_000;
/// A cause is cut off after so many characters: errors may quote what others wrote.
const MAX_CAUSE: usize = 1_000;

/// The losses of one process, from its start to its last report.
///
/// A process reports with a flush after something was lost, at most once a minute, and when it closes. One that loses
/// nothing reports nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct HealthReport {
    version: u32,
    /// The writer that the process is for the Store, a random number.
    pub writer: String,
    /// The id of the process on its machine.
    pub process: u32,
    /// When it reported, in unix seconds by the clock of the Store, as far as the process knows it.
    pub at: i64,
    /// See [`Health`], as for all that follow.
    pub dropped: u64,
    /// Kicks refused for their definition.
    pub refused: u64,
    /// Kicks that would have overflowed a cell.
    pub overflowed: u64,
    /// Kicks counted as *other*.
    pub folded: u64,
    /// Kicks whose outcome is unknown.
    pub in_doubt: u64,
    /// Kicks that the server lost after it had confirmed them.
    pub lost: u64,
    /// Seconds by which its clock is ahead of the Store's, or behind where negative.
    pub clock_skew: i64,
    /// Why kicks were refused, or a flush failed, last.
    pub last_error: Option<String>,
}

impl Recorder {
    /// See [`Staste::health_reports`](crate::Staste::health_reports).
    pub(crate) fn health_reports(&self) -> Result<Vec<HealthReport>> {
        Ok(self.with_own(stored(self.store.as_ref())?.readable))
    }

    fn with_own(&self, mut reports: Vec<HealthReport>) -> Vec<HealthReport> {
        let writer = key_of(self.writer());
        reports.retain(|report| report.writer != writer);
        let own = self.own_report();
        reports.extend(Some(own).filter(HealthReport::has_trouble));
        reports.sort_by_key(|report| std::cmp::Reverse(report.at));
        reports
    }

    /// See [`Staste::troubles`](crate::Staste::troubles).
    pub(crate) fn troubles(&self) -> Result<Vec<Trouble>> {
        // By the clock of the Store, as reports are.
        let now = self.clock().now().saturating_sub(self.health().clock_skew);
        let Stored { readable, unreadable } = stored(self.store.as_ref())?;
        let reports = self.with_own(readable);
        let recent: Vec<&HealthReport> =
            reports.iter().filter(|report| now.abs_diff(report.at) < RECENT).collect();
        let unreadable = unreadable.last().map(|reason| Trouble {
            kind: TroubleKind::Unreadable,
            amount: i64::try_from(unreadable.len()).unwrap_or(i64::MAX),
            processes: unreadable.len(),
            at: now,
            cause: Some(reason.clone()),
        });
        Ok(self.failing(now).into_iter().chain(summary(&recent)).chain(unreadable).collect())
    }

    /// See [`Staste::failing`](crate::Staste::failing).
    pub(crate) fn failing(&self, now: i64) -> Option<Trouble> {
        let health = self.health();
        let error = health.last_error?;
        let waits = health.pending_age.map_or(0, |age| i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
        Some(Trouble {
            kind: TroubleKind::Failing,
            amount: waits,
            processes: 1,
            at: now,
            cause: Some(cause_of(&error)),
        })
    }
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
            last_error: cause.map(cause_of),
        }
    }

    /// True when there is anything to report.
    pub fn has_trouble(&self) -> bool {
        TROUBLES.iter().any(|kind| self.amount(*kind) != 0)
    }

    /// True when kicks are missing, rather than counted as *other* or by a clock that is off.
    fn lost_kicks(&self) -> bool {
        let mild = [TroubleKind::Folded, TroubleKind::ClockSkew];
        TROUBLES.iter().any(|kind| !mild.contains(kind) && self.amount(*kind) != 0)
    }

    /// True when it says more than an earlier one of the same process.
    pub(crate) fn has_news_since(&self, earlier: &HealthReport) -> bool {
        HealthReport { at: earlier.at, ..self.clone() } != *earlier
    }

    fn amount(&self, kind: TroubleKind) -> i64 {
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

    /// Writes the report to the Store, or takes it back where there is nothing to report any more, and deletes what
    /// others reported long ago. What others wrote that cannot be read is theirs.
    pub(crate) fn store(&self, store: &dyn Store) -> Result<()> {
        let mut others = stored(store)?.readable;
        others.retain(|report| report.writer != self.writer);
        // Those that lost kicks stay the longest, then the newest.
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
            .map_err(|error| Error::input(format!("a report of health cannot be written: {error}")))?;
        store.put_record(&format!("{PREFIX}{}", self.writer), Some(&text))
    }
}

fn cause_of(error: &Error) -> String {
    shortened(&error.to_string())
}

/// A cause of at most as many characters as are stored.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_CAUSE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn key_of(writer: Writer) -> String {
    format!("{:032x}", writer.0)
}

/// The reports in a Store, and why others cannot be read.
struct Stored {
    readable: Vec<HealthReport>,
    unreadable: Vec<String>,
}

fn stored(store: &dyn Store) -> Result<Stored> {
    let mut found = Stored { readable: Vec::new(), unreadable: Vec::new() };
    for (key, value) in store.records(PREFIX)? {
        match serde_json::from_slice::<HealthReport>(&value) {
            Ok(report) if report.version > VERSION => found
                .unreadable
                .push(format!("record {key:?} has version {}; this program reads {VERSION}", report.version)),
            Ok(report) if jiff::Timestamp::from_second(report.at).is_err() => {
                found.unreadable.push(format!("record {key:?} is damaged: its time is {}", report.at));
            }
            Ok(mut report) => {
                // Whatever others wrote: it is found and deleted by its key, and its cause is as long as ours are.
                key.trim_start_matches(PREFIX).clone_into(&mut report.writer);
                report.last_error = report.last_error.as_deref().map(shortened);
                found.readable.push(report);
            }
            Err(error) => found.unreadable.push(format!("record {key:?} is damaged: {error}")),
        }
    }
    found.unreadable.iter_mut().for_each(|reason| *reason = shortened(reason));
    Ok(found)
}

fn summary(reports: &[&HealthReport]) -> Vec<Trouble> {
    let trouble = |kind: &TroubleKind| {
        let concerned: Vec<&&HealthReport> =
            reports.iter().filter(|report| report.amount(*kind) != 0).collect();
        let newest = concerned.first()?;
        let amounts = concerned.iter().map(|report| report.amount(*kind));
        let amount = match kind {
            // The one that is furthest off.
            TroubleKind::ClockSkew => amounts.max_by_key(|skew| skew.unsigned_abs())?,
            _ => amounts.fold(0, i64::saturating_add),
        };
        let cause = match kind {
            TroubleKind::Dropped | TroubleKind::InDoubt | TroubleKind::Refused => newest.last_error.clone(),
            _ => None,
        };
        Some(Trouble { kind: *kind, amount, processes: concerned.len(), at: newest.at, cause })
    };
    TROUBLES.iter().filter_map(trouble).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cause_of_a_long_error_is_cut_between_characters() {
        let short = Error::unavailable("é".repeat(MAX_CAUSE));
        assert_eq!(cause_of(&short), short.to_string());
        let long = Error::unavailable("é".repeat(MAX_CAUSE + 1));
        assert_eq!(cause_of(&long), format!("{}…", "é".repeat(MAX_CAUSE)));
    }
}
