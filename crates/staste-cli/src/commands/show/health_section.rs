//! The health of the store: the kicks that processes lost or counted as other.

use staste::jiff::Timestamp;
use staste::{HEALTH_DAYS, Trouble};

use crate::failure::Result;
use crate::output::{Json, Screen, printable, wrapped};

/// Writes the section `health`.
pub(super) fn write(screen: &mut Screen, troubles: &[Trouble]) -> Result<()> {
    let style = screen.style();
    screen.line("")?;
    screen.line(style.bold("health"))?;
    if troubles.is_empty() {
        return screen.line(format!("  nothing was lost in the last {HEALTH_DAYS} days"));
    }
    let prefix = "warning: ";
    for trouble in troubles {
        // The prefix is measured without its colour.
        let width = screen.width().saturating_sub(2 + prefix.len());
        for (index, line) in wrapped(&trouble.summary(), width).iter().enumerate() {
            let prefix = if index == 0 { style.yellow(prefix) } else { " ".repeat(prefix.len()) };
            screen.line(format!("  {prefix}{line}"))?;
        }
        let details = trouble.cause.iter().cloned().chain(trouble.reported());
        for line in details.flat_map(|detail| wrapped(&printable(&detail), width)) {
            screen.line(format!("  {}{}", " ".repeat(prefix.len()), style.dim(&line)))?;
        }
    }
    Ok(())
}

/// Returns a list with an object for each kind of trouble.
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

/// Prints a warning about trouble on one line of standard error, after the output of another command.
pub(in crate::commands) fn print_warning(screen: &mut Screen, troubles: &[Trouble]) -> Result<()> {
    let Some((worst, others)) = troubles.split_first() else { return Ok(()) };
    let others = match others.len() {
        0 => String::new(),
        1 => ", and 1 other problem".to_owned(),
        count => format!(", and {count} other problems"),
    };
    // The output is flushed first, so that the warning follows it.
    screen.flush()?;
    let mark = screen.error_style().yellow("warning:");
    screen.note(format!("{mark} {}{others}; see staste show", worst.summary()));
    Ok(())
}
