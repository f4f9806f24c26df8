//! `BarList`: the largest choices, each with a bar.

use maud::{Markup, html};

use super::coordinate::{Px, Share};
use super::figure::{Caption, Drawing};
use super::number::Number;
use super::plot::no_data;
use super::safe_text::SafeText;
use super::table::{Cell, Table};
use super::text_width::fit;

const ROW: f64 = 26.0;

/// The largest choices of an axis.
#[derive(Clone, Debug)]
pub struct BarList {
    /// The measure of the numbers: `total`.
    pub measure: SafeText,
    /// The choices, largest first.
    pub rows: Vec<BarRow>,
    /// The whole that the numbers are shares of, if they are.
    pub total: Option<Number>,
    /// The choices that are not listed.
    pub rest: Option<BarRest>,
    /// The measure of a second number, if there is one: `average`.
    pub second: Option<SafeText>,
    /// Further measures, which the table has, but not the list on a page.
    pub further: Vec<SafeText>,
}

/// The choices that a list leaves out.
#[derive(Clone, Debug)]
pub struct BarRest {
    /// How many they are.
    pub rows: usize,
    /// Their number together; none for averages.
    pub number: Option<Number>,
}

impl BarRest {
    fn name(&self) -> String {
        if self.rows == 1 { "1 other".to_owned() } else { format!("{} others", self.rows) }
    }
}

/// A choice of an axis.
#[derive(Clone, Debug)]
pub struct BarRow {
    /// Its name.
    pub name: SafeText,
    /// Its number, which the bar shows.
    pub number: Number,
    /// Its second number.
    pub second: Option<Number>,
    /// Its further numbers.
    pub further: Vec<Option<Number>>,
    /// The link of its name.
    pub link: Option<String>,
}

impl BarList {
    /// Draws the bars and their list.
    pub fn draw(&self, caption: &Caption) -> Drawing {
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let height = ((self.rows.len() + usize::from(self.rest.is_some())) as f64 * ROW).max(2.0 * ROW);
        let longest = self.longest();
        let body = html! {
            @if self.rows.is_empty() && self.rest.is_none() { (no_data("No data", height)) }
            @for (index, row) in (0u32..).zip(&self.rows) {
                @let y = f64::from(index) * ROW;
                g.b {
                    title { (row.name) "\n" (self.measure) ": " (row.number.full()) }
                    rect.soft.{ (color_class(row)) } x="0" y=(Px(y + 2.0)) width=(Share(length(row, longest) * 0.88)) height=(Px(ROW - 4.0)) rx="3" {}
                    text x="8" y=(Px(y + ROW / 2.0)) dy=".34em" { (fit(&row.name, 12.0, 420.0)) }
                    text.num x="100%" y=(Px(y + ROW / 2.0)) dy=".34em" text-anchor="end" { (row.number.short()) }
                }
            }
            @if let Some(rest) = &self.rest {
                @let y = height - ROW / 2.0;
                g.b {
                    text x="8" y=(Px(y)) dy=".34em" { (rest.name()) }
                    @if let Some(number) = &rest.number {
                        text.num x="100%" y=(Px(y)) dy=".34em" text-anchor="end" { (number.short()) }
                    }
                }
            }
        };
        Drawing {
            caption: caption.clone(),
            kind: "top",
            height,
            file_height: height,
            left: 0.0,
            right: 0.0,
            body,
            legend: Vec::new(),
            table: self.table(),
            links: Vec::new(),
            side: Some(self.list()),
        }
    }

    fn longest(&self) -> f64 {
        self.rows.iter().map(|row| row.number.value().abs()).fold(0f64, f64::max)
    }

    /// The share of a number; none where there is no whole.
    fn share(&self, number: &Number) -> Cell {
        match self.total.as_ref().map(Number::value) {
            Some(total) if total > 0.0 && number.value() >= 0.0 => Cell::Share(number.value() / total),
            _ => Cell::of(None),
        }
    }

    /// The share of the choices that are not listed.
    fn share_of_rest(&self, rest: &BarRest) -> Cell {
        rest.number.as_ref().map_or_else(|| Cell::of(None), |number| self.share(number))
    }

    /// The list for a page: a table whose rows have bars.
    fn list(&self) -> Markup {
        let longest = self.longest();
        html! {
            table.top {
                thead.unseen[self.rows.is_empty()] { tr {
                    th scope="col" { span.unseen { "choice" } } th scope="col" { (self.measure) } @if self.total.is_some() { th.share scope="col" { "share" } }
                    @if let Some(second) = &self.second { th scope="col" { (second) } }
                } }
                tbody {
                    @if self.rows.is_empty() && self.rest.is_none() { tr { td.none colspan="3" { "No data" } } }
                    @for row in &self.rows {
                        tr {
                            th scope="row" {
                                svg.staste.under aria-hidden="true" width="100%" height="100%" { rect.soft.{ (color_class(row)) } width=(Share(length(row, longest))) height="100%" rx="3" {} }
                                @match &row.link {
                                    Some(link) => a href=(link) title=(row.name) { bdi { (row.name) } },
                                    None => bdi title=(row.name) { (row.name) },
                                }
                            }
                            td { (row.number.full()) }
                            @if self.total.is_some() { td.dim.share { (self.share(&row.number).display()) } }
                            @if self.second.is_some() { td { (Cell::of(row.second.as_ref()).display()) } }
                        }
                    }
                    @if let Some(rest) = &self.rest {
                        tr {
                            th.dim scope="row" { (rest.name()) }
                            td.dim { (Cell::of(rest.number.as_ref()).display()) }
                            @if self.total.is_some() { td.dim.share { (self.share_of_rest(rest).display()) } }
                            @if self.second.is_some() { td {} }
                        }
                    }
                }
            }
        }
    }

    fn table(&self) -> Table {
        let mut columns = vec![SafeText::from("choice"), self.measure.clone()];
        columns.extend(self.total.iter().map(|_| SafeText::from("share")));
        columns.extend(self.second.iter().chain(&self.further).cloned());
        let rows = self.rows.iter().map(|row| {
            let mut cells = vec![Cell::Text(row.name.clone()), Cell::Number(row.number.clone())];
            cells.extend(self.total.iter().map(|_| self.share(&row.number)));
            if self.second.is_some() {
                cells.push(Cell::of(row.second.as_ref()));
            }
            cells.extend(row.further.iter().map(|number| Cell::of(number.as_ref())));
            cells
        });
        let mut rows: Vec<Vec<Cell>> = rows.collect();
        rows.extend(self.rest.iter().map(|rest| {
            let mut cells = vec![Cell::Text(rest.name().into()), Cell::of(rest.number.as_ref())];
            cells.extend(self.total.iter().map(|_| self.share_of_rest(rest)));
            cells.resize_with(columns.len(), || Cell::of(None));
            cells
        }));
        Table { columns, rows }
    }
}

/// The class of a bar by its color, which differs for negative numbers.
fn color_class(row: &BarRow) -> &'static str {
    if row.number.value() < 0.0 { "k4" } else { "k1" }
}

/// The length of a bar as a share of the longest.
fn length(row: &BarRow, longest: f64) -> f64 {
    if longest > 0.0 { row.number.value().abs() / longest } else { 0.0 }
}
