//! `staste demo`: guests who come at random, counted and drawn as they come.

mod closing;
mod guests;
mod keys;
mod picture;

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use staste::{Axis, Metrica, Options, SqliteStore, Staste};

use crate::context::{Context, clock};
use crate::failure::{DONE, Failure, INTERRUPTED, Result};
use crate::import::Interrupt;
use guests::{GENDERS, Guests};
use keys::Keys;
use picture::{Mood, Picture};

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
        let is_live = context.screen.canvas().is_some();
        let mut guests = if is_live { Guests::new() } else { Guests::seeded(7) };
        guests.were_here(&metrica, staste.clock().now())?;
        staste.flush()?;
        let interrupted = is_live && live(context, &metrica, &mut guests)?;
        for line in Picture::of(&metrica, &context.screen, Mood::Done)?.lines() {
            context.screen.line(line)?;
        }
        Ok(if interrupted { INTERRUPTED } else { DONE })
    }
}

/// Counts and draws until a key, a signal or the end of the minute; true when it was a signal.
fn live(context: &mut Context, metrica: &Metrica, guests: &mut Guests) -> Result<bool> {
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
    outcome.map(|()| interrupt.came())
}

fn frame(context: &mut Context, metrica: &Metrica, guests: &mut Guests) -> Result<()> {
    guests.come(metrica, FRAME)?;
    let picture = Picture::of(metrica, &context.screen, Mood::Live)?;
    let lines = picture.fitting(context.screen.canvas().unwrap_or(usize::MAX));
    let out = context.screen.writer();
    write!(out, "\x1b[H{}\x1b[K\x1b[J", lines.join("\x1b[K\r\n"))?;
    context.screen.flush()
}
