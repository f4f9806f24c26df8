//! `PerProcess`: a value of which each process has its own.

use std::mem;

use once_cell::race::OnceBox;

use crate::fork::{generation, watch_forks};

/// A value of which each process has its own, created at first use.
///
/// A forked child never reads, drops, locks or flushes the value of its parent: it leaks that value and creates a new
/// one. Creation is lock-free (when two threads race, one value is dropped), so that a fork during it cannot block the
/// child.
///
/// ```
/// use staste::fork::PerProcess;
/// let cell = PerProcess::new();
/// assert_eq!(*cell.get(|| 1), 1);
/// assert_eq!(*cell.get(|| 2), 1);
/// ```
#[derive(Debug)]
pub struct PerProcess<T>(OnceBox<Node<T>>);

/// The value of one fork generation, and the values of later ones.
#[derive(Debug)]
struct Node<T> {
    generation: u32,
    value: Option<T>,
    later: OnceBox<Node<T>>,
}

impl<T> PerProcess<T> {
    /// Creates an empty cell.
    pub fn new() -> PerProcess<T> {
        watch_forks();
        PerProcess(OnceBox::new())
    }

    /// Returns the value of this process, which `make` creates at the first call.
    #[inline]
    pub fn get(&self, make: impl Fn() -> T) -> &T {
        let generation = generation();
        let mut cell = &self.0;
        loop {
            let node = cell
                .get_or_init(|| Box::new(Node { generation, value: Some(make()), later: OnceBox::new() }));
            match &node.value {
                Some(value) if node.generation == generation => return value,
                _ => cell = &node.later,
            }
        }
    }

    /// Returns the value of this process; none when it was not created yet.
    #[inline]
    pub fn get_existing(&self) -> Option<&T> {
        let generation = generation();
        let mut cell = &self.0;
        while let Some(node) = cell.get() {
            if node.generation == generation {
                return node.value.as_ref();
            }
            cell = &node.later;
        }
        None
    }
}

impl<T> Default for PerProcess<T> {
    fn default() -> PerProcess<T> {
        PerProcess::new()
    }
}

impl<T> Drop for Node<T> {
    fn drop(&mut self) {
        if self.generation != generation() {
            mem::forget(self.value.take());
        }
    }
}
