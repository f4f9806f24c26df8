//! Series: the periods between two dates, each with numbers.

use jiff::civil::DateTime;
use pyo3::prelude::*;
use staste::{Measure, Moment, Period, Reading, Result, Scale, Series, Timespan, Zone};

use crate::detach_on_drop::DetachOnDrop;
use crate::error::exception;
use crate::moment::{local_datetime, moment_in_zone};
use crate::view::{View, needs_distribution};

/// The arguments of a series.
pub(crate) struct SeriesRange<'a, 'py> {
    pub(crate) since: &'a Bound<'py, PyAny>,
    pub(crate) until: &'a Bound<'py, PyAny>,
    /// None for the finest scale that is still kept for all of it.
    pub(crate) scale: Option<&'a str>,
}

impl View {
    /// Returns one row for each period: the middle of the period as a `datetime`, and measures.
    pub(crate) fn series_rows<'py>(
        &self,
        py: Python<'py>,
        range: &SeriesRange<'_, 'py>,
        measures: &[Measure],
    ) -> PyResult<Vec<Vec<Bound<'py, PyAny>>>> {
        // The ends of a series are whole minutes, but `now - 5 hours` has seconds.
        let metrica = self.metrica.get().current(py)?;
        let since = whole_minute(moment_in_zone(range.since, &metrica)?);
        let until = whole_minute(moment_in_zone(range.until, &metrica)?);
        if since == until {
            // As in 2011: a loop over the periods between equal dates has no turn.
            return Ok(Vec::new());
        }
        let timespan = Timespan::between(Some(since), Some(until));
        let mut view = self.with_timespan(py, timespan)?.current(py)?;
        if needs_distribution(measures) {
            let definition = py.detach(|| view.metrica().definition());
            let checked = definition.and_then(|definition| {
                measures.iter().try_for_each(|measure| definition.check_measure(*measure).map(drop))
            });
            checked.map_err(|error| exception(py, &error))?;
            view = DetachOnDrop::new(view.with_distribution());
        }
        let scale = range.scale.map(Scale::parse).transpose().map_err(|error| exception(py, &error))?;
        let series = match scale {
            Some(scale) => py.detach(|| view.series(scale)),
            None => py.detach(|| finest_series(&view)),
        };
        let zone = view.metrica().definition().map_err(|error| exception(py, &error))?.zone.clone();
        let row = |(period, reading): &(Period, Option<Reading>)| {
            let (local, is_second) = middle(period, &zone);
            let mut row = vec![local_datetime(py, local, is_second)?];
            for measure in measures {
                row.push(self.measure_to_py(py, reading.as_ref(), *measure)?);
            }
            Ok(row)
        };
        series.map_err(|error| exception(py, &error))?.iter().map(row).collect()
    }
}

/// Returns the start of the minute that a moment is in.
fn whole_minute(moment: Moment) -> Moment {
    match moment {
        Moment::Local(local) => {
            let time = local.time();
            let whole = time.with().second(0).subsec_nanosecond(0).build().unwrap_or(time);
            Moment::Local(local.date().to_datetime(whole))
        }
        Moment::Instant(instant) => Moment::Instant(instant - instant.rem_euclid(60)),
        now => now,
    }
}

/// Returns the series at the finest scale of which everything is still kept.
fn finest_series(view: &staste::View) -> Result<Series> {
    let scales = [Scale::Minute, Scale::Hour, Scale::Day, Scale::Month, Scale::Year];
    let mut last = Ok(Series::new());
    for scale in scales {
        last = view.series(scale);
        if last.as_ref().is_ok_and(|series| series.iter().all(|(_, reading)| reading.is_some())) {
            break;
        }
    }
    last
}

/// Returns the local time in the middle of a period, and whether it is the second one of its name: in the hour that is
/// repeated when a clock is set back.
fn middle(period: &Period, zone: &Zone) -> (DateTime, bool) {
    let middle = period.start + (period.end - period.start) / 2;
    let local = zone.civil(middle).unwrap_or(period.local);
    (local, zone.instant(local).is_ok_and(|first| first < middle))
}
