//! `/m/NAME`: everything about one Metrica.

use jiff::civil::DateTime;
use maud::{Markup, html};
use staste_core::{Choice, Definition, Measure, Reading, Result, Scale, Timespan};

use super::comparison::Comparison;
use super::layout::Layout;
use crate::charts::histogram::read_histogram;
use crate::charts::hour_heatmap::read_heatmap;
use crate::charts::pivot::Pivot;
use crate::charts::spread::read_spread;
use crate::charts::time_chart;
use crate::charts::top::TopList;
use crate::context::PageContext;
use crate::context::timespan::{enclosing_periods, suits, usual_timespans};
use crate::drawing::{Number, SafeText};
use crate::readings::has_data;
use crate::request::chart_request::ChartRequest;
use crate::request::time_labels::TimeLabels;
use crate::request::timespan_query::{default_timespan, local_ends};
use crate::store_access::if_retained;

/// The heatmap of hours is shown for timespans between these.
const MIN_HEATMAP_SECONDS: i64 = 7 * 86_400;
const MAX_HEATMAP_SECONDS: i64 = 100 * 86_400;

/// The formats that cards link to.
const FILES: [&str; 4] = ["csv", "json", "svg", "page"];

/// The page of a Metrica.
#[derive(Debug)]
pub(crate) struct MetricaPage {
    pub(crate) context: PageContext,
}

impl MetricaPage {
    /// Reads the page.
    ///
    /// # Errors
    /// When the Store cannot be read.
    pub(crate) fn markup(&self) -> Result<Markup> {
        let context = &self.context;
        let body = html! {
            (self.timespans())
            (self.filters())
            section.card.course data-part="course" {
                (self.summary()?)
                (self.time_controls())
                (time_chart::draw(context, &context.caption("course", time_chart::title(context)))?.figure())
                (self.files("timeline", None, &FILES))
            }
            (self.distribution_cards()?)
            div.panels {
                @for axis in context.axes() { (self.axis_card(axis)?) }
            }
            (self.hours_card()?)
            (self.pivot_card()?)
        };
        let heading = html! {
            h1 title=(context.definition.name) { (title(&context.definition)) }
            (self.zone())
            @if let Some(description) = &context.definition.labels.description {
                p.dim.about { (SafeText::from(description.as_str())) }
            }
        };
        let title = format!("{} \u{b7} Staste", &*title(&context.definition));
        Ok(Layout { base: &context.base, title: &title, is_live: context.is_live() }.page(&heading, &body))
    }

    /// The zone of days, and that of hours where the reader has another. The script offers the reader's zone.
    fn zone(&self) -> Markup {
        let own = self.context.zone().name();
        let back = self.link(ChartRequest { time_labels: TimeLabels::MetricaZone, ..self.request() });
        html! {
            @match &self.context.request.time_labels {
                TimeLabels::MetricaZone => span.dim.zone data-zone=(own) title="Days and hours are those of this zone" { (own) },
                TimeLabels::ReaderZone(zone) => span.dim.zone {
                    "Days: " (own) " \u{b7} hours: " (zone.name()) " " a href=(back) { "back to " (own) }
                },
                TimeLabels::Relative => span.dim.zone { (own) ", relative times " a href=(back) { "show times" } },
            }
        }
    }

    /// The timespans to choose from.
    fn timespans(&self) -> Markup {
        let current = self.context.request.timespan;
        let this = |name, scale| Some((name, Timespan::period(scale, self.context.local_now()).ok()?));
        let this = [this("This month", Scale::Month), this("This year", Scale::Year)];
        let enclosing = enclosing_periods(&current);
        let during = |timespan| self.context.request.during(timespan);
        html! {
            nav.periods aria-label="Time" {
                ul {
                    @for (name, timespan) in usual_timespans().into_iter().chain(this.into_iter().flatten()) {
                        (self.tab(name, timespan == current, during(timespan)))
                    }
                }
                @if enclosing.len() > 1 {
                    ol.path aria-label="Period" {
                        @for (name, timespan) in &enclosing {
                            li {
                                @if *timespan == current { span aria-current="page" { (name) } }
                                @else { a href=(self.link(during(*timespan))) { (name) } }
                            }
                        }
                    }
                }
                (self.range_form())
            }
        }
    }

