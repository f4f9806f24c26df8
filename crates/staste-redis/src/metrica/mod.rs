//! What the server stores of a Metrica in either layout, as scripts report it and as a client remembers it.

pub(crate) mod inspection;
pub(crate) mod known_metrica;
pub(crate) mod state;
pub(crate) mod stored_choice;
