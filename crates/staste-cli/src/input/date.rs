//! `Dates`: reads the date texts of records, fast for the forms that files use.

use std::error::Error;
use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::Offset;

/// The forms that are read without another one being named.
pub(crate) const DATE_FORMS: &str = "dates are read as 2013-01-31T10:00:00Z or with an offset, 2013-01-31 10:00[:00], \
     2013-01-31, 10/Oct/2000:13:55:36 -0700, Unix seconds (9 to 11 digits) or milliseconds (13 digits); name any \
     other form with --date-format";

/// When something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Unix seconds.
    Instant(i64),
    /// A local time, in whatever zone the reader of it says.
    Local(DateTime),
}

/// A text that is no date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadDate {
    text: String,
    format: Option<String>,
    cause: Option<String>,
}

/// Reads date texts; the last one is remembered, for logs repeat them.
pub(crate) struct Dates {
    format: Option<String>,
    last: String,
    when: Option<When>,
}

impl Dates {
    /// Reads the usual forms, or only `format`, in the directives of strptime.
    ///
    /// # Errors
    /// The format is not one.
    pub(crate) fn new(format: Option<&str>) -> Result<Dates, BadDate> {
        if let Some(format) = format {
            let sample = jiff::Timestamp::UNIX_EPOCH.to_zoned_datetime(jiff::tz::TimeZone::UTC);
            let written = BrokenDownTime::from(&sample).to_string(format).map_err(|error| error.to_string());
            let read = written.and_then(|written| formatted(format, &written));
            read.map_err(|error| BadDate {
                text: format.to_owned(),
                format: None,
                cause: Some(format!("not a date format: {error}; for example %d.%m.%Y %H:%M:%S")),
            })?;
        }
        Ok(Dates { format: format.map(str::to_owned), last: String::new(), when: None })
    }

    /// When `text` says.
    ///
    /// # Errors
    /// It is no date in a form that is read; the message names the text.
    pub(crate) fn read(&mut self, text: &str) -> Result<When, BadDate> {
        if let Some(when) = self.when
            && self.last == text
        {
            return Ok(when);
        }
        let when = match &self.format {
            Some(format) => formatted(format, text).map_err(Some),
            None => usual(text.as_bytes()).ok_or(None),
        };
        let when =
            when.map_err(|cause| BadDate { text: text.to_owned(), format: self.format.clone(), cause })?;
        self.last.clear();
        self.last.push_str(text);
        self.when = Some(when);
        Ok(when)
    }
}

fn formatted(format: &str, text: &str) -> Result<When, String> {
    let read = || {
        let parsed = BrokenDownTime::parse(format, text)?;
        if parsed.offset().is_some() || parsed.timestamp().is_some() {
            parsed.to_timestamp().map(|timestamp| When::Instant(floor(timestamp)))
        } else if parsed.iana_time_zone().is_some() {
            let zoned = parsed.to_zoned_datetime()?;
            Ok(When::Instant(floor(zoned.timestamp())))
        } else {
            parsed.to_datetime().map(When::Local)
        }
    };
    read().map_err(|error: jiff::Error| error.to_string())
}

/// The whole second a timestamp is in.
fn floor(timestamp: jiff::Timestamp) -> i64 {
    timestamp.as_second() - i64::from(timestamp.subsec_nanosecond() < 0)
}

fn usual(text: &[u8]) -> Option<When> {
    match text {
        [_, _, _, _, b'-', ..] => year_first(text),
        [_, _, b'/', ..] => access_log(text),
        _ => unix(text),
    }
}

/// Seconds of 9 to 11 digits, perhaps with a fraction, or milliseconds of 13; fewer digits are more likely
/// a year or `YYYYMMDD`.
fn unix(text: &[u8]) -> Option<When> {
    let text = str::from_utf8(text).ok()?;
    let (whole, part) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(digits) || part.is_some_and(|part| part.is_empty() || !all_digits(part)) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    let below = whole.starts_with('-') && part.is_some_and(|part| part.bytes().any(|byte| byte != b'0'));
    match digits.len() {
        9..=11 => Some(When::Instant(number - i64::from(below))),
        13 if part.is_none() => Some(When::Instant(number.div_euclid(1000))),
        _ => None,
    }
}

