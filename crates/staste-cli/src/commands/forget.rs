//! `staste forget`: takes kicks out of every sum, as if they had never been.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Args;
use staste::{Definition, Reading, Staste, Total, View};

use super::query::filtered;
use crate::context::{Context, known};
use crate::failure::{DONE, FAILED, Failure, Result};
use crate::output::{choice_text, grouped};
use crate::timespan_arguments::TimespanArguments;

/// Take a choice, a timespan or a whole Metrica out of the store
#[derive(Args, Debug)]
#[command(
    after_help = "Without --filter and a timespan the whole Metrica goes: its definition, its counts, and the record of what \
was imported into it. On a terminal it asks first; elsewhere it needs --yes.

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
        let metrica = known(&staste, &self.metrica)?;
        let definition = metrica.define()?;
        let view = filtered(&metrica, &definition, &self.filter)?.timespan(timespan);
        let whole = self.filter.is_empty() && self.timespan.is_ever();
        let reading = view.read()?;
        if !self.yes && !self.agreed(context, &question(&self, &view, &reading, whole))? {
            context.screen.note("nothing was forgotten");
            return Ok(FAILED);
        }
        let forgotten = self.forget(&staste, &view, whole)?;
        if !context.screen.is_quiet() {
            let total = Total::new(forgotten.total, definition.multiplier).to_string();
            let done = if self.into_other { "moved to (other)" } else { "forgotten" };
            let amount = amount(&definition, &total, forgotten.count);
            let cells = grouped(&forgotten.cells.to_string());
            context.screen.line(format!("{done}: {amount} of {} ({cells} cells)", self.metrica))?;
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
    fn agreed(&self, context: &mut Context, question: &str) -> Result<bool> {
        if !(io::stdin().is_terminal() && context.screen.is_terminal()) {
            return Err(Failure::input("nothing was forgotten: there is no terminal to ask on")
                .help(format!("{question} Say so with --yes")));
        }
        write!(context.screen.writer(), "{question} It cannot be undone [y/N] ")?;
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

/// What would go, as a question.
fn question(arguments: &ForgetArguments, view: &View, reading: &Reading, whole: bool) -> String {
    let of = match reading.count {
        Some(count) => {
            format!("{} in {} events", grouped(&reading.total.to_string()), grouped(&count.to_string()))
        }
        None => grouped(&reading.total.to_string()),
    };
    let metrica = &arguments.metrica;
    if whole {
        return format!("Forget the whole metrica {metrica}, a total of {of}?");
    }
    let mut of_what: Vec<String> =
        view.filters().map(|(axis, choice)| format!("{axis} {}", choice_text(choice))).collect();
    of_what.extend(arguments.timespan.describe());
    let of_what = of_what.join(", ");
    if arguments.into_other {
        return format!("Move a total of {of} of {metrica} ({of_what}) to (other)?");
    }
    format!("Forget a total of {of} of {metrica} ({of_what})?")
}

fn amount(definition: &Definition, total: &str, count: i128) -> String {
    let total = format!("a total of {}", grouped(total));
    if definition.is_averaged() {
        format!("{total} in {} events", grouped(&count.to_string()))
    } else {
        total
    }
}
