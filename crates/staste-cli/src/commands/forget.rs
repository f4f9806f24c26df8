//! `staste forget`: deletes kicks from every sum, as if they had never been counted.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Args;
use staste::{Reading, Staste, Total};

use super::forget_selection::{ForgetSelection, choices_text};
use crate::context::{Context, find_metrica};
use crate::failure::{EXIT_FAILURE, EXIT_SUCCESS, Failure, Result};
use crate::output::{grouped, printable};
use crate::timespan_arguments::TimespanArguments;

/// Delete the counts of a choice, a timespan or a whole Metrica
#[derive(Args, Debug)]
#[command(after_help = "\
Without --filter and a timespan, the whole Metrica is deleted: its definition, its counts and the record of what was \
imported into it. This also deletes the rest of a Metrica that is damaged because some of its keys are missing. \
Deleted counts cannot be restored. On a terminal the command asks for confirmation; otherwise it needs --yes.

An asterisk in a filter stands for any text, on a path axis within one component: page=/wp-* is every path that begins \
with a component like wp-login.php, and everything below it. Write \\* for an asterisk, and then \\\\ for a backslash. \
Several filters of one axis delete events with any of the choices.

Examples:
    staste forget visits --filter visitor=ann
    staste forget visits --filter 'page=/wp-*' --filter 'page=*.php' --dry-run
    staste forget visits --filter 'page=/wp-*' --filter 'page=*.php' --yes
    staste forget visits --filter visitor=ann --into-other
    staste forget visits --until 2012-01-01 --yes
    staste forget visits --filter status=404 --yes
    staste forget visits --zero
    staste forget visits")]
pub(crate) struct ForgetArguments {
    /// Name of the Metrica
    metrica: String,

    /// Delete only events with this choice: axis=value, axis=pattern*, axis:unset or axis:other. Repeatable
    #[arg(long, value_name = "AXIS=CHOICE")]
    filter: Vec<String>,

    /// Count the events as other instead of deleting them. The choices no longer use up the cap of their axis. Needs
    /// filters of exactly one axis and no timespan
    #[arg(long, requires = "filter")]
    into_other: bool,

    /// Remove the choices that nothing counts any more, so that they no longer use up the caps of their axes. No counts
    /// are deleted
    #[arg(long, conflicts_with_all = ["filter", "into_other", "year", "week", "quarter", "last", "since", "until"])]
    zero: bool,

    /// Show what would be deleted, and delete nothing
    #[arg(long, conflicts_with = "zero")]
    dry_run: bool,

    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    timespan: TimespanArguments,
}

