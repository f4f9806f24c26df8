//! The one decision on what a visitor's query may choose.

use std::borrow::Cow;

use staste_core::{Definition, Error, Result, Scale};

use super::{Offer, Offered};
use crate::single::{Asked, Controls, Form, VIEW, filtered_axis, is_of_time};
use crate::state::{Span, State};

/// Longer values are cut where an error repeats them.
const LONGEST_SHOWN: usize = 60;

/// The scales that the charts of 2011 can be switched to.
pub(crate) fn own_scales(chart: &str) -> &'static [Scale] {
    match chart {
        "timeserie" => &[Scale::Day, Scale::Hour, Scale::Minute],
        "latest" => &[Scale::Hour, Scale::Minute],
        _ => &[],
    }
}

/// What a chart shows when a visitor chooses nothing.
#[derive(Debug)]
pub(crate) struct Own<'a> {
    pub(crate) asked: Asked<'a>,
    pub(crate) state: State,
    /// The axis of a chart by one.
    pub(crate) axis: Option<String>,
}

impl Offer {
    /// True when a visitor may narrow to the choices on an axis.
    fn has_filter(&self, axis: &str) -> bool {
        self.filters.iter().any(|known| known == axis)
    }

    /// What the controls of a chart may lead to.
    pub(crate) fn controls(&self, own: &Own<'_>, definition: &Definition) -> Controls<'_> {
        let is_offered =
            |axis: &&str| own.axis.as_deref() == Some(*axis) || self.axes.iter().any(|known| known == axis);
        let axes = definition.axes.iter().map(|axis| axis.name.as_str()).filter(is_offered);
        Controls {
            axes: axes.map(str::to_owned).collect(),
            scales: self.scales_of(own.asked.name, own.asked.names_a_time),
            views: self.has_filter(VIEW),
        }
    }

    /// The scales that a chart can be switched to: its own unless others are listed, or its author chose a timespan.
    fn scales_of(&self, chart: &str, author_names_a_time: bool) -> &[Scale] {
        match &self.scales {
            Some(scales) => scales,
            None if author_names_a_time => &[],
            None => own_scales(chart),
        }
    }

    /// Refuses a query that names what is not offered. It is called before the query is read otherwise, so that no other
    /// error speaks of axes that are not offered.
    ///
    /// # Errors
    /// The first parameter that is not offered.
    pub(crate) fn check_names(
        &self,
        asked: &Asked<'_>,
        own: &Own<'_>,
        definition: &Definition,
    ) -> Result<()> {
        let axes = || own.axis.iter().chain(&self.axes);
        let filters = || listed("filters", self.filters.iter());
        for (name, value) in chosen(asked, own) {
            let refusal = match &*name {
                "axis" | "split" => (!axes().any(|axis| **axis == *value)).then(|| listed("axes", axes())),
                "filter" => (!self.has_filter(filtered_axis(&value))).then(filters),
                "show" => self.refused_measure(&value, own),
                "compare" => (!self.comparison).then(|| "there is no comparison".to_owned()),
                "format" => self.refused_format(&value),
                "pivot" | "all" => Some("it belongs to the dashboard".to_owned()),
                "scale" | "times" | "hide_total" | "width" | "theme" => None,
                name if is_of_time(name) => None,
                // It would be taken for a filter.
                name if definition.axis_index(name).is_ok() => (!self.has_filter(name)).then(filters),
                _ => None,
            };
            if let Some(offered) = refusal {
                return Err(not_offered(&name, &value, &offered));
            }
        }
        Ok(())
    }

    /// Refuses a timespan or a scale that is not offered.
    ///
    /// # Errors
    /// The first parameter that is not offered.
    pub(crate) fn check_time(&self, asked: &Asked<'_>, state: &State, own: &Own<'_>) -> Result<()> {
        // A timespan that nobody names is the chart's own for its scale.
        let is_offered = |span: &Span| {
            !asked.names_a_time
                || *span == own.state.span
                || self.periods.iter().any(|offered| offered.has(span))
        };
        let scales = self.scales_of(asked.name, own.asked.names_a_time);
        let has_scale = |scale: Scale| Some(scale) == own.state.scale || scales.contains(&scale);
        let (is_of, offered): (fn(&str) -> bool, String) = if !is_offered(&state.span) {
            (is_of_time, listed("timespans", self.periods.iter().map(Offered::name)))
        } else if state.scale.is_some_and(|scale| !has_scale(scale)) {
            (|name| name == "scale", listed("scales", scales.iter().map(|scale| scale.name())))
        } else {
            return Ok(());
        };
        let (name, value) = chosen(asked, own).find(|(name, _)| is_of(name)).unwrap_or_default();
        Err(not_offered(&name, &value, &offered))
    }

    fn refused_measure(&self, name: &str, own: &Own<'_>) -> Option<String> {
        let offered = || std::iter::once(&own.state.show).chain(&self.measures).map(|measure| measure.name());
        (!offered().any(|known| known == name)).then(|| listed("numbers", offered()))
    }

    fn refused_format(&self, name: &str) -> Option<String> {
        let is_offered = |form: &Form| {
            *form == Form::Framed || self.formats.as_ref().is_none_or(|forms| forms.contains(form))
        };
        let offered = || Form::ALL.iter().filter(|form| is_offered(form)).map(|form| form.name());
        (!offered().any(|known| known == name)).then(|| listed("formats", offered()))
    }
}

impl Offered {
    fn has(&self, span: &Span) -> bool {
        match self {
            Offered::One(one) => one == span,
            Offered::Each(scale) => span.calendar_scale() == Some(*scale),
            Offered::Any => true,
        }
    }

    fn name(&self) -> String {
        match self {
            Offered::One(span) => span.fields().pop().map_or_else(|| "7d".to_owned(), |(_, value)| value),
            Offered::Each(scale) => format!("any {scale}"),
            Offered::Any => "any".to_owned(),
        }
    }
}

/// What a visitor chooses, in the parameters of today: what is not the chart's own anyway.
fn chosen<'a>(asked: &'a Asked<'_>, own: &'a Own<'_>) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
    let pairs = |query: &'a str| form_urlencoded::parse(query.as_bytes());
    let is_own =
        move |pair: &(Cow<'_, str>, Cow<'_, str>)| pairs(&own.asked.query).any(|known| known == *pair);
    pairs(&asked.query).filter(move |pair| !pair.1.is_empty() && !is_own(pair))
}

/// What there is, in words.
fn listed<T: AsRef<str>>(what: &str, offered: impl Iterator<Item = T>) -> String {
    let names: Vec<T> = offered.collect();
    if names.is_empty() {
        return format!("there are no {what} to choose");
    }
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    format!("the {what} to choose are {}", names.join(", "))
}

fn not_offered(name: &str, value: &str, offered: &str) -> Error {
    let cut: String = value.chars().take(LONGEST_SHOWN).collect();
    let more = if cut.len() < value.len() { "..." } else { "" };
    Error::input(format!("{name}={cut}{more} is not offered by this chart: {offered}"))
}
