//! Output for people and programs: the terminal, tables with bars, and JSON.

mod bars;
mod json;
mod numbers;
mod options;
mod screen;
mod style;
mod table;
mod text;

pub(crate) use bars::{bar, plot};
pub(crate) use numbers::{aligned, aligned_to, average_text, bytes_text, grouped, most_decimals, share_text};
pub(crate) use options::{ColorChoice, ExportFormat, OutputFormat, ReportFormat};
pub(crate) use screen::Screen;
pub(crate) use staste::formats::Json;
pub(crate) use staste::text_format::{display as choice_text, printable};
pub(crate) use table::{Cell, Table};
pub(crate) use text::{padded, shortened, wrapped};
