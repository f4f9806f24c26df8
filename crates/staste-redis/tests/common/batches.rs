//! Batches of kicks of the Metrica `guests`, and what was counted of it.

use std::sync::Arc;

use staste_core::store::{Batch, Part, Store, Writer};
use staste_core::{Choice, Definition, Scale};
use staste_testkit::store_fixtures::*;

/// The total of all kicks.
pub(crate) fn grand_total(store: &dyn Store) -> i128 {
    let definition = store.definitions(Some("guests")).unwrap().remove(0);
    total(store, &definition, Scale::Ever, &[Choice::All])
}

/// A batch of one kick.
pub(crate) fn one_kick(store: &dyn Store, sequence: u64) -> Batch {
    let definition = store.definitions(Some("guests")).unwrap().remove(0);
    batch(sequence, vec![part(&definition, &kicks(["7"]))])
}

/// A batch of a writer, with a kick for each age.
pub(crate) fn batch_by(writer: u128, sequence: u64, definition: &Arc<Definition>, ages: &[&str]) -> Batch {
    batch_of_part(writer, sequence, part(definition, &kicks(ages)))
}

/// A batch of a writer.
pub(crate) fn batch_of_part(writer: u128, sequence: u64, part: Part) -> Batch {
    Batch { writer: Writer(writer), ..batch(sequence, vec![part]) }
}
