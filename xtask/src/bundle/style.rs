//! One style sheet from many: `@import`s are resolved, and modern CSS stays as it is written.

use std::fmt::Display;
use std::path::Path;

use anyhow::{Result, anyhow};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::error::Error;
use lightningcss::printer::PrinterOptions;
use lightningcss::stylesheet::{MinifyOptions, ParserOptions};

/// Resolves the imports of a style sheet and returns one minified sheet.
///
/// # Errors
///
/// When a sheet is missing or is not CSS, with file, line and reason.
pub fn bundle(entry: &Path) -> Result<String> {
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler
        .bundle(entry)
        .map_err(|error| describe(entry, error))?;
    // Without targets, nothing is rewritten for older browsers.
    sheet
        .minify(MinifyOptions::default())
        .map_err(|error| describe(entry, error))?;
    let options = PrinterOptions {
        minify: true,
        ..PrinterOptions::default()
    };
    Ok(sheet
        .to_css(options)
        .map_err(|error| describe(entry, error))?
        .code)
}

/// lightningcss's errors borrow from the sheets, count lines from 0, and name no file when the
/// entry is missing.
fn describe<T: Display>(entry: &Path, error: Error<T>) -> anyhow::Error {
    match error.loc {
        Some(at) => anyhow!(
            "{}:{}:{}: {}",
            at.filename,
            at.line + 1,
            at.column,
            error.kind
        ),
        None => anyhow!("{}: {}", entry.display(), error.kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{test_directory, write};

    #[test]
    fn imports_are_resolved_and_modern_css_is_kept() -> Result<()> {
        let directory = test_directory("style-imports")?;
        let entry = directory.join("main.css");
        let sheet = "@layer base, parts;\n@import './tokens.css';\n@import 'parts/bubble.css' layer(parts);\n";
        write(&entry, sheet.as_bytes())?;
        write(&directory.join("tokens.css"), TOKENS.as_bytes())?;
        write(&directory.join("parts/bubble.css"), BUBBLE.as_bytes())?;

        let css = bundle(&entry)?;

        for kept in [
            "--ink:light-dark(",
            "color-mix(in oklch,",
            "@layer base;@layer parts{",
            "@container room (",
            "&:hover{",
            ":has(",
            "padding-inline:",
            "oklch(",
            "100dvh",
        ] {
            assert!(css.contains(kept), "`{kept}` is missing in: {css}");
        }
        assert!(!css.contains("@import") && !css.contains('\n'), "{css}");
        Ok(())
    }

    #[test]
    fn a_missing_sheet_is_named() -> Result<()> {
        let directory = test_directory("style-missing")?;
        let entry = directory.join("main.css");
        let message = || bundle(&entry).expect_err("a sheet is missing").to_string();
        assert!(message().contains("main.css: "), "{}", message());
        write(&entry, b"@import 'a.css';\n@import 'gone.css';\n")?;
        write(&directory.join("a.css"), b"")?;
        assert!(
            message().contains("main.css:2:"),
            "the line of the import: {}",
            message()
        );
        Ok(())
    }

    const TOKENS: &str = "
        :root { color-scheme: light dark; --ink: light-dark(oklch(20% 0.02 260), white); }
        body { min-block-size: 100dvh; color: var(--ink); }";

    const BUBBLE: &str = "
        .bubble {
            padding-inline: 1rem;
            background: color-mix(in oklch, var(--ink) 10%, transparent);
            &:hover { opacity: 0.9; }
            &:has(> a) { text-decoration: none; }
        }
        @container room (width > 40rem) { .bubble { max-inline-size: 60ch; } }";
}
