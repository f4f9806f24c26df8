//! SQL statements that people write. Each runs on a connection of its own, which can only read.

mod authorizer;
mod run;
mod sql_query;
mod sql_rows;

pub use sql_query::SqlQuery;
pub use sql_rows::{SqlRows, SqlValue};