    /// A form for any range.
    fn range_form(&self) -> Markup {
        let (since, until) = local_ends(&self.context.request.timespan);
        let value =
            |moment: Option<DateTime>| moment.map(|moment| moment.strftime("%Y-%m-%dT%H:%M").to_string());
        let rest = self.context.request.during(default_timespan());
        html! {
            details.range {
                summary { "Custom dates" }
                form method="get" {
                    @for (name, value) in rest.fields() { input type="hidden" name=(name) value=(value); }
                    label { "From " input type="datetime-local" name="since" value=[value(since)]; }
                    label { "to " input type="datetime-local" name="until" value=[value(until)]; }
                    button { "Show" }
                }
            }
        }
    }

    fn tab(&self, name: &str, is_current: bool, request: ChartRequest) -> Markup {
        html! { li { a href=(self.link(request)) aria-current=[is_current.then_some("page")] { (name) } } }
    }

    fn request(&self) -> ChartRequest {
        self.context.request.clone()
    }

    #[expect(clippy::needless_pass_by_value, reason = "requests are made for the link")]
    fn link(&self, request: ChartRequest) -> String {
        self.context.link(&request)
    }

    /// The filters, each with a link to remove it.
    fn filters(&self) -> Markup {
        let request = &self.context.request;
        html! {
            @if !request.filter.is_empty() {
                ul.chips aria-label="Filters" {
                    @for (axis, choice) in &request.filter {
                        li {
                            span.dim { (axis) " " } bdi { (SafeText::from(choice)) }
                            @if let Some(above) = place_above(choice) {
                                " " a href=(self.link(request.narrowed(axis, &above))) aria-label={ "Up in " (axis) } title="Up" { "\u{2191}" }
                            }
                            " " a href=(self.link(request.without_filter(axis))) aria-label={ "Any " (axis) } title="Remove" { "\u{d7}" }
                        }
                    }
                    @if request.filter.len() > 1 {
                        li.clear { a href=(self.link(ChartRequest { filter: Vec::new(), ..self.request() })) { "Remove all" } }
                    }
                }
            }
        }
    }

    /// The numbers of the timespan, compared with the previous one.
    fn summary(&self) -> Result<Markup> {
        let (measures, request) = (self.context.headline_measures(), &self.context.request);
        let view = &self.context.view;
        let view = if self.context.definition.is_distribution() { &view.with_distribution() } else { view };
        let Some(reading) = if_retained(view.read())? else {
            return Ok(html! {
                p.summary { span.dim { "Part of this timespan is no longer kept in this detail: choose whole days, months or years." } }
            });
        };
        let comparison = Comparison::with_previous(&self.context, &reading)?;
        let compared =
            if self.context.measures().contains(&request.measure) { request.measure } else { Measure::Total };
        let change = comparison
            .map(|comparison| comparison.markup(compared, self.context.definition.better(compared)))
            .filter(|change| !change.0.is_empty());
        let big = |name: &str, number: Option<Number>| {
            html! { div.big { dt { (name) } dd title=[number.as_ref().map(Number::exact)] { (number.map_or("\u{2013}".to_owned(), |number| number.heading())) } } }
        };
        let is_empty = !has_data(&reading);
        let last = if is_empty { self.context.last_month()? } else { None };
        Ok(html! {
            @if is_empty {
                p.summary {
                    span { "Nothing was counted in this timespan. " }
                    @if let Some(last) = &last { "The last event was in " a href=(self.link(request.during(*last))) { (last.label()) } "." }
                }
            }
            (self.unrecorded(&reading))
            dl.summary {
                @for measure in &measures { (big(&measure.name(), self.context.number_of(*measure, &reading))) }
                @if let Some(change) = &change {
                    div.compared {
                        dt.dim.unseen[measures.len() == 1] { (compared.name()) " changed" }
                        dd { (change) }
                    }
                }
            }
        })
    }

