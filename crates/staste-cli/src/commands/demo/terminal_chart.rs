//! The chart of the demo on a terminal: totals, breakdowns and a timeline.

use staste::{Choice, Metrica, Period, Reading, Scale, Timespan};
use unicode_width::UnicodeWidthStr;

use super::next_steps;
use crate::failure::Result;
use crate::output::{Screen, bar, choice_text, grouped, plot};

/// The minutes of the timeline.
const MINUTES: u32 = 60;
/// How many lines high it is.
const HEIGHT: usize = 3;
/// The width of names.
const NAME: usize = 10;
const NUMBER: usize = 8;
/// The picture is no wider, and below the other width its parts stand under one another.
const WIDEST: usize = 92;
const NARROW: usize = 66;

/// When the picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// While guests come.
    Live,
    /// For good.
    Done,
}

/// The picture by its parts, each with the empty line after it.
#[derive(Debug)]
pub(super) struct TerminalChart {
    title: Vec<String>,
    figures: Vec<String>,
    breakdowns: Vec<String>,
    timeline: Vec<String>,
    footer: Vec<String>,
}

impl TerminalChart {
    /// The picture, from one look each at totals, breakdowns and timeline.
    pub(super) fn of(metrica: &Metrica, screen: &Screen, mood: Mood) -> Result<TerminalChart> {
        let width = screen.width().min(WIDEST);
        let rule = screen.paint().dim(&screen.either("─", "-").repeat(width));
        let with_gap = |mut lines: Vec<String>| {
            lines.push(String::new());
            lines
        };
        let mut footer = vec![rule.clone(), state(metrica, screen, width, mood)];
        if mood == Mood::Done {
            footer.push(String::new());
            footer.extend(next_steps::lines(screen, width));
        }
        Ok(TerminalChart {
            title: with_gap(vec![title(screen, width), rule]),
            figures: with_gap(figures(metrica, screen, width)?),
            breakdowns: with_gap(breakdowns(metrica, screen, width)?),
            timeline: timeline(metrica, screen, width)?,
            footer,
        })
    }

    /// All its lines.
    pub(super) fn lines(self) -> Vec<String> {
        let TerminalChart { title, figures, breakdowns, timeline, footer } = self;
        [title, figures, breakdowns, timeline, footer].concat()
    }

    /// As much of it as a low terminal shows: what moves stays longest.
    pub(super) fn fitting(mut self, height: usize) -> Vec<String> {
        let TerminalChart { title, figures, breakdowns, timeline, footer } = &mut self;
        let mut parts = [breakdowns, title, figures, footer, timeline];
        let lines = |parts: &[&mut Vec<String>]| parts.iter().map(|part| part.len()).sum::<usize>();
        if lines(&parts) > height {
            parts.iter_mut().for_each(|part| part.retain(|line| !line.is_empty()));
        }
        let mut excess = lines(&parts).saturating_sub(height);
        for part in parts {
            let cut = excess.min(part.len());
            part.truncate(part.len() - cut);
            excess -= cut;
        }
        self.lines()
    }
}

fn title(screen: &Screen, width: usize) -> String {
    let (name, what) = ("Staste", "guests, counted as they come");
    let gap = " ".repeat(width.saturating_sub(name.len() + what.len() + 4));
    format!("  {}{gap}{}", screen.paint().bold(name), screen.paint().dim(what))
}

/// The totals, in a line where they fit one.
fn figures(metrica: &Metrica, screen: &Screen, width: usize) -> Result<Vec<String>> {
    let paint = screen.paint();
    let today = Timespan::last(1, Scale::Day)?;
    let hour = Timespan::last(MINUTES, Scale::Minute)?;
    let mut figures = Vec::new();
    for (timespan, what) in [(Timespan::EVER, "guests"), (today, "today"), (hour, "in the last hour")] {
        let total = grouped(&metrica.timespan(timespan).total()?.to_string());
        figures.push(format!("  {} {}", paint.bold(&total), paint.dim(what)));
    }
    let line = figures.join("   ");
    Ok(if shown_width(&line) <= width { vec![line] } else { figures })
}

/// By gender and country, and beside or below them by age.
fn breakdowns(metrica: &Metrica, screen: &Screen, width: usize) -> Result<Vec<String>> {
    let named = |readings: &[(Choice, Reading)]| {
        let named = readings.iter().map(|(choice, reading)| (choice_text(choice), reading.total.raw()));
        named.collect::<Vec<_>>()
    };
    let genders = named(&metrica.values().by("gender")?);
    let countries = named(&metrica.values().top("country", 5)?);
    let ages = by_decade(&metrica.values().by("age")?);
    let is_narrow = width < NARROW;
    let room = if is_narrow { width - 2 } else { (width - 4) / 2 };
    let mut first = block("by gender", &genders, room, screen);
    first.push(String::new());
    first.extend(block("by country", &countries, room, screen));
    let mut second = block("by age", &ages, room, screen);
    if is_narrow {
        first.push(String::new());
        first.append(&mut second);
    }
    let empty = String::new();
    let line = |index: usize| {
        let (one, other) = (first.get(index).unwrap_or(&empty), second.get(index).unwrap_or(&empty));
        format!("  {}  {other}", padded(one, room)).trim_end().to_owned()
    };
    Ok((0..first.len().max(second.len())).map(line).collect())
}

