//! The seed layout: the keys of the original of 2011, which goes on writing beside us.
//!
//! What is remembered of a Metrica lies where it does in the own layout; its cells, choices and years lie under
//! the original's keys. The original tells nobody when it writes, so that nothing of them is cached: every
//! question reads the choices it needs along with the cells.

mod beginning;
mod choices;
mod drop;
mod erase;
mod fields;
mod keys;
mod label;
mod life;
mod list;
mod naming;
mod read;
mod recipe;
mod sets;
mod text;
mod tree;
mod unset;
mod warnings;

pub(crate) use beginning::{amended, begins_as_seed, check_change, has_counted};
pub(crate) use choices::{choices, load};
pub(crate) use drop::drop;
pub(crate) use erase::forget_kicks;
pub(crate) use fields::Fields;
pub(crate) use keys::SeedKeys;
pub(crate) use life::{life, strict};
pub(crate) use list::{List, list};
pub use naming::KeyNaming;
pub(crate) use naming::{fresh_generation, naming_of};
pub(crate) use read::read;
pub(crate) use sets::{Odd, Sets};
pub(crate) use warnings::warnings;
