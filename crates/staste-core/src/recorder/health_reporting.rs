//! Health reporting: writes the losses of this process to the Store, and reads the reports of all processes.

use std::time::{Duration, Instant};

use crate::error::Result;
use crate::recorder::health_report::{
    HealthReport, RECENT, StoredReports, error_text, key_of, stored_reports,
};
use crate::recorder::lock::lock;
use crate::recorder::recorder_core::Recorder;
use crate::recorder::trouble::{TROUBLES, Trouble, TroubleKind};

const MIN_INTERVAL: Duration = Duration::from_secs(60);

impl Recorder {
    /// Writes a report to the Store when it has changed, at most once a minute unless it is the last one of the
    /// process.
    pub(super) fn report_health(&self, is_last: bool) {
        let mut reported = lock(&self.last_report);
        if reported.is_none() && !self.counters.has_trouble() {
            return;
        }
        let report = self.current_report();
        let is_due = match reported.as_ref() {
            Some((last, at)) => report.differs_from(last) && (is_last || at.elapsed() >= MIN_INTERVAL),
            None => true,
        };
        // The next flush retries if the Store fails.
        if is_due && report.store(self.store.as_ref()).is_ok() {
            *reported = Some((report, Instant::now()));
        }
    }

    /// Returns the report of this process: the current one if it differs from the last written one, else the last one.
    pub(crate) fn own_report(&self) -> HealthReport {
        let report = self.current_report();
        match lock(&self.last_report).as_ref() {
            Some((last, _)) if !report.differs_from(last) => last.clone(),
            _ => report,
        }
    }

    fn current_report(&self) -> HealthReport {
        let cause = self.counters.last_cause();
        let health = self.health();
        // With the time of a clock that is years ahead, it would be shown for years.
        let now = self.clock.now().saturating_sub(health.clock_skew);
        HealthReport::of(&health, self.writer, now, cause.as_ref())
    }

    /// See [`Staste::health_reports`](crate::Staste::health_reports).
    pub(crate) fn health_reports(&self) -> Result<Vec<HealthReport>> {
        Ok(self.with_own(stored_reports(self.store.as_ref())?.readable))
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
        let StoredReports { readable, unreadable } = stored_reports(self.store.as_ref())?;
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
            cause: Some(error_text(&error)),
        })
    }
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
