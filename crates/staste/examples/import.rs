//! Imports past events from a CSV file. Each block of rows is counted exactly once, however often the import runs.
//!
//! Run it with `cargo run -p staste --example import FILE.csv`, whose rows are `DATE,PAGE,SECONDS`. For log files, CSV
//! and NDJSON the program has a command, `staste import`.

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::io::BufRead;

use staste::{Axis, Choice, Moment, Staste, Value, store::Claim};

/// Rows that are committed together with one claim. Blocks have to be cut at the same rows by every run.
const ROWS_PER_BLOCK: usize = 10_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: import FILE.csv")?;
    let staste = staste::open("sqlite:visits.db")?;
    let file = std::io::BufReader::new(std::fs::File::open(&path)?);
    let (counted, known) = import(&staste, &path, file)?;
    println!("{counted} rows counted, {known} rows had been counted before");
    Ok(staste.close()?)
}

/// Returns the numbers of rows that were counted now, and that an earlier run had counted.
fn import(
    staste: &Staste,
    name: &str,
    rows: impl BufRead,
) -> Result<(usize, usize), Box<dyn std::error::Error>> {
    let visits = staste.metrica("visits").axis("page", Axis::path()).averaged().multiplier(1000).build()?;
    let mut bulk = visits.bulk()?;
    let rows = rows.lines().collect::<Result<Vec<String>, _>>()?;
    let (mut counted, mut known) = (0, 0);
    for (block, rows) in rows.chunks(ROWS_PER_BLOCK).enumerate() {
        for row in rows {
            let [date, page, seconds] = row.split(',').collect::<Vec<_>>()[..] else {
                return Err(format!("invalid row {row:?}: expected DATE,PAGE,SECONDS").into());
            };
            let page = Choice::path(page.split('/').filter(|name| !name.is_empty()));
            bulk.kick([("page", page)], Value::parse(seconds)?, Moment::parse(date)?)?;
        }
        // The Store takes the kicks and the claim together, or neither if the claim was made before.
        let key = format!("import/visits/{name}/{block}");
        let applied = bulk.commit(vec![Claim::new(key, [])])?;
        if applied.duplicate { known += rows.len() } else { counted += rows.len() }
    }
    Ok((counted, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_run_counts_nothing_again() -> Result<(), Box<dyn std::error::Error>> {
        let staste = staste::open("memory:")?;
        let rows = "2026-02-07T10:15Z,/blog/spring,1.5\n2026-02-08T09:00Z,/blog/summer,0.25\n";
        assert_eq!(import(&staste, "log", rows.as_bytes())?, (2, 0));
        assert_eq!(import(&staste, "log", rows.as_bytes())?, (0, 2));
        let visits = staste.stored_metrica("visits")?;
        assert_eq!((visits.count()?, visits.total()?.to_string()), (2, "1.75".to_owned()));
        Ok(())
    }
}
