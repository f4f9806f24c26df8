//! The health of counting: what the processes that count in the store could not count as they should.

use staste::jiff::Timestamp;
use staste::{HEALTH_DAYS, Trouble};

use crate::failure::Result;
use crate::output::{Json, Screen, printable, wrapped};

/// Writes the section that ends what is shown.
pub(super) fn text(screen: &mut Screen, troubles: &[Trouble]) -> Result<()> {
    let paint = screen.paint();
    screen.line("")?;
    screen.line(paint.bold("health"))?;
    if troubles.is_empty() {
        return screen.line(format!("  nothing was lost in the last {HEALTH_DAYS} days"));
    }
    let mark = "warning: ";
    for trouble in troubles {
        // The mark stands before the first line, and has no width where it is coloured.
        let width = screen.width().saturating_sub(2 + mark.len());
        for (index, line) in wrapped(&trouble.summary(), width).iter().enumerate() {
            let before = if index == 0 { paint.yellow(mark) } else { " ".repeat(mark.len()) };
            screen.line(format!("  {before}{line}"))?;
        }
        let details = trouble.cause.iter().cloned().chain(trouble.reported());
        for line in details.flat_map(|detail| wrapped(&printable(&detail), width)) {
            screen.line(format!("  {}{}", " ".repeat(mark.len()), paint.dim(&line)))?;
        }
    }
    Ok(())
}

/// A list of objects, empty when all is well.
pub(super) fn json(troubles: &[Trouble]) -> Json {
    let trouble = |trouble: &Trouble| {
        let at = Timestamp::from_second(trouble.at).map_or(Json::Null, |at| Json::text(at.to_string()));
        Json::Object(vec![
            ("kind", Json::text(trouble.kind.name())),
            ("amount", Json::integer(trouble.amount)),
            ("processes", Json::integer(trouble.processes as u64)),
            ("at", at),
            ("text", Json::text(trouble.to_string())),
        ])
    };
    Json::List(troubles.iter().map(trouble).collect())
}

/// Warns of trouble in one line on standard error, where something else was asked for.
pub(in crate::commands) fn note(screen: &mut Screen, troubles: &[Trouble]) -> Result<()> {
    let Some((worst, others)) = troubles.split_first() else { return Ok(()) };
    let others = match others.len() {
        0 => String::new(),
        1 => ", and 1 other problem".to_owned(),
        count => format!(", and {count} other problems"),
    };
    // After what was asked for, where it is seen.
    screen.flush()?;
    let mark = screen.error_paint().yellow("warning:");
    screen.note(format!("{mark} {}{others}; see staste show", worst.summary()));
    Ok(())
}
