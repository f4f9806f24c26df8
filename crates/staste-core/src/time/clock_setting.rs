//! The environment variable `STASTE_CLOCK`, with which tests run whole programs at another date.
#![expect(clippy::print_stderr, reason = "a wrong date must be seen in any program, and the core has no log")]

use std::ffi::OsStr;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{Span, SpanRelativeTo, Timestamp};
use once_cell::race::OnceBox;

use crate::error::{Error, Result};
use crate::fork;
use crate::time::zone::{floor_seconds, timestamp};

const NAME: &str = "STASTE_CLOCK";

/// A parsed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockSetting {
    /// Seconds to add to the system clock.
    Offset(i64),
    /// Unix seconds of a fixed clock.
    Instant(i64),
}

/// Returns the setting of this process, which is read and reported once.
pub(crate) fn from_env() -> Result<Option<ClockSetting>> {
    static SETTING: OnceBox<Result<Option<ClockSetting>>> = OnceBox::new();
    static IS_REPORTED: AtomicBool = AtomicBool::new(false);
    let read = || Box::new(std::env::var_os(NAME).map(|value| ClockSetting::parse(&value)).transpose());
    let setting = SETTING.get_or_init(read).clone()?;
    if let Some(set) = setting
        && !IS_REPORTED.swap(true, Ordering::Relaxed)
    {
        eprintln!("staste: the clock is set by {NAME} to {set}; unset it outside tests");
    }
    Ok(setting)
}

/// Reports an invalid value, once, for callers that cannot return an error.
pub(crate) fn report_ignored(error: &Error) {
    static IS_REPORTED: AtomicBool = AtomicBool::new(false);
    if !IS_REPORTED.swap(true, Ordering::Relaxed) {
        eprintln!("staste: the clock of the system is used: {error}");
    }
}

impl ClockSetting {
    /// Parses an offset or an instant, and checks that the clock is within the supported years.
    fn parse(value: &OsStr) -> Result<ClockSetting> {
        let formatted = value.to_string_lossy();
        let invalid =
            |expected: &str| Error::invalid_input(format!("invalid {NAME} {formatted:?}: {expected}"));
        let forms = "expected an offset such as +1826d or -90m, or an instant such as 2026-03-29T00:58:00Z";
        let text = value.to_str().ok_or_else(|| invalid(forms))?;
        let setting = if text.starts_with(['+', '-']) {
            let span =
                text.parse::<Span>().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
            ClockSetting::Offset(span.map_err(|cause| invalid(forms).because(cause))?.as_secs())
        } else {
            let instant = text.parse::<Timestamp>().map_err(|cause| invalid(forms).because(cause))?;
            ClockSetting::Instant(floor_seconds(instant))
        };
        let now = setting.now();
        if now < 0 || timestamp(now).is_err() {
            return Err(invalid("expected a clock between the years 1970 and 9999"));
        }
        Ok(setting)
    }

    fn now(self) -> i64 {
        match self {
            ClockSetting::Offset(seconds) => fork::coarse_seconds().saturating_add(seconds),
            ClockSetting::Instant(instant) => instant,
        }
    }
}

impl std::fmt::Display for ClockSetting {
    /// Formats the time to which it sets the clock, such as `2026-03-29T00:58:00Z`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match timestamp(self.now()) {
            Ok(now) => write!(f, "{now}"),
            Err(_) => write!(f, "{} unix seconds", self.now()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ClockSetting> {
        ClockSetting::parse(OsStr::new(text))
    }

    #[test]
    fn setting_with_sign_is_offset_and_without_is_instant() {
        let day = 24 * 3600;
        for (text, expected) in [
            ("+1826d", ClockSetting::Offset(1826 * day)),
            ("-90m", ClockSetting::Offset(-5400)),
            ("+86400s", ClockSetting::Offset(day)),
            ("+1w 2d", ClockSetting::Offset(9 * day)),
            ("2023-11-14T22:13:20Z", ClockSetting::Instant(1_700_000_000)),
            ("2023-11-15T00:13:20.9+02:00", ClockSetting::Instant(1_700_000_000)),
        ] {
            assert_eq!(parse(text).unwrap(), expected, "{text}");
        }
        assert_eq!(ClockSetting::Instant(1_700_000_000).to_string(), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn invalid_setting_is_an_error_with_the_value() {
        for wrong in
            ["", "tomorrow", "1700000000", "1826d", "+", "+1826", "+1y", "+1mo", "2026-03-29", "-2026-03-29"]
        {
            let error = parse(wrong).unwrap_err();
            assert!(error.is_invalid_input() && error.to_string().contains(&format!("{wrong:?}")), "{error}");
            assert!(error.to_string().contains("expected an offset such as +1826d"), "{error}");
        }
        for (far, expected) in [("-36500d", "1970"), ("1969-12-31T23:59:59Z", "1970"), ("+3650000d", "9999")]
        {
            assert!(parse(far).unwrap_err().to_string().contains(expected), "{far}");
        }
    }
}