    /// A sentence about kicks whose percentiles are unknown.
    fn unrecorded(&self, reading: &Reading) -> Markup {
        let missing = reading.distribution.as_ref().map_or(0, |distribution| distribution.unrecorded());
        let definition = &self.context.definition;
        let since = definition.bins.and_then(|bins| definition.zone.civil(bins.since?).ok());
        html! {
            @if missing != 0 {
                p.summary { span.dim {
                    "Percentiles were not recorded"
                    @if let Some(since) = since { " before " (since.strftime("%-d %b %Y, %H:%M")) }
                    ": " (Number::count(missing).full()) " of the events in this timespan have none."
                } }
            }
        }
    }

    /// The histogram, and the values over time.
    fn distribution_cards(&self) -> Result<Markup> {
        let context = &self.context;
        if !context.definition.is_distribution() {
            return Ok(html! {});
        }
        let histogram = match read_histogram(context) {
            // The summary says which percentiles are unknown.
            Err(error) if error.is_not_recorded() => None,
            histogram => if_retained(histogram)?,
        };
        let spread = read_spread(context)?;
        Ok(html! {
            div.panels {
                @if let Some(histogram) = histogram {
                    section.card data-part="histogram" {
                        h2 { "By value" span.dim.light { " \u{b7} how many are in each range" } }
                        (histogram.draw(&context.caption("histogram", "By value")).figure())
                        (self.files("histogram", None, &FILES))
                    }
                }
                section.card data-part="spread" {
                    h2 { "Values by " (context.scale()) span.dim.light { " \u{b7} the stronger the color, the more of them" } }
                    (spread.draw(&context.caption("spread", format!("Values by {}", context.scale()))).figure())
                    (self.files("spread", None, &FILES))
                }
            }
        })
    }

    /// The controls of the chart over time.
    fn time_controls(&self) -> Markup {
        let (context, request) = (&self.context, &self.context.request);
        let scale_shown = context.scale();
        let is_shown = |scale: &Scale| suits(&context.range, *scale) || *scale == scale_shown;
        let scales = [Scale::Minute, Scale::Hour, Scale::Day, Scale::Week, Scale::Month, Scale::Year];
        html! {
            div.controls {
                @if context.measures().len() > 1 {
                    ul.tabs aria-label="Number" {
                        @for measure in context.measures() {
                            (self.tab(&measure.name(), *measure == request.measure, ChartRequest { measure: *measure, ..self.request() }))
                        }
                    }
                }
                ul.tabs aria-label="Scale" {
                    @for scale in scales.into_iter().filter(is_shown) {
                        (self.tab(scale.name(), scale == scale_shown, ChartRequest { scale: Some(scale), ..self.request() }))
                    }
                }
                @if context.axes().next().is_some() {
                    ul.tabs aria-label="Split by" {
                        li.label.dim { "Split by" }
                        (self.tab("none", request.split.is_none(), ChartRequest { split: None, ..self.request() }))
                        @for axis in context.axes() {
                            (self.tab(axis, request.split.as_deref() == Some(axis), ChartRequest { split: Some(axis.to_owned()), ..self.request() }))
                        }
                    }
                }
                @if request.split.is_some() {
                    ul.tabs aria-label="Total" {
                        (self.tab("total", !request.hides_total, ChartRequest { hides_total: !request.hides_total, ..self.request() }))
                    }
                }
                @if request.split.is_none() && context.previous_timespan().is_some() {
                    ul.tabs aria-label="Compare" {
                        (self.tab("compare", request.compares, ChartRequest { compares: !request.compares, ..self.request() }))
                    }
                }
            }
        }
    }

    /// The largest choices of an axis.
    fn axis_card(&self, axis: &str) -> Result<Markup> {
        let context = &self.context;
        match if_retained(context.may_read(&context.view, &[axis], None))? {
            Some(true) => {}
            Some(false) => return Ok(too_many_choices(axis)),
            None => return Ok(not_retained(axis)),
        }
        let Some(list) = if_retained(TopList::read(context, axis))? else { return Ok(not_retained(axis)) };
        let id = format!("axis-{axis}");
        let all = ChartRequest { listed_axis: Some(axis.to_owned()), ..self.request() };
        Ok(html! {
            section.card data-part=(id) {
                h2 { (axis) }
                (list.bars.draw(&context.caption(&id, format!("By {axis}"))).figure())
                @if list.hidden > 0 {
                    p.more {
                        @if context.request.listed_axis.as_deref() == Some(axis) { span.dim { (list.hidden) " smaller ones" } }
                        @else { a href=(context.link(&all)) { "Show all " (Number::count(list.bars.rows.len() as i128 + list.hidden as i128).full()) } }
                    }
                }
                (self.files("top", Some(axis), &FILES))
            }
        })
    }

