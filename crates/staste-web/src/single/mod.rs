//! Single charts: pages for a frame, pictures, and their numbers as JSON and CSV.

mod controls;
mod given;
mod merged;

pub(crate) use controls::{Controls, VIEW};
pub(crate) use given::{Asked, Form};
pub(crate) use merged::{filtered_axis, is_of_time};

use maud::{Markup, html};
use staste_core::{Error, Measure, Result};

use crate::chart::{Drawing, Name, Table};
use crate::export;
use crate::layout::Layout;
use crate::page::Page;
use crate::reply::Reply;
use crate::state::State;

/// The charts, in words.
pub(crate) const CHARTS: &str = "timeline, timeserie, pie, top, hours, latest and pivot";
/// The charts that have a drawing.
const DRAWN: [&str; 6] = ["timeline", "pie", "top", "timeserie", "hours", "latest"];

impl Page {
    /// The chart that is asked for; none where there is no such chart.
    ///
    /// # Errors
    /// When the Store cannot be asked, or the chart needs what the address does not say.
    pub(crate) fn single(&self, asked: &Asked<'_>) -> Result<Option<Reply>> {
        let drawing = match (asked.name, asked.form) {
            ("pivot", _) => return self.pivot_alone(asked).map(Some),
            ("top", Form::Json | Form::Csv) => {
                let axis = self.axis_or_first(asked.axis.as_deref())?;
                self.check_axis(&self.view, axis)?;
                let every = self.panel_of(axis, usize::MAX)?;
                every.top.draw(&self.meta_alone("top", &format!("By {axis}"), None))
            }
            (name, _) if DRAWN.contains(&name) => self.drawn(asked, None)?,
            _ => return Ok(None),
        };
        Ok(Some(match self.file(asked, &drawing) {
            Some(file) => file,
            None => self.framed(
                asked.name,
                drawing.title(),
                &self.card(asked, &self.all_controls(asked), &drawing)?,
            ),
        }))
    }

    /// The chart as a picture or its numbers, where one of these is asked for.
    pub(crate) fn file(&self, asked: &Asked<'_>, drawing: &Drawing) -> Option<Reply> {
        match asked.form {
            Form::Framed => None,
            Form::Svg => Some(Reply::picture(drawing.file(asked.width, asked.theme))),
            Form::Json | Form::Csv => Some(self.numbers(asked, drawing.table())),
        }
    }

    fn numbers(&self, asked: &Asked<'_>, table: &Table) -> Reply {
        if asked.form == Form::Json {
            return Reply::json(export::json(table));
        }
        Reply::csv(export::csv(table), &format!("{}-{}", self.definition.name, asked.name))
    }

    /// What is on the page of a chart.
    ///
    /// # Errors
    /// When the Store cannot be asked.
    pub(crate) fn card(
        &self,
        asked: &Asked<'_>,
        controls: &Controls<'_>,
        drawing: &Drawing,
    ) -> Result<Markup> {
        Ok(html! { h1 { (drawing.title()) } (self.controls(asked, controls)?) (drawing.figure()) })
    }

    fn framed(&self, name: &str, title: &Name, card: &Markup) -> Reply {
        let is_live = self.state.span.is_live(self.now, self.zone());
        let body = html! { section.card data-part=(name) { (card) } };
        Reply::framed(Layout { base: &self.base, title, is_live }.frame(&body))
    }

    /// Two axes against each other: as a page, or all of it as a list.
    fn pivot_alone(&self, asked: &Asked<'_>) -> Result<Reply> {
        let first_two = || self.axes().next().zip(self.axes().nth(1));
        let two = self
            .state
            .pivot
            .clone()
            .or_else(|| first_two().map(|(down, across)| (down.to_owned(), across.to_owned())));
        let Some((down, across)) = two else {
            return Err(Error::input(format!(
                "a pivot needs two axes, and metrica {} has fewer",
                self.definition.name
            )));
        };
        let title = Name::from(format!("{down} by {across}: {}", self.what()));
        let page =
            self.in_state(State { pivot: Some((down.clone(), across.clone())), ..self.state.clone() })?;
        let Some(pivot) = page.pivot()? else { return Err(Error::input("a pivot needs two axes")) };
        if pivot.others.is_some() && asked.form != Form::Framed {
            // A file of some cells would be taken for one of all.
            return Err(self.too_many(
                &format!("--by {down} --by {across} --format csv"),
                &format!("axes {down} and {across} have"),
            ));
        }
        Ok(match asked.form {
            Form::Framed => {
                self.framed("pivot", &title, &html! { h1 { (title) } (page.pivot_table(&pivot)) })
            }
            Form::Svg => {
                return Err(Error::input(
                    "a pivot is a table and no picture: there are pivot.csv and pivot.json",
                ));
            }
            Form::Json | Form::Csv => self.numbers(asked, &page.pivot_list(&pivot)),
        })
    }

    /// The axis that is asked for, or the first.
    fn axis_or_first<'a>(&'a self, axis: Option<&'a str>) -> Result<&'a str> {
        let axis = axis.or_else(|| self.axes().next()).unwrap_or_default();
        self.definition.axis_index(axis).map(|_| axis)
    }

    /// The chart that is asked for, under a title where one is given.
    ///
    /// # Errors
    /// When the Store cannot be asked, or the chart needs what is not there.
    pub(crate) fn drawn(&self, asked: &Asked<'_>, title: Option<&Name>) -> Result<Drawing> {
        let id = self.id(asked.name, asked.axis.as_deref());
        let axis = || self.axis_or_first(asked.axis.as_deref());
        let meta = |usual: &str| self.meta_alone(&id, usual, title);
        Ok(match asked.name {
            "pie" => self.readable(axis()?)?.donut(axis()?)?.draw(&meta(&format!("By {}", axis()?))),
            "top" => self.readable(axis()?)?.panel(axis()?)?.top.draw(&meta(&format!("By {}", axis()?))),
            "timeserie" => self.lines(axis()?)?.draw(&meta(&format!("By {} over time", axis()?))),
            "hours" => self.hours()?.draw(&meta("By hour and weekday")),
            "latest" => {
                if !self.definition.is_averaged() {
                    return Err(Error::plain(&self.definition.name));
                }
                let state = State { show: Measure::Average, split: None, ..self.state.clone() };
                self.in_state(state)?.timeline()?.draw(&meta("Counts and averages"))
            }
            _ => match &self.state.split {
                Some(split) => self.lines(split)?.draw(&meta(&format!("By {split} over time"))),
                None => self.timeline()?.draw(&meta(&format!("By {}", self.scale()))),
            },
        })
    }
}
