//! `DateParser`: parses the dates of records, fast for the formats that files use.

use std::error::Error;
use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::Offset;

/// Help on the formats that are recognized without `--date-format`.
pub(crate) const DATE_FORMATS: &str = "recognized dates are 2013-01-31T10:00:00Z or with an offset, 2013-01-31 10:00[:00], \
     2013-01-31, 10/Oct/2000:13:55:36 -0700, Unix seconds (9 to 11 digits), milliseconds (13), microseconds (16) and \
     nanoseconds (19 digits); give any other format with --date-format";

/// The time of an event, as its row states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventTime {
    /// Unix seconds.
    Instant(i64),
    /// A local time in the time zone of the Metrica.
    Local(DateTime),
}

/// A text that is not a valid date, or a date format that is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DateError {
    text: String,
    format: Option<String>,
    cause: Option<String>,
}

/// Parses dates. The last date is cached, because logs repeat dates.
pub(crate) struct DateParser {
    format: Option<String>,
    last_text: String,
    last_time: Option<EventTime>,
}

impl DateParser {
    /// Returns a parser of the recognized formats, or of `format` only, in strptime directives.
    ///
    /// # Errors
    /// When the format is invalid.
    pub(crate) fn new(format: Option<&str>) -> Result<DateParser, DateError> {
        if let Some(format) = format {
            let sample = jiff::Timestamp::UNIX_EPOCH.to_zoned_datetime(jiff::tz::TimeZone::UTC);
            let written = BrokenDownTime::from(&sample).to_string(format).map_err(|error| error.to_string());
            let parsed = written.and_then(|written| parse_with_format(format, &written));
            parsed.map_err(|error| DateError {
                text: format.to_owned(),
                format: None,
                cause: Some(format!("{error}; expected one such as %d.%m.%Y %H:%M:%S")),
            })?;
        }
        Ok(DateParser { format: format.map(str::to_owned), last_text: String::new(), last_time: None })
    }

    /// Parses a date.
    ///
    /// # Errors
    /// When the text is not a valid date.
    pub(crate) fn parse(&mut self, text: &str) -> Result<EventTime, DateError> {
        if let Some(time) = self.last_time
            && self.last_text == text
        {
            return Ok(time);
        }
        let time = match &self.format {
            Some(format) => parse_with_format(format, text).map_err(Some),
            None => parse_recognized(text.as_bytes()).ok_or(None),
        };
        let time =
            time.map_err(|cause| DateError { text: text.to_owned(), format: self.format.clone(), cause })?;
        self.last_text.clear();
        self.last_text.push_str(text);
        self.last_time = Some(time);
        Ok(time)
    }
}

fn parse_with_format(format: &str, text: &str) -> Result<EventTime, String> {
    let parse = || {
        let parsed = BrokenDownTime::parse(format, text)?;
        if parsed.offset().is_some() || parsed.timestamp().is_some() {
            parsed.to_timestamp().map(|timestamp| EventTime::Instant(floor(timestamp)))
        } else if parsed.iana_time_zone().is_some() {
            let zoned = parsed.to_zoned_datetime()?;
            Ok(EventTime::Instant(floor(zoned.timestamp())))
        } else {
            parsed.to_datetime().map(EventTime::Local)
        }
    };
    parse().map_err(|error: jiff::Error| error.to_string())
}

/// Rounds a timestamp down to a whole second.
fn floor(timestamp: jiff::Timestamp) -> i64 {
    timestamp.as_second() - i64::from(timestamp.subsec_nanosecond() < 0)
}

fn parse_recognized(text: &[u8]) -> Option<EventTime> {
    match text {
        [_, _, _, _, b'-', ..] => parse_iso(text),
        [_, _, b'/', ..] => parse_log_date(text),
        _ => parse_unix(text),
    }
}

/// Parses Unix seconds of 9 to 11 digits, milliseconds of 13, microseconds of 16 or nanoseconds of 19 digits, with or without
/// a fraction. Fewer digits are more likely a year or `YYYYMMDD`.
fn parse_unix(text: &[u8]) -> Option<EventTime> {
    let text = str::from_utf8(text).ok()?;
    let (whole, part) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(digits) || part.is_some_and(|part| part.is_empty() || !all_digits(part)) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    let is_below_whole =
        whole.starts_with('-') && part.is_some_and(|part| part.bytes().any(|byte| byte != b'0'));
    let number = number.checked_sub(i64::from(is_below_whole))?;
    let units = match digits.len() {
        9..=11 => 1,
        13 => 1_000,
        16 => 1_000_000,
        19 => 1_000_000_000,
        _ => return None,
    };
    Some(EventTime::Instant(number.div_euclid(units)))
}

