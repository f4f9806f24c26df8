//! Queries of addresses: parameters of today and of 2011 are read into one `ChartRequest`, which links are written from.

pub(crate) mod chart_request;
pub(crate) mod format;
pub(crate) mod legacy_query;
mod link_query;
pub(crate) mod parameters;
pub(crate) mod time_labels;
pub(crate) mod timespan_query;
