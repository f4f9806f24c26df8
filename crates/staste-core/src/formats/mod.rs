//! The formats in which programs, pages and files have answers: JSON and CSV with exact numbers, histograms for Prometheus,
//! and instants.
//!
//! ```
//! use staste::formats::{Cell, CsvWriter, rows_as_json};
//! let columns = ["page".to_owned(), "total".to_owned()];
//! let rows = [vec![Cell::text("=1+2"), Cell::number(7)]];
//! assert_eq!(rows_as_json(&columns, &rows), r#"[{"page":"=1+2","total":7}]"#);
//! let mut file = Vec::new();
//! let mut csv = CsvWriter::new(&mut file, &columns)?;
//! csv.write(&rows[0])?;
//! csv.finish()?;
//! assert_eq!(file, b"page,total\n'=1+2,7\n");
//! # Ok::<(), std::io::Error>(())
//! ```

mod instant;
mod json;
mod prometheus;
mod table;

pub use instant::{instant_with_offset, instant_with_z, offset_text};
pub use json::Json;
pub use prometheus::Buckets;
pub(crate) use prometheus::prometheus_text;
pub use table::{Cell, CsvWriter, choice_cells, rows_as_json};
