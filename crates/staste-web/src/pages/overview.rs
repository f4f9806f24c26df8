//! `/`: every Metrica with a sparkline, and today compared with yesterday and a week ago by now.

use std::sync::Arc;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::{DateTime, Time};
use maud::{Markup, html};
use staste_core::{Definition, Measure, Metrica, Percentile, Reading, Result, Scale, Staste, Timespan};

use super::cap_warning::cap_warning;
use super::comparison::Comparison;
use super::health_warning::HealthWarning;
use super::layout::{Layout, home};
use super::metrica_page::title;
use crate::drawing::{Number, SafeText, sparkline};
use crate::request::parameters::Parameters;
use crate::response::PageResponse;
use crate::store_access::{READ_TIMEOUT, with_read_timeout};

/// The number of days of the sparkline.
const DAYS: u32 = 30;
/// The page shows this many metricas; others are found by their names.
const MAX_CARDS: usize = 60;

/// Reads the page.
///
/// # Errors
/// When the Store cannot be read.
pub(crate) fn overview(staste: &Staste, base: &str, parameters: &Parameters) -> Result<PageResponse> {
    let searched = parameters.iter().find(|(name, _)| *name == "q");
    let searched = searched.map(|(_, words)| words.chars().take(100).collect::<String>()).unwrap_or_default();
    let definitions = with_read_timeout(|| staste.definitions())?;
    let count = definitions.len();
    let found = |definition: &&Arc<Definition>| {
        definition.name.to_lowercase().contains(&searched.trim().to_lowercase())
    };
    let found: Vec<_> = definitions.iter().filter(found).collect();
    let (mut cards, mut nearly_full) = (Vec::new(), Vec::new());
    for definition in found.iter().take(MAX_CARDS) {
        let metrica = staste.metrica_from_definition(definition);
        let card = match Card::read(&metrica, definition) {
            // A damaged Metrica must not hide the others.
            Err(error) if error.is_corrupt() => None,
            card => {
                nearly_full.extend(with_read_timeout(|| metrica.nearly_full_axes())?);
                Some(card?)
            }
        };
        cards.push((definition, card));
    }
    let health = HealthWarning::of(staste);
    let heading = html! {
        h1 { "Metricas" }
        form.search role="search" {
            label.unseen for="q" { "Search" }
            input #q type="search" name="q" value=(searched) placeholder="Search" autocomplete="off";
        }
    };
    let body = html! {
        (health.markup())
        (cap_warning(base, &nearly_full))
        @if count == 0 {
            section.card.message {
                h1 { "Nothing is counted yet" }
                p { "The first kick of a program, " code { "staste define" } " or " code { "staste import" } " makes a metrica." }
            }
        } @else if found.is_empty() {
            section.card.message { h1 { "Nothing matches \u{201c}" (SafeText::from(searched.as_str())) "\u{201d}" } p { a href=(home(base)) { "Show all" } } }
        }
        div.cards data-part="cards" {
            @for (definition, card) in &cards {
                @match card {
                    Some(card) => (card.markup(definition, base)),
                    None => (unreadable(&definition.name)),
                }
            }
        }
        @if found.len() > MAX_CARDS { p.dim { (found.len() - MAX_CARDS) " more: search for them by name." } }
        @if count > 0 { (health.no_problems()) }
    };
    let layout = Layout { base, title: "Staste", is_live: true };
    Ok(PageResponse::page(layout.page(&heading, &body)))
}

/// The card of a Metrica that cannot be read. The reason is for operators, not for readers.
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
    /// None where single days are not retained; of a distribution with the values of today.
    today: Option<Reading>,
    changes: Vec<Comparison>,
}

impl Card {
    fn read(metrica: &Metrica, definition: &Definition) -> Result<Card> {
        let series = metrica
            .timespan(Timespan::last(DAYS + 1, Scale::Day)?)
            .max_age(Duration::MAX)
            .timeout(READ_TIMEOUT)
            .series(Scale::Day)?;
        let now = definition.zone.civil(metrica.staste().clock().now())?;
        let mut today = series.last().and_then(|(_, reading)| reading.clone());
        if definition.is_distribution() && today.is_some() {
            let view = metrica.timespan(Timespan::last(1, Scale::Day)?).with_distribution();
            today = Some(view.max_age(Duration::MAX).timeout(READ_TIMEOUT).read()?);
        }
        let mut changes = Vec::new();
        for (days, name) in [(1, "yesterday"), (7, "a week ago")] {
            let Some(today) = &today else { break };
            changes.extend(by_now(metrica, today, now, days, name)?);
        }
        Ok(Card {
            today,
            changes,
            // The running day would look like a fall.
            days: series
                .iter()
                .take(series.len().saturating_sub(1))
                .map(|(_, reading)| reading.as_ref().map(height))
                .collect(),
        })
    }

    /// The card as markup.
    fn markup(&self, definition: &Definition, base: &str) -> Markup {
        html! {
            a.card.metrica href={ (base) "/m/" (definition.name) } {
                h2 { (title(definition)) }
                @match &self.today {
                    Some(today) => (self.numbers(today, definition)),
                    None => p.dim { "Single days are not kept." },
                }
                (sparkline(&self.days))
                span.unseen { "The " (DAYS) " days before today." }
            }
        }
    }

    fn numbers(&self, today: &Reading, definition: &Definition) -> Markup {
        // Averaged values, such as seconds, mean little when they are added up.
        let measure = if today.count.is_some() { Measure::Count } else { Measure::Total };
        let number = today.count.map_or_else(|| Number::from(today.total), Number::count);
        html! {
            p.today { strong title=(number.full()) { (number.heading()) } " today" }
            @if today.count.is_some() { p.dim { (in_words(today, definition)) } }
            p.changes {
                @for change in &self.changes { (change.markup(measure, definition.better(measure))) }
            }
        }
    }
}

/// The numbers of today next to the count: of a distribution p50 and p95, otherwise total and average.
fn in_words(today: &Reading, definition: &Definition) -> String {
    let measures = match definition.is_distribution() {
        true => [Measure::Percentile(Percentile::MEDIAN), Measure::Percentile(Percentile::P95)],
        false => [Measure::Total, Measure::Average],
    };
    let unit = definition.labels.unit.as_ref();
    let words = measures.into_iter().filter_map(|measure| {
        Some(format!("{measure} {}", Number::of(measure, today)?.in_unit(unit).short()))
    });
    words.collect::<Vec<String>>().join(", ")
}

/// Compares today with as much of a day some days ago; none where that is no longer retained.
fn by_now(
    metrica: &Metrica,
    today: &Reading,
    now: DateTime,
    days: i64,
    name: &str,
) -> Result<Option<Comparison>> {
    let midnight = now.date().to_datetime(Time::midnight());
    let Ok(from) = midnight.checked_sub(days.days()) else { return Ok(None) };
    let view = metrica.values().max_age(Duration::MAX).timeout(READ_TIMEOUT);
    Comparison::by_now(&view, today, now, midnight, from, name)
}

/// The height of the sparkline for a day: kicks where they are counted.
#[expect(clippy::cast_precision_loss, reason = "a line of the height of a word")]
fn height(reading: &Reading) -> f64 {
    reading.count.map_or_else(|| reading.total.as_f64(), |count| count as f64)
}
