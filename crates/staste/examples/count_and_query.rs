//! Counts guests by gender and age, then queries the counts in several ways.
//!
//! Run it with `cargo run -p staste --example count_and_query`; it keeps its counts in memory.

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use staste::{Axis, Moment, Scale, Staste, Timespan, choices};

fn main() -> staste::Result<()> {
    run(&staste::open("memory:")?)
}

fn run(staste: &Staste) -> staste::Result<()> {
    let guests = staste
        .metrica("guests")
        .axis("gender", Axis::declared(["boy", "girl"])) // fixed choices: anything else is an error
        .axis("age", Axis::stored()) // any value; the first 10,000 are kept apart
        .averaged() // keeps counts as well as totals, so that averages are known
        .build()?;

    // Each kick counts one guest, and adds what they spent.
    let day = |day: u32, hour: u32| Moment::parse(&format!("2026-02-{day:02}T{hour:02}:00Z"));
    guests.kick_with(choices! { gender: "girl", age: 18 }, 12, day(7, 10)?)?;
    guests.kick_with(choices! { gender: "girl", age: 19 }, 8, day(7, 15)?)?;
    guests.kick_with(choices! { gender: "boy", age: 18 }, 3, day(9, 12)?)?;

    let february = guests.timespan(Timespan::month(2026, 2)?);
    println!("{} guests spent {} in February", february.count()?, february.total()?);
    println!("girls spent {:?} each", february.filter(choices! { gender: "girl" })?.average()?);
    for (gender, spent) in february.iterate("gender")? {
        println!("{gender}: {spent}");
    }
    for (day, reading) in february.series(Scale::Day)? {
        if let Some(reading) = reading.filter(|reading| reading.count != Some(0)) {
            println!("{day}: {}", reading.total);
        }
    }
    staste.close()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_are_counted_and_found() -> staste::Result<()> {
        let staste = staste::open("memory:")?;
        run(&staste)?;
        let guests = staste.stored_metrica("guests")?;
        assert_eq!((guests.count()?, guests.total()?.raw()), (3, 23));
        Ok(())
    }
}
