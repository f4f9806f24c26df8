//! `PageContext`: the Metrica of a page with a request, and the view of both.

mod open_range;
mod read_limit;
pub(crate) mod timespan;

use std::sync::Arc;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::DateTime;
use staste_core::{
    Calendar, Definition, Measure, Metrica, Moment, Reading, Result, Scale, Timespan, View, Zone, text_format,
};

use self::open_range::{close, last_month};
use self::timespan::{is_live, suitable_scale, timespan_name, weeks_to_previous};
use crate::drawing::{Caption, Number, SafeText};
use crate::page_queue::Permit;
use crate::request::chart_request::ChartRequest;
use crate::store_access::READ_TIMEOUT;

/// A Metrica with a request, and the view of both.
#[derive(Debug)]
pub(crate) struct PageContext {
    /// The path that every address starts with.
    pub(crate) base: Arc<str>,
    pub(crate) metrica: Metrica,
    pub(crate) definition: Arc<Definition>,
    pub(crate) calendar: Calendar,
    pub(crate) request: ChartRequest,
    pub(crate) view: View,
    /// The timespan of charts over time: the requested one with both its ends.
    pub(crate) range: Timespan,
    pub(crate) now: i64,
    /// True where there are pages for links to point to.
    has_links: bool,
    /// The permit to make this page, until it is sent.
    permit: Arc<Permit>,
}

impl PageContext {
    /// A Metrica as a request shows it, as of now.
    ///
    /// # Errors
    /// When the request filters by what the Metrica does not have, or the Store cannot be read.
    pub(crate) fn new(
        base: &Arc<str>,
        metrica: Metrica,
        definition: Arc<Definition>,
        request: ChartRequest,
        permit: &Arc<Permit>,
    ) -> Result<PageContext> {
        let view = metrica.filter(request.filter.iter().map(|(axis, choice)| (axis, choice)))?;
        let view = if request.measure.needs_distribution() { view.with_distribution() } else { view };
        // A page reads everything once, so that nothing older is good enough.
        let view = view.timespan(request.timespan).max_age(Duration::MAX).timeout(READ_TIMEOUT);
        let (now, calendar) = (metrica.staste().clock().now(), definition.calendar());
        let range = close(&view, request.timespan, &calendar, now)?;
        let (base, permit) = (Arc::clone(base), Arc::clone(permit));
        Ok(PageContext {
            base,
            metrica,
            definition,
            calendar,
            request,
            view,
            range,
            now,
            has_links: true,
            permit,
        })
    }

