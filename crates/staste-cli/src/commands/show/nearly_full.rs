//! The axes of a store that are nearly at their caps.

use staste::AxisUsage;

use crate::failure::Result;
use crate::output::{Json, Screen, printable, wrapped};

/// The commands that make room for choices.
pub(super) const HOW_TO_MAKE_ROOM: &str =
    "raise the cap with --cap of `staste define`, or remove choices with `staste forget`";

/// Writes the section `axes`, with a warning for each axis and how to make room; nothing without such axes.
pub(super) fn write(screen: &mut Screen, axes: &[AxisUsage]) -> Result<()> {
    if axes.is_empty() {
        return Ok(());
    }
    let style = screen.style();
    screen.line("")?;
    screen.line(style.bold("axes"))?;
    let prefix = "warning: ";
    let width = screen.width().saturating_sub(2 + prefix.len());
    for axis in axes {
        for (index, line) in wrapped(&printable(&axis.to_string()), width).iter().enumerate() {
            let prefix = if index == 0 { style.yellow(prefix) } else { " ".repeat(prefix.len()) };
            screen.line(format!("  {prefix}{line}"))?;
        }
    }
    wrapped(HOW_TO_MAKE_ROOM, width)
        .iter()
        .try_for_each(|line| screen.line(format!("  {}{}", " ".repeat(prefix.len()), style.dim(line))))
}

/// Returns a list with an object for each axis.
pub(super) fn json(axes: &[AxisUsage]) -> Json {
    let axis = |axis: &AxisUsage| {
        Json::Object(vec![
            ("metrica", Json::text(&axis.metrica)),
            ("axis", Json::text(&axis.axis)),
            ("taken", Json::integer(axis.taken)),
            ("cap", Json::integer(axis.cap)),
            ("text", Json::text(axis.to_string())),
        ])
    };
    Json::List(axes.iter().map(axis).collect())
}
