//! A Metrica in the file: its row, its choices and its view; and what a connection remembers of it.

pub(crate) mod catalog;
pub(crate) mod choices;
pub(crate) mod known_metrica;
pub(crate) mod row;
pub(crate) mod view;
