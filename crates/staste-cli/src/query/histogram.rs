//! A histogram as a table with bars, as JSON and as CSV.

use staste::formats::{Cell as CsvCell, CsvWriter};
use staste::{Choice, HistogramBin, Unit};

use crate::context::Context;
use crate::failure::Result;
use crate::output::{Cell, Json, OutputFormat, Screen, Table, aligned, choice_text, grouped, share_text};

/// Number of significant digits of bounds in a table: neighbours differ by 2 %.
const BOUND_DIGITS: i32 = 4;

/// The bins of a view.
#[derive(Debug)]
pub(crate) struct Histogram {
    pub(crate) metrica: String,
    /// The unit of the values.
    pub(crate) unit: Option<Unit>,
    /// The timespan in words.
    pub(crate) timespan: Option<String>,
    pub(crate) filter: Vec<(String, Choice)>,
    pub(crate) bins: Vec<HistogramBin>,
}

impl Histogram {
    /// Prints it.
    ///
    /// # Errors
    /// When the output is closed.
    pub(crate) fn write(&self, context: &mut Context, format: OutputFormat) -> Result<()> {
        match format {
            OutputFormat::Table => self.write_table(&mut context.screen),
            OutputFormat::Json => context.screen.json(&self.json()),
            OutputFormat::Csv => {
                let header = ["lower", "upper", "count"].map(str::to_owned);
                let mut writer = CsvWriter::new(context.screen.writer(), &header)?;
                for bin in &self.bins {
                    let bounds = [bin.lower, bin.upper].map(|bound| CsvCell::Number(bound.to_string()));
                    writer.write(&[&bounds[..], &[CsvCell::number(bin.count)]].concat())?;
                }
                Ok(())
            }
        }
    }

    fn json(&self) -> Json {
        let filter = self.filter.iter().map(|(axis, choice)| {
            let mut fields = vec![("axis", Json::text(axis))];
            fields.extend(Json::choice(choice));
            Json::Object(fields)
        });
        let bins = self.bins.iter().map(|bin| {
            Json::Object(vec![
                ("lower", Json::float(Some(bin.lower))),
                ("upper", Json::float(Some(bin.upper))),
                ("count", Json::integer(bin.count)),
            ])
        });
        Json::Object(vec![
            ("metrica", Json::text(&self.metrica)),
            ("timespan", self.timespan.as_ref().map_or(Json::Null, Json::text)),
            ("filter", Json::List(filter.collect())),
            ("bins", Json::List(bins.collect())),
        ])
    }

    fn write_table(&self, screen: &mut Screen) -> Result<()> {
        if !screen.is_quiet() {
            let mut parts = vec![screen.style().bold(&format!("{} by value", self.metrica))];
            parts.extend(self.timespan.clone());
            parts.extend(self.filter.iter().map(|(axis, choice)| format!("{axis} {}", choice_text(choice))));
            screen.line(parts.join(screen.either(" · ", " | ")))?;
            screen.line("")?;
        }
        if self.bins.is_empty() {
            return screen.line(screen.style().dim("nothing was counted"));
        }
        let mut table = Table::new();
        let unit = self.unit.as_ref().map_or_else(String::new, |unit| format!(" ({unit})"));
        let heads = [format!("above{unit}"), format!("up to{unit}"), "count".to_owned(), "share".to_owned()];
        heads.into_iter().for_each(|head| table.right(head));
        let lower: Vec<String> = self.bins.iter().map(|bin| bound_text(bin.lower)).collect();
        let upper: Vec<String> = self.bins.iter().map(|bin| bound_text(bin.upper)).collect();
        let all: i128 = self.bins.iter().map(|bin| bin.count).sum();
        let rows = self.bins.iter().zip(aligned(&lower)).zip(aligned(&upper));
        for ((bin, lower), upper) in rows {
            #[expect(clippy::cast_precision_loss, reason = "the length of a bar, and a share")]
            let (length, share) = (bin.count as f64, bin.count as f64 / all as f64);
            let cells = [lower, upper, grouped(&bin.count.to_string()), share_text(share)];
            table.row_with_bar(cells.map(Cell::new).into(), Some(length));
        }
        table.draw(screen)
    }
}

/// Formats a bound with a few significant digits.
fn bound_text(bound: f64) -> String {
    if bound == 0.0 {
        return "0".to_owned();
    }
    #[expect(clippy::cast_possible_truncation, reason = "the logarithm of a float is small")]
    let decimals = BOUND_DIGITS - 1 - bound.abs().log10().floor() as i32;
    let decimals = usize::try_from(decimals.max(0)).unwrap_or(0);
    let text = format!("{bound:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}
