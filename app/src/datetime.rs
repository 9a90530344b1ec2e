//! Days, and a small formatter for the first HTML, which the server writes before it can know the
//! time zone of the browser. The moments here are milliseconds since 1970-01-01 00:00 UTC. In the
//! browser, [`crate::intl`] formats.

/// Milliseconds in a minute.
const MINUTE: i64 = 60_000;

/// Minutes in a day.
const DAY: i64 = 1_440;

/// A time zone, as far as it is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Zone {
    /// This many minutes ahead of UTC: for the first HTML.
    Offset(i16),
    /// The time zone of the browser, with its daylight saving time. Only for the browser.
    Browser,
}

impl Zone {
    /// The day in this zone, counted from 1970-01-01.
    pub fn day(self, at: i64) -> i64 {
        let minutes_ahead = match self {
            Self::Offset(minutes) => i64::from(minutes),
            Self::Browser => minutes_ahead(at),
        };
        (at.div_euclid(MINUTE) + minutes_ahead).div_euclid(DAY)
    }
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Date {
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    pub day: u8,
    /// 0 is Monday (ISO 8601 counts from 1).
    pub weekday: u8,
}

impl Date {
    /// A day counted from 1970-01-01, a Thursday.
    pub fn new(days: i64) -> Self {
        let (year, month, day) = date(days);
        Self {
            year,
            month,
            day,
            weekday: small((days + 3).rem_euclid(7)),
        }
    }

    /// Like `2026-11-21` (ISO 8601).
    pub fn iso(self) -> String {
        let year = self.year.to_string();
        [&year, "-", &two(self.month), "-", &two(self.day)].concat()
    }
}

/// A moment in some time zone, to the minute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Moment {
    pub date: Date,
    pub hour: u8,
    pub minute: u8,
}

impl Moment {
    /// The moment in a zone that is this many minutes ahead of UTC.
    pub fn new(at: i64, minutes_ahead: i64) -> Self {
        let minutes = at.div_euclid(MINUTE) + minutes_ahead;
        let (days, minute) = (minutes.div_euclid(DAY), minutes.rem_euclid(DAY));
        Self {
            date: Date::new(days),
            hour: small(minute / 60),
            minute: small(minute % 60),
        }
    }

    /// Like `09:05`.
    pub fn time(self) -> String {
        [&two(self.hour), ":", &two(self.minute)].concat()
    }
}

/// The moment in UTC as the attribute `datetime` of HTML, like `2026-11-21T09:05Z`.
pub fn datetime(at: i64) -> String {
    let moment = Moment::new(at, 0);
    [&moment.date.iso(), "T", &moment.time(), "Z"].concat()
}

/// The time of the browser's clock. Only for the browser.
pub fn now() -> i64 {
    js_sys::Date::now() as i64
}

/// How many minutes the browser's time zone was ahead of UTC at that moment. Only for the browser.
pub fn minutes_ahead(at: i64) -> i64 {
    // Exact up to 2^53 ms, some 285,000 years away.
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at as f64));
    let behind = date.get_timezone_offset() as i64;
    -behind
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar. Years begin in
/// March, so that the leap day is the last day of its year (Hinnant, "chrono-Compatible Low-Level
/// Date Algorithms", `civil_from_days`).
fn date(days: i64) -> (i64, u8, u8) {
    const DAYS_IN_400_YEARS: i64 = 146_097;
    let days = days + 719_468; // from 0000-03-01
    let era = days.div_euclid(DAYS_IN_400_YEARS);
    let day_of_era = days.rem_euclid(DAYS_IN_400_YEARS);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
    let month = (months_since_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, small(month), small(day))
}

fn small(number: i64) -> u8 {
    u8::try_from(number).unwrap_or(0)
}

fn two(number: u8) -> String {
    let tens = char::from(b'0' + number / 10 % 10);
    let ones = char::from(b'0' + number % 10);
    [tens, ones].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_what_the_calendar_says() {
        assert_eq!(datetime(0), "1970-01-01T00:00Z");
        assert_eq!(datetime(951_782_400_000), "2000-02-29T00:00Z");
        assert_eq!(datetime(1_795_257_900_000), "2026-11-21T10:45Z");
        assert_eq!(datetime(-1), "1969-12-31T23:59Z");
    }

    #[test]
    fn a_day_has_its_weekday() {
        assert_eq!(Date::new(0).weekday, 3, "a Thursday");
        let zone = Zone::Offset(60);
        assert_eq!(zone.day(1_795_303_800_000), 20_779);
        let sunday = Date::new(20_779);
        assert_eq!((sunday.day, sunday.weekday), (22, 6));
        assert_eq!(Date::new(-1).weekday, 2);
    }

    #[test]
    fn a_zone_may_lie_in_another_day() {
        let late = 1_795_303_800_000; // 2026-11-21T23:30Z
        let india = Moment::new(late, 330);
        assert_eq!(
            (india.date.iso(), india.time()),
            ("2026-11-22".into(), "05:00".into())
        );
        let peru = Moment::new(late, -300);
        assert_eq!(
            (peru.date.iso(), peru.time()),
            ("2026-11-21".into(), "18:30".into())
        );
    }
}
