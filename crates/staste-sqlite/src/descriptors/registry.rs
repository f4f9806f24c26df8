//! The registry of the descriptors of stores: which are open, which are parked, and which hold the locks.

use std::collections::BTreeMap;
use std::os::fd::RawFd;

use super::parked_descriptors;
use super::store_file::{StoreFile, SystemCalls};
use crate::file_id::FileId;

/// What happens to a descriptor that SQLite closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloseAction {
    /// The caller closes it: it is not one of a store, or cannot be parked.
    Close,
    /// The registry has parked it, or closed it with its file.
    Done,
}

/// The files of stores that this process has opened, with their descriptors.
#[derive(Debug, Default)]
pub(super) struct Registry {
    files: BTreeMap<FileId, StoreFile>,
    /// The file of each open descriptor that was locked or closed; `None` if it is not one of a store.
    known: BTreeMap<RawFd, Option<FileId>>,
}

impl Registry {
    /// Registers the file of a store.
    pub(super) fn register_store(&mut self, file: FileId) {
        self.files.entry(file).or_default();
    }

    /// Registers an open descriptor as that of the shared memory of a database, if that is a store.
    pub(super) fn register_shared_memory(&mut self, fd: RawFd, database: FileId, system: &impl SystemCalls) {
        if !self.files.contains_key(&database) {
            return;
        }
        if let Some(described) = system.describe(fd) {
            self.files.entry(described.file).or_default().database = Some(database);
            self.file_of(fd, system);
        }
    }

    /// Returns the open shared memory of a database.
    pub(super) fn shared_memory_of(&self, database: FileId) -> Option<FileId> {
        let is_it =
            |store_file: &StoreFile| store_file.database == Some(database) && !store_file.open.is_empty();
        self.files.iter().find(|(_, store_file)| is_it(store_file)).map(|(file, _)| *file)
    }

    /// Returns the descriptor that holds the locks of the file of `fd`, if that is a file of a store.
    pub(super) fn lock_holder_for(&mut self, fd: RawFd, system: &impl SystemCalls) -> Option<RawFd> {
        let file = self.file_of(fd, system)?;
        self.files.get(&file)?.lock_holder
    }

    /// Takes a parked descriptor of a file, to be used again.
    pub(super) fn take_parked(
        &mut self,
        file: FileId,
        access: i32,
        system: &impl SystemCalls,
    ) -> Option<RawFd> {
        let store_file = self.files.get_mut(&file)?;
        store_file.forget_foreign(file, system);
        let index = store_file.parked.iter().position(|(_, parked)| *parked == access)?;
        let (fd, _) = store_file.parked.swap_remove(index);
        parked_descriptors::remove(fd);
        store_file.add_open(fd);
        self.known.insert(fd, Some(file));
        Some(fd)
    }

    /// Parks a descriptor that SQLite closes, if it is one of a store.
    pub(super) fn park(&mut self, fd: RawFd, system: &impl SystemCalls) -> CloseAction {
        let file = self.file_of(fd, system);
        self.known.remove(&fd);
        let Some(file) = file else { return CloseAction::Close };
        let (Some(described), Some(store_file)) = (system.describe(fd), self.files.get_mut(&file)) else {
            return CloseAction::Close;
        };
        store_file.open.retain(|open| *open != fd);
        if store_file.open.is_empty()
            && let Some(lock_holder) = store_file.lock_holder
        {
            system.unlock(lock_holder);
        }
        if !parked_descriptors::insert(fd) {
            return CloseAction::Close;
        }
        store_file.parked.push((fd, described.access));
        self.close_deleted(system);
        CloseAction::Done
    }

    /// Forgets a descriptor that is about to be closed.
    pub(super) fn forget(&mut self, fd: RawFd) {
        if let Some(Some(file)) = self.known.remove(&fd)
            && let Some(store_file) = self.files.get_mut(&file)
        {
            store_file.open.retain(|open| *open != fd);
        }
    }

    /// Closes the parked descriptors of files that are not in use and have no name any more.
    pub(super) fn close_deleted(&mut self, system: &impl SystemCalls) {
        self.files.retain(|file, store_file| {
            if !store_file.open.is_empty() || store_file.parked.is_empty() {
                return true;
            }
            store_file.forget_foreign(*file, system);
            let has_name = |(fd, _): &(RawFd, i32)| system.describe(*fd).is_some_and(|found| found.has_name);
            if store_file.parked.first().is_some_and(has_name) {
                return true;
            }
            for (fd, _) in store_file.parked.drain(..) {
                parked_descriptors::remove(fd);
                system.close(fd);
            }
            false
        });
    }

