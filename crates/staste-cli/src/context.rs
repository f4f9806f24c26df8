//! `Context`: what every command works with: the screen, the settings and the store.

use std::sync::Arc;

use staste::store::Store;
use staste::{Address, Clock, Metrica, RecorderOptions, Staste};

use crate::failure::{Failure, Result};
use crate::output::Screen;
use crate::settings::{FILE, Settings};
use crate::suggest::suggest;

/// Where the counts are when nothing says so.
const DEFAULT_STORE: &str = "sqlite:staste.db";

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Context {
    /// Standard output.
    pub(crate) screen: Screen,
    store: Option<String>,
}

impl Context {
    /// A context; `store` is the address given, if any.
    pub(crate) fn new(screen: Screen, store: Option<String>) -> Context {
        Context { screen, store }
    }

    /// True when a store was named.
    pub(crate) fn has_store(&self) -> bool {
        self.store.is_some()
    }

    /// The address of the store: as given, of `staste.toml`, or the default.
    ///
    /// # Errors
    /// When it is none, or `staste.toml` cannot be read.
    pub(crate) fn address(&self) -> Result<Address> {
        let text = match &self.store {
            Some(given) => given.clone(),
            None => Settings::read()?.store.unwrap_or_else(|| DEFAULT_STORE.to_owned()),
        };
        Address::parse(&text).map_err(|error| Failure::input(error.to_string()))
    }

    /// A handle on the store, which is made when it does not exist yet.
    ///
    /// # Errors
    /// As [`Context::address`].
    pub(crate) fn open_or_make(&self) -> Result<Staste> {
        Ok(handle(self.address()?.store()))
    }

    /// A handle on a store that exists: asking a question makes no file.
    ///
    /// # Errors
    /// As [`Context::address`]; and when there is no store.
    pub(crate) fn open(&self) -> Result<Staste> {
        let address = self.address()?;
        if !address.exists() {
            let settings = Settings::read()?;
            let defines = settings.metrica.keys().next().map(|name| defined_by_settings(name));
            return Err(Failure::failed(format!("there is no store {address} yet"))
                .help(defines.unwrap_or_else(|| {
                "count something first, with `staste import` or `staste define` and `staste kick`, or name \
                     another store with --store"
                    .to_owned()
            })));
        }
        Ok(handle(address.store()))
    }

    /// A Metrica the store knows.
    ///
    /// # Errors
    /// As [`Context::open`]; and when it knows none of this name.
    pub(crate) fn metrica(&self, name: &str) -> Result<Metrica> {
        known(&self.open()?, name)
    }
}

/// A Metrica the store knows; a failure shows what was meant, or how to define it.
pub(crate) fn known(staste: &Staste, name: &str) -> Result<Metrica> {
    let error = match staste.known(name) {
        Err(error) if error.is_input() => error,
        known => return Ok(known?),
    };
    let definitions = staste.definitions()?;
    let names = definitions.iter().map(|definition| definition.name.as_str());
    let help = if Settings::read()?.defines(name) {
        defined_by_settings(name)
    } else if let Some(near) = suggest(name, names) {
        format!("did you mean {near}?")
    } else {
        format!("`staste metricas` lists those there are; a new one is made by: staste define {name}")
    };
    Err(Failure::from(error).help(help))
}

fn defined_by_settings(name: &str) -> String {
    format!("{FILE} defines {name}: run staste define")
}

/// Commands commit what they kick themselves, so nothing flushes behind their back.
pub(crate) fn handle(store: Arc<dyn Store>) -> Staste {
    Staste::with(store, Clock::default(), RecorderOptions::default().flush_every(None))
}
