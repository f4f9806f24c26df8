//! Single charts: pages for a frame, pictures, and their numbers as JSON and CSV.

use maud::html;
use staste_core::{Error, Result};

use crate::chart::{Drawing, Theme};
use crate::export;
use crate::layout::Layout;
use crate::page::Page;
use crate::reply::Reply;
use crate::state::State;

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
        let Some(drawing) = self.named(name, form, &given)? else { return Ok(None) };
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

    fn named(&self, name: &str, form: Form, given: &Given) -> Result<Option<Drawing>> {
        let axis = || -> Result<&str> {
            let first = self.definition.axes.first().map(|axis| axis.name.as_str());
            let axis = given.axis.as_deref().or(first).unwrap_or_default();
            self.definition.axis_index(axis).map(|_| axis)
        };
        Ok(Some(match name {
            "timeline" => self.course()?,
            "pie" => self.donut(axis()?)?.draw(&self.meta("pie", format!("By {}", axis()?))),
            "top" if matches!(form, Form::Json | Form::Csv) => {
                self.panel_of(axis()?, usize::MAX)?.top.draw(&self.meta("top", format!("By {}", axis()?)))
            }
            "top" => self.panel(axis()?)?.top.draw(&self.meta("top", format!("By {}", axis()?))),
            "timeserie" => {
                self.lines(axis()?)?.draw(&self.meta("timeserie", format!("By {} over time", axis()?)))
            }
            "hours" => self.hours()?.draw(&self.meta("hours", "By hour and weekday")),
            "latest" => {
                let state = State { show: crate::state::Measure::Average, split: None, ..self.state.clone() };
                let page = Page::new(&self.base, self.metrica.clone(), self.definition.clone(), state)?;
                page.view.average()?;
                page.timeline()?.draw(&page.meta("latest", "Counts and averages"))
            }
            _ => return Ok(None),
        }))
    }
}

/// What an address says of a single chart alone.
#[derive(Debug)]
struct Given {
    axis: Option<String>,
    width: f64,
    theme: Theme,
}

impl Given {
    fn parse(query: &str) -> Result<Given> {
        let mut given = Given { axis: None, width: WIDTH, theme: Theme::Auto };
        for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()) {
            match &*name {
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
