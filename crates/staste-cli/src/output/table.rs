//! `Table`: aligned columns for people, with a bar beside each row, no wider than the screen.

use unicode_width::UnicodeWidthStr;

use super::{Screen, bar};
use crate::failure::Result;

/// A column of text is not made narrower than this.
const NARROWEST: usize = 8;
/// A bar narrower than this says nothing; wider ones only shout.
const BAR: std::ops::RangeInclusive<usize> = 8..=40;
const GAP: &str = "  ";

/// A table, filled row by row.
#[derive(Debug, Default)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    /// For each row the length of its bar; negative below zero.
    bars: Vec<Option<f64>>,
    /// A last row under a rule.
    sum: Option<Vec<Cell>>,
}

#[derive(Debug)]
struct Column {
    head: String,
    right: bool,
}

/// A cell: text that is safe to print, and how it is meant.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    faint: bool,
    /// It is the whole line.
    is_line: bool,
}

impl Cell {
    /// An ordinary cell.
    pub(crate) fn new(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), faint: false, is_line: false }
    }

    /// A cell that stands back.
    pub(crate) fn faint(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), faint: true, is_line: false }
    }
}

impl Table {
    /// A table without columns.
    pub(crate) fn new() -> Table {
        Table::default()
    }

    /// Adds a column of text.
    pub(crate) fn left(&mut self, head: impl Into<String>) {
        self.columns.push(Column { head: head.into(), right: false });
    }

    /// Adds a column of numbers.
    pub(crate) fn right(&mut self, head: impl Into<String>) {
        self.columns.push(Column { head: head.into(), right: true });
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
        self.bars.push(None);
    }

    /// Adds a row with a bar of this length.
    pub(crate) fn row_with_bar(&mut self, cells: Vec<Cell>, length: Option<f64>) {
        self.rows.push(cells);
        self.bars.push(length);
    }

    /// Adds a line that says something in the place of rows.
    pub(crate) fn remark(&mut self, text: impl Into<String>) {
        self.row(vec![Cell { is_line: true, ..Cell::faint(text) }]);
    }

    /// Sets the row under the rule.
    pub(crate) fn sum(&mut self, cells: Vec<Cell>) {
        self.sum = Some(cells);
    }

    /// Draws it.
    ///
    /// # Errors
    /// When nobody reads it.
    pub(crate) fn draw(&self, screen: &mut Screen) -> Result<()> {
        let has_bars = self.bars.iter().any(Option::is_some);
        let room_for_bars = if has_bars { BAR.start() + GAP.len() } else { 0 };
        let widths = self.widths(screen.width().saturating_sub(room_for_bars));
        let taken = widths.iter().sum::<usize>() + GAP.len() * widths.len();
        let bar_width = screen.width().saturating_sub(taken).min(*BAR.end());
        let paint = screen.paint();
        let mut head = String::new();
        for (column, width) in self.columns.iter().zip(&widths) {
            head.push_str(&column.fit(&column.head, *width, screen.unicode()));
            head.push_str(GAP);
        }
        screen.line(paint.bold(head.trim_end()))?;
        let longest = self.bars.iter().flatten().map(|length| length.abs()).fold(0.0, f64::max);
        for (cells, length) in self.rows.iter().zip(&self.bars) {
            let mut line = self.line_of(cells, &widths, screen);
            if let Some(length) = length.filter(|_| longest > 0.0 && bar_width >= *BAR.start()) {
                let drawn = bar(length.abs() / longest, bar_width, screen.unicode());
                // Below zero the bar is of another kind, not only of another colour.
                let drawn = match length < 0.0 {
                    true => paint.red(&screen.either("░", "-").repeat(drawn.chars().count())),
                    false => paint.bar(&drawn),
                };
                line.push_str(&drawn);
            }
            screen.line(line.trim_end())?;
        }
        if let Some(cells) = &self.sum {
            let rule = screen.either("─", "-").repeat(taken - GAP.len());
            screen.line(paint.dim(&rule))?;
            screen.line(self.line_of(cells, &widths, screen).trim_end())?;
        }
        Ok(())
    }

    fn line_of(&self, cells: &[Cell], widths: &[usize], screen: &Screen) -> String {
        let mut line = String::new();
        if let [Cell { text, is_line: true, .. }] = cells {
            return screen.paint().dim(&shortened(text, screen.width(), screen.unicode()));
        }
        for ((cell, column), width) in cells.iter().zip(&self.columns).zip(widths) {
            let text = column.fit(&cell.text, *width, screen.unicode());
            line.push_str(&if cell.faint { screen.paint().dim(&text) } else { text });
            line.push_str(GAP);
        }
        line
    }

    /// The width of each column, the widest texts shortened until all fit `room`.
    fn widths(&self, room: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|column| column.head.width()).collect();
        for cells in self.rows.iter().chain(&self.sum) {
            for (width, cell) in widths.iter_mut().zip(cells).filter(|(_, cell)| !cell.is_line) {
                *width = (*width).max(cell.text.width());
            }
        }
        let gaps = GAP.len() * widths.len();
        while widths.iter().sum::<usize>() + gaps > room {
            let texts = widths.iter_mut().zip(&self.columns).filter(|(_, column)| !column.right);
            let widest = texts.map(|(width, _)| width).max_by_key(|width| **width);
            match widest {
                Some(width) if *width > NARROWEST => *width -= 1,
                _ => break,
            }
        }
        widths
    }
}

impl Column {
    /// The text, cut or padded to the width.
    fn fit(&self, text: &str, width: usize, unicode: bool) -> String {
        let text = shortened(text, width, unicode);
        let padding = " ".repeat(width.saturating_sub(text.width()));
        if self.right { padding + &text } else { text + &padding }
    }
}

/// The text cut to a width, with an ellipsis in the place of what is missing.
pub(crate) fn shortened(text: &str, width: usize, unicode: bool) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let ellipsis = if unicode { "…" } else { "..." };
    let room = width.saturating_sub(ellipsis.width());
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if kept.width() > room {
            kept.pop();
            break;
        }
    }
    kept + ellipsis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_are_cut_by_their_width() {
        assert_eq!(shortened("abc", 3, true), "abc");
        assert_eq!(shortened("abcd", 3, true), "ab…");
        assert_eq!(shortened("日本語", 5, true), "日本…");
        assert_eq!(shortened("日本語", 4, true), "日…");
        assert_eq!(shortened("abcdef", 5, false), "ab...");
    }
}
