//! The system calls of SQLite that stores replace: `open`, `close` and `fcntl`. The only `unsafe` of
//! this crate.
//!
//! They are replaced in the SQLite that this program is linked with, for every connection of it;
//! descriptors of other files than those of stores go to the original calls as they are.
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

use super::registry::{self, Closing, Described, System};
use crate::file_id::FileId;

/// How SQLite calls `open`, `close` and `fcntl`. The last has variable arguments, which 64-bit Linux
/// passes like fixed ones.
type Open = unsafe extern "C" fn(*const c_char, c_int, c_int) -> c_int;
type Close = unsafe extern "C" fn(c_int) -> c_int;
type Fcntl = unsafe extern "C" fn(c_int, c_int, *mut flock) -> c_int;
/// How SQLite stores all of them.
type Stored = unsafe extern "C" fn();

/// The end of the name of the memory that processes share.
const SHARED_MEMORY: &[u8] = b"-shm";

/// `F_UNLCK` in the type of the field that it is for.
#[expect(clippy::cast_possible_truncation, reason = "the constant is 2")]
const UNLOCK: libc::c_short = libc::F_UNLCK as libc::c_short;

/// True once the system refused locks of open file descriptions, as some sandboxes do: SQLite locks as
/// it does elsewhere, then.
static IS_REFUSED: AtomicBool = AtomicBool::new(false);

/// Replaces the calls, once, and prepares the registry of this process.
pub(crate) fn prepare() {
    static REPLACED: Once = Once::new();
    REPLACED.call_once(|| {
        // SAFETY: each pointer is called by SQLite only, which casts it back to its type first.
        let calls = unsafe {
            [
                (c"open", mem::transmute::<Open, Stored>(open)),
                (c"close", mem::transmute::<Close, Stored>(close_or_park)),
                (c"fcntl", mem::transmute::<Fcntl, Stored>(fcntl)),
            ]
        };
        for (name, call) in calls {
            replace(name, call);
        }
    });
    registry::with(|_| ());
}

fn replace(name: &CStr, call: Stored) {
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
    if let Some(fd) = parked(Path::new(OsStr::from_bytes(name)), flags) {
        return fd;
    }
    // SAFETY: the arguments are those that SQLite would call it with.
    let fd = unsafe { libc::open(path, flags, mode) };
    if fd >= 0
        && let Some(database) = name.strip_suffix(SHARED_MEMORY)
        && let Some(database) = FileId::of(Path::new(OsStr::from_bytes(database)))
    {
        registry::with(|registry| registry.shares_memory(fd, database, &Linux));
    }
    fd
}

/// A parked descriptor of the file at a path, if this user may open the file in this way.
fn parked(path: &Path, flags: c_int) -> Option<RawFd> {
    if flags & (libc::O_EXCL | libc::O_TRUNC) != 0 || IS_REFUSED.load(Ordering::Relaxed) {
        return None;
    }
    let access = flags & libc::O_ACCMODE;
    let needed = if access == libc::O_RDONLY { Access::READ_OK } else { Access::READ_OK | Access::WRITE_OK };
    let file = if flags & libc::O_NOFOLLOW == 0 { FileId::of(path) } else { FileId::of_name(path) }?;
    registry::with(|registry| {
        registry.sweep(&Linux);
        accessat(CWD, path, needed, AtFlags::EACCESS).ok()?;
        registry.reopen(file, access, &Linux)
    })
}

/// Closes a descriptor, or parks it when it is one of a store.
unsafe extern "C" fn close_or_park(fd: c_int) -> c_int {
    let closing = registry::with(|registry| match IS_REFUSED.load(Ordering::Relaxed) {
        true => {
            registry.forget(fd);
            Closing::Close
        }
        false => registry.closing(fd, &Linux),
    });
    match closing {
        Closing::Done => 0,
        // SAFETY: SQLite owns the descriptor and does not use it after this.
        Closing::Close => unsafe { libc::close(fd) },
    }
}

/// Locks by open file descriptions where the descriptor is one of a store, and passes on the rest.
unsafe extern "C" fn fcntl(fd: c_int, command: c_int, argument: *mut flock) -> c_int {
    let replaced = match command {
        libc::F_SETLK => libc::F_OFD_SETLK,
        libc::F_GETLK => libc::F_OFD_GETLK,
        // SAFETY: the arguments are those that SQLite would call it with.
        _ => return unsafe { libc::fcntl(fd, command, argument) },
    };
    let holder = match IS_REFUSED.load(Ordering::Relaxed) {
        true => None,
        false => registry::with(|registry| registry.holder_for(fd, &Linux)),
    };
    let Some(holder) = holder else {
        // SAFETY: as above.
        return unsafe { libc::fcntl(fd, command, argument) };
    };
    // SAFETY: for these commands SQLite gives a pointer to a lock of its own.
    if let Some(lock) = unsafe { argument.as_mut() } {
        // Required by the system; SQLite does not set it.
        lock.l_pid = 0;
    }
    // SAFETY: the lock is one that SQLite would call it with, and the holder is open.
    let done = unsafe { libc::fcntl(holder, replaced, argument) };
    if done == -1 && std::io::Error::last_os_error().raw_os_error() == Some(libc::EINVAL) {
        IS_REFUSED.store(true, Ordering::Relaxed);
        // SAFETY: as above.
        return unsafe { libc::fcntl(fd, command, argument) };
    }
    done
}

/// Closes a descriptor of a store for good. It may be called in a forked child.
pub(super) fn close(fd: RawFd) {
    // SAFETY: the registry owns parked descriptors, and has forgotten this one.
    unsafe { libc::close(fd) };
}

/// The calls that the registry makes.
struct Linux;

impl System for Linux {
    fn describe(&self, fd: RawFd) -> Option<Described> {
        let mut found = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: the call only writes to the memory that it is given.
        if unsafe { libc::fstat(fd, found.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: the call filled it, for it did not fail.
        let found = unsafe { found.assume_init() };
        // SAFETY: the command takes no argument and changes nothing.
        let access = unsafe { libc::fcntl(fd, libc::F_GETFL) } & libc::O_ACCMODE;
        Some(Described {
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
