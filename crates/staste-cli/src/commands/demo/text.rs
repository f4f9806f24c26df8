//! The demo on a terminal: guests drawn as they come.

use std::io::Write;
use std::time::{Duration, Instant};

use staste::Metrica;

use super::guests::Guests;
use super::keys::Keys;
use super::terminal_chart::{Mood, TerminalChart};
use crate::context::Context;
use crate::failure::{DONE, INTERRUPTED, Result};
use crate::interrupt::Interrupt;

/// How long it runs when nobody presses a key.
const LONGEST: Duration = Duration::from_secs(60);
/// How long a picture stands.
const FRAME: Duration = Duration::from_millis(250);

/// Draws guests as they come, and leaves a picture; not on a terminal it draws one. The exit code.
pub(super) fn run(context: &mut Context, metrica: &Metrica, mut guests: Guests) -> Result<u8> {
    let is_live = context.screen.canvas().is_some();
    let interrupted = is_live && live(context, metrica, &mut guests)?;
    for line in TerminalChart::of(metrica, &context.screen, Mood::Done)?.lines() {
        context.screen.line(line)?;
    }
    Ok(if interrupted { INTERRUPTED } else { DONE })
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
    let picture = TerminalChart::of(metrica, &context.screen, Mood::Live)?;
    let lines = picture.fitting(context.screen.canvas().unwrap_or(usize::MAX));
    let out = context.screen.writer();
    write!(out, "\x1b[H{}\x1b[K\x1b[J", lines.join("\x1b[K\r\n"))?;
    context.screen.flush()
}
