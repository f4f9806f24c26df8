//! `Context`: the screen, the address of the store and access to it, for all commands.

use std::sync::Arc;

use staste::store::Store;
use staste::{Address, Clock, Metrica, RecorderOptions, Staste};

use crate::failure::{Failure, Result};
use crate::output::Screen;
use crate::settings::{SETTINGS_FILE, Settings};
use crate::suggest::suggest;

/// Address of the store if none is given.
const DEFAULT_STORE: &str = "sqlite:staste.db";

/// The screen and the store, for all commands.
#[derive(Debug)]
pub(crate) struct Context {
    /// The terminal.
    pub(crate) screen: Screen,
    store: Option<String>,
}

impl Context {
    /// Returns a context; `store` is the address of the command line or the environment.
    pub(crate) fn new(screen: Screen, store: Option<String>) -> Context {
        Context { screen, store }
    }

    /// Returns true if the command line or the environment names a store.
    pub(crate) fn has_store(&self) -> bool {
        self.store.is_some()
    }

    /// Returns the address of the store: the given one, that of `staste.toml`, or the default.
    ///
    /// # Errors
    /// When the address is invalid, or `staste.toml` cannot be read.
    pub(crate) fn address(&self) -> Result<Address> {
        let text = match &self.store {
            Some(given) => given.clone(),
            None => Settings::read()?.store.unwrap_or_else(|| DEFAULT_STORE.to_owned()),
        };
        Address::parse(&text).map_err(|error| Failure::input(error.to_string()))
    }

    /// Returns a handle on the store, which is created if it does not exist.
    ///
    /// # Errors
    /// As [`Context::address`].
    pub(crate) fn open_or_create(&self) -> Result<Staste> {
        Ok(handle(self.address()?.store()))
    }

    /// Returns a handle on a store that exists. Queries must not create a file.
    ///
    /// # Errors
    /// As [`Context::address`]; and when the store does not exist.
    pub(crate) fn open(&self) -> Result<Staste> {
        let address = self.address()?;
        if !address.exists() {
            let settings = Settings::read()?;
            let help = match settings.metrica.keys().next() {
                Some(name) => define_from_settings(name),
                None => {
                    "count something first, with `staste import` or with `staste define` and `staste kick`, \
                         or name another store with --store"
                        .to_owned()
                }
            };
            return Err(Failure::failed(format!("there is no store {address} yet")).help(help));
        }
        Ok(handle(address.store()))
    }

    /// Returns a Metrica of the store.
    ///
    /// # Errors
    /// As [`Context::open`]; and when the store has no Metrica of this name.
    pub(crate) fn metrica(&self, name: &str) -> Result<Metrica> {
        find_metrica(&self.open()?, name)
    }
}

/// Returns a Metrica of a store.
///
/// # Errors
/// When the store has no Metrica of this name; the help suggests a similar name or says how to define it.
pub(crate) fn find_metrica(staste: &Staste, name: &str) -> Result<Metrica> {
    let error = match staste.stored_metrica(name) {
        Err(error) if error.is_invalid_input() => error,
        found => return Ok(found?),
    };
    let definitions = staste.definitions()?;
    let names = definitions.iter().map(|definition| definition.name.as_str());
    let help = if Settings::read()?.defines(name) {
        define_from_settings(name)
    } else if let Some(similar) = suggest(name, names) {
        format!("did you mean {similar}?")
    } else {
        format!("list the metricas with `staste metricas`, or define this one with `staste define {name}`")
    };
    Err(Failure::from(error).help(help))
}

fn define_from_settings(name: &str) -> String {
    format!("{SETTINGS_FILE} defines {name}: run `staste define`")
}

/// Returns a handle that does not flush in the background. Commands commit what they kick themselves.
pub(crate) fn handle(store: Arc<dyn Store>) -> Staste {
    Staste::with(store, Clock::default(), RecorderOptions::default().flush_every(None))
}
