//! Stores that wrap another Store: they fail on demand, count calls, or report fewer capabilities.

mod counting_store;
mod faulty_store;
mod interceptor;
mod limited_store;

pub use counting_store::{CallCounts, CountingStore};
pub use faulty_store::{Fault, Faults, FaultyStore};
pub use interceptor::{InterceptedStore, Interceptor, Operation};
pub use limited_store::{CapabilityLimits, LimitedStore};
