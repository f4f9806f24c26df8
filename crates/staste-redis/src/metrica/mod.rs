//! What the server stores of a Metrica in either layout, as scripts report it and as a client remembers it.

pub(crate) mod faults;
pub(crate) mod known;
pub(crate) mod state;
pub(crate) mod stored_choice;
