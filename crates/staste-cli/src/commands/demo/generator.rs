//! The generator of made-up guests, who come while it is switched on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use staste::Metrica;

use super::guests::Guests;

/// How often some come.
const EVERY: Duration = Duration::from_millis(200);

/// A switch for those who come by themselves.
#[derive(Clone, Debug)]
pub(super) struct Generator(Arc<Mutex<bool>>);

impl Generator {
    /// Lets them come, from a thread that ends with the program.
    pub(super) fn start(metrica: Metrica, mut guests: Guests) -> Generator {
        let traffic = Generator(Arc::new(Mutex::new(true)));
        let switch = traffic.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(EVERY);
                // Held while they come, so that none does after it was switched off.
                let is_on = switch.locked();
                // Their choices are those of the metrica: they cannot be refused.
                if *is_on && guests.come_as_before(&metrica, EVERY, metrica.staste().clock().now()).is_err() {
                    return;
                }
            }
        });
        traffic
    }

    pub(super) fn is_on(&self) -> bool {
        *self.locked()
    }

    pub(super) fn switch(&self, on: bool) {
        *self.locked() = on;
    }

    fn locked(&self) -> MutexGuard<'_, bool> {
        // A switch is never half set.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
