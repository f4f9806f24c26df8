//! Instants as text.

use crate::time::Zone;

/// An instant in a zone with the offset in force, as in ISO 8601; none at the open ends of time.
///
/// ```
/// use staste::{Zone, formats};
/// let zone = Zone::named("America/New_York")?;
/// assert_eq!(formats::instant_with_offset(&zone, 0).unwrap(), "1969-12-31T19:00:00-05:00");
/// # Ok::<(), staste::Error>(())
/// ```
pub fn instant_with_offset(zone: &Zone, instant: i64) -> Option<String> {
    let local = zone.civil(instant).ok()?;
    Some(format!("{local}{}", offset_text(zone.offset(instant))))
}

/// An instant in UTC, as in RFC 3339; none at the open ends of time.
///
/// ```
/// assert_eq!(staste::formats::instant_with_z(0).unwrap(), "1970-01-01T00:00:00Z");
/// ```
pub fn instant_with_z(instant: i64) -> Option<String> {
    Some(format!("{}Z", Zone::utc().civil(instant).ok()?))
}

/// An offset from UTC in seconds as text: `-05:00`.
///
/// ```
/// assert_eq!(staste::formats::offset_text(-18_000), "-05:00");
/// assert_eq!(staste::formats::offset_text(5_784), "+01:36:24");
/// ```
pub fn offset_text(offset: i64) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes, seconds) = (offset.abs() / 3600, offset.abs() / 60 % 60, offset.abs() % 60);
    let seconds = if seconds == 0 { String::new() } else { format!(":{seconds:02}") };
    format!("{sign}{hours:02}:{minutes:02}{seconds}")
}
