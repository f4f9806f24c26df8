//! `Report`: the result of a copy, as a table or JSON.

use staste::{Address, CopyReport, Total};

use crate::failure::Result;
use crate::output::{Cell, Json, ReportFormat, Screen, Table, aligned, grouped, printable};

/// The result of a copy.
pub(super) struct Report {
    from: String,
    to: String,
    is_dry_run: bool,
    pub(super) copies: Vec<CopyReport>,
}

impl Report {
    pub(super) fn new(from: &Address, to: &Address, is_dry_run: bool) -> Report {
        Report { from: from.to_string(), to: to.to_string(), is_dry_run, copies: Vec::new() }
    }

    /// Returns true if a copy was interrupted.
    pub(super) fn is_interrupted(&self) -> bool {
        self.copies.iter().any(|copied| copied.is_interrupted)
    }

    /// Writes the report.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub(super) fn write(&self, screen: &mut Screen, format: ReportFormat) -> Result<()> {
        match format {
            ReportFormat::Json => screen.json(&self.json()),
            ReportFormat::Table if screen.is_quiet() => Ok(()),
            ReportFormat::Table => self.write_table(screen),
        }
    }

    fn json(&self) -> Json {
        let metricas = self.copies.iter().map(|copied| {
            let count = |count: Option<i128>| count.map_or(Json::Null, Json::integer);
            let since = copied.since.map(|(total, kicks)| {
                Json::Object(vec![("total", Json::total(total)), ("count", count(kicks))])
            });
            Json::Object(vec![
                ("name", Json::text(&copied.metrica)),
                ("new", Json::Bool(copied.is_new)),
                ("total", Json::total(copied.total)),
                ("count", count(copied.count)),
                ("points", Json::integer(copied.points)),
                ("import_records", Json::integer(copied.records)),
                ("cells_compared", Json::integer(copied.compared)),
                ("since", since.unwrap_or(Json::Null)),
                ("interrupted", Json::Bool(copied.is_interrupted)),
                ("notes", Json::List(copied.notes.iter().map(Json::text).collect())),
            ])
        });
        Json::Object(vec![
            ("from", Json::text(&self.from)),
            ("to", Json::text(&self.to)),
            ("dry_run", Json::Bool(self.is_dry_run)),
            ("interrupted", Json::Bool(self.is_interrupted())),
            ("metricas", Json::List(metricas.collect())),
        ])
    }

    fn write_table(&self, screen: &mut Screen) -> Result<()> {
        let mut table = Table::new();
        table.left("metrica");
        table.right(if self.is_dry_run { "would be copied" } else { "total copied" });
        table.right("kicks");
        table.right("points");
        table.right("cells compared");
        for copied in &self.copies {
            let number = |number: u64| Cell::new(grouped(&number.to_string()));
            let count = copied.count.map(|count| grouped(&count.to_string()));
            table.row(vec![
                Cell::new(&copied.metrica),
                Cell::new(aligned(&[copied.total.to_string()]).concat()),
                count.map_or(Cell::dim("-"), Cell::new),
                number(copied.points),
                if copied.compared == 0 { Cell::dim("-") } else { number(copied.compared) },
            ]);
        }
        table.draw(screen)?;
        screen.line("")?;
        for copied in &self.copies {
            for note in &copied.notes {
                screen.line(format!("note: {}: {}", copied.metrica, printable(note)))?;
            }
            if let Some((total, count)) = copied.since {
                screen.line(format!(
                    "{}: run it again to copy {}",
                    copied.metrica,
                    remaining_text(total, count)
                ))?;
            }
        }
        let verdict = if self.is_interrupted() {
            "interrupted; run it again to finish"
        } else if self.is_dry_run {
            "dry run: nothing was written"
        } else if self.copies.iter().any(|copied| copied.since.is_some()) {
            "everything else is the same in both stores, and every sum is the sum of its parts"
        } else {
            "both stores are the same, and every sum is the sum of its parts"
        };
        let style = screen.style();
        screen.line(if self.is_interrupted() || self.is_dry_run {
            verdict.to_owned()
        } else {
            style.green(verdict)
        })
    }
}

/// Describes what was counted during the copy.
fn remaining_text(total: Total, count: Option<i128>) -> String {
    let total = aligned(&[total.to_string()]).concat();
    match count {
        Some(count) => format!("{} more kicks, a total of {total}", grouped(&count.to_string())),
        None => format!("a total of {total} more"),
    }
}
