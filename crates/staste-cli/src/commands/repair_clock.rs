//! `staste repair-clock`: takes back what a wrong clock did to retention.

use clap::Args;
use std::collections::HashMap;

use staste::{ClockRepair, Staste};

use crate::context::Context;
use crate::failure::{DONE, Result};
use crate::output::{Cell, Json, ReportFormat, Table};

/// Take back what a wrong clock made unreadable
#[derive(Args, Debug)]
#[command(
    after_help = "Run it on a machine whose clock is right, after a machine with a wrong one wrote to the store. What \
was counted counts, whatever the clock; but a clock that is ahead, and that nothing contradicts for a week, moves the \
boundary from which on minutes and hours are kept.

The command moves those boundaries back, as far as every minute and hour since is complete, and deletes nothing itself. \
What was kicked while a boundary was ahead counts by the day only, so run it soon after the clock was set right. A \
Metrica without counts (plain) counts by the minute again from the next period on. The command also sets the clock by \
which the store expires data.

Examples:
    staste repair-clock
    staste repair-clock --format json"
)]
pub(crate) struct RepairClockArguments {
    /// How to write the result
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
}

impl RepairClockArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let staste = context.open()?;
        let repairs = staste.repair_clock()?;
        match self.format {
            ReportFormat::Json => context.screen.json(&json(&repairs))?,
            ReportFormat::Table => table(context, &staste, &repairs)?,
        }
        Ok(DONE)
    }
}

fn json(repairs: &[ClockRepair]) -> Json {
    let repair = |repair: &ClockRepair| {
        Json::Object(vec![
            ("metrica", Json::text(&repair.metrica)),
            ("scale", Json::text(repair.scale.name())),
            ("kept_from", Json::integer(repair.is)),
            ("was_kept_from", Json::integer(repair.was)),
            ("should_be_kept_from", Json::integer(repair.should_be)),
        ])
    };
    Json::Object(vec![("repairs", Json::List(repairs.iter().map(repair).collect()))])
}

fn table(context: &mut Context, staste: &Staste, repairs: &[ClockRepair]) -> Result<()> {
    let screen = &mut context.screen;
    if screen.is_quiet() {
        return Ok(());
    }
    if repairs.is_empty() {
        screen.line("nothing to repair now: what is kept goes by the clock of this machine")?;
        return Ok(());
    }
    let definitions = staste.definitions()?;
    let zones: HashMap<&str, _> =
        definitions.iter().map(|definition| (definition.name.as_str(), &definition.zone)).collect();
    let mut table = Table::new();
    table.left("metrica");
    table.left("scale");
    table.left("kept from");
    table.left("before the repair");
    for repair in repairs {
        let local = |instant| zones.get(repair.metrica.as_str()).and_then(|zone| zone.civil(instant).ok());
        let text = |instant| {
            local(instant).map_or_else(String::new, |local| local.strftime("%Y-%m-%d %H:%M").to_string())
        };
        let cells = [repair.metrica.clone(), repair.scale.to_string(), text(repair.is), text(repair.was)];
        table.row(cells.into_iter().map(Cell::new).collect());
    }
    table.draw(screen)?;
    if repairs.iter().any(|repair| repair.is > repair.should_be) {
        screen.line("")?;
        screen.line(
            "What is earlier was deleted, or kicked while the boundary was ahead: days and longer have it.",
        )?;
    }
    Ok(())
}
