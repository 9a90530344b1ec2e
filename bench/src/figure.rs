//! What a run has to say, as one line of JSON a figure; `cargo xtask bench` makes a table of them.

use serde_json::json;

/// What has to be true of the ratio.
#[derive(Clone, Copy, Debug)]
pub enum Bar {
    AtLeast(f64),
    AtMost(f64),
}

/// One figure, and what it is compared with in the same run, if it is.
#[derive(Clone, Debug)]
pub struct Figure {
    pub name: String,
    pub unit: &'static str,
    pub value: f64,
    pub floor: Option<f64>,
    pub bar: Option<Bar>,
}

/// What is told of a run: its name, its unit, and how it is read.
pub type Field<T> = (&'static str, &'static str, fn(&T) -> f64);

impl Figure {
    pub fn new(name: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self {
            name: name.into(),
            unit,
            value,
            floor: None,
            bar: None,
        }
    }

    /// Beside what the floor reached, or the smallest of a row.
    pub fn beside(mut self, floor: f64) -> Self {
        self.floor = Some(floor);
        self
    }

    pub fn within(mut self, bar: Bar) -> Self {
        self.bar = Some(bar);
        self
    }

    /// How many times the floor it is.
    pub fn ratio(&self) -> Option<f64> {
        self.floor
            .filter(|floor| *floor > 0.0)
            .map(|floor| self.value / floor)
    }

    /// Says it, on standard output.
    pub fn tell(&self) {
        let ratio = self.ratio();
        let (bar, held) = match self.bar {
            None => (None, None),
            Some(Bar::AtLeast(bar)) => (Some(format!("ratio ≥ {bar}")), ratio.map(|it| it >= bar)),
            Some(Bar::AtMost(bar)) => (Some(format!("ratio ≤ {bar}")), ratio.map(|it| it <= bar)),
        };
        println!(
            "{}",
            json!({
                "name": self.name, "value": self.value, "unit": self.unit,
                "floor": self.floor, "ratio": ratio, "bar": bar, "held": held,
            })
        );
    }
}
