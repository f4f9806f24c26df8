//! `staste demo`: guests who come at random, counted and drawn as they come.

mod guests;
mod keys;
mod picture;

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use staste_core::{Axis, Metrica, Options, Staste};
use staste_sqlite::SqliteStore;

use crate::context::{Context, clock};
use crate::failure::{DONE, Failure, Result};
use crate::import::Interrupt;
use guests::{GENDERS, Guests};
use keys::Keys;

/// How long it runs when nobody presses a key.
const LONGEST: Duration = Duration::from_secs(60);
/// How long a picture stands.
const FRAME: Duration = Duration::from_millis(250);

/// Watch made-up guests being counted
#[derive(Args, Debug)]
#[command(
    after_help = "It makes a metrica of guests in a temporary store, with a day of made-up history, and counts new guests as \
they come, until a key is pressed or a minute has passed. Not on a terminal it draws one picture of the \
history and ends.

Example:
    staste demo"
)]
pub(crate) struct DemoArguments {}

impl DemoArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let folder = tempfile::tempdir()
            .map_err(|error| Failure::failed("no temporary folder can be made").because(&error))?;
        let store = SqliteStore::at(folder.path().join("demo.db"));
        let staste = Staste::with(Arc::new(store), clock(), Options::default());
        let metrica = staste
            .metrica("guests")
            .axis("gender", Axis::declared(GENDERS))
            .axis("age", Axis::stored())
            .axis("country", Axis::stored())
            .build()?;
        let is_live = context.screen.is_terminal();
        let mut guests = if is_live { Guests::new() } else { Guests::seeded(7) };
        guests.were_here(&metrica, staste.clock().now())?;
        staste.flush()?;
        if is_live {
            live(context, &metrica, &mut guests)?;
        }
        for line in picture::lines(&metrica, &context.screen, picture::Mood::Done)? {
            context.screen.line(line)?;
        }
        Ok(DONE)
    }
}

/// Counts and draws until a key, a signal or the end of the minute.
fn live(context: &mut Context, metrica: &Metrica, guests: &mut Guests) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let keys = Keys::listen();
    let began = Instant::now();
    // A screen of its own, so that what was there before comes back.
    write!(context.screen.writer(), "\x1b[?1049h\x1b[?25l")?;
    let mut outcome = Ok(());
    while began.elapsed() < LONGEST && !interrupt.came() && outcome.is_ok() {
        outcome = frame(context, metrica, guests);
        if keys.wait(FRAME) {
            break;
        }
    }
    write!(context.screen.writer(), "\x1b[?25h\x1b[?1049l")?;
    context.screen.flush()?;
    outcome
}

fn frame(context: &mut Context, metrica: &Metrica, guests: &mut Guests) -> Result<()> {
    guests.come(metrica, FRAME)?;
    let lines = picture::lines(metrica, &context.screen, picture::Mood::Live)?;
    let out = context.screen.writer();
    write!(out, "\x1b[H")?;
    for line in lines {
        write!(out, "{line}\x1b[K\r\n")?;
    }
    write!(out, "\x1b[J")?;
    context.screen.flush()
}
