//! `staste forget`: takes kicks out of every sum, as if they had never been.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Args;
use staste::{Reading, Staste, Total, View};

use super::query::filtered;
use crate::context::{Context, known};
use crate::failure::{DONE, FAILED, Failure, Result};
use crate::output::{choice_text, grouped, printable};
use crate::timespan_arguments::TimespanArguments;

/// Take a choice, a timespan or a whole Metrica out of the store
#[derive(Args, Debug)]
#[command(
    after_help = "Without --filter and a timespan the whole Metrica goes: its definition, its counts, and the record of what \
was imported into it. So does what is left of one whose keys somebody deleted in part. On a terminal it asks first; \
elsewhere it needs --yes.

Examples:
    staste forget visits --filter visitor=ann
    staste forget visits --filter visitor=ann --into-other
    staste forget visits --until 2012-01-01 --yes
    staste forget visits"
)]
pub(crate) struct ForgetArguments {
    /// The Metrica
    metrica: String,

    /// Only events with this choice: axis=value, axis:unset or axis:other
    #[arg(long, value_name = "AXIS=CHOICE")]
    filter: Vec<String>,

    /// Keep the events, but count them as other: the choice is forgotten and its place is free. Takes one
    /// --filter and no timespan
    #[arg(long, requires = "filter")]
    into_other: bool,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    timespan: TimespanArguments,
}

impl ForgetArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let timespan = self.timespan.timespan()?;
        let staste = context.open()?;
        let whole = self.filter.is_empty() && self.timespan.is_ever();
        if whole && let Some((_, faults)) = staste.store().faults(Some(&self.metrica))?.pop() {
            return self.forget_remains(context, &staste, &faults);
        }
        let metrica = known(&staste, &self.metrica)?;
        let definition = metrica.define()?;
        let view = filtered(&metrica, &definition, &self.filter)?.timespan(timespan);
        let reading = view.read()?;
        let what = what(&self, &view, &reading, whole);
        if !self.yes && !self.agreed(context, &what)? {
            context.screen.note("nothing was forgotten");
            return Ok(FAILED);
        }
        let forgotten = self.forget(&staste, &view, whole)?;
        if !context.screen.is_quiet() {
            let total = Total::new(forgotten.amount.total(), definition.multiplier);
            let count = definition.is_averaged().then_some(forgotten.amount.count());
            // What is moved is not taken away.
            let moved = if self.into_other { reading } else { Reading { total, count } };
            let done = if self.into_other { "moved to (other)" } else { "forgotten" };
            let amount = amount(&moved);
            let cells = grouped(&forgotten.cells.to_string());
            context.screen.line(format!("{done}: {amount} of {} ({cells} cells)", self.metrica))?;
        }
        Ok(DONE)
    }

    /// Forgets what is left of a Metrica that cannot be read.
    fn forget_remains(&self, context: &mut Context, staste: &Staste, faults: &[String]) -> Result<u8> {
        let metrica = &self.metrica;
        let agreed = self.yes || {
            faults.iter().for_each(|fault| context.screen.note(printable(&format!("{metrica}, {fault}"))));
            self.agreed(context, &format!("what is left of the metrica {metrica}, which cannot be read"))?
        };
        if !agreed {
            context.screen.note("nothing was forgotten");
            return Ok(FAILED);
        }
        let forgotten = staste.forget(metrica)?;
        if !context.screen.is_quiet() {
            let cells = grouped(&forgotten.cells.to_string());
            context.screen.line(format!("forgotten: what was left of {metrica} ({cells} cells)"))?;
        }
        Ok(DONE)
    }

    fn forget(&self, staste: &Staste, view: &View, whole: bool) -> Result<staste::store::Forgotten> {
        Ok(match (whole, self.into_other) {
            (true, _) => staste.forget(&self.metrica)?,
            (false, true) => view.forget_into_other()?,
            (false, false) => view.forget()?,
        })
    }

    /// Asks on a terminal.
    fn agreed(&self, context: &mut Context, what: &str) -> Result<bool> {
        let verb = if self.into_other { "move" } else { "forget" };
        if !(io::stdin().is_terminal() && context.screen.is_terminal()) {
            return Err(Failure::input(format!("this would {verb} {what}; run it again with --yes")));
        }
        let question = if self.into_other { format!("Move {what}") } else { format!("Forget {what}") };
        write!(context.screen.writer(), "{question}? It cannot be undone [y/N] ")?;
        context.screen.flush()?;
        let mut answer = String::new();
        if io::stdin().lock().read_line(&mut answer)? == 0 {
            // The question ended without the Enter that ends its line.
            context.screen.line("")?;
            context.screen.flush()?;
        }
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }
}

/// What would go, in words.
fn what(arguments: &ForgetArguments, view: &View, reading: &Reading, whole: bool) -> String {
    let (metrica, amount) = (&arguments.metrica, amount(reading));
    if whole {
        return format!("the whole metrica {metrica}, {amount}");
    }
    let mut of_what: Vec<String> =
        view.filters().map(|(axis, choice)| format!("{axis} {}", choice_text(choice))).collect();
    of_what.extend(arguments.timespan.describe());
    let to = if arguments.into_other { " to (other)" } else { "" };
    format!("{amount} of {metrica} ({}){to}", of_what.join(", "))
}

fn amount(reading: &Reading) -> String {
    let total = format!("a total of {}", grouped(&reading.total.to_string()));
    match reading.count {
        Some(count) => format!("{total} in {} events", grouped(&count.to_string())),
        None => total,
    }
}
