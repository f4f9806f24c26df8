//! The system calls of SQLite that this crate replaces: `open`, `close` and `fcntl`. This is the only file with
//! `unsafe` in the crate.
//!
//! They are replaced in the SQLite that this program is linked with, for all its connections. Descriptors of files that
//! are not those of stores are passed to the original calls.
#![expect(unsafe_code, reason = "SQLite calls these by pointers, and locks have no safe form; audited below")]

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::mem::{self, MaybeUninit};
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use libc::flock;
use rusqlite::ffi;
use rustix::fs::{Access, AtFlags, CWD, accessat};

use super::process_registry;
use super::registry::{CloseAction, Registry};
use super::store_file::{DescriptorInfo, SystemCalls};
use crate::file_id::FileId;

/// The types by which SQLite calls `open`, `close` and `fcntl`. The last has variable arguments, which 64-bit Linux
/// passes like fixed ones.
type Open = unsafe extern "C" fn(*const c_char, c_int, c_int) -> c_int;
type Close = unsafe extern "C" fn(c_int) -> c_int;
type Fcntl = unsafe extern "C" fn(c_int, c_int, *mut flock) -> c_int;
/// The type by which SQLite stores all of them.
type StoredCall = unsafe extern "C" fn();

/// The suffix of the file of the shared memory.
const SHARED_MEMORY_SUFFIX: &[u8] = b"-shm";

/// `F_UNLCK` in the type of its field.
#[expect(clippy::cast_possible_truncation, reason = "the constant is 2")]
const UNLOCK: libc::c_short = libc::F_UNLCK as libc::c_short;

/// True after the system refused a lock of an open file description, as some sandboxes do. Then SQLite locks as on
/// other systems.
static LOCKS_REFUSED: AtomicBool = AtomicBool::new(false);

/// Replaces the calls, once, and prepares the registry of this process.
pub(crate) fn prepare() {
    static REPLACED: Once = Once::new();
    REPLACED.call_once(|| {
        // SAFETY: each pointer is called by SQLite only, which casts it back to its type first.
        let calls = unsafe {
            [
                (c"open", mem::transmute::<Open, StoredCall>(open)),
                (c"close", mem::transmute::<Close, StoredCall>(close_or_park)),
                (c"fcntl", mem::transmute::<Fcntl, StoredCall>(fcntl)),
            ]
        };
        for (name, call) in calls {
            replace(name, call);
        }
    });
    with_registry(|_| ());
}

/// Registers an open database as a store, before any part of it is locked.
pub(crate) fn register_store(database: FileId) {
    with_registry(|registry| registry.register_store(database));
}

/// Returns the shared memory that SQLite has open for a database.
pub(crate) fn shared_memory_of(database: FileId) -> Option<FileId> {
    with_registry(|registry| registry.shared_memory_of(database))
}

/// Runs something with the registry of this process.
fn with_registry<T>(run: impl FnOnce(&mut Registry) -> T) -> T {
    process_registry::with(close, run)
}

fn replace(name: &CStr, call: StoredCall) {
    // SAFETY: `sqlite3_vfs_find` initialises SQLite when it is not yet, and returns its default VFS,
    // which lives as long as the program, or null.
    let vfs = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
    // SAFETY: the pointer is null or to a VFS that nobody writes to after it was registered.
    let Some(set) = (unsafe { vfs.as_ref() }).and_then(|vfs| vfs.xSetSystemCall) else { return };
    // SAFETY: SQLite compares the name and stores the pointer, in one aligned word. A thread that
    // opens another file meanwhile calls the old function or the new one, which does the same for it.
    unsafe { set(vfs, name.as_ptr(), Some(call)) };
}

/// Opens a file, or takes a parked descriptor of a store.
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_int) -> c_int {
    // SAFETY: SQLite gives a text that ends with NUL and lives during the call.
    let name = unsafe { CStr::from_ptr(path) }.to_bytes();
    if let Some(fd) = take_parked(Path::new(OsStr::from_bytes(name)), flags) {
        return fd;
    }
    // SAFETY: the arguments are those that SQLite would call it with.
    let fd = unsafe { libc::open(path, flags, mode) };
    if fd >= 0
        && let Some(database) = name.strip_suffix(SHARED_MEMORY_SUFFIX)
        && let Some(database) = FileId::of(Path::new(OsStr::from_bytes(database)))
    {
        with_registry(|registry| registry.register_shared_memory(fd, database, &Linux));
    }
    fd
}

