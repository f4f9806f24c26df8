//! The charts that have an address of their own. Each is one file here and one line of `CHARTS`.

mod breakdown;
mod choice_lines;
pub(crate) mod histogram;
pub(crate) mod hour_heatmap;
pub(crate) mod latest;
mod percentile_lines;
pub(crate) mod pie;
pub(crate) mod pivot;
pub(crate) mod previous_timespan;
pub(crate) mod spread;
pub(crate) mod time_chart;
mod time_series;
pub(crate) mod timeline;
pub(crate) mod timeserie;
pub(crate) mod top;

use std::fmt::Debug;

use maud::Markup;
use staste_core::{Result, Scale};

use crate::context::PageContext;
use crate::drawing::{Caption, Drawing, Table};
use crate::request::legacy_query::LegacyDefaults;

/// Every chart, in the order in which messages list them.
pub(crate) static CHARTS: [&dyn Chart; 9] = [
    &timeline::Timeline,
    &timeserie::Timeserie,
    &pie::Pie,
    &top::Top,
    &hour_heatmap::Hours,
    &latest::Latest,
    &pivot::PivotChart,
    &histogram::HistogramChart,
    &spread::Spread,
];

/// A chart of a Metrica that has an address of its own.
pub(crate) trait Chart: Debug + Sync {
    /// Its name in addresses: `pie`.
    fn name(&self) -> &'static str;

    /// Its title: `By gender`.
    ///
    /// # Errors
    /// When the Metrica does not have what the request names.
    fn title(&self, context: &PageContext) -> Result<String>;

    /// Reads its data and draws it.
    ///
    /// # Errors
    /// When the Store cannot be read, or the Metrica does not have what the chart needs.
    fn draw(&self, context: &PageContext, caption: &Caption) -> Result<Drawing>;

    /// All its numbers, for a file: also those for which the drawing has no room.
    ///
    /// # Errors
    /// As [`draw`](Self::draw).
    fn table(&self, context: &PageContext, caption: &Caption) -> Result<Table> {
        Ok(self.draw(context, caption)?.table().clone())
    }

    /// The body of its page, below the title.
    ///
    /// # Errors
    /// As [`draw`](Self::draw).
    fn markup(&self, context: &PageContext, caption: &Caption) -> Result<Markup> {
        Ok(self.draw(context, caption)?.figure())
    }

    /// True when it shows the choices on an axis: the first unless the request names another.
    fn shows_axis(&self) -> bool {
        false
    }

    /// The controls that its page may have.
    fn switches(&self) -> Switches {
        Switches::default()
    }

    /// The defaults for queries of 2011.
    fn legacy_defaults(&self) -> LegacyDefaults {
        LegacyDefaults::default()
    }

    /// True when it has a drawing that a page of a site can show.
    fn can_be_embedded(&self) -> bool {
        true
    }
}

/// The controls that the page of a chart may have.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Switches {
    /// True for links to the other axes.
    pub(crate) axes: bool,
    /// The parameter that links to other scales set, and these scales.
    pub(crate) scale: Option<(&'static str, &'static [Scale])>,
    /// True for a form that filters by the axis `view`.
    pub(crate) views: bool,
}

impl Switches {
    /// The scales it can be switched to.
    pub(crate) fn scales(&self) -> &'static [Scale] {
        self.scale.map_or(&[], |(_, scales)| scales)
    }
}

/// The chart of a name.
pub(crate) fn find(name: &str) -> Option<&'static dyn Chart> {
    CHARTS.into_iter().find(|chart| chart.name() == name)
}

/// The names of some charts in words: `timeline, pie and top`.
pub(crate) fn names_in_words(of: impl Fn(&dyn Chart) -> bool) -> String {
    let names: Vec<&str> = CHARTS.iter().filter(|chart| of(**chart)).map(|chart| chart.name()).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chart_is_found_by_a_name_of_its_own() {
        for chart in CHARTS {
            assert_eq!(find(chart.name()).map(|found| format!("{found:?}")), Some(format!("{chart:?}")));
        }
        assert!(find("scatter").is_none());
        assert_eq!(
            names_in_words(|_| true),
            "timeline, timeserie, pie, top, hours, latest, pivot, histogram and spread"
        );
    }
}
