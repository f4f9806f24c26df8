//! `staste sql`: one statement that reads the views of a store in SQLite.

use std::io::{self, Read as _};
use std::time::Duration;

use clap::Args;
use staste::{SqlQuery, SqlRows, SqlValue, text_format};

use crate::context::Context;
use crate::failure::{DONE, Failure, Result};
use crate::output::{Cell, Format, Json, Screen, Table, printable};

/// The longest statement that is read from standard input, in bytes.
const LONGEST: u64 = 1 << 20;

/// Run one SQL statement that reads the store
#[derive(Args, Debug)]
#[command(
    after_help = "The store must be a SQLite file. Each Metrica is a view of its own name, with the columns scale (minute to \
ever), period (its start in UTC), one for each axis, total, and count when it is averaged. There is a row for each \
combination of choices, so a sum has to name one choice of each axis, or '(all)'; `staste show METRICA` prints such a \
statement.

The statement cannot change anything: writing, ATTACH and settings are refused. JSON has each row as an object, with \
null for NULL; in CSV NULL is empty.

Examples:
    staste sql \"SELECT name FROM sqlite_schema WHERE type = 'view'\"
    staste sql \"SELECT period, gender, total FROM guests WHERE scale = 'day' AND age = '(all)'\"
    staste sql --format csv - < report.sql"
)]
pub(crate) struct SqlArguments {
    /// The statement; - reads it from standard input
    statement: String,

    /// How to write the rows
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// The most rows; more are an error, and none is written
    #[arg(long, value_name = "N", default_value_t = SqlQuery::DEFAULT_MAX_ROWS)]
    max_rows: usize,

    /// How long the statement may take, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "30")]
    timeout: Duration,
}

impl SqlArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let staste = context.open()?;
        let statement = if self.statement == "-" { read_statement()? } else { self.statement };
        let query = SqlQuery::new(statement).max_rows(self.max_rows).timeout(self.timeout);
        let found = query.run(&staste).map_err(|error| {
            let is_unsupported = error.is_unsupported();
            let failure = Failure::from(error);
            match is_unsupported {
                true => failure.help("`staste query` reads every store: staste query METRICA --by AXIS"),
                false => failure,
            }
        })?;
        match self.format {
            Format::Table => table(&found, &mut context.screen)?,
            Format::Json => context.screen.json(&json(&found)?)?,
            Format::Csv => csv(&found, context.screen.writer())?,
        }
        Ok(DONE)
    }
}

fn seconds(text: &str) -> std::result::Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected a number of seconds, such as 30 or 0.5".to_owned())
}

fn read_statement() -> Result<String> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| {
        Failure::failed("the statement cannot be read from standard input").because(&error)
    })?;
    if bytes.len() as u64 > LONGEST {
        return Err(Failure::input(format!("the statement is longer than {LONGEST} bytes"))
            .help("put large lists of values into a file, and import it as a Metrica"));
    }
    String::from_utf8(bytes).map_err(|error| {
        Failure::input(format!(
            "the statement is not valid UTF-8 at byte {}",
            error.utf8_error().valid_up_to()
        ))
        .help("save it as UTF-8")
    })
}

fn table(found: &SqlRows, screen: &mut Screen) -> Result<()> {
    let mut table = Table::new();
    for (index, column) in found.columns.iter().enumerate() {
        let mut values = found.rows.iter().filter_map(|row| row.get(index));
        match values.all(|value| matches!(value, SqlValue::Null | SqlValue::Integer(_) | SqlValue::Real(_))) {
            true => table.right(printable(column)),
            false => table.left(printable(column)),
        }
    }
    for row in &found.rows {
        let cells = row.iter().map(|value| match text(value) {
            Some(text) => Cell::new(printable(&text)),
            None => Cell::faint("NULL"),
        });
        table.row(cells.collect());
    }
    if found.rows.is_empty() {
        table.remark("no rows");
    }
    table.draw(screen)
}

fn csv(found: &SqlRows, out: &mut impl io::Write) -> Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(found.columns.iter().map(|column| text_format::csv_cell(column).into_owned()))?;
    for row in &found.rows {
        writer.write_record(row.iter().map(|value| match (value, text(value)) {
            // Whoever opens it in a spreadsheet must not run what a visitor chose as a name.
            (SqlValue::Text(text), _) => text_format::csv_cell(text).into_owned(),
            (_, text) => text.unwrap_or_default(),
        }))?;
    }
    Ok(writer.flush()?)
}

fn json(found: &SqlRows) -> Result<Json> {
    for (index, column) in found.columns.iter().enumerate() {
        if found.columns.iter().skip(index + 1).any(|other| other == column) {
            return Err(Failure::input(format!(
                "two columns are called {column}, and a row in JSON can have one"
            ))
            .help(format!("name them: SELECT ... AS {column}1, ... AS {column}2")));
        }
    }
    let row = |row: &Vec<SqlValue>| {
        Json::Named(found.columns.iter().cloned().zip(row.iter().map(json_value)).collect())
    };
    Ok(Json::Object(vec![
        ("columns", Json::List(found.columns.iter().map(Json::text).collect())),
        ("rows", Json::List(found.rows.iter().map(row).collect())),
    ]))
}

fn json_value(value: &SqlValue) -> Json {
    match value {
        SqlValue::Null => Json::Null,
        SqlValue::Integer(number) => Json::integer(*number),
        // As SQLite writes it: JSON has no word for it, and readers take it for infinity.
        SqlValue::Real(number) if number.is_infinite() => {
            Json::Number(if *number > 0.0 { "9e999" } else { "-9e999" }.to_owned())
        }
        SqlValue::Real(number) => Json::float(Some(*number)),
        SqlValue::Text(text) => Json::text(text),
        SqlValue::Blob(_) => text(value).map_or(Json::Null, Json::Text),
    }
}

/// A value as text, bytes as SQL has them; none for NULL.
fn text(value: &SqlValue) -> Option<String> {
    Some(match value {
        SqlValue::Null => return None,
        SqlValue::Integer(number) => number.to_string(),
        SqlValue::Real(number) => format!("{number:?}"),
        SqlValue::Text(text) => text.clone(),
        SqlValue::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{hex}'")
        }
    })
}
