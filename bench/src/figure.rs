//! Figures: the results of a scenario, one line of JSON each. `cargo xtask bench` prints them as a
//! table.

use serde_json::json;

/// The bound that the ratio has to meet.
#[derive(Clone, Copy, Debug)]
pub enum Threshold {
    AtLeast(f64),
    AtMost(f64),
}

/// One figure, and its floor in the same run if it has one.
#[derive(Clone, Debug)]
pub struct Figure {
    pub name: String,
    pub unit: &'static str,
    pub value: f64,
    pub floor: Option<f64>,
    pub threshold: Option<Threshold>,
}

/// One value of a result: its name, its unit, and how to read it.
pub type Field<T> = (&'static str, &'static str, fn(&T) -> f64);

impl Figure {
    pub fn new(name: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self {
            name: name.into(),
            unit,
            value,
            floor: None,
            threshold: None,
        }
    }

    /// Compares the figure with this floor, or with the smallest figure of a series.
    pub fn with_floor(mut self, floor: f64) -> Self {
        self.floor = Some(floor);
        self
    }

    pub fn with_threshold(mut self, threshold: Threshold) -> Self {
        self.threshold = Some(threshold);
        self
    }

    /// The figure divided by its floor.
    pub fn ratio(&self) -> Option<f64> {
        self.floor
            .filter(|floor| *floor > 0.0)
            .map(|floor| self.value / floor)
    }

    /// Prints the figure on standard output.
    pub fn print(&self) {
        let ratio = self.ratio();
        let (bar, held) = match self.threshold {
            None => (None, None),
            Some(Threshold::AtLeast(bar)) => {
                (Some(format!("ratio ≥ {bar}")), ratio.map(|it| it >= bar))
            }
            Some(Threshold::AtMost(bar)) => {
                (Some(format!("ratio ≤ {bar}")), ratio.map(|it| it <= bar))
            }
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
