//! The page as the browser loads it: compiled, optimised, named by its contents, compressed.
//!
//! ```text
//! target/site/manifest.json                  which names the files below have this time
//! target/site/pkg/parlor.<hash>.js           a module; its default export takes the wasm's address
//! target/site/pkg/parlor_bg.<hash>.wasm
//! target/site/pkg/parlor.<hash>.css
//! target/site/pkg/snippets-<hash>/…          only when a crate brings JavaScript of its own
//! target/site/…                              the files of public/, as they are
//! ```
//!
//! Text and wasm lie there three times: plain, as `.br` and as `.gz`. A name under `pkg/` never
//! changes its contents, so browsers may keep it for ever.

mod budget;
mod compress;
mod optimise;
mod site;
mod style;
mod wasm;

use anyhow::Result;
use sha2::{Digest, Sha256};

use crate::step::Steps;
use crate::toolchain::Toolchain;
use crate::workspace;

/// The name that all of the page's files begin with, as in `[[workspace.metadata.leptos]]`.
const NAME: &str = "parlor";

/// Makes `target/site` anew, or leaves it alone when nothing that goes into it has changed.
///
/// # Errors
///
/// When a step fails, or when the page has outgrown its budget.
pub fn bundle(steps: &mut Steps, toolchain: Toolchain) -> Result<()> {
    let compiled = wasm::compile(steps, toolchain)?;
    let optimiser = optimise::ready(steps)?;
    let module = wasm::bind(steps, &compiled, optimiser.as_ref())?;
    let css = steps.step(
        "Bundle the style sheets",
        "one small file instead of many",
        || style::bundle(&workspace::root().join("style/main.css")),
    )?;
    let folder = workspace::site();
    site::make(steps, &module, &css, &folder)?;
    let parts = site::parts(&folder)?;
    eprint!("{}", budget::table(&parts));
    budget::check(&parts)
}

/// Removes what [`bundle`] made, so that nothing of it is served beside another build's files.
///
/// # Errors
///
/// When the folder cannot be removed.
pub fn wipe() -> Result<()> {
    workspace::wipe(&workspace::site())
}

/// The short name of some contents: 64 bits of SHA-256, in hexadecimal.
fn hash<'a>(contents: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut digest = Sha256::new();
    for piece in contents {
        // The length keeps ["ab", "c"] apart from ["a", "bc"].
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

/// Stands for this program itself: what an older xtask has made is made again.
fn maker() -> String {
    let stand = std::env::current_exe().and_then(std::fs::metadata);
    stand
        .and_then(|file| Ok(format!("{:?} {}", file.modified()?, file.len())))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn a_name_depends_on_every_byte_and_where_the_pieces_end() {
        let name = hash([b"ab".as_slice(), b"c"]);
        assert_eq!(name.len(), 16);
        assert_eq!(name, hash([b"ab".as_slice(), b"c"]));
        assert_ne!(name, hash([b"a".as_slice(), b"bc"]));
    }
}
