//! The pivot as a table of HTML.

use maud::{Markup, html};
use staste_core::{Choice, Reading};

use super::Pivot;
use crate::context::PageContext;
use crate::drawing::{Number, SafeText};

/// The number of shades of cells.
const SHADES: f64 = 8.0;
/// The name of the row and the column for all that are not shown.
const OTHERS: &str = "all others";
/// In place of a number.
const NONE: &str = "\u{2013}";

impl Pivot {
    /// The pivot as a table, in which larger cells are darker.
    pub(crate) fn markup(&self, context: &PageContext) -> Markup {
        let Pivot { down_axis, across_axis, rows, columns, hidden, others, .. } = self;
        let largest = self.largest_number(context);
        let shade =
            |value: f64| if value > 0.0 && largest > 0.0 { (value / largest * SHADES).ceil() } else { 0.0 };
        let text = |reading: Option<&Reading>| {
            let number = reading.and_then(|reading| context.number(reading));
            number.map_or(NONE.to_owned(), |number| number.full())
        };
        let link = |axis: &str, choice: &Choice| context.link(&context.request.narrowed(axis, choice));
        html! {
            div.scroll tabindex="0" role="region" aria-label={ (down_axis) " by " (across_axis) } {
                table.pivot {
                    caption.unseen { (context.request.measure.name()) ": " (down_axis) " by " (across_axis) }
                    thead { tr {
                        th scope="col" { (down_axis) " \u{2193} " (across_axis) " \u{2192}" }
                        @for column in columns {
                            th scope="col" { a href=(link(across_axis, column)) { bdi { (SafeText::from(column)) } } }
                        }
                        @if others.is_some() { th scope="col" { (OTHERS) } }
                    } }
                    tbody {
                        @for (index, row) in rows.iter().enumerate() {
                            tr {
                                th scope="row" { a href=(link(down_axis, row)) { bdi { (SafeText::from(row)) } } }
                                @for column in columns {
                                    @match self.number(context, row, column) {
                                        Some(number) => td.{ "s" (shade(number.value())) } { (number.full()) },
                                        None => td.dim { (NONE) },
                                    }
                                }
                                @if let Some(others) = others { td.dim { (text(others.across.get(index))) } }
                            }
                        }
                        @if let Some(others) = others {
                            tr {
                                th scope="row" { (OTHERS) }
                                @for reading in &others.down { td.dim { (text(Some(reading))) } }
                                td.dim { (text(Some(&others.both))) }
                            }
                        }
                    }
                }
            }
            @if rows.is_empty() { p.dim { "No data" } }
            @if others.is_some() {
                p.dim {
                    "The " (rows.len()) " largest of " (rows.len() + hidden.0) " of " (down_axis) " and the "
                    (columns.len()) " largest of " (columns.len() + hidden.1) " of " (across_axis)
                    " are shown; the others are summed as " (OTHERS) "."
                }
            } @else if *hidden != (0, 0) {
                p.dim {
                    "Top " (rows.len()) " of " (rows.len() + hidden.0) " of " (down_axis) ", top " (columns.len()) " of "
                    (columns.len() + hidden.1) " of " (across_axis) "."
                }
            }
        }
    }

    fn number(&self, context: &PageContext, row: &Choice, column: &Choice) -> Option<Number> {
        context.number(self.cells.get(&(row.clone(), column.clone()))?)
    }

    /// The largest number of all cells that are shown.
    fn largest_number(&self, context: &PageContext) -> f64 {
        let shown = self.rows.iter().flat_map(|row| self.columns.iter().map(move |column| (row, column)));
        let numbers = shown.filter_map(|(row, column)| self.number(context, row, column));
        numbers.map(|number| number.value()).fold(0f64, f64::max)
    }
}
