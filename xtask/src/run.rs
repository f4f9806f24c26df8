//! Runs steps, with the time each one took.

use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::step::{Mode, STEPS, Step};
use crate::workspace::Workspace;

/// What became of one step.
struct Outcome {
    name: &'static str,
    took: Duration,
    failed: bool,
}

/// Every step of the mode in order, until one fails; then the table of times.
pub(crate) fn all(workspace: &Workspace, mode: Mode) -> Result<(), Failure> {
    let mut outcomes = Vec::new();
    for step in STEPS.iter().filter(|step| step.belongs_to(mode)) {
        println!("==> {}: {}", step.name, step.about);
        let started = Instant::now();
        let result = (step.act)(workspace, mode);
        let took = started.elapsed();
        outcomes.push(Outcome { name: step.name, took, failed: result.is_err() });
        if let Err(failure) = result {
            println!("\n{}", table(&outcomes));
            return Err(named(step, mode, &failure));
        }
        println!("    {} passed in {}\n", step.name, readable(took));
    }
    print!("{}", table(&outcomes));
    Ok(())
}

/// One step alone.
pub(crate) fn one(step: &Step, workspace: &Workspace, mode: Mode) -> Result<(), Failure> {
    let started = Instant::now();
    (step.act)(workspace, mode).map_err(|failure| named(step, mode, &failure))?;
    println!("    {} passed in {}", step.name, readable(started.elapsed()));
    Ok(())
}

fn named(step: &Step, mode: Mode, failure: &Failure) -> Failure {
    Failure::new(format!("the step `{}` failed: {failure}\nTo run it alone: {}", step.name, step.alone(mode)))
}

fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let failed = if outcome.failed { "  failed" } else { "" };
        text.push_str(&format!("{:<12}{:>12}{failed}\n", outcome.name, readable(outcome.took)));
    }
    let total = outcomes.iter().map(|outcome| outcome.took).sum();
    text.push_str(&format!("{:<12}{:>12}\n", "total", readable(total)));
    text
}

fn readable(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lines_up_and_marks_what_failed() {
        let outcomes = [
            Outcome { name: "fmt", took: Duration::from_millis(420), failed: false },
            Outcome { name: "cargo-test", took: Duration::from_secs(125), failed: true },
        ];
        assert_eq!(
            table(&outcomes),
            "fmt                0.4 s\n\
             cargo-test    2 min 05 s  failed\n\
             total         2 min 05 s\n"
        );
    }

    #[test]
    fn a_failure_says_how_to_run_the_step_alone() {
        let step = STEPS.iter().find(|step| step.name == "cargo-test").unwrap();
        let message = named(step, Mode::Quick, &Failure::new("it broke")).to_string();
        assert_eq!(
            message,
            "the step `cargo-test` failed: it broke\nTo run it alone: cargo xtask cargo-test --quick"
        );
    }
}
