//! The options that choose how output is written: colours and formats.

use clap::ValueEnum;

/// Value of `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    // On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    Always,
    Never,
}

/// Value of `--format` for commands that write rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    // For people.
    #[default]
    Table,
    // For programs: exact numbers, and unset and other distinguished from text.
    Json,
    // For spreadsheets.
    Csv,
}

/// Value of `--format` for commands that write a report rather than rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    // For people.
    #[default]
    Table,
    // For programs.
    Json,
}

/// Value of `--format` of `staste export`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    // Comma-separated values.
    #[default]
    Csv,
    // One JSON object per line.
    Ndjson,
}
