//! Which descriptors of the process are those of a store, which are parked, and which holds the locks.

use std::collections::BTreeMap;
use std::os::fd::RawFd;
use std::sync::{Arc, Mutex, Weak};

use once_cell::race::OnceBox;
use staste_core::fork::{PerProcess, Rests, rest_while_forking};

use super::{parked, system_calls};
use crate::file_id::FileId;
use crate::pool::lock;

/// A descriptor as the system describes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Described {
    pub(super) file: FileId,
    /// The access mode that the descriptor was opened with.
    pub(super) access: i32,
    /// False when no name leads to the file any more.
    pub(super) has_name: bool,
}

/// What the system does for the registry.
pub(super) trait System {
    /// Describes a descriptor; none when it is not open.
    fn describe(&self, fd: RawFd) -> Option<Described>;
    /// Releases every lock that the description of a descriptor holds.
    fn unlock(&self, fd: RawFd);
    /// Closes a descriptor.
    fn close(&self, fd: RawFd);
}

/// What becomes of a descriptor that SQLite closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// Not of a store, or not to be parked: the caller closes it.
    Close,
    /// Parked, or closed with its file.
    Done,
}

/// The descriptors of one file of a store: the database, or the memory that its processes share.
#[derive(Debug, Default)]
struct Descriptors {
    /// The database that a shared memory belongs to.
    database: Option<FileId>,
    /// The descriptor whose description holds all locks, be it open or parked.
    holder: Option<RawFd>,
    open: Vec<RawFd>,
    /// Parked descriptors, each with its access mode.
    parked: Vec<(RawFd, i32)>,
}

/// The files of the stores of this process and their descriptors.
#[derive(Debug, Default)]
pub(super) struct Registry {
    files: BTreeMap<FileId, Descriptors>,
    /// The file of each open descriptor that was locked or closed; none for those of other files.
    known: BTreeMap<RawFd, Option<FileId>>,
}

impl Registry {
    /// Makes a file one of a store.
    pub(super) fn is_store(&mut self, file: FileId) {
        self.files.entry(file).or_default();
    }

    /// Makes an open descriptor the shared memory of a database, if that is one of a store.
    pub(super) fn shares_memory(&mut self, fd: RawFd, database: FileId, system: &impl System) {
        if !self.files.contains_key(&database) {
            return;
        }
        if let Some(described) = system.describe(fd) {
            self.files.entry(described.file).or_default().database = Some(database);
            self.file_of(fd, system);
        }
    }

    /// The shared memory of a database that is open in this process.
    pub(super) fn memory_of(&self, database: FileId) -> Option<FileId> {
        let is_it = |descriptors: &Descriptors| {
            descriptors.database == Some(database) && !descriptors.open.is_empty()
        };
        self.files.iter().find(|(_, descriptors)| is_it(descriptors)).map(|(file, _)| *file)
    }

    /// The descriptor that holds the locks of this one's file; none for files of no store.
    pub(super) fn holder_for(&mut self, fd: RawFd, system: &impl System) -> Option<RawFd> {
        let file = self.file_of(fd, system)?;
        self.files.get(&file)?.holder
    }

    /// Takes a parked descriptor of a file, to be used again.
    pub(super) fn reopen(&mut self, file: FileId, access: i32, system: &impl System) -> Option<RawFd> {
        let descriptors = self.files.get_mut(&file)?;
        descriptors.forget_strange(file, system);
        let index = descriptors.parked.iter().position(|(_, parked)| *parked == access)?;
        let (fd, _) = descriptors.parked.swap_remove(index);
        parked::remove(fd);
        descriptors.open(fd);
        self.known.insert(fd, Some(file));
        Some(fd)
    }

    /// Parks a descriptor that SQLite closes when it is one of a store.
    pub(super) fn closing(&mut self, fd: RawFd, system: &impl System) -> Closing {
        let file = self.file_of(fd, system);
        self.known.remove(&fd);
        let Some(file) = file else { return Closing::Close };
        let (Some(described), Some(descriptors)) = (system.describe(fd), self.files.get_mut(&file)) else {
            return Closing::Close;
        };
        descriptors.open.retain(|open| *open != fd);
        if descriptors.open.is_empty()
            && let Some(holder) = descriptors.holder
        {
            system.unlock(holder);
        }
        if !parked::insert(fd) {
            return Closing::Close;
        }
        descriptors.parked.push((fd, described.access));
        self.sweep(system);
        Closing::Done
    }

