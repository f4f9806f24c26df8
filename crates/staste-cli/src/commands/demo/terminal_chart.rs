//! `TerminalChart`: the chart of the demo on the terminal, with totals, breakdowns and a timeline.

use staste::{Choice, Metrica, Period, Reading, Scale, Timespan};
use unicode_width::UnicodeWidthStr;

use super::next_steps;
use crate::failure::Result;
use crate::output::{Screen, bar, choice_text, grouped, plot};

/// Length of the timeline in minutes.
const MINUTES: u32 = 60;
/// Height of the timeline in lines.
const TIMELINE_HEIGHT: usize = 3;
/// Width of names in columns.
const NAME_WIDTH: usize = 10;
/// Width of numbers in columns.
const NUMBER_WIDTH: usize = 8;
/// Maximum width in columns.
const MAX_WIDTH: usize = 92;
/// Minimum width in columns for two breakdowns side by side.
const MIN_WIDTH_FOR_TWO: usize = 66;

/// Whether the chart will be redrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChartState {
    /// The chart is redrawn while guests are counted.
    Live,
    /// The chart stays on the terminal, with the next steps below it.
    Final,
}

/// The lines of the chart, by part. Each part ends with the empty line after it.
#[derive(Debug)]
pub(super) struct TerminalChart {
    title: Vec<String>,
    figures: Vec<String>,
    breakdowns: Vec<String>,
    timeline: Vec<String>,
    footer: Vec<String>,
}

