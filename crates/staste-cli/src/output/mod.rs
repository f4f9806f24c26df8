//! What people and programs see: the screen, tables with bars, JSON and CSV.

mod bar;
mod json;
mod number;
mod paint;
mod printable;
mod screen;
mod table;
mod wrap;

pub(crate) use bar::{bar, plot};
pub(crate) use json::Json;
pub(crate) use number::{aligned, aligned_to, average_text, grouped, most_decimals};
pub(crate) use paint::Paint;
pub(crate) use printable::printable_json;
pub(crate) use screen::{Look, Screen};
pub(crate) use staste::text_format::{display as choice_text, printable};
pub(crate) use table::{Cell, Table, shortened};
pub(crate) use wrap::wrapped;

use clap::ValueEnum;

/// How an answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    // For people.
    #[default]
    Table,
    // For programs: numbers exact, variants told apart.
    Json,
    // For spreadsheets.
    Csv,
}

/// How something that is no table of rows is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    // For people.
    #[default]
    Table,
    // For programs.
    Json,
}
