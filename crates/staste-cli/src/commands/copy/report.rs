//! `Report`: what was copied, for people and for programs.

use staste::{Address, CopyReport, Total};

use crate::failure::Result;
use crate::output::{Cell, Json, ReportFormat, Screen, Table, aligned, grouped, printable};

/// What was copied.
pub(super) struct Report {
    from: String,
    to: String,
    dry: bool,
    pub(super) copied: Vec<CopyReport>,
}

impl Report {
    pub(super) fn new(from: &Address, to: &Address, dry: bool) -> Report {
        Report { from: from.to_string(), to: to.to_string(), dry, copied: Vec::new() }
    }

    /// True when a copy was broken off.
    pub(super) fn is_broken_off(&self) -> bool {
        self.copied.iter().any(|copied| copied.is_broken_off)
    }

    /// Writes it.
    ///
    /// # Errors
    /// When nobody reads it.
    pub(super) fn write(&self, screen: &mut Screen, format: ReportFormat) -> Result<()> {
        match format {
            ReportFormat::Json => screen.json(&self.json()),
            ReportFormat::Table if screen.is_quiet() => Ok(()),
            ReportFormat::Table => self.table(screen),
        }
    }

    fn json(&self) -> Json {
        let metricas = self.copied.iter().map(|copied| {
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
                ("interrupted", Json::Bool(copied.is_broken_off)),
                ("notes", Json::List(copied.notes.iter().map(Json::text).collect())),
            ])
        });
        Json::Object(vec![
            ("from", Json::text(&self.from)),
            ("to", Json::text(&self.to)),
            ("dry_run", Json::Bool(self.dry)),
            ("interrupted", Json::Bool(self.is_broken_off())),
            ("metricas", Json::List(metricas.collect())),
        ])
    }

    fn table(&self, screen: &mut Screen) -> Result<()> {
        let mut table = Table::new();
        table.left("metrica");
        table.right(if self.dry { "would be copied" } else { "total copied" });
        table.right("kicks");
        table.right("points");
        table.right("cells compared");
        for copied in &self.copied {
            let number = |number: u64| Cell::new(grouped(&number.to_string()));
            let count = copied.count.map(|count| grouped(&count.to_string()));
            table.row(vec![
                Cell::new(&copied.metrica),
                Cell::new(aligned(&[copied.total.to_string()]).concat()),
                count.map_or(Cell::faint("-"), Cell::new),
                number(copied.points),
                if copied.compared == 0 { Cell::faint("-") } else { number(copied.compared) },
            ]);
        }
        table.draw(screen)?;
        screen.line("")?;
        for copied in &self.copied {
            for note in &copied.notes {
                screen.line(format!("note: {}: {}", copied.metrica, printable(note)))?;
            }
            if let Some((total, count)) = copied.since {
                screen.line(format!(
                    "{}: run it again to bring over {}",
                    copied.metrica,
                    more(total, count)
                ))?;
            }
        }
        let end = if self.is_broken_off() {
            "interrupted; run it again to go on"
        } else if self.dry {
            "a dry run: nothing was written"
        } else if self.copied.iter().any(|copied| copied.since.is_some()) {
            "all else is the same in both, and every sum is the sum of its parts"
        } else {
            "both hold the same, and every sum is the sum of its parts"
        };
        let paint = screen.paint();
        screen.line(if self.is_broken_off() || self.dry { end.to_owned() } else { paint.green(end) })
    }
}

/// What was kicked meanwhile.
fn more(total: Total, count: Option<i128>) -> String {
    let total = aligned(&[total.to_string()]).concat();
    match count {
        Some(count) => format!("{} more kicks, a total of {total}", grouped(&count.to_string())),
        None => format!("a total of {total} more"),
    }
}
