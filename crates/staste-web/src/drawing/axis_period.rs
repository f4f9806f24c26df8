//! `AxisPeriod`: a period on the horizontal axis.

use jiff::civil::DateTime;
use staste_core::{Period, Scale, Zone};

/// The state of a period of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodStage {
    /// It is over.
    Complete,
    /// It is over, and the timespan of the chart has a part of it only.
    Cut,
    /// It is running: its numbers still grow.
    Running,
    /// It has not begun.
    Future,
    /// It is no longer retained.
    NotRetained,
}

/// A period on the horizontal axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxisPeriod {
    /// Its start, in unix seconds.
    pub start: i64,
    /// Its end, which is not part of it.
    pub end: i64,
    /// Its name: `Sat 25 Oct 2025, 14:00`.
    pub label: String,
    /// Its state.
    pub stage: PeriodStage,
}

impl AxisPeriod {
    /// A period with its label in a zone, as of `now`.
    pub(super) fn new(period: &Period, is_retained: bool, zone: &Zone, now: i64) -> AxisPeriod {
        let stage = match period {
            _ if !is_retained => PeriodStage::NotRetained,
            period if period.start > now => PeriodStage::Future,
            period if period.end > now => PeriodStage::Running,
            period if period.partial => PeriodStage::Cut,
            _ => PeriodStage::Complete,
        };
        AxisPeriod { start: period.start, end: period.end, label: label(period, zone), stage }
    }
}

/// The name of a period, in the zone of the reader.
fn label(period: &Period, zone: &Zone) -> String {
    let start = zone.civil(period.start).unwrap_or(period.local);
    let date = |local: DateTime| local.strftime("%a %-d %b %Y").to_string();
    match period.scale {
        Scale::Ever => "all time".to_owned(),
        Scale::Year => period.label(),
        Scale::Quarter => format!("Q{} {}", period.number(), period.local.year()),
        Scale::Month => period.local.strftime("%B %Y").to_string(),
        Scale::Week => format!("week of {}", period.local.strftime("%-d %b %Y")),
        Scale::Day => date(period.local),
        Scale::Hour | Scale::Minute => format!("{}, {}", date(start), start.strftime("%H:%M")),
    }
}
