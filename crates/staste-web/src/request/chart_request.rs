//! `ChartRequest`: everything that an address requests of a page or a chart.

use staste_core::{
    Choice, Definition, Error, MAX_AXES, Measure, Percentile, Result, Scale, Timespan, text_format,
};

use super::legacy_query::{LegacyDefaults, translate};
use super::parameters::Parameters;
use super::time_labels::TimeLabels;
use super::timespan_query::{TimespanQuery, default_timespan};
use crate::drawing::Theme;

/// The width of a picture in pixels unless the address names another.
const DEFAULT_WIDTH: f64 = 720.0;
const MIN_WIDTH: f64 = 200.0;
const MAX_WIDTH: f64 = 4000.0;

/// Everything that an address requests of a page or a chart. It is read from a query and written back into links.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChartRequest {
    pub(crate) timespan: Timespan,
    /// The scale of charts over time; none for one that suits the timespan.
    pub(crate) scale: Option<Scale>,
    /// The number shown.
    pub(crate) measure: Measure,
    /// The number shown unless the address names one.
    pub(crate) default_measure: Measure,
    /// The axis by which charts over time are split.
    pub(crate) split: Option<String>,
    /// True when a chart that is split has no line for the total.
    pub(crate) hides_total: bool,
    /// The choices it is filtered to, by axis.
    pub(crate) filter: Vec<(String, Choice)>,
    /// True when it is compared with the previous timespan.
    pub(crate) compares: bool,
    /// Two axes that are shown against each other.
    pub(crate) pivot: Option<(String, String)>,
    pub(crate) time_labels: TimeLabels,
    /// An axis all of whose choices are listed.
    pub(crate) listed_axis: Option<String>,
    /// The axis of a single chart.
    pub(crate) axis: Option<String>,
    /// The width of a picture in pixels.
    pub(crate) width: f64,
    pub(crate) theme: Theme,
}

impl Default for ChartRequest {
    fn default() -> ChartRequest {
        ChartRequest {
            timespan: default_timespan(),
            scale: None,
            measure: Measure::Total,
            default_measure: Measure::Total,
            split: None,
            hides_total: false,
            filter: Vec::new(),
            compares: false,
            pivot: None,
            time_labels: TimeLabels::MetricaZone,
            listed_axis: None,
            axis: None,
            width: DEFAULT_WIDTH,
            theme: Theme::Auto,
        }
    }
}

/// The query of a chart of its own, in the parameters of today.
#[derive(Clone, Debug)]
pub(crate) struct ChartQuery {
    pub(crate) parameters: Parameters,
    /// True when the query names a timespan, rather than a scale from which the timespan follows.
    pub(crate) names_timespan: bool,
}

impl ChartQuery {
    /// The parameters of a chart's author with those of a visitor, which count where both decide the same.
    ///
    /// # Errors
    /// When a parameter of 2011 is invalid.
    pub(crate) fn new(
        author: &Parameters,
        visitor: &Parameters,
        defaults: &LegacyDefaults,
    ) -> Result<ChartQuery> {
        let both = author.overridden_by(visitor);
        Ok(ChartQuery { names_timespan: both.name_a_timespan(), parameters: translate(&both, defaults)? })
    }

    /// Reads the request for a chart.
    ///
    /// # Errors
    /// When a value is invalid for its name, or the Metrica has no such axis.
    pub(crate) fn request(&self, definition: &Definition) -> Result<ChartRequest> {
        ChartRequest::parse(&self.parameters, definition, true)
    }
}

impl ChartRequest {
    /// Reads the request for the page of a Metrica. Unknown parameters are ignored, since others add to addresses, too.
    ///
    /// # Errors
    /// When a value is invalid for its name, or the Metrica has no such axis.
    pub(crate) fn of_page(parameters: &Parameters, definition: &Definition) -> Result<ChartRequest> {
        ChartRequest::parse(parameters, definition, false)
    }

