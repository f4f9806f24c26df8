//! Several processes count into one file at the same time, and nothing is lost or counted twice.
//!
//! Run it with `cargo run -p staste --example several_processes`. It starts itself four times.

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::path::Path;
use std::process::Command;

use staste::{Axis, Staste, choices};

const PROCESSES: usize = 4;
const KICKS: usize = 10_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A child gets its number and the file; see `start`.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [number, file] = arguments.as_slice() {
        return Ok(count(&open(Path::new(file))?, number)?);
    }
    let file = std::env::temp_dir().join(format!("staste-example-{}.db", std::process::id()));
    let children = (0..PROCESSES)
        .map(|number| Command::new(std::env::current_exe()?).arg(number.to_string()).arg(&file).spawn());
    for child in children.collect::<Result<Vec<_>, _>>()? {
        child.wait_with_output()?;
    }
    let guests = open(&file)?.stored_metrica("guests")?;
    for (process, total) in guests.iterate("process")? {
        println!("process {process}: {total}");
    }
    println!("all: {}", guests.total()?);
    std::fs::remove_file(&file)?;
    Ok(())
}

fn open(file: &Path) -> staste::Result<Staste> {
    staste::open(&format!("sqlite:{}", file.display()))
}

fn count(staste: &Staste, number: &str) -> staste::Result<()> {
    // The first process defines the Metrica; the others adopt the stored definition.
    let guests = staste.metrica("guests").axis("process", Axis::stored()).build()?;
    for _ in 0..KICKS {
        guests.kick(choices! { process: number })?;
    }
    // Commits what is pending. Without it, the kicks of the last 250 ms would be lost with the process.
    staste.close()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_of_one_file_add_up() -> staste::Result<()> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("guests.db");
        std::thread::scope(|scope| {
            let writers: Vec<_> = ["0", "1"]
                .map(|number| scope.spawn(|| count(&open(&file)?, number)))
                .into_iter()
                .map(|writer| writer.join().unwrap())
                .collect();
            writers.into_iter().collect::<staste::Result<()>>()
        })?;
        assert_eq!(open(&file)?.stored_metrica("guests")?.total()?, 2 * KICKS as i128);
        Ok(())
    }
}
