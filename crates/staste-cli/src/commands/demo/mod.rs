//! `staste demo`: made-up guests, counted and shown on a page or on the terminal.

mod command;
mod generator;
mod guests;
mod key_listener;
mod next_steps;
mod terminal;
mod terminal_chart;
mod web_page;

pub(super) use command::DemoArguments;
