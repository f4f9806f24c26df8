//! `ChartPage`: a single chart, as a page for a frame, as a picture, or as its numbers in JSON or CSV.

use maud::{Markup, html};
use staste_core::Result;

use super::layout::Layout;
use crate::charts::Chart;
use crate::context::PageContext;
use crate::controls::Controls;
use crate::drawing::{Caption, SafeText};
use crate::request::format::Format;
use crate::request::parameters::Parameters;
use crate::response::PageResponse;
use crate::table_export;

/// A single chart that was requested.
#[derive(Debug)]
pub(crate) struct ChartPage<'a> {
    pub(crate) chart: &'static dyn Chart,
    pub(crate) format: Format,
    pub(crate) context: PageContext,
    pub(crate) controls: Controls,
    /// The visitor's own query, which links keep.
    pub(crate) visitor: &'a Parameters,
    /// True when the query names a timespan, rather than a scale from which the timespan follows.
    pub(crate) names_timespan: bool,
    /// A title in place of the chart's own.
    pub(crate) title: Option<&'a SafeText>,
}

impl ChartPage<'_> {
    /// The title and description of the chart.
    ///
    /// # Errors
    /// When the Metrica does not have what the request names.
    pub(crate) fn caption(&self) -> Result<Caption> {
        let title = self.chart.title(&self.context)?;
        Ok(self.context.caption_alone(self.chart.name(), &title, self.title))
    }

    /// The response in the requested format; `page` makes a page of a title and its body.
    ///
    /// # Errors
    /// When the Store cannot be read, or the chart needs what the request does not name.
    pub(crate) fn respond(
        &self,
        page: impl FnOnce(&SafeText, &Markup) -> PageResponse,
    ) -> Result<PageResponse> {
        let (chart, context, caption) = (self.chart, &self.context, self.caption()?);
        Ok(match self.format {
            Format::Html => {
                let figure = chart.markup(context, &caption)?;
                page(&caption.title, &html! { h1 { (caption.title) } (self.controls()?) (figure) })
            }
            Format::Svg => {
                let drawing = chart.draw(context, &caption)?;
                PageResponse::picture(drawing.file(context.request.width, context.request.theme))
            }
            Format::Json => PageResponse::json(table_export::json(&chart.table(context, &caption)?)),
            Format::Csv => {
                let name = format!("{}-{}", context.definition.name, chart.name());
                PageResponse::csv(table_export::csv(&chart.table(context, &caption)?), &name)
            }
        })
    }

    /// The response for a frame of another page.
    ///
    /// # Errors
    /// As [`respond`](Self::respond).
    pub(crate) fn respond_framed(&self) -> Result<PageResponse> {
        self.respond(|title, card| {
            let body = html! { section.card data-part=(self.chart.name()) { (card) } };
            let layout = Layout { base: &self.context.base, title, is_live: self.context.is_live() };
            PageResponse::framed(layout.frame(&body))
        })
    }

    /// The controls of the chart.
    ///
    /// # Errors
    /// When the Store cannot be read.
    pub(crate) fn controls(&self) -> Result<Markup> {
        self.controls.markup(self.chart, &self.context, self.visitor, self.names_timespan)
    }
}
