//! The descriptors of one file of a store, and the system calls that are needed to manage them.

use std::os::fd::RawFd;

use super::parked_descriptors;
use crate::file_id::FileId;

/// What the system knows about a descriptor.
#[derive(Clone, Copy, Debug)]
pub(super) struct DescriptorInfo {
    pub(super) file: FileId,
    /// The access mode that the descriptor was opened with.
    pub(super) access: i32,
    /// False if the file has no name any more.
    pub(super) has_name: bool,
}

/// The system calls of the registry.
pub(super) trait SystemCalls {
    /// Describes a descriptor, if it is open.
    fn describe(&self, fd: RawFd) -> Option<DescriptorInfo>;
    /// Releases every lock of the open file description of a descriptor.
    fn unlock(&self, fd: RawFd);
    /// Closes a descriptor.
    fn close(&self, fd: RawFd);
}

/// The descriptors of one file of a store: of the database or of the shared memory.
#[derive(Debug, Default)]
pub(super) struct StoreFile {
    /// The database, if this is a shared memory.
    pub(super) database: Option<FileId>,
    /// The descriptor, open or parked, whose open file description holds all locks.
    pub(super) lock_holder: Option<RawFd>,
    pub(super) open: Vec<RawFd>,
    /// The parked descriptors, each with its access mode.
    pub(super) parked: Vec<(RawFd, i32)>,
}

impl StoreFile {
    /// Adds an open descriptor, which holds the locks if no other does.
    pub(super) fn add_open(&mut self, fd: RawFd) {
        self.open.push(fd);
        self.lock_holder.get_or_insert(fd);
    }

    /// Forgets parked descriptors that other code closed, as programs do that become daemons. Their numbers can belong
    /// to other files now.
    pub(super) fn forget_foreign(&mut self, file: FileId, system: &impl SystemCalls) {
        self.parked.retain(|(fd, _)| {
            let is_ours = system.describe(*fd).is_some_and(|found| found.file == file);
            if !is_ours {
                parked_descriptors::remove(*fd);
            }
            is_ours
        });
        let is_known = |lock_holder: &RawFd| {
            self.open.contains(lock_holder) || self.parked.iter().any(|(parked, _)| parked == lock_holder)
        };
        self.lock_holder = self.lock_holder.filter(is_known);
    }
}
