//! `Top`: the largest choices, each with a bar.

use maud::{Markup, html};

use super::coordinate::{Px, Share};
use super::drawing::{Drawing, Meta};
use super::name::Name;
use super::number::Number;
use super::plot::nothing;
use super::table::{Cell, Table};
use super::text::fit;

const ROW: f64 = 26.0;

/// The largest choices of an axis.
#[derive(Clone, Debug)]
pub struct Top {
    /// What the numbers are: `total`.
    pub name: Name,
    /// The choices, largest first.
    pub rows: Vec<TopRow>,
    /// What shares are parts of, where the numbers are parts of something.
    pub total: Option<Number>,
    /// What a second number is, where there is one: `average`.
    pub second: Option<Name>,
}

/// A choice.
#[derive(Clone, Debug)]
pub struct TopRow {
    /// What it is.
    pub name: Name,
    /// How much of it there is.
    pub number: Number,
    /// Another number of it.
    pub second: Option<Number>,
    /// Where a click on it leads.
    pub link: Option<String>,
}

impl Top {
    /// Draws it.
    pub fn draw(&self, meta: &Meta) -> Drawing {
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let height = (self.rows.len() as f64 * ROW).max(2.0 * ROW);
        let longest = self.longest();
        let body = html! {
            @if self.rows.is_empty() { (nothing("No data", height)) }
            @for (index, row) in (0u32..).zip(&self.rows) {
                @let y = f64::from(index) * ROW;
                g.b {
                    title { (row.name) "\n" (self.name) ": " (row.number.full()) }
                    rect.soft.{ (colour(row)) } x="0" y=(Px(y + 2.0)) width=(Share(length(row, longest) * 0.88)) height=(Px(ROW - 4.0)) rx="3" {}
                    text x="8" y=(Px(y + ROW / 2.0)) dy=".34em" { (fit(&row.name, 12.0, 420.0)) }
                    text.num x="100%" y=(Px(y + ROW / 2.0)) dy=".34em" text-anchor="end" { (row.number.short()) }
                }
            }
        };
        Drawing {
            meta: meta.clone(),
            kind: "top",
            height,
            file_height: height,
            left: 0.0,
            right: 0.0,
            body,
            keys: Vec::new(),
            table: self.table(),
            links: Vec::new(),
            side: Some(self.list()),
        }
    }

    fn longest(&self) -> f64 {
        self.rows.iter().map(|row| row.number.value().abs()).fold(0f64, f64::max)
    }

    /// What part a row is of the whole; none where there is no whole.
    fn share(&self, row: &TopRow) -> Cell {
        match self.total.as_ref().map(Number::value) {
            Some(total) if total > 0.0 && row.number.value() >= 0.0 => {
                Cell::Share(row.number.value() / total)
            }
            _ => Cell::of(None),
        }
    }

    /// The chart for a page, where it is a table whose rows are bars.
    fn list(&self) -> Markup {
        let longest = self.longest();
        html! {
            table.top {
                thead.unseen[self.rows.is_empty()] { tr {
                    th scope="col" { span.unseen { "choice" } } th scope="col" { (self.name) } @if self.total.is_some() { th.share scope="col" { "share" } }
                    @if let Some(second) = &self.second { th scope="col" { (second) } }
                } }
                tbody {
                    @if self.rows.is_empty() { tr { td.none colspan="3" { "No data" } } }
                    @for row in &self.rows {
                        tr {
                            th scope="row" {
                                svg.staste.under aria-hidden="true" width="100%" height="100%" { rect.soft.{ (colour(row)) } width=(Share(length(row, longest))) height="100%" rx="3" {} }
                                @match &row.link {
                                    Some(link) => a href=(link) title=(row.name) { bdi { (row.name) } },
                                    None => bdi title=(row.name) { (row.name) },
                                }
                            }
                            td { (row.number.full()) }
                            @if self.total.is_some() { td.dim.share { (self.share(row).shown()) } }
                            @if self.second.is_some() { td { (Cell::of(row.second.as_ref()).shown()) } }
                        }
                    }
                }
            }
        }
    }

    fn table(&self) -> Table {
        let mut columns = vec![Name::from("choice"), self.name.clone()];
        columns.extend(self.total.iter().map(|_| Name::from("share")));
        columns.extend(self.second.iter().cloned());
        let rows = self.rows.iter().map(|row| {
            let mut cells = vec![Cell::Name(row.name.clone()), Cell::Number(row.number.clone())];
            cells.extend(self.total.iter().map(|_| self.share(row)));
            if self.second.is_some() {
                cells.push(Cell::of(row.second.as_ref()));
            }
            cells
        });
        Table { columns, rows: rows.collect() }
    }
}

/// The colour of a bar: what is below zero has one of its own.
fn colour(row: &TopRow) -> &'static str {
    if row.number.value() < 0.0 { "k4" } else { "k1" }
}

/// What part a bar has of the longest.
fn length(row: &TopRow, longest: f64) -> f64 {
    if longest > 0.0 { row.number.value().abs() / longest } else { 0.0 }
}
