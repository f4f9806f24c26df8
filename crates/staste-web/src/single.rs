//! Single charts: pages for a frame, pictures, and their numbers as JSON and CSV.

use maud::html;
use staste_core::{Error, Result};

use crate::chart::{Drawing, Name, Theme};
use crate::export;
use crate::layout::Layout;
use crate::page::Page;
use crate::reply::Reply;
use crate::state::{Measure, State};

/// The width of a picture in pixels unless the address says otherwise.
const WIDTH: f64 = 720.0;

/// How a chart is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Framed,
    Svg,
    Json,
    Csv,
}

impl Page {
    /// The chart of a name such as `timeline` or `pie.svg`; none where there is no such chart.
    ///
    /// # Errors
    /// When the Store cannot be asked, or the chart needs what the address does not say.
    pub(crate) fn single(&self, what: &str, query: &str) -> Result<Option<Reply>> {
        let (name, form) = match what.rsplit_once('.') {
            Some((name, "svg")) => (name, Form::Svg),
            Some((name, "json")) => (name, Form::Json),
            Some((name, "csv")) => (name, Form::Csv),
            _ => (what, Form::Framed),
        };
        let given = Given::parse(query)?;
        let Some(drawing) = self.named(name, form, query)? else { return Ok(None) };
        let file = format!("{}-{name}", self.definition.name);
        Ok(Some(match form {
            Form::Framed => {
                let title = format!("{} \u{b7} {}", self.definition.name, drawing.title());
                let is_live = self.state.span.is_live(self.now, self.zone());
                let body =
                    html! { section.card data-part=(name) { h1 { (drawing.title()) } (drawing.figure()) } };
                Reply::framed(Layout { base: &self.base, title: &title, is_live }.frame(&body))
            }
            Form::Svg => Reply::picture(drawing.file(given.width, given.theme)),
            Form::Json => Reply::json(export::json(&drawing)),
            Form::Csv => Reply::csv(export::csv(&drawing), &file),
        }))
    }

    fn named(&self, name: &str, form: Form, query: &str) -> Result<Option<Drawing>> {
        let axis = Given::parse(query)?.axis;
        match name {
            "top" if matches!(form, Form::Json | Form::Csv) => {
                let axis = self.axis_or_first(axis.as_deref())?;
                let every = self.panel_of(axis, usize::MAX)?;
                Ok(Some(every.top.draw(&self.meta("top", format!("By {axis}")))))
            }
            "timeline" | "pie" | "top" | "timeserie" | "hours" | "latest" => {
                self.drawn(name, axis.as_deref(), None, query).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The axis that is asked for, or the first.
    fn axis_or_first<'a>(&'a self, axis: Option<&'a str>) -> Result<&'a str> {
        let axis = axis.or_else(|| self.axes().next()).unwrap_or_default();
        self.definition.axis_index(axis).map(|_| axis)
    }

    /// The chart of a name, by an axis and under a title where those are given.
    ///
    /// # Errors
    /// When the Store cannot be asked, or the chart needs what is not there.
    pub(crate) fn drawn(
        &self,
        name: &str,
        axis: Option<&str>,
        title: Option<&Name>,
        query: &str,
    ) -> Result<Drawing> {
        let asked = Given::parse(query)?;
        let id = self.id(name, asked.axis.as_deref().or(axis));
        let axis = || self.axis_or_first(asked.axis.as_deref().or(axis));
        let meta = |usual: String| self.meta(&id, title.cloned().unwrap_or_else(|| usual.into()));
        Ok(match name {
            "pie" => self.donut(axis()?)?.draw(&meta(format!("By {}", axis()?))),
            "top" => self.panel(axis()?)?.top.draw(&meta(format!("By {}", axis()?))),
            "timeserie" => {
                let mut lines = self.lines(axis()?)?;
                if asked.hides_total {
                    lines.series.retain(|line| !line.is_total);
                }
                lines.draw(&meta(format!("By {} over time", axis()?)))
            }
            "hours" => self.hours()?.draw(&meta("By hour and weekday".to_owned())),
            "latest" => {
                let state = State { show: Measure::Average, split: None, ..self.state.clone() };
                let page = self.in_state(state)?;
                // A plain Metrica has none.
                page.view.average()?;
                page.timeline()?.draw(&meta("Counts and averages".to_owned()))
            }
            _ => match &self.state.split {
                Some(split) => self.lines(split)?.draw(&meta(format!("By {split} over time"))),
                None => self.timeline()?.draw(&meta(format!("By {}", self.scale()))),
            },
        })
    }
}

/// What an address says of a single chart alone.
#[derive(Debug)]
struct Given {
    axis: Option<String>,
    width: f64,
    theme: Theme,
    hides_total: bool,
}

impl Given {
    fn parse(query: &str) -> Result<Given> {
        let mut given = Given { axis: None, width: WIDTH, theme: Theme::Auto, hides_total: false };
        for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()) {
            match &*name {
                "hide_total" => given.hides_total = true,
                "axis" => given.axis = Some(value.into_owned()),
                "width" => {
                    let width = value.parse().ok().filter(|width| (200.0..=4000.0).contains(width));
                    given.width = width.ok_or_else(|| {
                        Error::input(format!("{value:?} is no width: give 200 to 4000 pixels"))
                    })?;
                }
                "theme" => {
                    given.theme = match &*value {
                        "light" => Theme::Light,
                        "dark" => Theme::Dark,
                        "auto" => Theme::Auto,
                        _ => {
                            return Err(Error::input(format!(
                                "{value:?} is no theme: there are light, dark and auto"
                            )));
                        }
                    };
                }
                _ => {}
            }
        }
        Ok(given)
    }
}
