//! The picture of the demo: totals, breakdowns and a timeline.

use staste_core::{Choice, Metrica, Reading, Scale, Timespan};
use unicode_width::UnicodeWidthStr;

use crate::failure::Result;
use crate::output::{Screen, bar, choice_text, grouped, sparkline};

/// The minutes of the timeline.
const MINUTES: u32 = 60;
/// The width of names.
const NAME: usize = 10;
const NUMBER: usize = 8;

/// When the picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// While guests come.
    Live,
    /// For good.
    Done,
}

/// The lines of the picture, from one look each at totals, breakdowns and timeline.
pub(super) fn lines(metrica: &Metrica, screen: &Screen, mood: Mood) -> Result<Vec<String>> {
    let paint = screen.paint();
    let width = screen.width().min(92);
    let today = Timespan::last(1, Scale::Day)?;
    let hour = Timespan::last(MINUTES, Scale::Minute)?;
    let total = |timespan| metrica.timespan(timespan).total().map(|total| grouped(&total.to_string()));
    let minutes = metrica.timespan(hour).series(Scale::Minute)?;
    let rule = paint.dim(&screen.either("─", "-").repeat(width));
    let mut lines = vec![title(screen, width), rule.clone(), String::new()];
    let figures =
        [(total(Timespan::EVER)?, "guests"), (total(today)?, "today"), (total(hour)?, "in the last hour")];
    let figures: Vec<String> =
        figures.iter().map(|(number, what)| format!("{} {}", paint.bold(number), paint.dim(what))).collect();
    lines.push(format!("  {}", figures.join("     ")));
    let ages = by_decade(&metrica.values().by("age")?);
    let countries = metrica.values().top("country", 5)?;
    let genders = metrica.values().by("gender")?;
    let named = |readings: &[(Choice, Reading)]| {
        readings
            .iter()
            .map(|(choice, reading)| (choice_text(choice), reading.total.raw()))
            .collect::<Vec<_>>()
    };
    let left = (width - 4) / 2;
    lines.push(String::new());
    let mut first = block("by gender", &named(&genders), left, screen);
    first.push(String::new());
    first.extend(block("by country", &named(&countries), left, screen));
    let second = block("by age", &ages, left, screen);
    for index in 0..first.len().max(second.len()) {
        let empty = String::new();
        let (one, other) = (first.get(index).unwrap_or(&empty), second.get(index).unwrap_or(&empty));
        lines.push(format!("  {}  {other}", padded(one, left)).trim_end().to_owned());
    }
    lines.push(String::new());
    lines.extend(timeline(&minutes, width, screen));
    lines.push(String::new());
    lines.push(rule);
    lines.extend(footer(metrica, screen, mood));
    Ok(lines)
}

fn title(screen: &Screen, width: usize) -> String {
    let (name, what) = ("Staste", "guests, counted as they come");
    let gap = " ".repeat(width.saturating_sub(name.len() + what.len() + 4));
    format!("  {}{gap}{}", screen.paint().bold(name), screen.paint().dim(what))
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

/// The minutes of the last hour, each as high as it was busy.
fn timeline(
    minutes: &[(staste_core::Period, Option<Reading>)],
    width: usize,
    screen: &Screen,
) -> Vec<String> {
    let paint = screen.paint();
    let numbers: Vec<Option<f64>> =
        minutes.iter().map(|(_, reading)| reading.map(|reading| reading.total.as_f64())).collect();
    let busiest = numbers.iter().flatten().copied().fold(0.0, f64::max);
    let label =
        |index: usize| minutes.get(index).map_or(String::new(), |(period, _)| period.label().split_off(11));
    let ends = [label(0), label(minutes.len() / 2), label(minutes.len().saturating_sub(1))];
    let [start, middle, end] = &ends;
    let half = (minutes.len() / 2).saturating_sub(start.len());
    let rest = minutes.len().saturating_sub(start.len() + half + middle.len() + end.len());
    let axis = format!("{start}{}{middle}{}{end}", " ".repeat(half), " ".repeat(rest));
    let peak = format!("at most {busiest} a minute");
    let heading = "last hour, by minute";
    let gap = " ".repeat(minutes.len().min(width).saturating_sub(heading.len() + peak.len()));
    vec![
        format!("  {}{gap}{}", paint.bold(heading), paint.dim(&peak)),
        format!("  {}", paint.bar(&sparkline(&numbers, screen.unicode()))),
        format!("  {}", paint.dim(&axis)),
    ]
}

fn footer(metrica: &Metrica, screen: &Screen, mood: Mood) -> Vec<String> {
    let paint = screen.paint();
    let health = metrica.staste().health();
    let lost = health.dropped + health.refused + health.overflowed + health.in_doubt;
    let state = match (&health.last_error, lost) {
        (Some(error), _) => paint.red(&format!("the store fails: {error}")),
        (None, 0) => {
            let committed = grouped(&health.committed.to_string());
            format!("{} {}", paint.green(&format!("{committed} events committed,")), paint.green("none lost"))
        }
        (None, lost) => paint.red(&format!("{lost} events lost")),
    };
    let mut lines = vec![format!(
        "  {state}{}",
        if mood == Mood::Live { paint.dim("        any key ends") } else { String::new() }
    )];
    if mood == Mood::Done {
        lines.push(String::new());
        lines.push(format!("  {}", paint.bold("Now count your own:")));
        lines.push(
            "    staste import access.log --metrica visits --path-axis page=path --date time".to_owned(),
        );
        lines.push("    staste query visits --last 7d --by page".to_owned());
        lines.push("    staste define guests --axis gender=boy,girl --axis age".to_owned());
        lines.push("    staste kick guests gender=girl age=18".to_owned());
    }
    lines
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
    let mut shown = 0;
    let mut in_colour = false;
    for character in text.chars() {
        match (in_colour, character) {
            (false, '\x1b') => in_colour = true,
            (true, 'm') => in_colour = false,
            (true, _) => {}
            (false, character) => shown += character.to_string().width(),
        }
    }
    format!("{text}{}", " ".repeat(width.saturating_sub(shown)))
}

#[expect(clippy::cast_precision_loss, reason = "a bar is not exact")]
fn share(number: i128, largest: i128) -> f64 {
    number as f64 / largest.max(1) as f64
}
