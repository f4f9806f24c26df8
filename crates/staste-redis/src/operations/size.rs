//! The size of a Metrica.

use staste_core::Scale;
use staste_core::store::Size;

use crate::client::{Client, OnMetrica};
use crate::connections::failure::Outcome;
use crate::layout::Found;
use crate::layout::cells::Listed;
use crate::metrica::inspection;

/// Counts buckets, cells and bytes. The server reads everything once, which takes a while.
pub(crate) fn size(client: &mut Client, metrica: &str) -> Outcome<Size> {
    let mut size = Size::default();
    let Some(buckets) = list(client, metrica)? else {
        inspection::check(&mut client.session, metrica)?;
        return Ok(size);
    };
    let mut bytes = 0;
    for bucket in buckets {
        if let Some((count, cells)) = bucket.scale.kept_index().and_then(|index| size.scales.get_mut(index)) {
            *count += 1;
            *cells += bucket.cells;
        }
        if bucket.scale == Scale::Ever {
            size.points = bucket.cells;
        }
        bytes += bucket.bytes;
    }
    // A server that does not report bytes reports them of no bucket.
    size.bytes = (bytes > 0).then_some(bytes);
    Ok(size)
}

/// Returns the buckets of a Metrica; none when it does not exist.
fn list(client: &mut Client, metrica: &str) -> Outcome<Option<Vec<Listed>>> {
    // The script compares what the client knows, which is learned until both agree.
    loop {
        let Some(OnMetrica { session, known, layout }) = client.on(metrica) else {
            if client.refresh(metrica)? {
                continue;
            }
            return Ok(None);
        };
        match layout.list(session, known, true)? {
            Found::Done((_, buckets)) => return Ok(Some(buckets)),
            Found::Behind(state) => {
                client.catalog.learn(metrica, *state)?;
            }
            Found::Retry => {}
            Found::Gone => {
                client.catalog.forget(metrica);
                return Ok(None);
            }
        }
    }
}
