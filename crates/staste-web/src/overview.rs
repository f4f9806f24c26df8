//! `/`: every Metrica with its course, today beside the same time of yesterday and of last week.

use std::sync::Arc;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::{DateTime, Time};
use maud::{Markup, html};
use staste_core::{Definition, Error, Measure, Metrica, Reading, Result, Scale, Staste, Timespan};

use crate::chart::{Number, spark};
use crate::comparison::Comparison;
use crate::health::Health;
use crate::layout::{Layout, home};
use crate::page::{TIMEOUT, limited};
use crate::reply::Reply;

/// So many days the course goes back.
const DAYS: u32 = 30;
/// So many metricas are shown at once; the others are found by their names.
const MOST: usize = 60;

/// The page.
///
/// # Errors
/// When the Store cannot be asked.
pub(crate) fn overview(staste: &Staste, base: &str, query: &str) -> Result<Reply> {
    let searched = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "q");
    let searched = searched.map(|(_, words)| words.chars().take(100).collect::<String>()).unwrap_or_default();
    let definitions = limited(|| staste.definitions())?;
    let count = definitions.len();
    let found = |definition: &&Arc<Definition>| {
        definition.name.to_lowercase().contains(&searched.trim().to_lowercase())
    };
    let found: Vec<_> = definitions.iter().filter(found).collect();
    let mut cards = Vec::new();
    for definition in found.iter().take(MOST) {
        let card = match Card::of(&staste.remembered(definition), definition) {
            // One that somebody damaged must not hide the others.
            Err(error) if error.is_damaged() => None,
            card => Some(card?),
        };
        cards.push((definition, card));
    }
    let health = Health::of(staste);
    let heading = html! {
        h1 { "Metricas" }
        form.search role="search" {
            label.unseen for="q" { "Search" }
            input #q type="search" name="q" value=(searched) placeholder="Search" autocomplete="off";
        }
    };
    let body = html! {
        (health.warning())
        @if count == 0 {
            section.card.message {
                h1 { "Nothing is counted yet" }
                p { "The first kick of a program, " code { "staste define" } " or " code { "staste import" } " makes a metrica." }
            }
        } @else if found.is_empty() {
            section.card.message { h1 { "No metrica is called like that" } p { a href=(home(base)) { "Show all" } } }
        }
        div.cards data-part="cards" {
            @for (definition, card) in &cards {
                @match card {
                    Some(card) => (card.markup(definition, base)),
                    None => (unreadable(&definition.name)),
                }
            }
        }
        @if found.len() > MOST { p.dim { (found.len() - MOST) " more: search for them by name." } }
        @if count > 0 { (health.all_is_well()) }
    };
    let layout = Layout { base, title: "Staste", is_live: true };
    Ok(Reply::page(layout.page(&heading, &body)))
}

/// The card of a Metrica that cannot be read; what is wrong is for those who run the program.
fn unreadable(metrica: &str) -> Markup {
    html! {
        section.card.metrica {
            h2 { (metrica) }
            p.dim { "It cannot be read. " code { "staste verify" } " says why." }
        }
    }
}

/// A Metrica in a few numbers.
#[derive(Debug)]
struct Card {
    days: Vec<Option<f64>>,
    /// None where today is not kept by itself.
    today: Option<Reading>,
    changes: Vec<Comparison>,
}

impl Card {
    fn of(metrica: &Metrica, definition: &Definition) -> Result<Card> {
        let series = metrica
            .timespan(Timespan::last(DAYS + 1, Scale::Day)?)
            .max_age(Duration::MAX)
            .timeout(TIMEOUT)
            .series(Scale::Day)?;
        let now = definition.zone.civil(metrica.staste().clock().now())?;
        let today = series.last().and_then(|(_, reading)| *reading);
        let mut changes = Vec::new();
        for (days, name) in [(1, "yesterday"), (7, "a week ago")] {
            let Some(today) = &today else { break };
            changes.extend(by_now(metrica, today, now, days, name)?);
        }
        Ok(Card {
            today,
            changes,
            // A day that runs would seem to be a fall.
            days: series
                .iter()
                .take(series.len().saturating_sub(1))
                .map(|(_, reading)| reading.as_ref().map(size))
                .collect(),
        })
    }

    fn markup(&self, definition: &Definition, base: &str) -> Markup {
        html! {
            a.card.metrica href={ (base) "/m/" (definition.name) } {
                h2 { (definition.name) }
                @match &self.today {
                    Some(today) => (self.numbers(today, definition.multiplier)),
                    None => p.dim { "Single days are not kept." },
                }
                (spark(&self.days))
                span.unseen { "The " (DAYS) " days before today." }
            }
        }
    }
}

impl Card {
    fn numbers(&self, today: &Reading, multiplier: u32) -> Markup {
        // What is averaged, such as seconds, says little when it is added up.
        let measure = if today.count.is_some() { Measure::Count } else { Measure::Total };
        let number = today.count.map_or_else(|| Number::from(today.total), Number::count);
        html! {
            p.today { strong title=(number.full()) { (number.short()) } " today" }
            @if today.count.is_some() {
                p.dim {
                    "total " (Number::from(today.total).short())
                    @if let Some(average) = today.average() { ", average " (Number::average(average, multiplier).short()) }
                }
            }
            p.changes {
                @for change in &self.changes { (change.markup(measure)) }
            }
        }
    }
}

/// Today beside as much of a day so many days ago; nothing where that is no longer kept.
fn by_now(
    metrica: &Metrica,
    today: &Reading,
    now: DateTime,
    days: i64,
    name: &str,
) -> Result<Option<Comparison>> {
    let midnight = now.date().to_datetime(Time::midnight());
    let Ok(from) = midnight.checked_sub(days.days()) else { return Ok(None) };
    let view = metrica.values().max_age(Duration::MAX).timeout(TIMEOUT);
    Comparison::by_now(&view, today, now, midnight, from, name)
}

/// What the course shows of a day: kicks where those are counted.
#[expect(clippy::cast_precision_loss, reason = "a line of the height of a word")]
fn size(reading: &Reading) -> f64 {
    reading.count.map_or_else(|| reading.total.as_f64(), |count| count as f64)
}

/// None for what is no longer kept.
pub(crate) fn kept<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if Error::is_not_retained(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
