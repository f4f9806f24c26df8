//! Runs steps: first what compiles, one after the other, then all tests together on every core.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::provision;
use crate::workspace::Workspace;

/// How much to test.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Full,
    /// Nothing that has to be provisioned: for use while editing.
    Quick,
}

/// One part of the test command, which can be run alone by its name.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Whether `--quick` runs it too.
    pub(crate) quick: bool,
    prepare: fn(&Workspace, Mode) -> Result<Vec<Job>>,
}

impl Step {
    /// `prepare` does the work that uses all cores, such as compiling, and returns what may run at the same time as
    /// anything else.
    pub(crate) const fn new(
        name: &'static str,
        about: &'static str,
        prepare: fn(&Workspace, Mode) -> Result<Vec<Job>>,
    ) -> Self {
        Self { name, about, quick: false, prepare }
    }

    pub(crate) const fn quick(mut self) -> Self {
        self.quick = true;
        self
    }
}

/// A test program or a chain of them. It returns what they printed.
pub(crate) struct Job {
    name: String,
    run: Box<dyn FnOnce() -> Result<String> + Send>,
}

impl Job {
    pub(crate) fn new(
        name: impl Into<String>,
        run: impl FnOnce() -> Result<String> + Send + 'static,
    ) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }
}

/// Jobs that take longest; they start first, so that nothing waits for them alone at the end.
const SLOWEST: [&str; 6] =
    ["pytest", "browser", "staste-sqlite/conformance", "staste-core/copy", "it", "sentinel"];

/// Runs all steps of the mode. Downloads run next to the compilers.
pub(crate) fn run_all(all: &[Step], workspace: &Workspace, mode: Mode) -> Result<()> {
    if mode == Mode::Quick {
        return run_some(all.iter().filter(|step| step.quick), workspace, mode, || Ok(()));
    }
    let started = Instant::now();
    provision::system()?;
    thread::scope(|scope| {
        let environment = scope.spawn(|| provision::environment(workspace));
        run_some(all.iter().filter(|step| step.name != "provision"), workspace, mode, || {
            environment.join().expect("provisioning does not panic")?;
            println!("{:<12}{:>12}", "provision", readable(started.elapsed()));
            Ok(())
        })
    })
}

/// Runs these steps and prints the time of each. `provision` is called before the first step that needs it.
pub(crate) fn run_some<'s>(
    steps: impl IntoIterator<Item = &'s Step>,
    workspace: &Workspace,
    mode: Mode,
    provision: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let started = Instant::now();
    let mut provision = Some(provision);
    let mut steps: Vec<(&Step, Time)> = steps.into_iter().map(|step| (step, Time::default())).collect();
    let mut jobs = Vec::new();
    for (index, (step, time)) in steps.iter_mut().enumerate() {
        if !step.quick
            && let Some(provision) = provision.take()
        {
            provision()?;
        }
        let started = Instant::now();
        let more = (step.prepare)(workspace, mode)
            .with_context(|| format!("the step `{0}` failed; to run it alone: cargo xtask {0}", step.name))?;
        *time = Time { busy: started.elapsed(), left: more.len(), tests: 0 };
        time.print_if_done(step.name);
        jobs.extend(more.into_iter().map(|job| (index, job)));
    }
    jobs.sort_by_key(|(_, job)| SLOWEST.iter().position(|slow| *slow == job.name).unwrap_or(SLOWEST.len()));
    let failures = run(jobs, |index, busy, output| {
        if let Some((step, time)) = steps.get_mut(index) {
            time.busy += busy;
            time.left -= 1;
            time.tests += passed(output);
            time.print_if_done(step.name);
        }
    });
    println!("{:<12}{:>12}", "total", readable(started.elapsed()));
    for (name, error) in &failures {
        println!("\n==> {name} failed:\n{error:#}");
    }
    let tests: u64 = steps.iter().map(|(_, time)| time.tests).sum();
    if tests > 0 {
        println!("\n{tests} passed, {} failed", failures.len());
    }
    if failures.is_empty() {
        return Ok(());
    }
    bail!("failed: {}", failures.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "))
}

/// What a step took so far, and how many of its jobs are left.
#[derive(Default)]
struct Time {
    /// Includes jobs that ran at the same time.
    busy: Duration,
    left: usize,
    tests: u64,
}

impl Time {
    fn print_if_done(&self, name: &str) {
        let tests = if self.tests > 0 { format!("  {} tests", self.tests) } else { String::new() };
        if self.left == 0 {
            println!("{name:<12}{:>12}{tests}", readable(self.busy));
        }
    }
}

/// Runs jobs, some more at a time than there are cores as many of them wait, and reports each to `done`.
fn run(
    jobs: Vec<(usize, Job)>,
    done: impl FnMut(usize, Duration, &str) + Send,
) -> Vec<(String, anyhow::Error)> {
    let cores = thread::available_parallelism().map_or(2, usize::from);
    let jobs = Mutex::new(VecDeque::from(jobs));
    let done = Mutex::new(done);
    let failures = Mutex::new(Vec::new());
    let next = || jobs.lock().map_or(None, |mut jobs| jobs.pop_front());
    thread::scope(|scope| {
        for _ in 0..cores + 1 {
            scope.spawn(|| {
                while let Some((index, job)) = next() {
                    let started = Instant::now();
                    let output = (job.run)().unwrap_or_else(|error| {
                        failures.lock().expect("no thread panics").push((job.name, error));
                        String::new()
                    });
                    done.lock().expect("no thread panics")(index, started.elapsed(), &output);
                }
            });
        }
    });
    failures.into_inner().expect("no thread panics")
}

/// The number of tests that passed, as libtest, pytest and unittest print it.
fn passed(output: &str) -> u64 {
    let number = |text: &str, before: &str| -> Option<u64> {
        let (start, _) = text.split_once(before)?;
        start.rsplit(' ').next()?.parse().ok()
    };
    let of_line =
        |line: &str| number(line, " passed").or_else(|| number(line.strip_prefix("Ran ")?, " test"));
    output.lines().filter_map(of_line).sum::<u64>()
}

fn readable(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passed_tests_are_counted_in_each_format() {
        assert_eq!(passed("test result: ok. 7 passed; 0 failed\n\ntest result: ok. 2 passed; 0 failed"), 9);
        assert_eq!(passed("...\n12 passed, 3 warnings in 1.2s\n"), 12);
        assert_eq!(passed("Ran 4 tests in 0.1s\n\nOK"), 4);
        assert_eq!(passed("no tests were run"), 0);
    }

    #[test]
    fn every_job_runs_and_failures_are_named() {
        let job = |name: &str, result: Result<String>| (0, Job::new(name, || result));
        let jobs = vec![job("good", Ok("1 passed".to_owned())), job("bad", Err(anyhow::anyhow!("it broke")))];
        let mut reported = 0;
        let failures = run(jobs, |_, _, _| reported += 1);
        assert_eq!(reported, 2);
        assert_eq!(failures.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["bad"]);
    }

    #[test]
    fn times_are_readable() {
        assert_eq!(readable(Duration::from_millis(420)), "0.4 s");
        assert_eq!(readable(Duration::from_secs(125)), "2 min 05 s");
    }
}