    /// Forgets a descriptor that is about to be closed.
    pub(super) fn forget(&mut self, fd: RawFd) {
        if let Some(Some(file)) = self.known.remove(&fd)
            && let Some(descriptors) = self.files.get_mut(&file)
        {
            descriptors.open.retain(|open| *open != fd);
        }
    }

    /// Closes the descriptors of files that nobody uses and no name leads to.
    pub(super) fn sweep(&mut self, system: &impl System) {
        self.files.retain(|file, descriptors| {
            if !descriptors.open.is_empty() || descriptors.parked.is_empty() {
                return true;
            }
            descriptors.forget_strange(*file, system);
            let has_name = |(fd, _): &(RawFd, i32)| system.describe(*fd).is_some_and(|found| found.has_name);
            if descriptors.parked.first().is_some_and(has_name) {
                return true;
            }
            for (fd, _) in descriptors.parked.drain(..) {
                parked::remove(fd);
                system.close(fd);
            }
            false
        });
    }

    /// The file of an open descriptor, remembered until it is closed.
    fn file_of(&mut self, fd: RawFd, system: &impl System) -> Option<FileId> {
        if let Some(known) = self.known.get(&fd) {
            return *known;
        }
        let file = system.describe(fd).map(|described| described.file);
        let file = file.filter(|file| self.files.contains_key(file));
        if let Some(opened) = file
            && let Some(descriptors) = self.files.get_mut(&opened)
        {
            descriptors.forget_strange(opened, system);
            descriptors.open(fd);
        }
        self.known.insert(fd, file);
        file
    }
}

impl Descriptors {
    /// Adds an open descriptor, which holds the locks if none does.
    fn open(&mut self, fd: RawFd) {
        self.open.push(fd);
        self.holder.get_or_insert(fd);
    }

    /// Forgets parked descriptors that somebody else closed, as programs do that become daemons: their
    /// numbers may stand for other files by now.
    fn forget_strange(&mut self, file: FileId, system: &impl System) {
        self.parked.retain(|(fd, _)| {
            let is_ours = system.describe(*fd).is_some_and(|found| found.file == file);
            if !is_ours {
                parked::remove(*fd);
            }
            is_ours
        });
        let is_there = |holder: &RawFd| {
            self.open.contains(holder) || self.parked.iter().any(|(parked, _)| parked == holder)
        };
        self.holder = self.holder.filter(is_there);
    }
}

/// Closes what is parked in a forked child, which shares the locks of these descriptors otherwise.
struct ClosesInChild;

impl Rests for ClosesInChild {
    fn rest(&self) {}

    fn resume(&self) {}

    fn forked(&self) {
        parked::drain(system_calls::close);
    }
}

struct Held {
    registry: Mutex<Registry>,
    /// Kept so that the weak reference to it lives.
    _closes: Arc<dyn Rests>,
}

/// Runs something with the registry of this process. A forked child begins with an empty one.
pub(super) fn with<T>(run: impl FnOnce(&mut Registry) -> T) -> T {
    static REGISTRY: OnceBox<PerProcess<Held>> = OnceBox::new();
    let held = REGISTRY.get_or_init(|| Box::new(PerProcess::new())).get(|| {
        let closes: Arc<dyn Rests> = Arc::new(ClosesInChild);
        let watched: Weak<dyn Rests> = Arc::downgrade(&closes);
        rest_while_forking(watched);
        Held { registry: Mutex::default(), _closes: closes }
    });
    run(&mut lock(&held.registry))
}

/// Declares an open database to be a store, before anything of it is locked.
pub(crate) fn is_store(database: FileId) {
    with(|registry| registry.is_store(database));
}

