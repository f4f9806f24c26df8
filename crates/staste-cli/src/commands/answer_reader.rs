//! Reading the answer of a query, with what was counted in periods that are no longer kept.

use staste::{Definition, Keep, View};

use super::view_options::read_rows;
use crate::failure::Result;
use crate::query::{Answer, Row};

/// Number of times to read a series and its totals until nothing is counted in between.
const MAX_READS: usize = 5;

/// Reads the rows, and the amounts of periods that are no longer kept.
///
/// A series of all time has rows for periods that are kept only. What the others had is the difference to the total, if
/// nothing is counted between the reads. If kicks were counted between all reads, returns a note that says so.
pub(super) fn read_answer(
    view: &View,
    definition: &Definition,
    answer: &mut Answer,
) -> Result<Option<String>> {
    let (scale, axes) = (answer.scale, answer.axes.clone());
    let is_kept_forever = scale.is_none_or(|scale| definition.retention.of(scale) == Keep::Forever);
    if is_kept_forever {
        answer.rows = read_rows(view, scale, &axes)?;
        return Ok(None);
    }
    for _ in 0..MAX_READS {
        let before = read_totals(view, &axes)?;
        answer.rows = read_rows(view, scale, &axes)?;
        let (Some(before), Some(after)) = (before, read_totals(view, &axes)?) else { return Ok(None) };
        // A period that is no longer kept has a row, which shows that.
        if answer.rows.iter().any(|row| row.reading.is_none()) {
            return Ok(None);
        }
        if before == after {
            answer.find_unkept(&after);
            return Ok(None);
        }
    }
    Ok(Some(format!(
        "note: kicks were counted while the series was read, so that it may lack periods that are no longer kept; \
         compare with: staste query {} --total",
        definition.name
    )))
}

/// Reads the rows without periods; none when the timespan has a bound that is no longer kept.
fn read_totals(view: &View, axes: &[String]) -> Result<Option<Vec<Row>>> {
    match read_rows(view, None, axes) {
        Ok(rows) => Ok(Some(rows)),
        Err(error) if error.is_not_retained() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use staste::store::Store;
    use staste::{Clock, Measure, MemoryStore, Metrica, Moment, RecorderOptions, Scale, Staste};
    use staste_testkit::{InterceptedStore, Interceptor, Operation};

    use super::*;

    /// 2023-11-14 22:13:20 UTC.
    const NOW: i64 = 1_700_000_000;
    /// Long before the hours that are kept.
    const LONG_AGO: i64 = NOW - 3 * 365 * 86_400;
    const NOTHING: [(&str, &str); 0] = [];

    /// Another process, which counts a kick before each of the first reads.
    #[derive(Debug)]
    struct BusyProcess {
        visits: Metrica,
        kicks_left: AtomicUsize,
    }

    impl Interceptor for BusyProcess {
        fn before(&self, operation: Operation) -> staste::Result<()> {
            let takes_one = |left: usize| left.checked_sub(1);
            if operation == Operation::Read
                && self.kicks_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, takes_one).is_ok()
            {
                self.visits.kick(NOTHING)?;
                self.visits.staste().flush()?;
            }
            Ok(())
        }
    }

    fn process(store: Arc<dyn Store>) -> Staste {
        Staste::with(store, Clock::fixed(NOW), RecorderOptions::default().flush_every(None))
    }

    /// Reads the visits by hour, of which 7 are too old for an hour, while another process counts this many.
    fn read(kicks: usize) -> (Option<String>, Answer) {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let visits = process(Arc::clone(&store)).metrica("visits").build().unwrap();
        visits.kick_with(NOTHING, 7, Moment::Instant(LONG_AGO)).unwrap();
        visits.kick_with(NOTHING, 2, Moment::Now).unwrap();
        visits.staste().flush().unwrap();
        let busy = BusyProcess { visits, kicks_left: AtomicUsize::new(kicks) };
        let reader = process(Arc::new(InterceptedStore::new(busy, store))).stored_metrica("visits").unwrap();
        let definition = reader.definition().unwrap();
        let mut answer = Answer::new(&definition, vec![Measure::Total]);
        answer.scale = Some(Scale::Hour);
        let note = read_answer(&reader.values(), &definition, &mut answer).unwrap();
        (note, answer)
    }

    fn unkept(answer: &Answer) -> Option<i128> {
        answer.unkept_sum().map(|reading| reading.total.raw())
    }

    #[test]
    fn series_without_kicks_between_its_reads_has_what_is_no_longer_kept() {
        let (note, answer) = read(0);
        assert_eq!((note, unkept(&answer)), (None, Some(7)));
    }

    #[test]
    fn series_is_read_again_while_kicks_are_counted() {
        let (note, answer) = read(3 * MAX_READS - 3);
        assert_eq!((note, unkept(&answer)), (None, Some(7)), "the last try has no kick between its reads");
    }

    #[test]
    fn kicks_between_all_reads_are_noted_and_nothing_is_guessed() {
        let (note, answer) = read(usize::MAX);
        let note = note.unwrap();
        assert!(note.contains("it may lack periods that are no longer kept"), "{note}");
        assert!(note.ends_with("compare with: staste query visits --total"), "{note}");
        assert_eq!(unkept(&answer), None);
    }
}
