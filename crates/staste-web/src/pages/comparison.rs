//! `Comparison`: how a number changed since the previous timespan.

use jiff::civil::{DateTime, Time};
use maud::{Markup, html};
use staste_core::{Better, Measure, Moment, Reading, Result, Scale, Timespan, View};

use crate::charts::previous_timespan::previous_name;
use crate::context::PageContext;
use crate::drawing::Number;
use crate::readings::has_data;
use crate::store_access::if_retained;

/// A reading of now and one of before.
#[derive(Debug)]
pub(super) struct Comparison {
    now: Reading,
    before: Reading,
    /// The name of `before`: `yesterday up to 14:00`.
    when: String,
}

impl Comparison {
    /// Compares a reading with that of the previous timespan; of a running timespan as far as it has come.
    ///
    /// # Errors
    /// When the Store cannot be read.
    pub(super) fn with_previous(context: &PageContext, reading: &Reading) -> Result<Option<Comparison>> {
        let Some(previous) = context.previous_timespan() else { return Ok(None) };
        let when = previous_name(context, &previous);
        let start = |timespan: &Timespan| timespan.start(&context.calendar, context.now);
        let starts = start(&context.request.timespan).zip(start(&previous));
        let comparison = if context.is_live() {
            let Some((start, from)) = starts else { return Ok(None) };
            Comparison::by_now(&context.view, reading, context.local_now(), start, from, &when)?
        } else {
            let before = if_retained(context.view.timespan(previous).read())?;
            before.map(|before| Comparison { now: reading.clone(), before, when })
        };
        let Some(comparison) = comparison else { return Ok(None) };
        if !has_data(&comparison.before) {
            // A time before counting began says nothing.
            let Some((start, _)) = starts else { return Ok(None) };
            let earlier = Timespan::between(None, Some(Moment::Local(start)))?;
            let earlier = if_retained(context.view.timespan(earlier).read())?;
            return Ok(earlier.is_some_and(|earlier| has_data(&earlier)).then_some(comparison));
        }
        Ok(Some(comparison))
    }

    /// Compares what was counted since `start` with as much time from `from` on. Where minutes are no longer retained,
    /// both are cut to an hour or a day.
    ///
    /// # Errors
    /// When the Store cannot be read.
    pub(super) fn by_now(
        view: &View,
        reading: &Reading,
        now: DateTime,
        start: DateTime,
        from: DateTime,
        name: &str,
    ) -> Result<Option<Comparison>> {
        for (scale, seconds) in [(Scale::Minute, 60), (Scale::Hour, 3600), (Scale::Day, 86_400)] {
            let Some(cut) = floor(now, seconds).filter(|cut| *cut > start) else { return Ok(None) };
            let elapsed = cut.since(start).ok();
            let Some(until) = elapsed.and_then(|elapsed| from.checked_add(elapsed).ok()) else {
                return Ok(None);
            };
            let read = |from: DateTime, until: DateTime| {
                let timespan = Timespan::between(Some(Moment::Local(from)), Some(Moment::Local(until)))?;
                if_retained(view.timespan(timespan).read())
            };
            // A shorter month is compared as a whole.
            let Some(before) = read(from, until.min(start))? else { continue };
            if scale == Scale::Minute {
                let when = name_up_to(name, until, start, cut);
                return Ok(Some(Comparison { now: reading.clone(), before, when }));
            }
            let Some(now) = read(start, cut)? else { continue };
            let until = cut.strftime(if scale == Scale::Hour { "%H:%M" } else { "%-d %b" });
            return Ok(Some(Comparison { now, before, when: format!("{name}, both up to {until}") }));
        }
        Ok(None)
    }

    /// The change of a number, in words that need no color; empty where there is nothing to compare. The color says whether
    /// it is good or bad, if that is known.
    pub(super) fn markup(&self, measure: Measure, better: Better) -> Markup {
        let numbers = Number::of(measure, &self.now).zip(Number::of(measure, &self.before));
        let Some((now, before)) = numbers else { return html! {} };
        let (new, old) = (now.value(), before.value());
        let (words, preposition) = match (new - old) / old.abs() * 100.0 {
            _ if new == 0.0 && old == 0.0 => return html! {},
            _ if old == 0.0 => ("was 0".to_owned(), ""),
            percent if percent.abs() < 0.5 => ("same".to_owned(), "as "),
            percent if percent > 999.0 && old > 0.0 => (format!("\u{2191} \u{d7}{:.0}", new / old), "vs. "),
            percent if percent >= 0.0 => (format!("\u{2191} {percent:.0}%"), "vs. "),
            percent => (format!("\u{2193} {:.0}%", percent.abs()), "vs. "),
        };
        let is_good = match better {
            Better::Up => Some(new > old),
            Better::Down => Some(new < old),
            Better::Neither => None,
        };
        let class = match is_good.filter(|_| words != "same") {
            Some(true) => "good",
            Some(false) => "bad",
            None => "neutral",
        };
        html! {
            span.change title={ (before.full()) " " (self.when) } { b.(class) { (words) } " " span.dim { (preposition) (self.when) } }
        }
    }
}

/// The name of the part of an earlier timespan that a running one since `start` is compared with.
fn name_up_to(name: &str, until: DateTime, start: DateTime, cut: DateTime) -> String {
    // A rolling timespan, such as "the 24 hours before", and a shorter month are compared as a whole.
    if name.starts_with("the ") || until >= start {
        return name.to_owned();
    }
    let is_day = start.date() == cut.date() && start.time() == Time::midnight();
    format!("{name} up to {}", until.strftime(if is_day { "%H:%M" } else { "%-d %b, %H:%M" }))
}

/// A local time cut to whole minutes, hours or days.
fn floor(local: DateTime, seconds: i64) -> Option<DateTime> {
    let time = local.time();
    let of_day = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60;
    let cut = jiff::Span::new().try_seconds(of_day - of_day % seconds).ok()?;
    local.date().to_datetime(Time::midnight()).checked_add(cut).ok()
}
