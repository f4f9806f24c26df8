//! `Wanted`: which columns a file is asked for, by what was given and by the axes of the Metrica.

use staste::{AxisDefinition, AxisKind};

use crate::input::{AxisColumn, Format, Input, Mapping};
use crate::output::printable;

/// The column of an access log that the date is in.
const LOG_DATE: &str = "time";

/// Which columns are wanted.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// What was given.
    pub(crate) given: Mapping,
    /// The axes that are to stay unset.
    pub(crate) unset: Vec<String>,
    /// The text between the components of a path.
    pub(crate) path_separator: String,
    /// The form of dates, if one was given.
    pub(crate) date_format: Option<String>,
    /// The axes of the Metrica, where it is known.
    pub(crate) axes: Vec<AxisDefinition>,
}

impl Wanted {
    /// The mapping of a file, and what there is to note of it.
    ///
    /// An axis that was given no column takes the one of its own name.
    pub(crate) fn of(&self, input: &Input) -> (Mapping, Vec<String>) {
        let mut mapping = self.given.clone();
        let mut notes = Vec::new();
        let mut missing = Vec::new();
        for AxisDefinition { name, kind, .. } in &self.axes {
            if self.unset.contains(name) || self.given.axes.iter().any(|given| given.axis == *name) {
                continue;
            }
            if !input.may_have(name) {
                missing.push(name.as_str());
                continue;
            }
            let separator = (*kind == AxisKind::Path).then(|| self.path_separator.clone());
            mapping.axes.push(AxisColumn { axis: name.clone(), column: name.clone(), separator });
        }
        let name = printable(input.stream().name());
        match missing.as_slice() {
            [] => {}
            [axis] => notes.push(format!("{name}: axis {axis} has no column and stays unset")),
            axes => notes.push(format!("{name}: axes {} have no column and stay unset", axes.join(", "))),
        }
        match (&mapping.date, input.format()) {
            (Some(_), _) => {}
            (None, Format::AccessLog) => mapping.date = Some(LOG_DATE.to_owned()),
            (None, _) => notes.push("without --date every row counts as happening now".to_owned()),
        }
        (mapping, notes)
    }
}
