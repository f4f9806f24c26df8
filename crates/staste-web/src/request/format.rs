//! `Format`: the form in which a chart is sent.

use staste_core::{Error, Result};

use super::parameters::Parameters;

/// The form in which a chart is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A page that another may frame.
    Html,
    /// A picture.
    Svg,
    /// The numbers as a list of objects.
    Json,
    /// The numbers as a table.
    Csv,
}

impl Format {
    pub(crate) const ALL: [Format; 4] = [Format::Html, Format::Svg, Format::Json, Format::Csv];

    /// Its name, as addresses end in it or have it as a parameter.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Format::Html => "html",
            Format::Svg => "svg",
            Format::Json => "json",
            Format::Csv => "csv",
        }
    }

    /// The format of a name.
    ///
    /// # Errors
    /// When no format has this name.
    pub(crate) fn parse(name: &str) -> Result<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let names = Format::ALL.map(Format::name).join(", ");
            Error::invalid_input(format!("invalid format {name:?}: expected one of {names}"))
        })
    }

    /// The format that a query names; a page where it names none.
    ///
    /// # Errors
    /// When no format has the name it gives.
    pub(crate) fn of_query(parameters: &Parameters) -> Result<Format> {
        let named = parameters.iter().find(|(name, _)| *name == "format");
        named.map_or(Ok(Format::Html), |(_, name)| Format::parse(name))
    }

    /// Splits the name of a file such as `pie.svg`; a name without a known ending is that of a page.
    pub(crate) fn split(file: &str) -> (&str, Format) {
        let ending = file.rsplit_once('.');
        let known = ending.and_then(|(name, format)| Some((name, Format::parse(format).ok()?)));
        known.unwrap_or((file, Format::Html))
    }
}
