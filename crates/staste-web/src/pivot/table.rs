//! The pivot as a table of HTML.

use maud::{Markup, html};
use staste_core::{Choice, Reading};

use super::Pivot;
use crate::chart::Name;
use crate::page::Page;

/// Shades of the cells.
const CLASSES: f64 = 8.0;
/// The row and the column of what is not shown.
const OTHERS: &str = "all others";

impl Page {
    /// The pivot as a table, shaded by how large its cells are.
    pub(crate) fn pivot_table(&self, pivot: &Pivot) -> Markup {
        let number = |row: &Choice, column: &Choice| {
            pivot.cells.get(&(row.clone(), column.clone())).and_then(|reading| self.number(reading))
        };
        let shown = || pivot.down.iter().flat_map(|row| pivot.across.iter().map(move |column| (row, column)));
        let high = shown()
            .filter_map(|(row, column)| number(row, column))
            .map(|number| number.value())
            .fold(0f64, f64::max);
        let shade =
            |value: f64| if value > 0.0 && high > 0.0 { (value / high * CLASSES).ceil() } else { 0.0 };
        let Some((down, across)) = &self.state.pivot else { return html! {} };
        let text = |reading: Option<&Reading>| {
            reading
                .and_then(|reading| self.number(reading))
                .map_or("\u{2013}".to_owned(), |number| number.full())
        };
        html! {
            div.scroll tabindex="0" role="region" aria-label={ (down) " by " (across) } {
                table.pivot {
                    caption.unseen { (self.state.show.name()) ": " (down) " by " (across) }
                    thead { tr {
                        th scope="col" { (down) " \u{2193} " (across) " \u{2192}" }
                        @for column in &pivot.across {
                            th scope="col" { a href=(self.link(&self.state.narrowed(across, column))) { bdi { (Name::from(column)) } } }
                        }
                        @if pivot.others.is_some() { th scope="col" { (OTHERS) } }
                    } }
                    tbody {
                        @for (index, row) in pivot.down.iter().enumerate() {
                            tr {
                                th scope="row" { a href=(self.link(&self.state.narrowed(down, row))) { bdi { (Name::from(row)) } } }
                                @for column in &pivot.across {
                                    @match number(row, column) {
                                        Some(number) => td.{ "s" (shade(number.value())) } { (number.full()) },
                                        None => td.dim { "\u{2013}" },
                                    }
                                }
                                @if let Some(others) = &pivot.others { td.dim { (text(others.across.get(index))) } }
                            }
                        }
                        @if let Some(others) = &pivot.others {
                            tr {
                                th scope="row" { (OTHERS) }
                                @for reading in &others.down { td.dim { (text(Some(reading))) } }
                                td.dim { (text(Some(&others.both))) }
                            }
                        }
                    }
                }
            }
            @if pivot.down.is_empty() { p.dim { "No data" } }
            @if pivot.others.is_some() {
                p.dim {
                    "The " (pivot.down.len()) " largest of " (pivot.down.len() + pivot.more.0) " of " (down) " and the "
                    (pivot.across.len()) " largest of " (pivot.across.len() + pivot.more.1) " of " (across)
                    " are shown; the others are summed as " (OTHERS) "."
                }
            } @else if pivot.more != (0, 0) {
                p.dim { "The largest are shown; " (pivot.more.0) " more of " (down) ", " (pivot.more.1) " more of " (across) "." }
            }
        }
    }
}
