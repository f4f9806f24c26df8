//! `staste kick`: records one event.

use clap::Args;
use staste::Value;

use crate::context::{Context, known};
use crate::failure::{DONE, Failure, Result};
use crate::timespan_arguments::moment;

/// Record one event
#[derive(Args, Debug)]
#[command(
    after_help = "The Metrica must be known: `staste define` and `staste import` make one, `kick` never does.

Examples:
    staste kick guests gender=girl age=18
    staste kick expenses what=books --value 7.50 --date 2010-02-07
    staste kick visits page=blog/2013/hello visitor:unset"
)]
pub(crate) struct KickArguments {
    /// The Metrica
    metrica: String,

    /// A choice, as axis=value; a path as page=blog/2013. Axes left out are unset
    #[arg(value_name = "AXIS=CHOICE")]
    choices: Vec<String>,

    /// The value of the event, a decimal number, rounded half away from zero to a whole number of 1/multiplier;
    /// 1 without it
    #[arg(long, allow_hyphen_values = true, value_name = "NUMBER")]
    value: Option<String>,

    /// When it happened: 2013-02-07, 2013-02-07T14:30 in the Metrica's zone, or with an offset; now without it
    #[arg(long, allow_hyphen_values = true, value_name = "MOMENT")]
    date: Option<String>,
}

impl KickArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let staste = context.open()?;
        let metrica = known(&staste, &self.metrica)?;
        let definition = metrica.define()?;
        let choices = self
            .choices
            .iter()
            .map(|text| staste::text_format::parse(text, &definition))
            .collect::<staste::Result<Vec<_>>>()?;
        let value = self.value.as_deref().map(Value::parse).transpose()?.unwrap_or(Value::ONE);
        let date = self.date.as_deref().map(moment).transpose()?.unwrap_or_default();
        metrica.kick_with(choices.iter().map(|(axis, choice)| (axis, choice)), value, date)?;
        if let Err(error) = staste.flush() {
            // Dropping the handle would try once more, and count what was said to have failed.
            std::mem::forget((metrica, staste));
            return Err(error.into());
        }
        let health = staste.health();
        if health.overflowed > 0 {
            return Err(Failure::failed(format!(
                "the event was not counted: a cell of metrica {} would grow beyond 64 bits",
                self.metrica
            )));
        }
        if health.folded > 0 {
            context.screen.note(format!(
                "note: an axis of {} keeps no more choices, so the new one counts as (other); see `staste show {}`",
                self.metrica, self.metrica
            ));
        }
        Ok(DONE)
    }
}
