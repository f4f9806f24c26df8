//! The program as its users run it: the tests run the binary and check its output.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod caps;
mod clock;
mod copy;
mod csv_formulas;
mod damaged_metrica;
mod define;
mod demo;
mod demo_text;
mod export;
mod import;
mod import_again;
mod import_bots;
mod import_changed_file;
mod import_columns;
mod import_csv_preamble;
mod import_dates;
mod import_exactly_once;
mod import_follow;
mod import_interrupted;
mod import_json_logs;
mod import_numbers;
mod import_queries;
mod import_untidy_files;
mod invalid_input;
mod maintenance;
mod output;
mod query;
mod serve;
mod serve_limits;
mod serve_memory;
mod show;
mod sql;
mod store_address;
mod support;
mod terminal;
