//! A value of which every process has its own.

use std::mem;

use once_cell::race::OnceBox;

use crate::fork::{generation, watch_forks};

/// A value of which every process has its own, made when it is first asked for.
///
/// A forked child never sees, drops, locks or flushes the value of its parent: it leaks it and makes
/// a new one. Making it is lock-free (of two threads that race, one value is dropped), so a fork in
/// the middle of it cannot hang the child.
///
/// ```
/// use staste::fork::PerProcess;
/// let cell = PerProcess::new();
/// assert_eq!(*cell.get(|| 1), 1);
/// assert_eq!(*cell.get(|| 2), 1);
/// ```
#[derive(Debug)]
pub struct PerProcess<T>(OnceBox<Node<T>>);

/// The value of one generation, and below it those of later ones.
#[derive(Debug)]
struct Node<T> {
    generation: u32,
    value: Option<T>,
    later: OnceBox<Node<T>>,
}

impl<T> PerProcess<T> {
    /// An empty cell.
    pub fn new() -> PerProcess<T> {
        watch_forks();
        PerProcess(OnceBox::new())
    }

    /// This process' value, made by `make` when there is none yet.
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

    /// This process' value when it was made.
    #[inline]
    pub fn made(&self) -> Option<&T> {
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
