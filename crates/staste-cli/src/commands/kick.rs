//! `staste kick`: records one event.

use clap::Args;
use staste::Value;

use super::view_options::parse_choices;
use crate::context::{Context, find_metrica};
use crate::failure::{EXIT_SUCCESS, Failure, Result};
use crate::timespan_arguments::parse_moment;

/// Record one event
#[derive(Args, Debug)]
#[command(after_help = "\
The Metrica must exist: create it with `staste define` or `staste import`.

Examples:
    staste kick guests gender=girl age=18
    staste kick expenses what=books --value 7.50 --date 2010-02-07
    staste kick visits page=blog/2013/hello visitor:unset")]
pub(crate) struct KickArguments {
    /// Name of the Metrica
    metrica: String,

    /// Choice on an axis: axis=value, or page=blog/2013 for a path. Omitted axes are unset
    #[arg(value_name = "AXIS=CHOICE")]
    choices: Vec<String>,

    /// Value of the event, a decimal number, rounded to the nearest 1/multiplier of the Metrica, halves away
    /// from zero. Default: 1
    #[arg(long, allow_hyphen_values = true, value_name = "NUMBER")]
    value: Option<String>,

    /// Time of the event: 2013-02-07, 2013-02-07T14:30 in the time zone of the Metrica, or with an offset such as
    /// 2013-02-07T14:30+02:00. Default: now
    #[arg(long, allow_hyphen_values = true, value_name = "MOMENT")]
    date: Option<String>,
}

impl KickArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let staste = context.open()?;
        let metrica = find_metrica(&staste, &self.metrica)?;
        let definition = metrica.define()?;
        let choices = parse_choices(&self.choices, &definition)?;
        let value = self.value.as_deref().map(Value::parse).transpose()?.unwrap_or(Value::ONE);
        let date = self.date.as_deref().map(parse_moment).transpose()?.unwrap_or_default();
        metrica.kick_with(choices.iter().map(|(axis, choice)| (axis, choice)), value, date)?;
        if let Err(error) = staste.flush() {
            // Dropping the handle would try again, and might count an event that is reported as failed.
            std::mem::forget((metrica, staste));
            return Err(error.into());
        }
        let health = staste.health();
        if health.overflowed > 0 {
            return Err(Failure::failed(format!(
                "the event was not counted: a cell of metrica {} would exceed 64 bits",
                self.metrica
            )));
        }
        if health.folded > 0 {
            context.screen.note(format!(
                "note: the event counts as (other), because {name} has reached its cap on choices or points; see \
                 `staste show {name}`",
                name = self.metrica
            ));
        }
        Ok(EXIT_SUCCESS)
    }
}
