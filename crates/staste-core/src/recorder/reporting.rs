//! When a Recorder reports what it lost to the Store: after a flush that found news, once a minute at most.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::recorder::Recorder;
use crate::recorder::health_report::HealthReport;
use crate::recorder::shards::lock;
use crate::store::Writer;

const EVERY: Duration = Duration::from_secs(60);

/// The last report, and when it was written.
#[derive(Debug, Default)]
pub(super) struct Reported(Mutex<Option<(HealthReport, Instant)>>);

impl Recorder {
    /// Writes a report to the Store when there is something new to report; after the last flush of the process without
    /// waiting for a minute to pass.
    pub(super) fn report_health(&self, is_last: bool) {
        let mut reported = lock(&self.reported.0);
        if reported.is_none() && !self.counters.has_trouble() {
            return;
        }
        let report = self.report_of_now();
        let is_due = match reported.as_ref() {
            Some((last, at)) => report.has_news_since(last) && (is_last || at.elapsed() >= EVERY),
            None => true,
        };
        // A Store that does not take it has worse troubles, and the next flush tries again.
        if is_due && report.store(self.store.as_ref()).is_ok() {
            *reported = Some((report, Instant::now()));
        }
    }

    /// The report of this process: of now where there is news, else the one that was written last, with its time.
    pub(crate) fn own_report(&self) -> HealthReport {
        let report = self.report_of_now();
        match lock(&self.reported.0).as_ref() {
            Some((last, _)) if !report.has_news_since(last) => last.clone(),
            _ => report,
        }
    }

    fn report_of_now(&self) -> HealthReport {
        let cause = self.counters.last_cause();
        let health = self.health();
        // By a clock that is years ahead it would be news for years.
        let now = self.clock.now().saturating_sub(health.clock_skew);
        HealthReport::of(&health, self.writer, now, cause.as_ref())
    }

    /// The writer that this process is for the Store.
    pub(crate) fn writer(&self) -> Writer {
        self.writer
    }
}
