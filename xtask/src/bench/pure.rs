//! The parts that need no server, measured with criterion.

use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result};
use serde_json::Value;

use super::figures::Row;
use crate::step::Steps;
use crate::{command, toolchain, workspace};

/// Runs criterion, and reads its results.
///
/// # Errors
///
/// When a benchmark fails.
pub fn measure(steps: &mut Steps) -> Result<Vec<Row>> {
    let started = SystemTime::now();
    let why = "decode, encode, reduce and the writer's batch, with criterion";
    steps.step("Measure the pure parts", why, || {
        let mut cargo = toolchain::cargo();
        command::run(cargo.args(["bench", "--locked", "--package", "bench", "--benches"]))
    })?;
    rows(&workspace::target().join("criterion"), started)
}

/// One row for each group: its benchmark `ours` beside its benchmark `floor`. Results older than
/// `since` are skipped, because criterion keeps them forever.
fn rows(directory: &Path, since: SystemTime) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for ours in workspace::files(directory)? {
        if !ours.ends_with("ours/new/estimates.json") || ours.metadata()?.modified()? < since {
            continue;
        }
        let group = ours.ancestors().nth(3).context("a group's directory")?;
        let floor = group.join("floor/new/estimates.json");
        rows.push(Row {
            name: format!("pure.{}", group.file_name().unwrap_or_default().display()),
            unit: "µs".to_owned(),
            value: micros(&ours)?,
            floor: floor.is_file().then(|| micros(&floor)).transpose()?,
            ..Row::default()
        });
    }
    Ok(rows)
}

fn micros(estimates: &Path) -> Result<f64> {
    let json: Value = serde_json::from_slice(&workspace::read(estimates)?)?;
    let nanos = json["median"]["point_estimate"].as_f64();
    Ok(nanos.context("criterion's estimates lack a median")? / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::test_directory;

    #[test]
    fn each_group_is_a_row_beside_its_floor() -> Result<()> {
        let directory = test_directory("pure")?;
        for (name, nanos) in [("ours", 3_000), ("floor", 1_500)] {
            let file = directory.join(format!("decode/{name}/new/estimates.json"));
            let json = format!(r#"{{"median":{{"point_estimate":{nanos}}}}}"#);
            workspace::write(&file, json.as_bytes())?;
        }
        let found = rows(&directory, SystemTime::UNIX_EPOCH)?;
        let [row] = &found[..] else {
            panic!("one group: {found:?}");
        };
        assert_eq!((row.name.as_str(), row.value), ("pure.decode", 3.0));
        assert_eq!(row.floor, Some(1.5));
        Ok(())
    }
}
