//! Dates and times as the browser writes them: in the language of the page and in the time zone of
//! the browser (ECMA-402, `Intl.DateTimeFormat`). Only for the browser. The first HTML comes from
//! the server, which knows neither; [`crate::datetime`] formats it.

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::i18n::words;

const DAY_MS: i64 = 86_400_000;

/// A formatter takes much longer to make than to use.
struct Formatters {
    time: Function,
    date: Function,
    utc_date: Function,
}

thread_local! {
    static FORMATTERS: Formatters = {
        let time = &[("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")];
        let date = [("weekday", "long"), ("year", "numeric"), ("month", "long"), ("day", "numeric")];
        Formatters {
            time: formatter(time),
            date: formatter(&date),
            utc_date: formatter(&[&date[..], &[("timeZone", "UTC")]].concat()),
        }
    };
}

/// The time of day, like "09:05". `at` is in milliseconds since 1970-01-01 00:00 UTC.
pub fn time(at: i64) -> String {
    FORMATTERS.with(|it| format(&it.time, at))
}

/// The date, like "Saturday, November 21, 2026". `at` is in milliseconds since 1970-01-01 00:00
/// UTC.
pub fn date(at: i64) -> String {
    FORMATTERS.with(|it| format(&it.date, at))
}

/// The date of a day, which is counted from 1970-01-01.
pub fn date_of_day(day: i64) -> String {
    FORMATTERS.with(|it| format(&it.utc_date, day * DAY_MS))
}

fn formatter(options: &[(&str, &str)]) -> Function {
    let object = Object::new();
    for (name, value) in options {
        // Setting a property of a new object does not fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    let locales = Array::of1(&JsValue::from_str(words().tag));
    Intl::DateTimeFormat::new(&locales, &object).format()
}

fn format(formatter: &Function, at: i64) -> String {
    // Exact up to 2^53 ms, some 285,000 years away.
    let date = Date::new(&JsValue::from_f64(at as f64));
    let text = formatter.call1(&JsValue::UNDEFINED, &date);
    // A moment beyond what `Date` can hold (ECMA-262, 21.4.1.1: 8.64e15 ms) has no text.
    text.ok().and_then(|it| it.as_string()).unwrap_or_default()
}