    fn parse(parameters: &Parameters, definition: &Definition, is_chart: bool) -> Result<ChartRequest> {
        let default_measure = default_measure(definition);
        let mut request =
            ChartRequest { measure: default_measure, default_measure, ..ChartRequest::default() };
        let mut timespan = TimespanQuery::default();
        for (name, value) in parameters.filled() {
            match name {
                "axis" if is_chart => request.axis = Some(value.to_owned()),
                "width" if is_chart => request.width = width(value)?,
                "theme" if is_chart => request.theme = theme(value)?,
                "scale" => request.scale = Some(scale(value)?),
                "show" => request.measure = definition.check_measure(Measure::parse(value)?)?,
                "split" => request.split = Some(axis(value, definition)?),
                "all" => request.listed_axis = Some(axis(value, definition)?),
                "hide_total" => request.hides_total = true,
                "filter" => request.add_filter(value, definition)?,
                "compare" => request.compares = compares(value)?,
                "times" => request.time_labels = TimeLabels::parse(value)?,
                "pivot" => request.pivot = Some(pivot(value, definition)?),
                name if timespan.read(name, value)? => {}
                name if definition.axis_index(name).is_ok() => {
                    return Err(Error::invalid_input(format!(
                        "{name} is an axis: narrow to a choice by filter={name}={value}"
                    )));
                }
                _ => {}
            }
        }
        request.timespan = timespan.finish()?;
        Ok(request)
    }

    fn add_filter(&mut self, text: &str, definition: &Definition) -> Result<()> {
        let (axis, choice) = text_format::parse(text, definition)?;
        if self.filter.iter().any(|(known, _)| *known == axis) {
            return Err(Error::invalid_input(format!(
                "axis {axis} is filtered twice: leave one of them out"
            )));
        }
        self.filter.push((axis, choice));
        if self.filter.len() > MAX_AXES {
            return Err(Error::invalid_input(format!(
                "too many filters: a metrica has at most {MAX_AXES} axes"
            )));
        }
        Ok(())
    }

    /// The choice that an axis is filtered to.
    pub(crate) fn filtered_to(&self, axis: &str) -> Option<&Choice> {
        self.filter.iter().find(|(known, _)| known == axis).map(|(_, choice)| choice)
    }

    /// The same request, narrowed to a choice in place of another choice on its axis.
    pub(crate) fn narrowed(&self, axis: &str, choice: &Choice) -> ChartRequest {
        let mut request = self.without_filter(axis);
        if *choice != Choice::All {
            request.filter.push((axis.to_owned(), choice.clone()));
        }
        // An axis with one choice left has one line.
        if request.split.as_deref() == Some(axis) && choice.as_path().is_none() {
            request.split = None;
        }
        request
    }

    /// The same request for every choice on an axis.
    pub(crate) fn without_filter(&self, axis: &str) -> ChartRequest {
        let mut request = self.clone();
        request.filter.retain(|(known, _)| known != axis);
        request.listed_axis = None;
        request
    }

    /// The same request for another timespan, at a scale that suits it.
    pub(crate) fn during(&self, timespan: Timespan) -> ChartRequest {
        ChartRequest { timespan, scale: None, ..self.clone() }
    }
}

/// The number that pages show at first. A sum of response times says little; the slow ones do.
fn default_measure(definition: &Definition) -> Measure {
    if definition.is_distribution() { Measure::Percentile(Percentile::P95) } else { Measure::Total }
}

fn width(text: &str) -> Result<f64> {
    let width = text.parse().ok().filter(|width| (MIN_WIDTH..=MAX_WIDTH).contains(width));
    let expected = || format!("invalid width {text:?}: expected {MIN_WIDTH} to {MAX_WIDTH} pixels");
    width.ok_or_else(|| Error::invalid_input(expected()))
}

fn theme(text: &str) -> Result<Theme> {
    match text {
        "light" => Ok(Theme::Light),
        "dark" => Ok(Theme::Dark),
        "auto" => Ok(Theme::Auto),
        _ => Err(Error::invalid_input(format!("invalid theme {text:?}: expected light, dark or auto"))),
    }
}

fn scale(text: &str) -> Result<Scale> {
    match Scale::parse(text)? {
        Scale::Ever => {
            Err(Error::invalid_input("invalid scale \"ever\": charts over time have minute to year"))
        }
        scale => Ok(scale),
    }
}

fn axis(text: &str, definition: &Definition) -> Result<String> {
    definition.axis_index(text).map(|_| text.to_owned())
}

fn pivot(text: &str, definition: &Definition) -> Result<(String, String)> {
    let invalid = || {
        Error::invalid_input(format!(
            "invalid pivot {text:?}: expected two different axes, such as gender,age"
        ))
    };
    let (down, across) = text.split_once(',').filter(|(down, across)| down != across).ok_or_else(invalid)?;
    Ok((axis(down, definition)?, axis(across, definition)?))
}

fn compares(text: &str) -> Result<bool> {
    if text == "before" {
        Ok(true)
    } else {
        Err(Error::invalid_input(format!("invalid compare {text:?}: expected before")))
    }
}