/// A heading with a line and a bar for each name.
fn block(heading: &str, named: &[(String, i128)], width: usize, screen: &Screen) -> Vec<String> {
    let largest = named.iter().map(|(_, number)| *number).max().unwrap_or(0);
    let room = width.saturating_sub(NAME + NUMBER + 3);
    let mut lines = vec![screen.paint().bold(heading)];
    for (name, number) in named {
        let drawn = screen.paint().bar(&bar(share(*number, largest), room, screen.unicode()));
        lines.push(format!("{} {:>NUMBER$}  {drawn}", padded(name, NAME), grouped(&number.to_string())));
    }
    lines
}

/// The minutes of the last hour, as many as fit, each as high as it was busy.
fn timeline(metrica: &Metrica, screen: &Screen, width: usize) -> Result<Vec<String>> {
    let paint = screen.paint();
    let mut minutes = metrica.timespan(Timespan::last(MINUTES, Scale::Minute)?).series(Scale::Minute)?;
    minutes.drain(..minutes.len().saturating_sub(width.saturating_sub(6)));
    let numbers: Vec<Option<f64>> =
        minutes.iter().map(|(_, reading)| reading.map(|reading| reading.total.as_f64())).collect();
    let busiest = numbers.iter().flatten().copied().fold(0.0, f64::max);
    let mut lines = vec![format!("  {}", paint.bold("guests a minute"))];
    for (index, line) in plot(&numbers, HEIGHT, screen.unicode()).iter().enumerate() {
        // The highest line says how high it is.
        lines.push(match index {
            0 => format!("  {} {}", paint.bar(line), paint.dim(&busiest.to_string())),
            _ => format!("  {}", paint.bar(line.trim_end())),
        });
    }
    lines.push(format!("  {}", paint.dim(&clock_marks(&minutes))));
    Ok(lines)
}

/// The times of the first, the middle and the last minute, each below its column.
fn clock_marks(minutes: &[(Period, Option<Reading>)]) -> String {
    let label =
        |index: usize| minutes.get(index).map_or(String::new(), |(period, _)| period.label().split_off(11));
    let (start, end) = (label(0), label(minutes.len().saturating_sub(1)));
    let middle = label(minutes.len() / 2);
    let half = (minutes.len() / 2).saturating_sub(start.len());
    let rest = minutes.len().saturating_sub(start.len() + half + middle.len() + end.len());
    format!("{start}{}{middle}{}{end}", " ".repeat(half), " ".repeat(rest))
}

/// How the store is, in a line.
fn state(metrica: &Metrica, screen: &Screen, width: usize, mood: Mood) -> String {
    let paint = screen.paint();
    let health = metrica.staste().health();
    let lost = health.dropped + health.refused + health.overflowed + health.in_doubt + health.lost;
    let state = match (&health.last_error, lost) {
        (Some(error), _) => paint.red(&format!("the store fails: {error}")),
        (None, 0) => {
            paint.green(&format!("{} events committed, none lost", grouped(&health.committed.to_string())))
        }
        (None, lost) => paint.red(&format!("{} events lost", grouped(&lost.to_string()))),
    };
    let mut line = format!("  {state}");
    if mood == Mood::Live {
        let end = "any key ends";
        let gap = width.saturating_sub(shown_width(&line) + end.len());
        if gap > 0 {
            line.push_str(&format!("{}{}", " ".repeat(gap), paint.dim(end)));
        }
    }
    line
}

/// Ages in groups of ten years, youngest first.
fn by_decade(ages: &[(Choice, Reading)]) -> Vec<(String, i128)> {
    let mut decades: Vec<(u32, i128)> = Vec::new();
    for (age, reading) in ages {
        let Some(decade) = age.as_text().and_then(|age| age.parse::<u32>().ok()).map(|age| age / 10 * 10)
        else {
            continue;
        };
        match decades.iter_mut().find(|(known, _)| *known == decade) {
            Some((_, number)) => *number += reading.total.raw(),
            None => decades.push((decade, reading.total.raw())),
        }
    }
    decades.sort_unstable();
    decades.into_iter().map(|(decade, number)| (format!("{decade} to {}", decade + 9), number)).collect()
}

/// The text, which may hold colours, padded to a width.
fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(shown_width(text))))
}

/// The width of a text without its colours.
fn shown_width(text: &str) -> usize {
    let mut parts = text.split('\x1b');
    let plain = parts.next().map_or(0, UnicodeWidthStr::width);
    let coloured = parts.map(|part| part.split_once('m').map_or(0, |(_, text)| text.width()));
    plain + coloured.sum::<usize>()
}

#[expect(clippy::cast_precision_loss, reason = "a bar is not exact")]
fn share(number: i128, largest: i128) -> f64 {
    number as f64 / largest.max(1) as f64
}
