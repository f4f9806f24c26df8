//! `HourHeatmap`: hours of the day by days of the week, in shades of one color, and of another one below 0.

use maud::html;

use super::coordinate::{Px, Share};
use super::figure::{Caption, Color, Drawing, LegendEntry};
use super::number::Number;
use super::plot::no_data;
use super::safe_text::SafeText;
use super::table::{Cell, Table};

/// The names of the days, from Monday.
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const ROW: f64 = 24.0;
/// The color of numbers below 0.
const NEGATIVE: usize = 3;
/// The number of shades.
const SHADES: f64 = 8.0;

/// Hours by weekday, in shades of one color.
#[derive(Clone, Debug)]
pub struct HourHeatmap {
    /// The name of the numbers: `total`.
    pub name: SafeText,
    /// The numbers by day from Monday, then by hour.
    pub cells: Box<[[Option<Number>; 24]; 7]>,
    /// The first day shown; 0 is Monday.
    pub week_start: u8,
}

impl HourHeatmap {
    /// Draws the heatmap.
    pub fn draw(&self, caption: &Caption) -> Drawing {
        let values = || self.cells.iter().flatten().flatten().map(Number::value);
        let largest = values().map(f64::abs).fold(0f64, f64::max);
        let shade = |number: &Number| {
            let sign = if number.value() < 0.0 { "n" } else { "h" };
            let shade = (number.value().abs() / largest * SHADES).ceil().min(SHADES);
            format!("{sign}{}", if shade >= 1.0 { shade } else { 0.0 })
        };
        let legend = match values().any(|value| value < 0.0) {
            true => vec![
                LegendEntry { color: Color::Nth(0), name: "above 0".into() },
                LegendEntry { color: Color::Nth(NEGATIVE), name: "below 0".into() },
            ],
            false => Vec::new(),
        };
        let (wide, tall) = (1.0 / 24.0, ROW * 7.0);
        let is_empty = self.cells.iter().flatten().all(Option::is_none);
        let body = html! {
            @if is_empty { (no_data("No data: single hours are not kept for so long, or have not come", tall)) }
            @for (row, (day, hours)) in self.days().enumerate() {
                @let y = ROW * f64::from(u32::try_from(row).unwrap_or(0));
                text.dim x="-8" y=(Px(y + ROW / 2.0)) dy=".34em" text-anchor="end" { (day) }
                @for (hour, number) in (0u32..).zip(hours) {
                    @let share = f64::from(hour) * wide;
                    @if let Some(number) = number {
                        rect.{ (shade(number)) } x=(Share(share + 0.001)) width=(Share(wide - 0.002))
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
            caption: caption.clone(),
            kind: "heat",
            height: tall + 22.0,
            file_height: tall + 22.0,
            left: 40.0,
            right: 2.0,
            body,
            legend,
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
            std::iter::once(Cell::Text(day.into())).chain(cells).collect()
        });
        Table {
            columns: std::iter::once("day".to_owned()).chain(hours).map(SafeText::from).collect(),
            rows: rows.collect(),
        }
    }
}
