//! `Heat`: hours of the day across, days of the week down.

use maud::html;

use super::coordinate::{Px, Share};
use super::drawing::{Drawing, Meta};
use super::name::Name;
use super::number::Number;
use super::plot::nothing;
use super::table::{Cell, Table};

/// The days as they are written, from Monday.
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const ROW: f64 = 24.0;
/// Shades of the colour.
const CLASSES: f64 = 8.0;

/// Hours by weekday, in shades of one colour.
#[derive(Clone, Debug)]
pub struct Heat {
    /// What the numbers are: `total`.
    pub name: Name,
    /// By day from Monday, then by hour.
    pub cells: Box<[[Option<Number>; 24]; 7]>,
    /// The first day shown, 0 being Monday.
    pub week_start: u8,
}

impl Heat {
    /// Draws it.
    pub fn draw(&self, meta: &Meta) -> Drawing {
        let high = self.cells.iter().flatten().flatten().map(Number::value).fold(0f64, f64::max);
        let shade = |number: &Number| {
            if number.value() <= 0.0 {
                0.0
            } else {
                (number.value() / high * CLASSES).ceil().clamp(1.0, CLASSES)
            }
        };
        let (wide, tall) = (1.0 / 24.0, ROW * 7.0);
        let is_empty = self.cells.iter().flatten().all(Option::is_none);
        let body = html! {
            @if is_empty { (nothing("No data: single hours are not kept for so long, or have not come", tall)) }
            @for (row, (day, hours)) in self.days().enumerate() {
                @let y = ROW * f64::from(u32::try_from(row).unwrap_or(0));
                text.dim x="-8" y=(Px(y + ROW / 2.0)) dy=".34em" text-anchor="end" { (day) }
                @for (hour, number) in (0u32..).zip(hours) {
                    @let share = f64::from(hour) * wide;
                    @if let Some(number) = number {
                        rect.{ "h" (shade(number)) } x=(Share(share + 0.001)) width=(Share(wide - 0.002))
                            y=(Px(y + 1.0)) height=(Px(ROW - 2.0)) rx="2" {
                            title { (day) " " (format!("{hour:02}:00")) "\n" (self.name) ": " (number.full()) }
                        }
                    }
                }
            }
            g.x {
                @for hour in (0u32..24).step_by(3) {
                    g.{ "r" (if hour % 6 == 0 { 0 } else { 1 }) } {
                        text x=(Share(f64::from(hour) * wide)) y=(Px(tall + 16.0)) { (format!("{hour:02}:00")) }
                    }
                }
            }
        };
        Drawing {
            meta: meta.clone(),
            kind: "heat",
            height: tall + 22.0,
            file_height: tall + 22.0,
            left: 40.0,
            right: 2.0,
            body,
            keys: Vec::new(),
            table: self.table(),
            links: Vec::new(),
            side: None,
        }
    }

    /// The days in the order of the week.
    fn days(&self) -> impl Iterator<Item = (&'static str, &[Option<Number>; 24])> {
        let first = usize::from(self.week_start % 7);
        DAYS.iter().copied().zip(self.cells.iter()).cycle().skip(first).take(7)
    }

    fn table(&self) -> Table {
        let hours = (0..24).map(|hour| format!("{hour:02}:00"));
        let rows = self.days().map(|(day, hours)| {
            let cells = hours.iter().map(|number| Cell::of(number.as_ref()));
            std::iter::once(Cell::Name(day.into())).chain(cells).collect()
        });
        Table {
            columns: std::iter::once("day".to_owned()).chain(hours).map(Name::from).collect(),
            rows: rows.collect(),
        }
    }
}
