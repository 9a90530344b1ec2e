//! The limit on the page's size.

use std::fmt::Write;

use anyhow::{Result, bail};

/// The most that a first visit may load: wasm, js and css together, as brotli, in bytes.
pub const BUDGET: u64 = 272_000;

/// One kind of file that the page loads, with its sizes in bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct BundlePart {
    pub kind: String,
    pub raw: u64,
    pub brotli: u64,
}

/// Checks the page's size against [`BUDGET`].
///
/// # Errors
///
/// When the page is larger, with the difference.
pub fn check(parts: &[BundlePart]) -> Result<()> {
    let sum: u64 = parts.iter().map(|part| part.brotli).sum();
    if sum > BUDGET {
        bail!(
            "The page is {} too large: {} as brotli, where {} is the most. Look for a new \
             dependency of `app` or `protocol`, or for code that only the server needs",
            kilobytes(sum - BUDGET),
            kilobytes(sum),
            kilobytes(BUDGET),
        );
    }
    Ok(())
}

/// The sizes and their sum, as a table.
pub fn table(parts: &[BundlePart]) -> String {
    let sum = BundlePart {
        kind: "sum".to_owned(),
        raw: parts.iter().map(|part| part.raw).sum(),
        brotli: parts.iter().map(|part| part.brotli).sum(),
    };
    let mut table = format!("  {:<6}{:>12}{:>12}\n", "page", "raw", "brotli");
    for BundlePart { kind, raw, brotli } in parts.iter().chain([&sum]) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            table,
            "  {kind:<6}{:>12}{:>12}",
            kilobytes(*raw),
            kilobytes(*brotli)
        );
    }
    table
}

/// Thousands of bytes, rounded up to a tenth: 250.001 kB must not be printed as 250.0 kB.
fn kilobytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100);
    format!("{}.{} kB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(wasm: u64, js: u64) -> [BundlePart; 2] {
        let part = |kind: &str, brotli| BundlePart {
            kind: kind.to_owned(),
            raw: 3 * brotli,
            brotli,
        };
        [part("wasm", wasm), part("js", js)]
    }

    #[test]
    fn a_page_may_be_as_large_as_its_budget() {
        assert!(check(&page(BUDGET - 10, 10)).is_ok());
    }

    #[test]
    fn one_byte_more_fails_with_the_difference() {
        let message = check(&page(BUDGET - 10, 11))
            .expect_err("too large")
            .to_string();
        assert!(message.contains("0.1 kB too large: 272.1 kB"), "{message}");
    }

    #[test]
    fn the_table_ends_with_the_sum() {
        let table = table(&page(140_000, 7_050));
        let last = table.lines().last().map(str::trim);
        assert_eq!(last, Some("sum       441.2 kB    147.1 kB"));
    }
}
