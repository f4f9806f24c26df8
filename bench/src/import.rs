//! The import of a CSV file, compared with DuckDB's CSV reader and a GROUP BY of the same file.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::table::{heading, medians, row};

const ROWS: u32 = 2_000_000;

/// Groups the file as an import does, by day and choices.
const DUCKDB: &str = "import duckdb, sys, time
begun = time.perf_counter()
duckdb.sql(f\"SET threads = 1\")
duckdb.sql(f\"SELECT date_trunc('day', date), carrier, origin, dest, count(*) FROM read_csv('{sys.argv[1]}') \
GROUP BY ALL\").fetchall()
print(time.perf_counter() - begun)";

pub fn run() -> Result<(), Box<dyn Error>> {
    heading("import of CSV, 3 axes, rows that merge; peer: DuckDB read_csv + GROUP BY, one thread");
    let directory = tempfile::tempdir()?;
    let csv = directory.path().join("rows.csv");
    write_rows(&csv)?;
    build()?;
    let python = std::env::var("STASTE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_duckdb =
        Command::new(&python).args(["-c", "import duckdb"]).stderr(Stdio::null()).status()?.success();
    let mut store = 0;
    let [ours, theirs] = medians(|| {
        store += 1;
        let database = directory.path().join(format!("{store}.db"));
        let ours = import(&csv, &database).expect("an import");
        [ours, if has_duckdb { duckdb(&python, &csv).expect("a query") } else { f64::NAN }]
    });
    let rate = |seconds: f64| f64::from(ROWS) / seconds;
    row("rows/s", rate(ours), has_duckdb.then(|| rate(theirs)), "/s", ">= 1 M/s, >= 0.33 x");
    if !has_duckdb {
        println!("(no duckdb for {python}: pip install duckdb, or name a python with STASTE_PYTHON)");
    }
    Ok(())
}

fn write_rows(csv: &Path) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(csv)?);
    writeln!(out, "date,carrier,origin,dest,delay")?;
    for line in 0..u64::from(ROWS) {
        let random = line.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        let day = line * 365 / u64::from(ROWS);
        let (month, day) = (1 + day / 31, 1 + day % 28);
        writeln!(
            out,
            "2013-{month:02}-{day:02}T{:02}:{:02}:00Z,C{},O{},D{},{}",
            random % 24,
            random % 60,
            random % 16,
            random / 16 % 3,
            random / 48 % 20,
            random % 90
        )?;
    }
    out.flush()
}

/// Builds the program.
pub fn build() -> Result<(), Box<dyn Error>> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let built = Command::new("cargo")
        .args(["build", "--quiet", "--release", "--package", "staste-cli", "--manifest-path", manifest])
        .status()?;
    if built.success() { Ok(()) } else { Err("the program did not build".into()) }
}

fn import(csv: &Path, database: &Path) -> Result<f64, Box<dyn Error>> {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/staste");
    let begun = Instant::now();
    let done = Command::new(program)
        .arg("import")
        .arg(csv)
        .args([
            "--metrica",
            "rows",
            "--date",
            "date",
            "--axis",
            "carrier",
            "--axis",
            "origin",
            "--axis",
            "dest",
        ])
        .arg("--store")
        .arg(format!("sqlite:{}", database.display()))
        .stdout(Stdio::null())
        .status()?;
    if done.success() { Ok(begun.elapsed().as_secs_f64()) } else { Err("the import failed".into()) }
}

fn duckdb(python: &str, csv: &Path) -> Result<f64, Box<dyn Error>> {
    let output = Command::new(python).arg("-c").arg(DUCKDB).arg(csv).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
