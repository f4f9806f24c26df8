//! `Table`: aligned columns with a bar at the end of each row, no wider than the screen.

use unicode_width::UnicodeWidthStr;

use super::bars::bar;
use super::screen::Screen;
use super::text::shortened;
use crate::failure::Result;

/// Minimum width of a column of text.
const MIN_COLUMN_WIDTH: usize = 8;
/// Widths of the longest bar. Narrower bars are not drawn.
const BAR_WIDTH: std::ops::RangeInclusive<usize> = 8..=40;
const GAP: &str = "  ";

/// A table that is filled row by row.
#[derive(Debug, Default)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    /// The length of the bar of each row. Negative lengths are drawn differently.
    bars: Vec<Option<f64>>,
    /// The row of sums under a rule.
    sum: Option<Vec<Cell>>,
}

#[derive(Debug)]
struct Column {
    heading: String,
    is_right_aligned: bool,
}

/// The text of a cell, safe to print, with its style.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    is_dim: bool,
    /// True if the text takes the whole line.
    is_line: bool,
}

impl Cell {
    /// Returns an ordinary cell.
    pub(crate) fn new(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), is_dim: false, is_line: false }
    }

    /// Returns a dimmed cell.
    pub(crate) fn dim(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), is_dim: true, is_line: false }
    }
}

impl Table {
    /// Returns a table without columns.
    pub(crate) fn new() -> Table {
        Table::default()
    }

    /// Adds a left-aligned column, for text.
    pub(crate) fn left(&mut self, heading: impl Into<String>) {
        self.columns.push(Column { heading: heading.into(), is_right_aligned: false });
    }

    /// Adds a right-aligned column, for numbers.
    pub(crate) fn right(&mut self, heading: impl Into<String>) {
        self.columns.push(Column { heading: heading.into(), is_right_aligned: true });
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

    /// Adds a dimmed line of text in place of a row.
    pub(crate) fn remark(&mut self, text: impl Into<String>) {
        self.row(vec![Cell { is_line: true, ..Cell::dim(text) }]);
    }

    /// Sets the row of sums.
    pub(crate) fn sum(&mut self, cells: Vec<Cell>) {
        self.sum = Some(cells);
    }

    /// Writes the table.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub(crate) fn draw(&self, screen: &mut Screen) -> Result<()> {
        let has_bars = self.bars.iter().any(Option::is_some);
        let bar_room = if has_bars { BAR_WIDTH.start() + GAP.len() } else { 0 };
        let widths = self.widths(screen.width().saturating_sub(bar_room));
        let taken = widths.iter().sum::<usize>() + GAP.len() * widths.len();
        let bar_width = screen.width().saturating_sub(taken).min(*BAR_WIDTH.end());
        let style = screen.style();
        let mut headings = String::new();
        for (column, width) in self.columns.iter().zip(&widths) {
            headings.push_str(&column.fit(&column.heading, *width, screen.unicode()));
            headings.push_str(GAP);
        }
        screen.line(style.bold(headings.trim_end()))?;
        let longest = self.bars.iter().flatten().map(|length| length.abs()).fold(0.0, f64::max);
        for (cells, length) in self.rows.iter().zip(&self.bars) {
            let mut line = self.line_of(cells, &widths, screen);
            if let Some(length) = length.filter(|_| longest > 0.0 && bar_width >= *BAR_WIDTH.start()) {
                let drawn = bar(length.abs() / longest, bar_width, screen.unicode());
                // Negative bars use another character, because colour alone does not reach everybody.
                let drawn = match length < 0.0 {
                    true => style.red(&screen.either("░", "-").repeat(drawn.chars().count())),
                    false => style.bar(&drawn),
                };
                line.push_str(&drawn);
            }
            screen.line(line.trim_end())?;
        }
        if let Some(cells) = &self.sum {
            let rule = screen.either("─", "-").repeat(taken - GAP.len());
            screen.line(style.dim(&rule))?;
            screen.line(self.line_of(cells, &widths, screen).trim_end())?;
        }
        Ok(())
    }

    fn line_of(&self, cells: &[Cell], widths: &[usize], screen: &Screen) -> String {
        let mut line = String::new();
        if let [Cell { text, is_line: true, .. }] = cells {
            return screen.style().dim(&shortened(text, screen.width(), screen.unicode()));
        }
        for ((cell, column), width) in cells.iter().zip(&self.columns).zip(widths) {
            let text = column.fit(&cell.text, *width, screen.unicode());
            line.push_str(&if cell.is_dim { screen.style().dim(&text) } else { text });
            line.push_str(GAP);
        }
        line
    }

    /// Returns the width of each column. The widest columns of text shrink until all fit into `room`.
    fn widths(&self, room: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|column| column.heading.width()).collect();
        for cells in self.rows.iter().chain(&self.sum) {
            for (width, cell) in widths.iter_mut().zip(cells).filter(|(_, cell)| !cell.is_line) {
                *width = (*width).max(cell.text.width());
            }
        }
        let gaps = GAP.len() * widths.len();
        while widths.iter().sum::<usize>() + gaps > room {
            let texts = widths.iter_mut().zip(&self.columns).filter(|(_, column)| !column.is_right_aligned);
            let widest = texts.map(|(width, _)| width).max_by_key(|width| **width);
            match widest {
                Some(width) if *width > MIN_COLUMN_WIDTH => *width -= 1,
                _ => break,
            }
        }
        widths
    }
}

impl Column {
    /// Returns the text cut or padded to a width.
    fn fit(&self, text: &str, width: usize, unicode: bool) -> String {
        let text = shortened(text, width, unicode);
        let padding = " ".repeat(width.saturating_sub(text.width()));
        if self.is_right_aligned { padding + &text } else { text + &padding }
    }
}
