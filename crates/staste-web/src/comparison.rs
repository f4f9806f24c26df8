//! How what was counted changed since the timespan before.

use jiff::civil::{DateTime, Time};
use maud::{Markup, html};
use staste_core::{Measure, Moment, Reading, Result, Scale, Timespan, View};

use crate::chart::Number;
use crate::overview::kept;
use crate::page::Page;
use crate::state::Span;

/// What was counted now and then.
#[derive(Debug)]
pub(crate) struct Comparison {
    now: Reading,
    then: Reading,
    /// What `then` is called: `yesterday by now`.
    when: String,
}

impl Page {
    /// The reading beside that of the timespan before; of one that runs, as far as it has come.
    ///
    /// # Errors
    /// When the Store cannot be asked.
    pub(crate) fn comparison(&self, reading: &Reading) -> Result<Option<Comparison>> {
        let Some(before) = self.span_before() else { return Ok(None) };
        let is_running = self.state.span.is_live(self.now, self.zone());
        if !is_running {
            let then = kept(self.view.timespan(before.timespan()?).read())?;
            let when = self.name_of_before(&before);
            return Ok(then.map(|then| Comparison { now: *reading, then, when }));
        }
        let (now, week_start) = (self.local_now(), self.definition.week_start);
        let starts = self.state.span.start(now, week_start).zip(before.start(now, week_start));
        let Some((start, from)) = starts else { return Ok(None) };
        let name = self.name_of_before(&before);
        Comparison::by_now(&self.view, reading, now, start, from, &name)
    }

    /// What the timespan before is called within a sentence.
    pub(crate) fn name_of_before(&self, before: &Span) -> String {
        match self.state.span {
            Span::Last(1, Scale::Day) => "yesterday".to_owned(),
            Span::Last(1, scale) => format!("the {scale} before"),
            Span::Last(count, scale) => format!("the {count} {scale}s before"),
            _ => before.name(),
        }
    }
}

impl Comparison {
    /// What was counted since `start` beside what was from an earlier time on, for as long. Where minutes are no longer
    /// kept, both are cut to an hour or a day.
    ///
    /// # Errors
    /// When the Store cannot be asked.
    pub(crate) fn by_now(
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
                let span = Timespan::between(Some(Moment::Local(from)), Some(Moment::Local(until)))?;
                kept(view.timespan(span).read())
            };
            // A month that was shorter is compared as a whole.
            let Some(then) = read(from, until.min(start))? else { continue };
            if scale == Scale::Minute {
                let by = if name.ends_with("day") || name.ends_with("ago") { "by now" } else { "by then" };
                return Ok(Some(Comparison { now: *reading, then, when: format!("{name} {by}") }));
            }
            let Some(now) = read(start, cut)? else { continue };
            let until = cut.strftime(if scale == Scale::Hour { "%H:%M" } else { "%-d %b" });
            return Ok(Some(Comparison { now, then, when: format!("{name}, both until {until}") }));
        }
        Ok(None)
    }

    /// How a number changed, in words.
    pub(crate) fn markup(&self, measure: Measure) -> Markup {
        change(measure, &self.now, &self.then, &self.when)
    }
}

/// How a number changed since another time, in words that need no colour; nothing where there is nothing to compare.
fn change(measure: Measure, now: &Reading, then: &Reading, when: &str) -> Markup {
    let Some((new, old)) = Number::of(measure, now).zip(Number::of(measure, then)) else { return html! {} };
    let full = old.full();
    let (new, old) = (new.value(), old.value());
    let (class, words, beside) = match (new - old) / old.abs() * 100.0 {
        _ if new == 0.0 && old == 0.0 => return html! {},
        _ if old == 0.0 => (if new < 0.0 { "down" } else { "up" }, "was 0".to_owned(), ""),
        percent if percent.abs() < 0.5 => ("same", "same".to_owned(), "as "),
        percent if percent > 999.0 && old > 0.0 => ("up", format!("\u{2191} \u{d7}{:.0}", new / old), "vs. "),
        percent if percent >= 0.0 => ("up", format!("\u{2191} {percent:.0}%"), "vs. "),
        percent => ("down", format!("\u{2193} {:.0}%", percent.abs()), "vs. "),
    };
    html! { span.change title={ (full) " " (when) } { b.(class) { (words) } " " span.dim { (beside) (when) } } }
}

/// A local time cut to whole minutes, hours or days.
fn floor(local: DateTime, seconds: i64) -> Option<DateTime> {
    let time = local.time();
    let of_day = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60;
    let cut = jiff::Span::new().try_seconds(of_day - of_day % seconds).ok()?;
    local.date().to_datetime(Time::midnight()).checked_add(cut).ok()
}