/// `YYYY-MM-DD`, with a time or not, and with an offset or not.
fn year_first(text: &[u8]) -> Option<When> {
    let (&[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2], rest) = text.split_first_chunk::<10>()? else {
        return None;
    };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let date = civil_date(year, two(m1, m2)?, two(d1, d2)?)?;
    let Some(rest) =
        rest.strip_prefix(b"T").or_else(|| rest.strip_prefix(b" ")).or_else(|| rest.strip_prefix(b"t"))
    else {
        return rest.is_empty().then(|| When::Local(date.to_datetime(Time::midnight())));
    };
    let (&[h1, h2, b':', n1, n2], rest) = rest.split_first_chunk::<5>()? else { return None };
    let (second, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (two(*s1, *s2)?, fraction(rest)?),
        _ => (0, rest),
    };
    let local = date.to_datetime(civil_time(two(h1, h2)?, two(n1, n2)?, second)?);
    if rest.is_empty() {
        Some(When::Local(local))
    } else {
        instant(local, rest.strip_prefix(b" ").unwrap_or(rest))
    }
}

/// `10/Oct/2000:13:55:36 -0700`.
fn access_log(text: &[u8]) -> Option<When> {
    const MONTHS: [&[u8; 3]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let (&[d1, d2, b'/', ref month @ .., b'/', y1, y2, y3, y4, b':'], rest) =
        text.split_first_chunk::<12>()?
    else {
        return None;
    };
    let month = (1..).zip(MONTHS).find(|(_, name)| *name == month)?.0;
    let date = civil_date(two(y1, y2)? * 100 + two(y3, y4)?, month, two(d1, d2)?)?;
    let (&[h1, h2, b':', n1, n2, b':', s1, s2, b' '], rest) = rest.split_first_chunk::<9>()? else {
        return None;
    };
    instant(date.to_datetime(civil_time(two(h1, h2)?, two(n1, n2)?, two(s1, s2)?)?), rest)
}

fn instant(local: DateTime, offset: &[u8]) -> Option<When> {
    let seconds = match *offset {
        [b'Z' | b'z'] | [b'U', b'T', b'C'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            seconds_east(sign, two(h1, h2)?, two(m1, m2)?)?
        }
        [sign @ (b'+' | b'-'), h1, h2] => seconds_east(sign, two(h1, h2)?, 0)?,
        _ => return None,
    };
    let timestamp = Offset::from_seconds(seconds).ok()?.to_timestamp(local).ok()?;
    Some(When::Instant(timestamp.as_second()))
}

fn seconds_east(sign: u8, hours: i16, minutes: i16) -> Option<i32> {
    let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
    (hours < 24 && minutes < 60).then_some(if sign == b'-' { -seconds } else { seconds })
}

/// What follows a fraction of a second, which is let go: a bucket is no shorter than a minute.
fn fraction(rest: &[u8]) -> Option<&[u8]> {
    let [b'.' | b',', digits @ ..] = rest else { return Some(rest) };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits.get(length..).filter(|_| length > 0)
}

fn two(tens: u8, ones: u8) -> Option<i16> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
    Some(digit(tens)? * 10 + digit(ones)?)
}

fn civil_date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A leap second counts as the second before it.
fn civil_time(hour: i16, minute: i16, second: i16) -> Option<Time> {
    let second = if second == 60 { 59 } else { second };
    Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, 0).ok()
}

impl fmt::Display for BadDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.text;
        match (&self.format, &self.cause) {
            (Some(format), Some(cause)) => {
                write!(f, "{text:?} is not a date in the format {format:?}: {cause}")
            }
            (_, Some(cause)) => write!(f, "{text:?} is {cause}"),
            _ => write!(f, "{text:?} is not a date"),
        }
    }
}

impl BadDate {
    /// True when the text is of none of [`DATE_FORMS`], and no other form was named.
    pub(crate) fn is_of_no_usual_form(&self) -> bool {
        self.format.is_none()
    }
}