impl TerminalChart {
    /// Reads the counts and draws the chart.
    pub(super) fn of(metrica: &Metrica, screen: &Screen, state: ChartState) -> Result<TerminalChart> {
        let width = screen.width().min(MAX_WIDTH);
        let rule = screen.style().dim(&screen.either("─", "-").repeat(width));
        let with_gap = |mut lines: Vec<String>| {
            lines.push(String::new());
            lines
        };
        let mut footer = vec![rule.clone(), health_line(metrica, screen, width, state)];
        if state == ChartState::Final {
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

    /// Returns all lines.
    pub(super) fn lines(self) -> Vec<String> {
        let TerminalChart { title, figures, breakdowns, timeline, footer } = self;
        [title, figures, breakdowns, timeline, footer].concat()
    }

    /// Returns as many lines as fit into a height. The timeline is dropped last, because it moves.
    pub(super) fn lines_that_fit(mut self, height: usize) -> Vec<String> {
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
    format!("  {}{gap}{}", screen.style().bold(name), screen.style().dim(what))
}

/// Returns the totals, on one line if it is wide enough.
fn figures(metrica: &Metrica, screen: &Screen, width: usize) -> Result<Vec<String>> {
    let style = screen.style();
    let today = Timespan::last(1, Scale::Day)?;
    let hour = Timespan::last(MINUTES, Scale::Minute)?;
    let mut figures = Vec::new();
    for (timespan, what) in [(Timespan::EVER, "guests"), (today, "today"), (hour, "in the last hour")] {
        let total = grouped(&metrica.timespan(timespan).total()?.to_string());
        figures.push(format!("  {} {}", style.bold(&total), style.dim(what)));
    }
    let line = figures.join("   ");
    Ok(if display_width(&line) <= width { vec![line] } else { figures })
}

/// Returns the breakdowns by gender and country, with the one by age to the right or below.
fn breakdowns(metrica: &Metrica, screen: &Screen, width: usize) -> Result<Vec<String>> {
    let named = |readings: &[(Choice, Reading)]| {
        let named = readings.iter().map(|(choice, reading)| (choice_text(choice), reading.total.raw()));
        named.collect::<Vec<_>>()
    };
    let genders = named(&metrica.values().by("gender")?);
    let countries = named(&metrica.values().top("country", 5)?);
    let ages = by_decade(&metrica.values().by("age")?);
    let is_narrow = width < MIN_WIDTH_FOR_TWO;
    let room = if is_narrow { width - 2 } else { (width - 4) / 2 };
    let mut left = breakdown("by gender", &genders, room, screen);
    left.push(String::new());
    left.extend(breakdown("by country", &countries, room, screen));
    let mut right = breakdown("by age", &ages, room, screen);
    if is_narrow {
        left.push(String::new());
        left.append(&mut right);
    }
    let empty = String::new();
    let line = |index: usize| {
        let (left, right) = (left.get(index).unwrap_or(&empty), right.get(index).unwrap_or(&empty));
        format!("  {}  {right}", padded(left, room)).trim_end().to_owned()
    };
    Ok((0..left.len().max(right.len())).map(line).collect())
}

/// Returns a heading and a line with a bar for each name.
fn breakdown(heading: &str, named: &[(String, i128)], width: usize, screen: &Screen) -> Vec<String> {
    let largest = named.iter().map(|(_, number)| *number).max().unwrap_or(0);
    let room = width.saturating_sub(NAME_WIDTH + NUMBER_WIDTH + 3);
    let mut lines = vec![screen.style().bold(heading)];
    for (name, number) in named {
        let drawn = screen.style().bar(&bar(share(*number, largest), room, screen.unicode()));
        lines.push(format!(
            "{} {:>NUMBER_WIDTH$}  {drawn}",
            padded(name, NAME_WIDTH),
            grouped(&number.to_string())
        ));
    }
    lines
}

/// Returns a column chart of the last hour by the minute, with as many minutes as fit.
fn timeline(metrica: &Metrica, screen: &Screen, width: usize) -> Result<Vec<String>> {
    let style = screen.style();
    let mut minutes = metrica.timespan(Timespan::last(MINUTES, Scale::Minute)?).series(Scale::Minute)?;
    minutes.drain(..minutes.len().saturating_sub(width.saturating_sub(6)));
    let numbers: Vec<Option<f64>> =
        minutes.iter().map(|(_, reading)| reading.as_ref().map(|reading| reading.total.as_f64())).collect();
    let busiest = numbers.iter().flatten().copied().fold(0.0, f64::max);
    let mut lines = vec![format!("  {}", style.bold("guests a minute"))];
    for (index, line) in plot(&numbers, TIMELINE_HEIGHT, screen.unicode()).iter().enumerate() {
        // The top line is labelled with the maximum.
        lines.push(match index {
            0 => format!("  {} {}", style.bar(line), style.dim(&busiest.to_string())),
            _ => format!("  {}", style.bar(line.trim_end())),
        });
    }
    lines.push(format!("  {}", style.dim(&clock_marks(&minutes))));
    Ok(lines)
}

/// Returns the times of the first, the middle and the last minute, each below its column.
fn clock_marks(minutes: &[(Period, Option<Reading>)]) -> String {
    let label =
        |index: usize| minutes.get(index).map_or(String::new(), |(period, _)| period.label().split_off(11));
    let (start, end) = (label(0), label(minutes.len().saturating_sub(1)));
    let middle = label(minutes.len() / 2);
    let half = (minutes.len() / 2).saturating_sub(start.len());
    let rest = minutes.len().saturating_sub(start.len() + half + middle.len() + end.len());
    format!("{start}{}{middle}{}{end}", " ".repeat(half), " ".repeat(rest))
}

/// Returns the line with the health of the store.
fn health_line(metrica: &Metrica, screen: &Screen, width: usize, state: ChartState) -> String {
    let style = screen.style();
    let health = metrica.staste().health();
    let lost = health.dropped + health.refused + health.overflowed + health.in_doubt + health.lost;
    let text = match (&health.last_error, lost) {
        (Some(error), _) => style.red(&format!("the store failed: {error}")),
        (None, 0) => {
            style.green(&format!("{} events committed, none lost", grouped(&health.committed.to_string())))
        }
        (None, lost) => style.red(&format!("{} events lost", grouped(&lost.to_string()))),
    };
    let mut line = format!("  {text}");
    if state == ChartState::Live {
        let hint = "press any key to stop";
        let gap = width.saturating_sub(display_width(&line) + hint.len());
        if gap > 0 {
            line.push_str(&format!("{}{}", " ".repeat(gap), style.dim(hint)));
        }
    }
    line
}

/// Groups ages by ten years, youngest first.
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

/// Pads a text with escape sequences to a width.
fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(display_width(text))))
}

/// Returns the width of a text without its escape sequences.
fn display_width(text: &str) -> usize {
    let mut parts = text.split('\x1b');
    let plain = parts.next().map_or(0, UnicodeWidthStr::width);
    let coloured = parts.map(|part| part.split_once('m').map_or(0, |(_, text)| text.width()));
    plain + coloured.sum::<usize>()
}

#[expect(clippy::cast_precision_loss, reason = "a bar is not exact")]
fn share(number: i128, largest: i128) -> f64 {
    number as f64 / largest.max(1) as f64
}