impl ForgetArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        self.timespan.check()?;
        let staste = context.open()?;
        if self.zero {
            return self.free_unused_choices(context, &staste);
        }
        let is_whole = self.filter.is_empty() && self.timespan.is_all_time();
        if is_whole && let Some((_, faults)) = staste.store().faults(Some(&self.metrica))?.pop() {
            return self.forget_damaged(context, &staste, &faults);
        }
        let metrica = find_metrica(&staste, &self.metrica)?;
        let definition = metrica.define()?;
        let timespan = self.timespan.timespan(&metrica, &definition)?;
        let selection = ForgetSelection::read(&metrica, &definition, &self.filter, timespan)?;
        let subject = self.subject(&selection, is_whole);
        if self.dry_run {
            context.screen.line(format!("would {} {subject}", self.verb()))?;
            selection.list(&mut context.screen)?;
            return Ok(EXIT_SUCCESS);
        }
        if !self.yes && !self.is_confirmed(context, &subject)? {
            context.screen.note("nothing was forgotten");
            return Ok(EXIT_FAILURE);
        }
        let forgotten = match is_whole {
            true => staste.forget(&self.metrica)?,
            false => selection.forget(self.into_other)?,
        };
        if !context.screen.is_quiet() {
            let total = Total::new(forgotten.amount.total(), definition.multiplier);
            let count = definition.is_averaged().then_some(forgotten.amount.count());
            // Moving to other deletes no amount, so the amount read before is reported.
            let (done, changed) = match self.into_other {
                true => ("moved to (other)", selection.reading),
                false => ("forgotten", Reading::new(total, count)),
            };
            let amount = amount_text(&changed);
            let cells = grouped(&forgotten.cells.to_string());
            let freed = match forgotten.choices {
                0 => String::new(),
                choices => format!(", {} that nothing counts any more", choices_text(choices)),
            };
            context.screen.line(format!("{done}: {amount} of {} ({cells} cells{freed})", self.metrica))?;
        }
        Ok(EXIT_SUCCESS)
    }

    /// Removes the choices that nothing counts any more.
    fn free_unused_choices(&self, context: &mut Context, staste: &Staste) -> Result<u8> {
        let freed = find_metrica(staste, &self.metrica)?.free_unused_choices()?;
        if !context.screen.is_quiet() {
            let choices = choices_text(freed);
            context
                .screen
                .line(format!("removed: {choices} of {} that nothing counts any more", self.metrica))?;
        }
        Ok(EXIT_SUCCESS)
    }

    /// Deletes the rest of a Metrica that is damaged and cannot be read.
    fn forget_damaged(&self, context: &mut Context, staste: &Staste, faults: &[String]) -> Result<u8> {
        let metrica = &self.metrica;
        if self.dry_run {
            faults.iter().for_each(|fault| context.screen.note(printable(&format!("{metrica}, {fault}"))));
            context
                .screen
                .line(format!("would forget what is left of the metrica {metrica}, which cannot be read"))?;
            return Ok(EXIT_SUCCESS);
        }
        let is_confirmed = self.yes || {
            faults.iter().for_each(|fault| context.screen.note(printable(&format!("{metrica}, {fault}"))));
            self.is_confirmed(
                context,
                &format!("what is left of the metrica {metrica}, which cannot be read"),
            )?
        };
        if !is_confirmed {
            context.screen.note("nothing was forgotten");
            return Ok(EXIT_FAILURE);
        }
        let forgotten = staste.forget(metrica)?;
        if !context.screen.is_quiet() {
            let cells = grouped(&forgotten.cells.to_string());
            context.screen.line(format!("forgotten: what was left of {metrica} ({cells} cells)"))?;
        }
        Ok(EXIT_SUCCESS)
    }

    /// Asks for confirmation on a terminal.
    fn is_confirmed(&self, context: &mut Context, subject: &str) -> Result<bool> {
        let verb = self.verb();
        if !(io::stdin().is_terminal() && context.screen.is_terminal()) {
            return Err(Failure::input(format!("this would {verb} {subject}; run it again with --yes")));
        }
        let question = if self.into_other { format!("Move {subject}") } else { format!("Forget {subject}") };
        write!(context.screen.writer(), "{question}? It cannot be undone [y/N] ")?;
        context.screen.flush()?;
        let mut answer = String::new();
        if io::stdin().lock().read_line(&mut answer)? == 0 {
            // The input ended without Enter, so the cursor is still on the line of the question.
            context.screen.line("")?;
            context.screen.flush()?;
        }
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    fn verb(&self) -> &'static str {
        if self.into_other { "move" } else { "forget" }
    }

    /// Describes what is about to be deleted or moved.
    fn subject(&self, selection: &ForgetSelection, is_whole: bool) -> String {
        let (metrica, amount) = (&self.metrica, amount_text(&selection.reading));
        if is_whole {
            return format!("the whole metrica {metrica}, {amount}");
        }
        let mut conditions = selection.conditions();
        conditions.extend(self.timespan.describe());
        let to = if self.into_other { " to (other)" } else { "" };
        format!("{amount} of {metrica} ({}){to}", conditions.join(", "))
    }
}

fn amount_text(reading: &Reading) -> String {
    let total = format!("a total of {}", grouped(&reading.total.to_string()));
    match reading.count {
        Some(count) => format!("{total} in {} events", grouped(&count.to_string())),
        None => total,
    }
}