impl Error for BadDate {}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn read(text: &str) -> Option<When> {
        Dates::new(None).unwrap().read(text).ok()
    }

    #[test]
    fn instants_are_unix_seconds() {
        let check = |text, seconds| assert_eq!(read(text), Some(When::Instant(seconds)), "{text}");
        check("1970-01-01T00:00:00Z", 0);
        check("2013-01-01T10:00:00Z", 1_357_034_400);
        check("2013-01-01t10:00:00z", 1_357_034_400);
        check("2013-01-01 10:00Z", 1_357_034_400);
        check("2013-01-01 10:00:00 UTC", 1_357_034_400);
        check("2013-01-01 12:00:00.123456+02:00", 1_357_034_400);
        check("2013-01-01 05:30:00,5 -0430", 1_357_034_400);
        check("2013-01-01T11:00:00+01", 1_357_034_400);
        check("2016-12-31T23:59:60Z", 1_483_228_799);
        check("1969-12-31T23:59:59.5Z", -1);
        check("10/Oct/2000:13:55:36 -0700", 971_211_336);
        check("1357034400", 1_357_034_400);
        check("1357034400999", 1_357_034_400);
        check("-1357034400", -1_357_034_400);
        check("-1357034400999", -1_357_034_401);
        check("100000000", 100_000_000);
        check("1357034400.999", 1_357_034_400);
        check("-1357034400.0", -1_357_034_400);
        check("-1357034400.5", -1_357_034_401);
        check("0000-01-01T00:00:00Z", -62_167_219_200);
    }

    #[test]
    fn without_an_offset_a_time_is_local() {
        let check = |text, local| assert_eq!(read(text), Some(When::Local(local)), "{text}");
        check("2013-02-28", date(2013, 2, 28).at(0, 0, 0, 0));
        check("2012-02-29T23:59", date(2012, 2, 29).at(23, 59, 0, 0));
        check("2012-02-29 23:59:07", date(2012, 2, 29).at(23, 59, 7, 0));
        check("2012-02-29 23:59:07.25", date(2012, 2, 29).at(23, 59, 7, 0));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            " ",
            "x",
            "2013",
            "20130101",
            "12345678901234",
            "123456789012",
            "1.5",
            "-",
            "+1357034400",
            "2013-1-1",
            "2013-02-29",
            "2013-13-01",
            "2013-01-32",
            "2013-01-01T",
            "2013-01-01T1",
            "2013-01-01T24:00",
            "2013-01-01T10:60",
            "2013-01-01T10:00:61",
            "2013-01-01T10:00:00.",
            "2013-01-01T10:00:00X",
            "2013-01-01T10:00:00+24:00",
            "2013-01-01T10:00:00+01:60",
            "2013-01-01  10:00",
            "2013-01-01Z",
            "10/Okt/2000:13:55:36 -0700",
            "10/Oct/2000:13:55:36",
            "32/Oct/2000:13:55:36 -0700",
            "é013-01-01",
            "99999-01-01",
            "9999-12-31T23:59:59-12:00",
            "２013-01-01",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let error = Dates::new(None).unwrap().read("soon").unwrap_err();
        assert!(error.to_string() == "\"soon\" is not a date" && error.is_of_no_usual_form(), "{error}");
    }

    #[test]
    fn hand_parsing_agrees_with_jiff() {
        let mut seed = 7_u64;
        for _ in 0..2000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let second = i64::try_from(seed >> 24).unwrap() % 20_000_000_000 - 10_000_000_000;
            let timestamp = jiff::Timestamp::from_second(second).unwrap();
            assert_eq!(read(&timestamp.to_string()), Some(When::Instant(second)));
            let offset = Offset::from_seconds(i32::try_from(seed % 1400).unwrap() * 60 - 42_000).unwrap();
            let log = timestamp
                .to_zoned_datetime(offset.to_time_zone())
                .strftime("%d/%b/%Y:%H:%M:%S %z")
                .to_string();
            assert_eq!(read(&log), Some(When::Instant(second)), "{log}");
        }
    }

    #[test]
    fn a_format_replaces_the_usual_forms() {
        let read =
            |format, text| Dates::new(Some(format)).unwrap().read(text).map_err(|error| error.to_string());
        assert_eq!(read("%d.%m.%Y", "31.12.2013"), Ok(When::Local(date(2013, 12, 31).at(0, 0, 0, 0))));
        assert_eq!(
            read("%d.%m.%Y %H:%M", "31.12.2013 07:08"),
            Ok(When::Local(date(2013, 12, 31).at(7, 8, 0, 0)))
        );
        assert_eq!(read("%s", "5"), Ok(When::Instant(5)));
        assert_eq!(read("%Y-%m-%d %H:%M:%S%.f %z", "1969-12-31 23:59:59.5 +0000"), Ok(When::Instant(-1)));
        assert_eq!(
            read("%Y-%m-%d %H:%M[%Q]", "2013-01-01 01:00[Europe/Paris]"),
            Ok(When::Instant(1_356_998_400))
        );
        let error = read("%d.%m.%Y", "2013-12-31").unwrap_err();
        assert!(error.starts_with("\"2013-12-31\" is not a date in the format \"%d.%m.%Y\": "), "{error}");
        for format in ["%J nonsense", "%m/%d", "%H:%M", "", "plain"] {
            let error = Dates::new(Some(format)).err().unwrap().to_string();
            assert!(error.contains("not a date format"), "{error}");
        }
    }

    #[test]
    fn the_memo_holds_one_text() {
        let mut dates = Dates::new(None).unwrap();
        let first = dates.read("2013-01-01");
        assert_eq!(dates.read("2013-01-01"), first);
        assert!(dates.read("nope").is_err());
        assert_eq!(dates.read("2013-01-01"), first);
        assert_ne!(dates.read("2013-01-02"), first);
        assert!(Dates::new(None).unwrap().read("").is_err());
    }
}
