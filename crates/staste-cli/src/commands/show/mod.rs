//! `staste show`: the details and the health of the store or of one Metrica.

mod command;
mod health_section;
mod metrica;
mod nearly_full;
mod store;

pub(super) use command::ShowArguments;
pub(super) use health_section::print_warning;