/// Parses `YYYY-MM-DD`, with or without a time and an offset.
fn parse_iso(text: &[u8]) -> Option<EventTime> {
    let (&[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2], rest) = text.split_first_chunk::<10>()? else {
        return None;
    };
    let year = two_digits(y1, y2)? * 100 + two_digits(y3, y4)?;
    let date = civil_date(year, two_digits(m1, m2)?, two_digits(d1, d2)?)?;
    let Some(rest) =
        rest.strip_prefix(b"T").or_else(|| rest.strip_prefix(b" ")).or_else(|| rest.strip_prefix(b"t"))
    else {
        return rest.is_empty().then(|| EventTime::Local(date.to_datetime(Time::midnight())));
    };
    let (&[h1, h2, b':', n1, n2], rest) = rest.split_first_chunk::<5>()? else { return None };
    let (second, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (two_digits(*s1, *s2)?, skip_fraction(rest)?),
        _ => (0, rest),
    };
    let local = date.to_datetime(civil_time(two_digits(h1, h2)?, two_digits(n1, n2)?, second)?);
    if rest.is_empty() {
        Some(EventTime::Local(local))
    } else {
        with_offset(local, rest.strip_prefix(b" ").unwrap_or(rest))
    }
}

/// Parses the date of an access log: `10/Oct/2000:13:55:36 -0700`.
fn parse_log_date(text: &[u8]) -> Option<EventTime> {
    const MONTHS: [&[u8; 3]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let (&[d1, d2, b'/', ref month @ .., b'/', y1, y2, y3, y4, b':'], rest) =
        text.split_first_chunk::<12>()?
    else {
        return None;
    };
    let month = (1..).zip(MONTHS).find(|(_, name)| *name == month)?.0;
    let date = civil_date(two_digits(y1, y2)? * 100 + two_digits(y3, y4)?, month, two_digits(d1, d2)?)?;
    let (&[h1, h2, b':', n1, n2, b':', s1, s2, b' '], rest) = rest.split_first_chunk::<9>()? else {
        return None;
    };
    with_offset(
        date.to_datetime(civil_time(two_digits(h1, h2)?, two_digits(n1, n2)?, two_digits(s1, s2)?)?),
        rest,
    )
}

fn with_offset(local: DateTime, offset: &[u8]) -> Option<EventTime> {
    let seconds = match *offset {
        [b'Z' | b'z'] | [b'U', b'T', b'C'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            seconds_east(sign, two_digits(h1, h2)?, two_digits(m1, m2)?)?
        }
        [sign @ (b'+' | b'-'), h1, h2] => seconds_east(sign, two_digits(h1, h2)?, 0)?,
        _ => return None,
    };
    let timestamp = Offset::from_seconds(seconds).ok()?.to_timestamp(local).ok()?;
    Some(EventTime::Instant(timestamp.as_second()))
}

fn seconds_east(sign: u8, hours: i16, minutes: i16) -> Option<i32> {
    let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
    (hours < 24 && minutes < 60).then_some(if sign == b'-' { -seconds } else { seconds })
}

/// Skips a fraction of a second, because no bucket is shorter than a minute.
fn skip_fraction(rest: &[u8]) -> Option<&[u8]> {
    let [b'.' | b',', digits @ ..] = rest else { return Some(rest) };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits.get(length..).filter(|_| length > 0)
}

fn two_digits(tens: u8, ones: u8) -> Option<i16> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
    Some(digit(tens)? * 10 + digit(ones)?)
}

fn civil_date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Returns a time of day. A leap second counts as the second before it.
fn civil_time(hour: i16, minute: i16, second: i16) -> Option<Time> {
    let second = if second == 60 { 59 } else { second };
    Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, 0).ok()
}

impl fmt::Display for DateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.text;
        match (&self.format, &self.cause) {
            (Some(format), Some(cause)) => {
                write!(f, "invalid date {text:?} for the format {format:?}: {cause}")
            }
            (_, Some(cause)) => write!(f, "invalid date format {text:?}: {cause}"),
            _ => write!(f, "invalid date {text:?}"),
        }
    }
}

