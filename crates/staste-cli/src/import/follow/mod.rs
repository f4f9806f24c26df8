//! `import --follow`: counts the rows of files and pipes as they are written.
//!
//! A [`Follower`] reads each input again and again. Files that are rotated, by renaming or truncation, are read to their end
//! before the next one. There is no position besides the records of the counted runs, which are committed together with the
//! counts: after a restart the counted rows of a file are recognized as in any other import.

mod file_identity;
mod follow_context;
mod follow_record;
mod followed_path;
mod followed_pipe;
mod follower;
mod live_file;
mod pending_input;
mod rotated_files;

pub(crate) use follow_context::{FollowContext, Opener};
pub(crate) use follow_record::FollowRecords;
pub(crate) use follower::Follower;
pub(crate) use pending_input::PendingInput;
