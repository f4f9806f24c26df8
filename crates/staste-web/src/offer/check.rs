//! Decides whether a visitor's query is offered.

use staste_core::{Definition, Error, Result, Scale, Timespan};

use super::{Offer, OfferedTimespan};
use crate::charts::Chart;
use crate::controls::{Controls, VIEW_AXIS};
use crate::request::chart_request::{ChartQuery, ChartRequest};
use crate::request::format::Format;
use crate::request::parameters::{filtered_axis, is_of_timespan};
use crate::request::timespan_query::timespan_fields;

/// An error repeats at most this much of a value.
const MAX_SHOWN_CHARACTERS: usize = 60;

/// The chart as its author made it, which a visitor sees who chooses nothing.
#[derive(Debug)]
pub(crate) struct AuthorChoice {
    pub(crate) chart: &'static dyn Chart,
    pub(crate) query: ChartQuery,
    pub(crate) request: ChartRequest,
    /// The axis of a chart that shows one.
    pub(crate) axis: Option<String>,
}

impl Offer {
    /// True when a visitor may narrow to the choices on an axis.
    fn has_filter(&self, axis: &str) -> bool {
        self.filters.iter().any(|known| known == axis)
    }

    /// The controls of a chart that link to offered queries.
    pub(crate) fn controls(&self, author: &AuthorChoice, definition: &Definition) -> Controls {
        let is_offered = |axis: &&str| {
            author.axis.as_deref() == Some(*axis) || self.axes.iter().any(|known| known == axis)
        };
        let axes = definition.axes().map(|axis| axis.name.as_str()).filter(is_offered);
        Controls {
            axes: axes.map(str::to_owned).collect(),
            scales: self.scales_of(author).to_vec(),
            views: self.has_filter(VIEW_AXIS),
        }
    }

    /// The scales that a chart can be switched to: its own unless others are listed, or its author chose a timespan.
    fn scales_of(&self, author: &AuthorChoice) -> &[Scale] {
        match &self.scales {
            Some(scales) => scales,
            None if author.query.names_timespan => &[],
            None => author.chart.switches().scales(),
        }
    }

    /// Checks that every parameter of a query is offered. It is called before the query is read as a request, so that no
    /// other error names axes that are not offered.
    ///
    /// # Errors
    /// The first parameter that is not offered.
    pub(crate) fn check_names(
        &self,
        query: &ChartQuery,
        author: &AuthorChoice,
        definition: &Definition,
    ) -> Result<()> {
        let axes = || author.axis.iter().chain(&self.axes);
        let filters = || listed("filters", self.filters.iter());
        for (name, value) in chosen(query, author) {
            let offered_instead = match name {
                "axis" | "split" => (!axes().any(|axis| **axis == *value)).then(|| listed("axes", axes())),
                "filter" => (!self.has_filter(filtered_axis(value))).then(filters),
                "show" => self.offered_measures_without(value, author),
                "compare" => (!self.comparison).then(|| "there is no comparison".to_owned()),
                "format" => self.offered_formats_without(value),
                "pivot" | "all" => Some("it belongs to the dashboard".to_owned()),
                "scale" | "times" | "hide_total" | "width" | "theme" => None,
                name if is_of_timespan(name) => None,
                // An axis by itself would be taken for a filter.
                name if definition.axis_index(name).is_ok() => (!self.has_filter(name)).then(filters),
                _ => None,
            };
            if let Some(offered) = offered_instead {
                return Err(not_offered(name, value, &offered));
            }
        }
        Ok(())
    }

    /// Checks that a request has a timespan and a scale that are offered.
    ///
    /// # Errors
    /// The first parameter that is not offered.
    pub(crate) fn check_time(
        &self,
        query: &ChartQuery,
        request: &ChartRequest,
        author: &AuthorChoice,
    ) -> Result<()> {
        // A timespan that nobody names is the chart's own for its scale.
        let is_offered = |timespan: &Timespan| {
            !query.names_timespan
                || *timespan == author.request.timespan
                || self.timespans.iter().any(|offered| offered.has(timespan))
        };
        let scales = self.scales_of(author);
        let has_scale = |scale: Scale| Some(scale) == author.request.scale || scales.contains(&scale);
        let (is_refused, offered): (fn(&str) -> bool, String) = if !is_offered(&request.timespan) {
            (is_of_timespan, listed("timespans", self.timespans.iter().map(OfferedTimespan::name)))
        } else if request.scale.is_some_and(|scale| !has_scale(scale)) {
            (|name| name == "scale", listed("scales", scales.iter().map(|scale| scale.name())))
        } else {
            return Ok(());
        };
        let (name, value) = chosen(query, author).find(|(name, _)| is_refused(name)).unwrap_or_default();
        Err(not_offered(name, value, &offered))
    }

    /// The measures to choose where this is not one of them.
    fn offered_measures_without(&self, name: &str, author: &AuthorChoice) -> Option<String> {
        let offered =
            || std::iter::once(&author.request.measure).chain(&self.measures).map(|measure| measure.name());
        (!offered().any(|known| known == name)).then(|| listed("numbers", offered()))
    }

    /// The formats to choose where this is not one of them.
    fn offered_formats_without(&self, name: &str) -> Option<String> {
        let is_offered = |format: &Format| {
            *format == Format::Html || self.formats.as_ref().is_none_or(|formats| formats.contains(format))
        };
        let offered = || Format::ALL.iter().filter(|format| is_offered(format)).map(|format| format.name());
        (!offered().any(|known| known == name)).then(|| listed("formats", offered()))
    }
}

impl OfferedTimespan {
    fn has(&self, timespan: &Timespan) -> bool {
        match self {
            OfferedTimespan::One(one) => one == timespan,
            OfferedTimespan::Each(scale) => timespan.as_parts().is_some() && timespan.scale() == Some(*scale),
            OfferedTimespan::Any => true,
        }
    }

    fn name(&self) -> String {
        match self {
            OfferedTimespan::One(one) => {
                timespan_fields(one).pop().map_or_else(|| "7d".to_owned(), |(_, value)| value)
            }
            OfferedTimespan::Each(scale) => format!("any {scale}"),
            OfferedTimespan::Any => "any".to_owned(),
        }
    }
}

/// The parameters that a visitor chooses: those that the chart does not have anyway.
fn chosen<'a>(query: &'a ChartQuery, author: &'a AuthorChoice) -> impl Iterator<Item = (&'a str, &'a str)> {
    let own = &author.query.parameters;
    query.parameters.filled().filter(move |pair| !own.filled().any(|known| known == *pair))
}

/// The names to choose from, in words.
fn listed<T: AsRef<str>>(kind: &str, offered: impl Iterator<Item = T>) -> String {
    let names: Vec<T> = offered.collect();
    if names.is_empty() {
        return format!("there are no {kind} to choose");
    }
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    format!("the {kind} to choose are {}", names.join(", "))
}

fn not_offered(name: &str, value: &str, offered: &str) -> Error {
    let cut: String = value.chars().take(MAX_SHOWN_CHARACTERS).collect();
    let more = if cut.len() < value.len() { "..." } else { "" };
    Error::invalid_input(format!("{name}={cut}{more} is not offered by this chart: {offered}"))
}