impl DateError {
    /// Returns true if no format was given and the text has none of the [`DATE_FORMATS`].
    pub(crate) fn is_unknown_format(&self) -> bool {
        self.format.is_none()
    }
}

impl Error for DateError {}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn read(text: &str) -> Option<EventTime> {
        DateParser::new(None).unwrap().parse(text).ok()
    }

    #[test]
    fn date_with_offset_or_unix_time_is_an_instant() {
        let check = |text, seconds| assert_eq!(read(text), Some(EventTime::Instant(seconds)), "{text}");
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
        check("1383456600123.5", 1_383_456_600);
        check("1383456600123456", 1_383_456_600);
        check("1383456600123456789", 1_383_456_600);
        check("-1383456600000000001", -1_383_456_601);
    }

    #[test]
    fn date_without_offset_is_local() {
        let check = |text, local| assert_eq!(read(text), Some(EventTime::Local(local)), "{text}");
        check("2013-02-28", date(2013, 2, 28).at(0, 0, 0, 0));
        check("2012-02-29T23:59", date(2012, 2, 29).at(23, 59, 0, 0));
        check("2012-02-29 23:59:07", date(2012, 2, 29).at(23, 59, 7, 0));
        check("2012-02-29 23:59:07.25", date(2012, 2, 29).at(23, 59, 7, 0));
    }

    #[test]
    fn other_texts_are_invalid_dates() {
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
        let error = DateParser::new(None).unwrap().parse("soon").unwrap_err();
        assert!(error.to_string() == "invalid date \"soon\"" && error.is_unknown_format(), "{error}");
    }

    #[test]
    fn parsed_dates_equal_those_of_jiff() {
        let mut seed = 7_u64;
        for _ in 0..2000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let second = i64::try_from(seed >> 24).unwrap() % 20_000_000_000 - 10_000_000_000;
            let timestamp = jiff::Timestamp::from_second(second).unwrap();
            assert_eq!(read(&timestamp.to_string()), Some(EventTime::Instant(second)));
            let offset = Offset::from_seconds(i32::try_from(seed % 1400).unwrap() * 60 - 42_000).unwrap();
            let log = timestamp
                .to_zoned_datetime(offset.to_time_zone())
                .strftime("%d/%b/%Y:%H:%M:%S %z")
                .to_string();
            assert_eq!(read(&log), Some(EventTime::Instant(second)), "{log}");
        }
    }

    #[test]
    fn format_replaces_the_recognized_formats() {
        let read = |format, text| {
            DateParser::new(Some(format)).unwrap().parse(text).map_err(|error| error.to_string())
        };
        assert_eq!(read("%d.%m.%Y", "31.12.2013"), Ok(EventTime::Local(date(2013, 12, 31).at(0, 0, 0, 0))));
        assert_eq!(
            read("%d.%m.%Y %H:%M", "31.12.2013 07:08"),
            Ok(EventTime::Local(date(2013, 12, 31).at(7, 8, 0, 0)))
        );
        assert_eq!(read("%s", "5"), Ok(EventTime::Instant(5)));
        assert_eq!(
            read("%Y-%m-%d %H:%M:%S%.f %z", "1969-12-31 23:59:59.5 +0000"),
            Ok(EventTime::Instant(-1))
        );
        assert_eq!(
            read("%Y-%m-%d %H:%M[%Q]", "2013-01-01 01:00[Europe/Paris]"),
            Ok(EventTime::Instant(1_356_998_400))
        );
        let error = read("%d.%m.%Y", "2013-12-31").unwrap_err();
        assert!(error.starts_with("invalid date \"2013-12-31\" for the format \"%d.%m.%Y\": "), "{error}");
        for format in ["%J nonsense", "%m/%d", "%H:%M", "", "plain"] {
            let error = DateParser::new(Some(format)).err().unwrap().to_string();
            assert!(error.contains("invalid date format"), "{error}");
        }
    }

    #[test]
    fn cached_date_is_used_for_the_same_text_only() {
        let mut dates = DateParser::new(None).unwrap();
        let first = dates.parse("2013-01-01");
        assert_eq!(dates.parse("2013-01-01"), first);
        assert!(dates.parse("nope").is_err());
        assert_eq!(dates.parse("2013-01-01"), first);
        assert_ne!(dates.parse("2013-01-02"), first);
        assert!(DateParser::new(None).unwrap().parse("").is_err());
    }
}