/// The shared memory that SQLite has open for a database.
pub(crate) fn shared_memory_of(database: FileId) -> Option<FileId> {
    with(|registry| registry.memory_of(database))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Beyond what this process has open, for the set of parked descriptors is that of the process.
    const FIRST: RawFd = 60_000;
    const STORE: u64 = 1;
    const OTHER: u64 = 2;

    /// A system with these files open, and what was asked of it.
    #[derive(Default)]
    struct Fake {
        open: RefCell<BTreeMap<RawFd, Described>>,
        unlocked: RefCell<Vec<RawFd>>,
        closed: RefCell<Vec<RawFd>>,
    }

    impl Fake {
        fn open(&self, fd: RawFd, number: u64) {
            let described = Described { file: FileId::new(0, number), access: 2, has_name: true };
            self.open.borrow_mut().insert(fd, described);
        }
    }

    impl System for Fake {
        fn describe(&self, fd: RawFd) -> Option<Described> {
            self.open.borrow().get(&fd).copied()
        }

        fn unlock(&self, fd: RawFd) {
            self.unlocked.borrow_mut().push(fd);
        }

        fn close(&self, fd: RawFd) {
            self.closed.borrow_mut().push(fd);
        }
    }

    fn store_with(fds: &[RawFd]) -> (Registry, Fake) {
        let (mut registry, system) = (Registry::default(), Fake::default());
        registry.is_store(FileId::new(0, STORE));
        for fd in fds {
            system.open(*fd, STORE);
            registry.holder_for(*fd, &system);
        }
        (registry, system)
    }

    #[test]
    fn locks_of_a_store_are_held_by_one_descriptor_until_the_last_is_closed() {
        let (first, second) = (FIRST, FIRST + 1);
        let (mut registry, system) = store_with(&[first, second]);
        assert_eq!(registry.holder_for(second, &system), Some(first));
        assert_eq!(registry.closing(first, &system), Closing::Done);
        assert_eq!(registry.holder_for(second, &system), Some(first));
        assert!(system.unlocked.borrow().is_empty());
        assert_eq!(registry.closing(second, &system), Closing::Done);
        assert_eq!(*system.unlocked.borrow(), [first]);
        assert!(system.closed.borrow().is_empty());
    }

    #[test]
    fn descriptors_of_other_files_are_left_alone() {
        let (mut registry, system) = store_with(&[]);
        system.open(FIRST + 10, OTHER);
        assert_eq!(registry.holder_for(FIRST + 10, &system), None);
        assert_eq!(registry.closing(FIRST + 10, &system), Closing::Close);
        assert_eq!(registry.reopen(FileId::new(0, OTHER), 2, &system), None);
    }

    #[test]
    fn reopen_takes_a_parked_descriptor_of_the_same_access_once() {
        let fd = FIRST + 20;
        let (mut registry, system) = store_with(&[fd]);
        let store = FileId::new(0, STORE);
        assert_eq!(registry.reopen(store, 2, &system), None);
        registry.closing(fd, &system);
        assert_eq!(registry.reopen(store, 0, &system), None);
        assert_eq!(registry.reopen(store, 2, &system), Some(fd));
        assert_eq!(registry.reopen(store, 2, &system), None);
    }

    #[test]
    fn reopen_forgets_a_descriptor_that_somebody_else_closed() {
        let fd = FIRST + 30;
        let (mut registry, system) = store_with(&[fd]);
        registry.closing(fd, &system);
        // The number stands for another file now.
        system.open(fd, OTHER);
        assert_eq!(registry.reopen(FileId::new(0, STORE), 2, &system), None);
        system.open(fd + 1, STORE);
        assert_eq!(registry.holder_for(fd + 1, &system), Some(fd + 1));
        assert!(system.closed.borrow().is_empty());
    }

    #[test]
    fn descriptors_without_a_name_are_closed_when_the_last_is() {
        let (first, second) = (FIRST + 40, FIRST + 41);
        let (mut registry, system) = store_with(&[first, second]);
        for described in system.open.borrow_mut().values_mut() {
            described.has_name = false;
        }
        assert_eq!(registry.closing(first, &system), Closing::Done);
        assert!(system.closed.borrow().is_empty());
        assert_eq!(registry.closing(second, &system), Closing::Done);
        assert_eq!(*system.closed.borrow(), [first, second]);
    }
}