    /// The same Metrica as another request shows it.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(crate) fn with_request(&self, request: ChartRequest) -> Result<PageContext> {
        let (metrica, definition) = (self.metrica.clone(), Arc::clone(&self.definition));
        let context = PageContext::new(&self.base, metrica, definition, request, &self.permit)?;
        Ok(PageContext { has_links: self.has_links, ..context })
    }

    /// The same where the pages that links point to may not exist.
    pub(crate) fn without_links(self) -> PageContext {
        PageContext { has_links: false, ..self }
    }

    pub(crate) fn zone(&self) -> &Zone {
        &self.definition.zone
    }

    /// The present as clocks in the zone show it.
    pub(crate) fn local_now(&self) -> DateTime {
        self.zone().civil(self.now).unwrap_or_default()
    }

    /// The view for charts over time.
    pub(crate) fn range_view(&self) -> View {
        self.view.timespan(self.range)
    }

    /// The scale of charts over time: the requested one, or a suitable one at which the timespan is still kept.
    pub(crate) fn scale(&self) -> Scale {
        self.request.scale.unwrap_or_else(|| self.kept_scale(suitable_scale(&self.range)))
    }

    /// The scale, or the next coarser one at which the start of the timespan is still kept.
    fn kept_scale(&self, scale: Scale) -> Scale {
        let start = self.range.start(&self.calendar, self.now);
        let Some(start) = start.and_then(|start| self.zone().instant(start).ok()) else { return scale };
        let watermarks = self.definition.retention.watermarks(&self.calendar, self.now);
        // Weeks consist of days, and quarters of months.
        let is_kept = |scale: &Scale| match scale {
            Scale::Week => watermarks.keeps(Scale::Day, start),
            Scale::Quarter => watermarks.keeps(Scale::Month, start),
            scale => watermarks.keeps(*scale, start),
        };
        Scale::ALL.into_iter().filter(|own| *own >= scale).find(is_kept).unwrap_or(scale)
    }

    /// The last month in which something was counted.
    ///
    /// # Errors
    /// When the Store cannot be read.
    pub(crate) fn last_month(&self) -> Result<Option<Timespan>> {
        last_month(&self.view.timespan(Timespan::EVER))
    }

    /// The timespan of the same length before the requested one. Of more than a week it starts on the same weekday: a Sunday
    /// next to a Friday says nothing.
    pub(crate) fn previous_timespan(&self) -> Option<Timespan> {
        let timespan = &self.request.timespan;
        let Some(weeks) = weeks_to_previous(timespan) else {
            return timespan.previous(&self.calendar, self.now);
        };
        let (count, _) = timespan.as_last()?;
        let start = timespan.start(&self.calendar, self.now)?.checked_sub(weeks.weeks()).ok()?;
        let end = start.checked_add(i64::from(count).days()).ok()?;
        Timespan::between(Some(Moment::Local(start)), Some(Moment::Local(end))).ok()
    }

    /// True when the numbers of the timespan may still change.
    pub(crate) fn is_live(&self) -> bool {
        is_live(&self.request.timespan, &self.calendar, self.now)
    }

    /// The address of the page for another request.
    pub(crate) fn link(&self, request: &ChartRequest) -> String {
        format!("{}/m/{}{}", self.base, self.definition.name, request.query())
    }

    /// The same, where there are pages for links to point to.
    pub(crate) fn link_if_any(&self, request: &ChartRequest) -> Option<String> {
        self.has_links.then(|| self.link(request))
    }

    /// The address of a chart of its own, such as `pie.svg`, for the same request.
    pub(crate) fn chart_link(&self, file: &str, axis: Option<&str>) -> String {
        format!("{}/m/{}/{file}{}", self.base, self.definition.name, self.request.query_of_axis(axis))
    }

    /// The id of a chart: its name on a page of ours, elsewhere one that no other chart of the page has.
    pub(crate) fn chart_id(&self, chart: &str) -> String {
        if self.has_links {
            return chart.to_owned();
        }
        [chart, &self.definition.name, self.request.axis.as_deref().unwrap_or_default()].join("-")
    }

    /// The names of the axes in their order.
    pub(crate) fn axes(&self) -> impl Iterator<Item = &str> {
        self.definition.axes().map(|axis| axis.name.as_str())
    }

    /// The requested axis, or the first.
    ///
    /// # Errors
    /// When the Metrica has no such axis.
    pub(crate) fn axis(&self) -> Result<&str> {
        let axis = self.request.axis.as_deref().or_else(|| self.axes().next()).unwrap_or_default();
        self.definition.axis_index(axis).map(|_| axis)
    }

    /// The measures that the Metrica has.
    pub(crate) fn measures(&self) -> &'static [Measure] {
        self.definition.measures()
    }

    /// The measures at the top of a page: of a distribution p50, p95, p99 and the count, since the sum of response times says
    /// little.
    pub(crate) fn headline_measures(&self) -> Vec<Measure> {
        if !self.definition.is_distribution() {
            return self.measures().to_vec();
        }
        let mut measures = self.percentile_measures();
        measures.push(Measure::Count);
        measures
    }

    /// The percentiles that charts show together: p50, p95, p99, and the requested one.
    pub(crate) fn percentile_measures(&self) -> Vec<Measure> {
        let shown = Measure::DISTRIBUTION.into_iter().filter(|measure| measure.is_percentile());
        let requested = Some(self.request.measure).filter(|measure| measure.is_percentile());
        let mut measures: Vec<Measure> = shown.collect();
        measures.extend(requested.filter(|requested| !measures.contains(requested)));
        measures
    }

    /// The same Metrica with another number shown.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(crate) fn with_measure(&self, measure: Measure) -> Result<PageContext> {
        self.with_request(ChartRequest { measure, ..self.request.clone() })
    }

    /// A value of the Metrica that was computed, such as a percentile.
    pub(crate) fn value(&self, value: f64) -> Number {
        Number::average(value, self.definition.multiplier).in_unit(self.definition.labels.unit.as_ref())
    }

    /// The title and description of a chart on the page of the Metrica.
    pub(crate) fn caption(&self, id: &str, title: impl Into<SafeText>) -> Caption {
        let title = title.into();
        let description = format!("{title}: {} of {}.", self.request.measure.name(), self.subject());
        Caption { id: id.to_owned(), description: SafeText::from(description), title }
    }

    /// The title and description of a chart of its own, which names its subject, too, unless its author gave a title.
    pub(crate) fn caption_alone(&self, chart: &str, title: &str, given: Option<&SafeText>) -> Caption {
        let caption = self.caption(&self.chart_id(chart), title);
        let title = given.cloned().unwrap_or_else(|| SafeText::from(format!("{title}: {}", self.subject())));
        Caption { title, ..caption }
    }

    /// The subject of charts, in words: `guests, 7 days, gender girl`.
    pub(crate) fn subject(&self) -> String {
        let mut subject = format!("{}, {}", self.definition.name, timespan_name(&self.request.timespan));
        for (axis, choice) in &self.request.filter {
            subject.push_str(&format!(", {axis} {}", text_format::display(choice)));
        }
        subject
    }

    /// The requested number of a reading.
    pub(crate) fn number(&self, reading: &Reading) -> Option<Number> {
        self.number_of(self.request.measure, reading)
    }

    /// The number of a measure of a reading, in the unit of values unless it is a count or a share.
    pub(crate) fn number_of(&self, measure: Measure, reading: &Reading) -> Option<Number> {
        let number = Number::of(measure, reading)?;
        Some(if measure.has_unit() { number.in_unit(self.definition.labels.unit.as_ref()) } else { number })
    }
}
