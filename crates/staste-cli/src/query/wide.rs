//! A series that is split by an axis, as a wide table: one row for each period, one column for each choice.

use unicode_width::UnicodeWidthStr;

use super::retention_gaps::{Part, parts};
use super::table::{footnotes, heading, no_longer_kept, number, period_labels};
use super::{Answer, Row, added, nothing};
use crate::failure::Result;
use crate::output::{Cell, Screen, Table, aligned_to, choice_text, most_decimals, shortened};
use staste::{Choice, Reading};

/// The maximum width of a column header.
const WIDEST: usize = 16;
const GAP: usize = 2;

/// Writes the table under a heading; choices that do not fit are summed in a last column.
pub(super) fn write(answer: &Answer, screen: &mut Screen) -> Result<()> {
    heading(answer, screen)?;
    if answer.rows.is_empty() {
        return screen.line(screen.style().dim("nothing was counted"));
    }
    let lines = answer.lines();
    let periods: Vec<&[Row]> = answer.rows.chunk_by(|one, other| one.period == other.period).collect();
    let firsts: Vec<Row> = periods.iter().filter_map(|rows| rows.first().cloned()).collect();
    let labels: Vec<String> = period_labels(&firsts).into_iter().map(Option::unwrap_or_default).collect();
    let label_width = labels.iter().map(|label| label.width()).max().unwrap_or(0);
    let mut columns = Columns::of(answer, &lines, &periods, screen.unicode());
    columns.fit(answer, screen.width().saturating_sub(label_width + GAP));
    let mut table = Table::new();
    table.left(answer.scale.map_or("", staste::Scale::name));
    columns.heads.iter().for_each(|head| table.right(head));
    let kept: Vec<bool> = periods.iter().map(|rows| rows.iter().any(|row| row.reading.is_some())).collect();
    for part in parts(&kept) {
        let index = match part {
            Part::Row(index) => index,
            Part::Unkept(periods) => {
                table.remark(no_longer_kept(periods));
                continue;
            }
        };
        let numbers = columns.texts.iter().filter_map(|column| column.get(index));
        table.row(labels.get(index).into_iter().chain(numbers).map(Cell::new).collect());
    }
    table.draw(screen)?;
    if columns.folded > 0 && !screen.is_quiet() {
        let note =
            format!("{} choices do not fit: --top, --filter, or --format csv show them", columns.folded);
        screen.line(screen.style().dim(&note))?;
    }
    footnotes(answer, &kept, screen)
}

/// The columns with their numbers.
struct Columns {
    heads: Vec<String>,
    readings: Vec<Vec<Option<Reading>>>,
    texts: Vec<Vec<String>>,
    sums: Vec<Reading>,
    folded: usize,
    /// The decimal places of all numbers, so that columns can be compared.
    decimals: usize,
    /// The periods that are in the future.
    to_come: Vec<bool>,
}

impl Columns {
    fn of(answer: &Answer, lines: &[(Vec<Choice>, Reading)], periods: &[&[Row]], unicode: bool) -> Columns {
        let mut columns = Columns {
            heads: Vec::new(),
            readings: Vec::new(),
            texts: Vec::new(),
            sums: Vec::new(),
            folded: 0,
            decimals: 0,
            to_come: Vec::new(),
        };
        let is_to_come = |rows: &&[Row]| rows.iter().all(|row| answer.is_to_come(row));
        columns.to_come = periods.iter().map(is_to_come).collect();
        let measure = answer.first_measure();
        let all: Vec<String> =
            answer.rows.iter().map(|row| number(answer, measure, row.reading.as_ref())).collect();
        columns.decimals = if answer.has_aligned_numbers(measure) { most_decimals(&all) } else { 0 };
        for (choices, sum) in lines {
            let head: Vec<String> = choices.iter().map(choice_text).collect();
            let mut marks = answer.axes.iter().zip(choices).map(|(axis, choice)| answer.mark(axis, choice));
            let mark = marks.next().unwrap_or_default();
            let head = shortened(&head.join(", "), WIDEST - mark.len(), unicode) + mark;
            let reading = |rows: &&[Row]| {
                rows.iter().find(|row| row.choices == *choices).and_then(|row| row.reading.clone())
            };
            let readings: Vec<Option<Reading>> = periods.iter().map(reading).collect();
            columns.push(answer, head, readings, sum.clone());
        }
        columns
    }

    fn push(&mut self, answer: &Answer, head: String, readings: Vec<Option<Reading>>, sum: Reading) {
        let measure = answer.first_measure();
        let texts: Vec<String> =
            readings.iter().map(|reading| number(answer, measure, reading.as_ref())).collect();
        let texts =
            if answer.has_aligned_numbers(measure) { aligned_to(&texts, self.decimals) } else { texts };
        let texts = texts.into_iter().zip(&self.to_come);
        self.texts.push(texts.map(|(text, to_come)| if *to_come { String::new() } else { text }).collect());
        self.heads.push(head);
        self.readings.push(readings);
        self.sums.push(sum);
    }

    fn width(&self) -> usize {
        let width = |(head, texts): (&String, &Vec<String>)| {
            texts.iter().map(|text| text.width()).chain([head.width()]).max().unwrap_or(0) + GAP
        };
        self.heads.iter().zip(&self.texts).map(width).sum()
    }

    /// Folds the smallest columns into one until all fit.
    fn fit(&mut self, answer: &Answer, room: usize) {
        let mut rest: Option<(Vec<Option<Reading>>, Reading)> = None;
        while self.width() > room && self.heads.len() > 2 {
            // The last column holds the columns folded earlier; it is built again.
            if rest.is_some() {
                self.pop();
            }
            let smallest = self
                .sums
                .iter()
                .enumerate()
                .min_by_key(|(_, sum)| sum.total.raw().abs())
                .map(|(index, _)| index);
            let Some(index) = smallest.filter(|index| *index < self.heads.len()) else { break };
            self.heads.remove(index);
            self.texts.remove(index);
            let (readings, sum) = (self.readings.remove(index), self.sums.remove(index));
            self.folded += 1;
            let (sums, total) = rest.get_or_insert_with(|| {
                (vec![Some(nothing(answer.multiplier)); readings.len()], nothing(answer.multiplier))
            });
            for (own, reading) in sums.iter_mut().zip(&readings) {
                *own = own.as_ref().zip(reading.as_ref()).map(|(own, reading)| added(own, reading));
            }
            *total = added(total, &sum);
            self.push(answer, format!("{} more", self.folded), sums.clone(), total.clone());
        }
    }

    fn pop(&mut self) {
        self.heads.pop();
        self.texts.pop();
        self.readings.pop();
        self.sums.pop();
    }
}