    /// Returns the file of an open descriptor, and remembers it until the descriptor is closed.
    fn file_of(&mut self, fd: RawFd, system: &impl SystemCalls) -> Option<FileId> {
        if let Some(known) = self.known.get(&fd) {
            return *known;
        }
        let file = system.describe(fd).map(|described| described.file);
        let file = file.filter(|file| self.files.contains_key(file));
        if let Some(opened) = file
            && let Some(store_file) = self.files.get_mut(&opened)
        {
            store_file.forget_foreign(opened, system);
            store_file.add_open(fd);
        }
        self.known.insert(fd, file);
        file
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::super::store_file::DescriptorInfo;
    use super::*;

    /// Larger than the descriptors that this process has open, because the set of parked descriptors is that of the
    /// process.
    const FIRST: RawFd = 60_000;
    const STORE: u64 = 1;
    const OTHER: u64 = 2;

    /// A system with these files open, which records the calls.
    #[derive(Default)]
    struct FakeSystem {
        open: RefCell<BTreeMap<RawFd, DescriptorInfo>>,
        unlocked: RefCell<Vec<RawFd>>,
        closed: RefCell<Vec<RawFd>>,
    }

    impl FakeSystem {
        fn open(&self, fd: RawFd, number: u64) {
            let described = DescriptorInfo { file: FileId::new(0, number), access: 2, has_name: true };
            self.open.borrow_mut().insert(fd, described);
        }
    }

    impl SystemCalls for FakeSystem {
        fn describe(&self, fd: RawFd) -> Option<DescriptorInfo> {
            self.open.borrow().get(&fd).copied()
        }

        fn unlock(&self, fd: RawFd) {
            self.unlocked.borrow_mut().push(fd);
        }

        fn close(&self, fd: RawFd) {
            self.closed.borrow_mut().push(fd);
        }
    }

    fn store_with(fds: &[RawFd]) -> (Registry, FakeSystem) {
        let (mut registry, system) = (Registry::default(), FakeSystem::default());
        registry.register_store(FileId::new(0, STORE));
        for fd in fds {
            system.open(*fd, STORE);
            registry.lock_holder_for(*fd, &system);
        }
        (registry, system)
    }

    #[test]
    fn one_descriptor_holds_all_locks_until_the_last_is_closed() {
        let (first, second) = (FIRST, FIRST + 1);
        let (mut registry, system) = store_with(&[first, second]);
        assert_eq!(registry.lock_holder_for(second, &system), Some(first));
        assert_eq!(registry.park(first, &system), CloseAction::Done);
        assert_eq!(registry.lock_holder_for(second, &system), Some(first));
        assert!(system.unlocked.borrow().is_empty());
        assert_eq!(registry.park(second, &system), CloseAction::Done);
        assert_eq!(*system.unlocked.borrow(), [first]);
        assert!(system.closed.borrow().is_empty());
    }

    #[test]
    fn descriptors_of_other_files_are_not_parked() {
        let (mut registry, system) = store_with(&[]);
        system.open(FIRST + 10, OTHER);
        assert_eq!(registry.lock_holder_for(FIRST + 10, &system), None);
        assert_eq!(registry.park(FIRST + 10, &system), CloseAction::Close);
        assert_eq!(registry.take_parked(FileId::new(0, OTHER), 2, &system), None);
    }

    #[test]
    fn parked_descriptor_is_taken_once_with_the_same_access() {
        let fd = FIRST + 20;
        let (mut registry, system) = store_with(&[fd]);
        let store = FileId::new(0, STORE);
        assert_eq!(registry.take_parked(store, 2, &system), None);
        registry.park(fd, &system);
        assert_eq!(registry.take_parked(store, 0, &system), None);
        assert_eq!(registry.take_parked(store, 2, &system), Some(fd));
        assert_eq!(registry.take_parked(store, 2, &system), None);
    }

    #[test]
    fn parked_descriptor_that_other_code_closed_is_forgotten() {
        let fd = FIRST + 30;
        let (mut registry, system) = store_with(&[fd]);
        registry.park(fd, &system);
        // The number belongs to another file now.
        system.open(fd, OTHER);
        assert_eq!(registry.take_parked(FileId::new(0, STORE), 2, &system), None);
        system.open(fd + 1, STORE);
        assert_eq!(registry.lock_holder_for(fd + 1, &system), Some(fd + 1));
        assert!(system.closed.borrow().is_empty());
    }

    #[test]
    fn descriptors_of_a_deleted_file_are_closed_with_the_last() {
        let (first, second) = (FIRST + 40, FIRST + 41);
        let (mut registry, system) = store_with(&[first, second]);
        for described in system.open.borrow_mut().values_mut() {
            described.has_name = false;
        }
        assert_eq!(registry.park(first, &system), CloseAction::Done);
        assert!(system.closed.borrow().is_empty());
        assert_eq!(registry.park(second, &system), CloseAction::Done);
        assert_eq!(*system.closed.borrow(), [first, second]);
    }
}
