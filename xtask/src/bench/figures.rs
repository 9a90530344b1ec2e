//! Figures: read from lines of JSON, printed as a table.

use std::fmt;

use serde_json::Value;

/// One figure: a line of the table.
#[derive(Debug, Default)]
pub struct Row {
    pub name: String,
    pub unit: String,
    pub value: f64,
    /// The result of the least possible work in the same run, or the smallest value of a series.
    pub floor: Option<f64>,
    pub bar: Option<String>,
    /// Whether the figure meets its bar.
    pub held: Option<bool>,
}

impl Row {
    /// Reads `{"name", "value", "unit"}` with an optional `floor` and `bar`. A bar that is a number
    /// is the largest allowed value. A bar that is text comes with `held`: whether it is met.
    pub fn read(line: &str) -> Option<Self> {
        let json: Value = serde_json::from_str(line).ok()?;
        let value = json["value"].as_f64()?;
        let (bar, held) = match &json["bar"] {
            Value::String(words) => (Some(words.clone()), json["held"].as_bool()),
            bar => match bar.as_f64() {
                Some(most) => (Some(format!("≤ {most}")), Some(value <= most)),
                None => (None, None),
            },
        };
        Some(Self {
            name: json["name"].as_str()?.to_owned(),
            unit: json["unit"].as_str()?.to_owned(),
            value,
            floor: json["floor"].as_f64(),
            bar,
            held,
        })
    }

    fn ratio(&self) -> Option<f64> {
        self.floor
            .filter(|floor| *floor != 0.0)
            .map(|floor| self.value / floor)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let floor = self.floor.map(short).unwrap_or_default();
        let ratio = self.ratio().map(short).unwrap_or_default();
        let bar = match (&self.bar, self.held) {
            (Some(bar), Some(held)) => format!("{bar} {}", if held { "✓" } else { "✗" }),
            (Some(bar), None) => bar.clone(),
            (None, _) => String::new(),
        };
        let (name, unit, value) = (&self.name, &self.unit, short(self.value));
        let line = format!("{name:<48}{value:>10} {unit:<7}{floor:>10}{ratio:>9}  {bar}");
        f.write_str(line.trim_end())
    }
}

/// Formats a number with about three significant digits.
fn short(value: f64) -> String {
    match value.abs() {
        small if small < 1.0 => format!("{value:.3}"),
        small if small < 10.0 => format!("{value:.2}"),
        small if small < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// Prints one line for each figure to standard output. `is_loaded` says whether the server was put
/// under load. Then no message was lost, because a lost message fails the command before the table
/// is printed.
pub fn print_table(rows: &[Row], is_loaded: bool) {
    println!(
        "\n{:<48}{:>10} {:<7}{:>10}{:>9}  bar",
        "figure", "value", "", "floor", "ratio"
    );
    for row in rows {
        println!("{row}");
    }
    let missed = rows.iter().filter(|row| row.held == Some(false)).count();
    let held = rows.iter().filter(|row| row.held == Some(true)).count();
    let lost = match is_loaded {
        true => "; nothing was lost, repeated or out of order",
        false => "",
    };
    println!("\n{held} bars held, {missed} missed{lost}.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_load_generator_is_read() {
        let line = r#"{"name":"durable.10","value":60.0,"unit":"1/s","floor":80.0,"ratio":0.75,"bar":"ratio ≥ 0.6","held":true}"#;
        let row = Row::read(line).expect("a figure").to_string();
        let words: Vec<_> = row.split_whitespace().collect();
        let expected = [
            "durable.10",
            "60.0",
            "1/s",
            "80.0",
            "0.750",
            "ratio",
            "≥",
            "0.6",
            "✓",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn a_bar_that_is_a_number_is_the_largest_allowed_value() {
        let line = |value| format!(r#"{{"name":"key","value":{value},"unit":"ms","bar":100}}"#);
        let held = |value| Row::read(&line(value)).expect("a figure").held;
        assert_eq!((held(100), held(101)), (Some(true), Some(false)));
        let none = Row::read(r#"{"name":"key","value":1,"unit":"ms","bar":null}"#);
        assert_eq!(none.expect("a figure").bar, None);
    }

    #[test]
    fn other_output_is_no_figure() {
        for line in ["", "Running 3 tests", "{}", r#"{"name":"x"}"#, "3"] {
            assert!(Row::read(line).is_none(), "{line}");
        }
    }
}
