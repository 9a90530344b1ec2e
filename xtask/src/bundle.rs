//! The page as the browser loads it: compiled, optimized, named by its contents, compressed.
//!
//! ```text
//! target/site/manifest.json                  the names of the files below in this build
//! target/site/pkg/parlor.<hash>.js           a module; its default export takes the wasm's address
//! target/site/pkg/parlor_bg.<hash>.wasm
//! target/site/pkg/parlor.<hash>.css
//! target/site/pkg/snippets-<hash>/…          only when a crate contains JavaScript of its own
//! target/site/…                              the files of `assets-dir`, unchanged
//! ```
//!
//! Text and wasm files exist three times: plain, as `.br` and as `.gz`. The content of a name under
//! `pkg/` never changes, so browsers may cache it forever.

mod budget;
mod compress;
mod optimize;
mod site;
mod style;
mod wasm;

use anyhow::Result;
use sha2::{Digest, Sha256};

use crate::leptos::Settings;
use crate::step::Steps;

/// Builds the site's directory, unless it is up to date.
///
/// # Errors
///
/// When a step fails, or when the page is larger than its budget.
pub fn bundle(steps: &mut Steps, settings: &Settings) -> Result<()> {
    let compiled = wasm::compile(steps, settings)?;
    let optimizer = optimize::prepare(steps)?;
    let module = wasm::bind(steps, settings, &compiled, optimizer.as_ref())?;
    let css = steps.step(
        "Bundle the style sheets",
        "one small file instead of many",
        || style::bundle(&settings.style_file),
    )?;
    site::build(steps, settings, &module, &css)?;
    let parts = site::parts(settings)?;
    eprint!("{}", budget::table(&parts));
    budget::check(&parts)
}

/// A short name for some contents: 64 bits of SHA-256, in hexadecimal.
fn hash<'a>(contents: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut digest = Sha256::new();
    for piece in contents {
        // The length distinguishes ["ab", "c"] from ["a", "bc"].
        digest.update(piece.len().to_le_bytes());
        digest.update(piece);
    }
    digest
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Identifies this executable, so that a changed xtask builds everything again.
fn xtask_version() -> String {
    let metadata = std::env::current_exe().and_then(std::fs::metadata);
    metadata
        .and_then(|file| Ok(format!("{:?} {}", file.modified()?, file.len())))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn a_hash_depends_on_every_byte_and_on_where_pieces_end() {
        let name = hash([b"ab".as_slice(), b"c"]);
        assert_eq!(name.len(), 16);
        assert_eq!(name, hash([b"ab".as_slice(), b"c"]));
        assert_ne!(name, hash([b"a".as_slice(), b"bc"]));
    }
}
