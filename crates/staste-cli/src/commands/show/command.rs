//! `ShowArguments`: the command `staste show`.

use clap::Args;

use super::{metrica, store};
use crate::context::Context;
use crate::failure::{EXIT_SUCCESS, Result};
use crate::output::ReportFormat;

/// Show details and health of the store or of one Metrica
#[derive(Args, Debug)]
#[command(after_help = "\
Without a Metrica the command shows the address of the store, its number of metricas and its size, and the axes that are nearly at their caps. With a Metrica it \
shows the definition, the choices of each axis, the size of each scale, and for a SQLite store an SQL statement to \
start from. Both end with the health of the store: the kicks that any process lost or counted as other in the last 7 \
days, and why.

Examples:
    staste show
    staste show guests
    staste show --format json")]
pub(crate) struct ShowArguments {
    /// Name of the Metrica. Default: the whole store
    metrica: Option<String>,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
}

impl ShowArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        match &self.metrica {
            Some(name) => metrica::show(context, name, self.format)?,
            None => store::show(context, self.format)?,
        }
        Ok(EXIT_SUCCESS)
    }
}
