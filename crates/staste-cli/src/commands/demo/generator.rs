//! `Generator`: a thread that kicks made-up guests while it is switched on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use staste::Metrica;

use super::guests::Guests;

/// Time between two groups of guests.
const INTERVAL: Duration = Duration::from_millis(200);

/// The switch of the thread.
#[derive(Clone, Debug)]
pub(super) struct Generator(Arc<Mutex<bool>>);

impl Generator {
    /// Starts the thread, which ends with the program.
    pub(super) fn start(metrica: Metrica, mut guests: Guests) -> Generator {
        let generator = Generator(Arc::new(Mutex::new(true)));
        let switch = generator.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(INTERVAL);
                // The lock is held while guests are kicked, so that none is kicked after the switch is off.
                let is_on = switch.lock();
                // The choices are valid for the Metrica, so only a failing store ends the thread.
                if *is_on
                    && guests.kick_usual_visits(&metrica, INTERVAL, metrica.staste().clock().now()).is_err()
                {
                    return;
                }
            }
        });
        generator
    }

    pub(super) fn is_on(&self) -> bool {
        *self.lock()
    }

    pub(super) fn set(&self, on: bool) {
        *self.lock() = on;
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        // A flag cannot be half set, so a panic of another thread does not matter.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