    fn hours_card(&self) -> Result<Markup> {
        let seconds = self.context.range.nominal_seconds();
        if !seconds.is_some_and(|seconds| (MIN_HEATMAP_SECONDS..=MAX_HEATMAP_SECONDS).contains(&seconds)) {
            return Ok(html! {});
        }
        let heat = read_heatmap(&self.context)?;
        Ok(html! {
            section.card data-part="hours" {
                h2 { "By hour and weekday" span.dim.light { " \u{b7} " (heat.name) } }
                (heat.draw(&self.context.caption("hours", "By hour and weekday")).figure())
                (self.files("hours", None, &FILES))
            }
        })
    }

    fn pivot_card(&self) -> Result<Markup> {
        let context = &self.context;
        let axes: Vec<&str> = context.axes().collect();
        if axes.len() < 2 {
            return Ok(html! {});
        }
        let chosen = &context.request.pivot;
        let read = |_: &(String, String)| if_retained(Pivot::read(context)).transpose();
        let (pivot, message) = match chosen.as_ref().and_then(read).transpose() {
            Ok(pivot) => (pivot, None),
            // The axes exist: it is more than a page reads.
            Err(error) if error.is_invalid_input() => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let without = || ChartRequest { pivot: None, ..self.request() };
        Ok(html! {
            section.card data-part="pivot" id="pivot" {
                h2 { "Cross table" }
                ul.tabs {
                    @for (index, down) in axes.iter().enumerate() {
                        @for across in axes.iter().skip(index + 1) {
                            @let pair = ((*down).to_owned(), (*across).to_owned());
                            @let is_chosen = chosen.as_ref() == Some(&pair);
                            (self.tab(&format!("{down} \u{d7} {across}"), is_chosen, ChartRequest { pivot: Some(pair), ..self.request() }))
                        }
                    }
                    @if chosen.is_some() { (self.tab("hide", false, without())) }
                }
                @if let Some(pivot) = &pivot {
                    (pivot.markup(context))
                    @if pivot.others.is_some() { (self.files("pivot", None, &["page"])) }
                    @else { (self.files("pivot", None, &["csv", "json", "page"])) }
                }
                @if let Some(error) = &message { p.dim { (SafeText::from(error.to_string())) } }
            }
        })
    }

    /// Links to a chart of its own, as files and as a page.
    fn files(&self, chart: &str, axis: Option<&str>, formats: &[&str]) -> Markup {
        html! {
            p.exports {
                @for format in formats {
                    @match *format {
                        "page" => a href=(self.context.chart_link(chart, axis)) title="This chart alone, to be shown in a frame of another page" { "Embed" },
                        format => a href=(self.context.chart_link(&format!("{chart}.{format}"), axis)) { (format.to_uppercase()) },
                    }
                }
            }
        }
    }
}

/// The title of a Metrica, or else its name.
pub(super) fn title(definition: &Definition) -> SafeText {
    SafeText::from(definition.labels.title.as_deref().unwrap_or(&definition.name))
}

fn not_retained(axis: &str) -> Markup {
    html! { section.card { h2 { (axis) } p.dim { "Part of this timespan is no longer kept in this detail: choose whole days, months or years." } } }
}

fn too_many_choices(axis: &str) -> Markup {
    html! { section.card { h2 { (axis) } p.dim { "It has more choices than a page reads: filter, or choose a shorter timespan." } } }
}

/// The place above one on a path; the root is every choice.
fn place_above(choice: &Choice) -> Option<Choice> {
    let path = choice.as_path()?;
    let components = path.components();
    let depth = components.len().saturating_sub(usize::from(!path.is_other()));
    Some(Choice::path(components.iter().take(depth)))
}
