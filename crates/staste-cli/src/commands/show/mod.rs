//! `staste show`: all that is known of the store, or of one Metrica in it.

mod health;
mod metrica;
mod store;

pub(super) use health::note;

use clap::Args;

use crate::context::Context;
use crate::failure::{DONE, Result};
use crate::output::{Paint, ReportFormat, Screen};

/// Show the store and what it lost, or a Metrica with its choices and its size
#[derive(Args, Debug)]
#[command(
    after_help = "Without a Metrica it shows where the store is, how many metricas it has and how many bytes they take. \
Both end with the health of counting: what the processes that count in the store lost or could not count as they \
should in the last 7 days, and why.

Examples:
    staste show
    staste show guests
    staste show --format json"
)]
pub(crate) struct ShowArguments {
    /// The Metrica; the whole store without it
    metrica: Option<String>,

    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
}

impl ShowArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        match &self.metrica {
            Some(name) => metrica::show(context, name, self.format)?,
            None => store::show(context, self.format)?,
        }
        Ok(DONE)
    }
}

/// Writes names with what is known of each, aligned.
fn facts(screen: &mut Screen, facts: &[(&str, String)]) -> Result<()> {
    let paint: Paint = screen.paint();
    let widest = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    facts.iter().try_for_each(|(name, text)| {
        screen.line(format!("  {}  {text}", paint.dim(&format!("{name:widest$}"))))
    })
}

/// Bytes for people.
pub(crate) fn bytes_text(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}
