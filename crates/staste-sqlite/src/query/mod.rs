//! Statements in SQL that people write: run on a connection of their own, which only reads.

mod authorizer;
mod run;
mod sql_query;
mod sql_rows;

pub use sql_query::SqlQuery;
pub use sql_rows::{SqlRows, SqlValue};
