//! Threads that kick and flush continuously, and the check of what is counted in the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::thread::JoinHandle;

use staste_core::store::Store;
use staste_core::{Axis, Choice, Clock, Metrica, RecorderOptions, Result, Staste};
use staste_testkit::{NOW, verify};

use super::until;

/// Kicks between two flushes.
const A_FLUSH: u32 = 50;
/// Different ages that are kicked.
const AGES: u32 = 17;
/// Threads that share a handle.
const THREADS: usize = 2;

/// Running writers: several handles, as of several processes, each shared by threads.
pub(crate) struct Writers {
    handles: Vec<Staste>,
    threads: Vec<JoinHandle<(String, u32)>>,
    flushes: Receiver<Result<()>>,
    done: Arc<AtomicBool>,
    tally: Tally,
}

/// The results of flushes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) fine: u64,
    pub(crate) in_doubt: u64,
    /// Flushes that failed and certainly changed nothing.
    pub(crate) undone: u64,
}

impl Tally {
    fn note(&mut self, flush: &Result<()>) {
        let kind = match flush {
            Ok(()) => &mut self.fine,
            Err(error) if error.is_in_doubt() => &mut self.in_doubt,
            Err(error) => {
                assert!(error.is_unavailable(), "{error:?}");
                &mut self.undone
            }
        };
        *kind += 1;
    }
}

/// The number of kicks.
pub(crate) struct Kicked {
    handles: Vec<Staste>,
    by_writer: Vec<(String, u32)>,
    pub(crate) tally: Tally,
}

impl Writers {
    /// Starts two threads on each store, which run until they are stopped or reach a number of kicks.
    pub(crate) fn start(stores: Vec<Arc<dyn Store>>, at_most: u32) -> Writers {
        let (done, (sender, flushes)) = (Arc::new(AtomicBool::new(false)), std::sync::mpsc::channel());
        let handle =
            |store| Staste::with(store, Clock::fixed(NOW), RecorderOptions::default().flush_every(None));
        let handles: Vec<Staste> = stores.into_iter().map(handle).collect();
        let writer = |number: usize| {
            let (staste, done) = (handles[number / THREADS].clone(), Arc::clone(&done));
            let (name, sender) = (format!("writer {number}"), sender.clone());
            std::thread::spawn(move || {
                let kicked = write(&staste, &name, at_most, &done, &sender);
                (name, kicked)
            })
        };
        let threads = (0..handles.len() * THREADS).map(writer).collect();
        Writers { handles, threads, flushes, done, tally: Tally::default() }
    }

    /// Waits for a number of further flushes that match. Returns all results so far.
    pub(crate) fn wait_for(&mut self, times: u64, holds: impl Fn(&Result<()>) -> bool) -> Tally {
        let mut seen = 0;
        while seen < times {
            let flush = self.flushes.recv().expect("writers work longer than this takes");
            self.tally.note(&flush);
            seen += u64::from(holds(&flush));
        }
        self.tally
    }

    /// Stops the writers.
    pub(crate) fn stop(self) -> Kicked {
        self.done.store(true, Ordering::Relaxed);
        self.join()
    }

    /// Waits until all writers have reached their number of kicks.
    pub(crate) fn join(self) -> Kicked {
        let by_writer = self.threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        let mut tally = self.tally;
        self.flushes.try_iter().for_each(|flush| tally.note(&flush));
        Kicked { handles: self.handles, by_writer, tally }
    }
}

impl Kicked {
    /// Flushes pending kicks, and checks every sum through another store.
    pub(crate) fn is_counted_once(&self, clean: Arc<dyn Store>) {
        let mut committed = 0;
        for staste in &self.handles {
            // Connections may have been closed meanwhile, which each notices once.
            let flushed = (0..10).map(|_| staste.flush()).find(Result::is_ok);
            assert!(flushed.is_some(), "{:?}", staste.health());
            let health = staste.health();
            let lost = [
                health.dropped,
                health.refused,
                health.overflowed,
                health.folded,
                health.in_doubt,
                health.lost,
            ];
            assert_eq!((lost, health.pending_bytes), ([0; 6], 0), "{health:?}");
            committed += health.committed;
        }
        let staste = Staste::with(clean, Clock::fixed(NOW), RecorderOptions::default());
        let metrica = staste.stored_metrica("guests").unwrap();
        let (mut count, mut total) = (0, 0);
        let mut by_age: BTreeMap<Choice, i128> = BTreeMap::new();
        let mut by_writer = metrica.values().iterate_counts("writer").unwrap();
        for (writer, kicked) in &self.by_writer {
            for number in 0..AGES {
                // Every writer kicks the ages in turn.
                let kicks = i128::from((kicked + AGES - 1 - number) / AGES);
                *by_age.entry(Choice::value(number.to_string())).or_default() += kicks;
                total += kicks * i128::from(number);
            }
            count += i128::from(*kicked);
            let counted = by_writer.iter().position(|(known, _)| *known == Choice::value(writer));
            assert_eq!(by_writer.remove(counted.unwrap()).1, i128::from(*kicked), "{writer}");
        }
        assert!(by_writer.is_empty(), "{by_writer:?}");
        let counted: BTreeMap<_, _> = metrica.values().iterate_counts("age").unwrap().into_iter().collect();
        assert_eq!(counted, by_age);
        assert_eq!(metrica.count().unwrap(), count);
        assert_eq!(metrica.total().unwrap(), total);
        assert_eq!(i128::from(committed), count);
        verify(&metrica);
    }

    /// Checks that all kicks are counted, except those that the servers lost and the handles report as lost. Returns how many
    /// were lost.
    pub(crate) fn is_counted_but_for_what_was_lost(&self, clean: Arc<dyn Store>) -> i128 {
        let (mut kicked, mut lost) = (0, 0);
        for staste in &self.handles {
            // A handle learns of lost kicks with its next flush.
            guests(staste).kick([("writer", "last"), ("age", "0")]).unwrap();
            until("a flush", || staste.flush().is_ok());
            let health = staste.health();
            assert_eq!((health.dropped, health.in_doubt, health.pending_bytes), (0, 0, 0), "{health:?}");
            kicked += i128::from(health.committed);
            lost += i128::from(health.lost);
        }
        let own: u32 = self.by_writer.iter().map(|(_, kicked)| kicked).sum();
        assert_eq!(kicked, i128::from(own) + self.handles.len() as i128);
        let staste = Staste::with(clean, Clock::fixed(NOW), RecorderOptions::default());
        let metrica = staste.stored_metrica("guests").unwrap();
        assert_eq!(metrica.count().unwrap(), kicked - lost);
        verify(&metrica);
        lost
    }
}

/// The Metrica that writers kick.
fn guests(staste: &Staste) -> Metrica {
    let builder = staste.metrica("guests").axis("writer", Axis::stored()).axis("age", Axis::stored());
    builder.averaged().build().unwrap()
}

/// Kicks the ages in turn, with the age as the value. Returns the number of kicks.
fn write(staste: &Staste, name: &str, at_most: u32, done: &AtomicBool, flushes: &Sender<Result<()>>) -> u32 {
    let metrica = guests(staste);
    let mut kicked = 0;
    while kicked < at_most && !done.load(Ordering::Relaxed) {
        let age = kicked % AGES;
        let choices = [("writer", name), ("age", &age.to_string())];
        metrica.kick_with(choices, age, staste_core::Moment::Now).unwrap();
        kicked += 1;
        if kicked % A_FLUSH == 0 {
            let _ = flushes.send(staste.flush());
        }
    }
    kicked
}
