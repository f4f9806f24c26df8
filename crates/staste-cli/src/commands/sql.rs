//! `staste sql`: runs a read-only SQL statement on the views of a SQLite store.

use std::io::{self, Read as _};
use std::time::Duration;

use clap::Args;
use staste::{SqlQuery, SqlRows, SqlValue, text_format};

use crate::context::Context;
use crate::failure::{EXIT_SUCCESS, Failure, Result};
use crate::output::{Cell, Json, OutputFormat, Screen, Table, printable};

/// Maximum length of a statement on standard input, in bytes.
const MAX_STATEMENT_BYTES: u64 = 1 << 20;

/// Run a read-only SQL statement on a SQLite store
#[derive(Args, Debug)]
#[command(after_help = "\
Each Metrica is a view of the same name. Its columns are scale (minute, hour, day, month, year or ever), period (the \
start of the period in UTC), one for each axis, total, and count if the Metrica is averaged. There is a row for each \
combination of choices, and '(all)' stands for all choices of an axis: name one choice or '(all)' for each axis, or \
events are summed several times. `staste show METRICA` prints a statement to start from.

The statement cannot change anything: writes, ATTACH and changes of settings are refused. NULL is null in JSON and empty in CSV.

Examples:
    staste sql \"SELECT name FROM sqlite_schema WHERE type = 'view'\"
    staste sql \"SELECT period, gender, total FROM guests
        WHERE scale = 'day' AND age = '(all)'\"
    staste sql --format csv - < report.sql")]
pub(crate) struct SqlArguments {
    /// Statement to run, or - to read it from standard input
    statement: String,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: OutputFormat,

    /// Maximum number of rows; a result with more rows is an error and prints nothing
    #[arg(long, value_name = "N", default_value_t = SqlQuery::DEFAULT_MAX_ROWS)]
    max_rows: usize,

    /// Maximum run time of the statement, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, default_value = "30")]
    timeout: Duration,
}

impl SqlArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let staste = context.open()?;
        let statement = if self.statement == "-" { read_statement()? } else { self.statement };
        let query = SqlQuery::new(statement).max_rows(self.max_rows).timeout(self.timeout);
        let result = query.run(&staste).map_err(|error| {
            let is_unsupported = error.is_unsupported();
            let failure = Failure::from(error);
            match is_unsupported {
                true => failure
                    .help("use `staste query`, which reads every store: staste query METRICA --by AXIS"),
                false => failure,
            }
        })?;
        match self.format {
            OutputFormat::Table => write_table(&result, &mut context.screen)?,
            OutputFormat::Json => context.screen.json(&json(&result)?)?,
            OutputFormat::Csv => write_csv(&result, context.screen.writer())?,
        }
        Ok(EXIT_SUCCESS)
    }
}

fn parse_seconds(text: &str) -> std::result::Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected a number of seconds, such as 30 or 0.5".to_owned())
}

fn read_statement() -> Result<String> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(MAX_STATEMENT_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| {
        Failure::failed("the statement cannot be read from standard input").caused_by(&error)
    })?;
    if bytes.len() as u64 > MAX_STATEMENT_BYTES {
        return Err(Failure::input(format!("the statement is longer than {MAX_STATEMENT_BYTES} bytes"))
            .help("import large lists of values as a Metrica and join its view"));
    }
    String::from_utf8(bytes).map_err(|error| {
        Failure::input(format!(
            "the statement is not valid UTF-8 at byte {}",
            error.utf8_error().valid_up_to()
        ))
        .help("save it as UTF-8")
    })
}

fn write_table(result: &SqlRows, screen: &mut Screen) -> Result<()> {
    let mut table = Table::new();
    for (index, column) in result.columns.iter().enumerate() {
        let mut values = result.rows.iter().filter_map(|row| row.get(index));
        match values.all(|value| matches!(value, SqlValue::Null | SqlValue::Integer(_) | SqlValue::Real(_))) {
            true => table.right(printable(column)),
            false => table.left(printable(column)),
        }
    }
    for row in &result.rows {
        let cells = row.iter().map(|value| match text(value) {
            Some(text) => Cell::new(printable(&text)),
            None => Cell::dim("NULL"),
        });
        table.row(cells.collect());
    }
    if result.rows.is_empty() {
        table.remark("no rows");
    }
    table.draw(screen)
}

fn write_csv(result: &SqlRows, out: &mut impl io::Write) -> Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(result.columns.iter().map(|column| text_format::csv_cell(column).into_owned()))?;
    for row in &result.rows {
        writer.write_record(row.iter().map(|value| match (value, text(value)) {
            // Visitors choose names, and a spreadsheet must not take them for formulas.
            (SqlValue::Text(text), _) => text_format::csv_cell(text).into_owned(),
            (_, text) => text.unwrap_or_default(),
        }))?;
    }
    Ok(writer.flush()?)
}

fn json(result: &SqlRows) -> Result<Json> {
    for (index, column) in result.columns.iter().enumerate() {
        if result.columns.iter().skip(index + 1).any(|other| other == column) {
            return Err(Failure::input(format!(
                "two columns have the name {column}, which a JSON object cannot have twice"
            ))
            .help(format!("name them: SELECT ... AS {column}1, ... AS {column}2")));
        }
    }
    let row = |row: &Vec<SqlValue>| {
        Json::Named(result.columns.iter().cloned().zip(row.iter().map(json_value)).collect())
    };
    Ok(Json::Object(vec![
        ("columns", Json::List(result.columns.iter().map(Json::text).collect())),
        ("rows", Json::List(result.rows.iter().map(row).collect())),
    ]))
}

fn json_value(value: &SqlValue) -> Json {
    match value {
        SqlValue::Null => Json::Null,
        SqlValue::Integer(number) => Json::integer(*number),
        // JSON has no infinity. This is what SQLite writes, and parsers read it as infinity.
        SqlValue::Real(number) if number.is_infinite() => {
            Json::Number(if *number > 0.0 { "9e999" } else { "-9e999" }.to_owned())
        }
        SqlValue::Real(number) => Json::float(Some(*number)),
        SqlValue::Text(text) => Json::text(text),
        SqlValue::Blob(_) => text(value).map_or(Json::Null, Json::Text),
    }
}

/// Returns a value as text, with bytes as an SQL literal. Returns none for NULL.
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
