//! `staste repair-clock`: undoes what a wrong system clock did to retention.

use std::collections::HashMap;

use clap::Args;
use staste::{ClockRepair, Staste};

use crate::context::Context;
use crate::failure::{EXIT_SUCCESS, Result};
use crate::output::{Cell, Json, ReportFormat, Table};

/// Undo what a wrong system clock did to retention
#[derive(Args, Debug)]
#[command(after_help = "\
Run this on a machine whose clock is right, after a machine whose clock was ahead has counted in the store. A wrong \
clock loses no events. But if the clock is ahead and no other machine contradicts it for a week, the store takes it for \
the current time, and no longer keeps minutes and hours that are too old by that time.

The command moves the start of the kept minutes and hours back as far as they are complete, and deletes nothing. \
Events that were kicked in the meantime count by the day only, so run it soon after correcting the clock. A plain \
Metrica counts by the minute again from the next period on. The command also sets the clock by which the store expires \
data.

Examples:
    staste repair-clock
    staste repair-clock --format json")]
pub(crate) struct RepairClockArguments {
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
}

impl RepairClockArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let staste = context.open()?;
        let repairs = staste.repair_clock()?;
        match self.format {
            ReportFormat::Json => context.screen.json(&json(&repairs))?,
            ReportFormat::Table => write_table(context, &staste, &repairs)?,
        }
        Ok(EXIT_SUCCESS)
    }
}

fn json(repairs: &[ClockRepair]) -> Json {
    let repair = |repair: &ClockRepair| {
        Json::Object(vec![
            ("metrica", Json::text(&repair.metrica)),
            ("scale", Json::text(repair.scale.name())),
            ("kept_from", Json::integer(repair.after)),
            ("was_kept_from", Json::integer(repair.before)),
            ("should_be_kept_from", Json::integer(repair.expected)),
        ])
    };
    Json::Object(vec![("repairs", Json::List(repairs.iter().map(repair).collect()))])
}

fn write_table(context: &mut Context, staste: &Staste, repairs: &[ClockRepair]) -> Result<()> {
    let screen = &mut context.screen;
    if screen.is_quiet() {
        return Ok(());
    }
    if repairs.is_empty() {
        screen.line("nothing to repair: the store keeps data by the clock of this machine")?;
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
        let cells =
            [repair.metrica.clone(), repair.scale.to_string(), text(repair.after), text(repair.before)];
        table.row(cells.into_iter().map(Cell::new).collect());
    }
    table.draw(screen)?;
    if repairs.iter().any(|repair| repair.after > repair.expected) {
        screen.line("")?;
        screen.line(
            "Earlier events are kept by the day and longer: their minutes and hours were deleted or not counted.",
        )?;
    }
    Ok(())
}