/// Takes a parked descriptor of the file at a path, if this user may open the file with this access.
fn take_parked(path: &Path, flags: c_int) -> Option<RawFd> {
    if flags & (libc::O_EXCL | libc::O_TRUNC) != 0 || LOCKS_REFUSED.load(Ordering::Relaxed) {
        return None;
    }
    let access = flags & libc::O_ACCMODE;
    let needed = if access == libc::O_RDONLY { Access::READ_OK } else { Access::READ_OK | Access::WRITE_OK };
    let file = if flags & libc::O_NOFOLLOW == 0 { FileId::of(path) } else { FileId::of_name(path) }?;
    with_registry(|registry| {
        registry.close_deleted(&Linux);
        accessat(CWD, path, needed, AtFlags::EACCESS).ok()?;
        registry.take_parked(file, access, &Linux)
    })
}

/// Closes a descriptor, or parks it if it is one of a store.
unsafe extern "C" fn close_or_park(fd: c_int) -> c_int {
    let action = with_registry(|registry| match LOCKS_REFUSED.load(Ordering::Relaxed) {
        true => {
            registry.forget(fd);
            CloseAction::Close
        }
        false => registry.park(fd, &Linux),
    });
    match action {
        CloseAction::Done => 0,
        // SAFETY: SQLite owns the descriptor and does not use it after this.
        CloseAction::Close => unsafe { libc::close(fd) },
    }
}

/// Uses locks of open file descriptions for descriptors of stores, and passes all other calls on.
unsafe extern "C" fn fcntl(fd: c_int, command: c_int, argument: *mut flock) -> c_int {
    let replaced = match command {
        libc::F_SETLK => libc::F_OFD_SETLK,
        libc::F_GETLK => libc::F_OFD_GETLK,
        // SAFETY: the arguments are those that SQLite would call it with.
        _ => return unsafe { libc::fcntl(fd, command, argument) },
    };
    let lock_holder = match LOCKS_REFUSED.load(Ordering::Relaxed) {
        true => None,
        false => with_registry(|registry| registry.lock_holder_for(fd, &Linux)),
    };
    let Some(lock_holder) = lock_holder else {
        // SAFETY: as above.
        return unsafe { libc::fcntl(fd, command, argument) };
    };
    // SAFETY: for these commands SQLite gives a pointer to a lock of its own.
    if let Some(lock) = unsafe { argument.as_mut() } {
        // The system requires this; SQLite does not set it.
        lock.l_pid = 0;
    }
    // SAFETY: the lock is one that SQLite would call it with, and the lock_holder is open.
    let done = unsafe { libc::fcntl(lock_holder, replaced, argument) };
    if done == -1 && std::io::Error::last_os_error().raw_os_error() == Some(libc::EINVAL) {
        LOCKS_REFUSED.store(true, Ordering::Relaxed);
        // SAFETY: as above.
        return unsafe { libc::fcntl(fd, command, argument) };
    }
    done
}

/// Closes a parked descriptor. It can be called in a forked child.
pub(super) fn close(fd: RawFd) {
    // SAFETY: the registry owns parked descriptors, and has forgotten this one.
    unsafe { libc::close(fd) };
}

/// The system calls of the registry, on Linux.
struct Linux;

impl SystemCalls for Linux {
    fn describe(&self, fd: RawFd) -> Option<DescriptorInfo> {
        let mut found = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: the call only writes to the memory that it is given.
        if unsafe { libc::fstat(fd, found.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: the call filled it, for it did not fail.
        let found = unsafe { found.assume_init() };
        // SAFETY: the command takes no argument and changes nothing.
        let access = unsafe { libc::fcntl(fd, libc::F_GETFL) } & libc::O_ACCMODE;
        Some(DescriptorInfo {
            file: FileId::new(found.st_dev, found.st_ino),
            access,
            has_name: found.st_nlink > 0,
        })
    }

    fn unlock(&self, fd: RawFd) {
        // SAFETY: all fields of a lock are numbers, for which zero is valid: from the start to the end.
        let mut all: flock = unsafe { mem::zeroed() };
        all.l_type = UNLOCK;
        // SAFETY: the call only reads the lock that it is given.
        unsafe { libc::fcntl(fd, libc::F_OFD_SETLK, &raw mut all) };
    }

    fn close(&self, fd: RawFd) {
        close(fd);
    }
}
