//! What a query asks for: the parameters of today and of 2011 come in, one `ChartRequest` comes out.

pub(crate) mod chart_request;
pub(crate) mod format;
pub(crate) mod legacy_query;
mod link_query;
pub(crate) mod parameters;
pub(crate) mod time_labels;
pub(crate) mod timespan_query;
