//! The demo on the terminal: a chart that is redrawn while guests are counted.

use std::io::Write;
use std::time::{Duration, Instant};

use staste::Metrica;

use super::guests::Guests;
use super::key_listener::KeyListener;
use super::terminal_chart::{ChartState, TerminalChart};
use crate::context::Context;
use crate::failure::{EXIT_INTERRUPTED, EXIT_SUCCESS, Result};
use crate::interrupt::Interrupt;

/// Run time if no key is pressed.
const MAX_RUN_TIME: Duration = Duration::from_secs(60);
/// Time between two frames.
const FRAME_TIME: Duration = Duration::from_millis(250);

/// Redraws the chart until the demo ends and leaves the last one on the terminal. If standard output is not a terminal,
/// draws one chart. Returns the exit code.
pub(super) fn run(context: &mut Context, metrica: &Metrica, mut guests: Guests) -> Result<u8> {
    let is_live = context.screen.redrawable_lines().is_some();
    let is_interrupted = is_live && run_live(context, metrica, &mut guests)?;
    for line in TerminalChart::of(metrica, &context.screen, ChartState::Final)?.lines() {
        context.screen.line(line)?;
    }
    Ok(if is_interrupted { EXIT_INTERRUPTED } else { EXIT_SUCCESS })
}

/// Counts and draws until a key is pressed, a signal arrives or the time is up. Returns true for a signal.
fn run_live(context: &mut Context, metrica: &Metrica, guests: &mut Guests) -> Result<bool> {
    let interrupt = Interrupt::listen()?;
    let keys = KeyListener::listen();
    let start = Instant::now();
    // The alternate screen keeps the previous contents of the terminal.
    write!(context.screen.writer(), "\x1b[?1049h\x1b[?25l")?;
    let mut outcome = Ok(());
    while start.elapsed() < MAX_RUN_TIME && !interrupt.is_set() && outcome.is_ok() {
        outcome = draw_frame(context, metrica, guests);
        if keys.wait(FRAME_TIME) {
            break;
        }
    }
    write!(context.screen.writer(), "\x1b[?25h\x1b[?1049l")?;
    context.screen.flush()?;
    outcome.map(|()| interrupt.is_set())
}

fn draw_frame(context: &mut Context, metrica: &Metrica, guests: &mut Guests) -> Result<()> {
    guests.kick_many_visits(metrica, FRAME_TIME)?;
    let chart = TerminalChart::of(metrica, &context.screen, ChartState::Live)?;
    let lines = chart.lines_that_fit(context.screen.redrawable_lines().unwrap_or(usize::MAX));
    let out = context.screen.writer();
    write!(out, "\x1b[H{}\x1b[K\x1b[J", lines.join("\x1b[K\r\n"))?;
    context.screen.flush()
}
