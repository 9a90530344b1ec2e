//! Lays the page's parts out under `target/site`, with names that tell their contents.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::budget::Part;
use super::wasm::Module;
use super::{NAME, compress, hash, maker};
use crate::step::Steps;
use crate::workspace::{files, read, root, wipe, write};

/// Which names the files have this time: `js`, `wasm` and `css`, relative to the site's folder.
const MANIFEST: &str = "manifest.json";

/// A file of the site: where it goes, and its contents.
struct Laid {
    name: String,
    contents: Vec<u8>,
}

/// Writes the site anew, unless it is already made of just these parts.
pub fn make(steps: &mut Steps, module: &Module, css: &str, site: &Path) -> Result<()> {
    let (laid, manifest) = lay_out(module, css)?;
    let pieces = laid
        .iter()
        .flat_map(|file| [file.name.as_bytes(), &file.contents]);
    let maker = maker();
    let key = hash(pieces.chain([maker.as_bytes()]));
    let stamp = site.with_extension("made-from");
    if is_current(&stamp, &key, &laid, site) {
        return Ok(());
    }
    steps.step(
        "Compress the site",
        "brotli and gzip once, rather than for each visitor",
        || {
            wipe(site)?;
            for Laid { name, contents } in &laid {
                let file = site.join(name);
                write(&file, contents)?;
                if compress::is_worth_it(&file) {
                    write(&with_suffix(&file, "br"), &compress::brotli(contents)?)?;
                    write(&with_suffix(&file, "gz"), &compress::gzip(contents)?)?;
                }
            }
            write(&site.join(MANIFEST), &serde_json::to_vec_pretty(&manifest)?)?;
            // Last, so that whatever is interrupted is done again.
            write(&stamp, key.as_bytes())
        },
    )
}

/// The parts that a first visit loads, with their sizes as they lie there.
pub fn parts(site: &Path) -> Result<Vec<Part>> {
    let manifest: Map<String, Value> = serde_json::from_slice(&read(&site.join(MANIFEST))?)
        .context("the site's manifest is not a JSON object")?;
    let size = |file: &Path| -> Result<u64> {
        Ok(fs::metadata(file)
            .with_context(|| format!("{} is missing", file.display()))?
            .len())
    };
    let measure = |kind: &str, files: &[PathBuf]| -> Result<Part> {
        let mut part = Part {
            kind: kind.to_owned(),
            raw: 0,
            brotli: 0,
        };
        for file in files {
            part.raw += size(file)?;
            part.brotli += size(&with_suffix(file, "br"))?;
        }
        Ok(part)
    };
    let named = |kind: &str| -> Result<PathBuf> {
        let name = manifest.get(kind).and_then(Value::as_str);
        Ok(site.join(name.with_context(|| format!("the manifest names no {kind}"))?))
    };
    // A page's own script is not all of its JavaScript when crates bring some along.
    let mut scripts: Vec<_> = files(&site.join("pkg"))?;
    scripts.retain(|file| file.extension().is_some_and(|end| end == "js"));
    Ok(vec![
        measure("wasm", &[named("wasm")?])?,
        measure("js", &scripts)?,
        measure("css", &[named("css")?])?,
    ])
}

fn lay_out(module: &Module, css: &str) -> Result<(Vec<Laid>, Value)> {
    let wasm = read(&module.wasm())?;
    let mut js = String::from_utf8(read(&module.js())?).context("wasm-bindgen wrote no text")?;
    let mut laid = below(&module.snippets())?;
    if !laid.is_empty() {
        let pieces = laid
            .iter()
            .flat_map(|file| [file.name.as_bytes(), &file.contents]);
        let folder = format!("snippets-{}", hash(pieces));
        js = js.replace("'./snippets/", &format!("'./{folder}/"));
        for file in &mut laid {
            file.name = format!("pkg/{folder}/{}", file.name);
        }
    }
    let name = |stem: &str, contents: &[u8], end: &str| {
        format!("pkg/{NAME}{stem}.{}.{end}", hash([contents]))
    };
    let names = [
        name("", js.as_bytes(), "js"),
        name("_bg", &wasm, "wasm"),
        name("", css.as_bytes(), "css"),
    ];
    let public = below(&root().join("public"))?;
    let manifest = json!({
        "js": names[0],
        "wasm": names[1],
        "css": names[2],
        // So that this file changes when a public one comes or goes: the server's build watches it.
        "public": public.iter().map(|file| &file.name).collect::<Vec<_>>(),
    });
    let contents = [js.into_bytes(), wasm, css.as_bytes().to_vec()];
    laid.extend(
        names
            .into_iter()
            .zip(contents)
            .map(|(name, contents)| Laid { name, contents }),
    );
    laid.extend(public);
    Ok((laid, manifest))
}

/// The files below a folder, named relative to it.
fn below(folder: &Path) -> Result<Vec<Laid>> {
    let relative = |file: PathBuf| -> Result<Laid> {
        let name = file
            .strip_prefix(folder)?
            .to_str()
            .context("a file's name is not UTF-8")?;
        Ok(Laid {
            name: name.replace('\\', "/"),
            contents: read(&file)?,
        })
    };
    files(folder)?.into_iter().map(relative).collect()
}

/// The stamp alone is not enough: cargo-leptos writes into the same folder.
fn is_current(stamp: &Path, key: &str, laid: &[Laid], site: &Path) -> bool {
    fs::read(stamp).is_ok_and(|made_from| made_from == key.as_bytes())
        && site.join(MANIFEST).exists()
        && laid.iter().all(|file| site.join(&file.name).exists())
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_is_laid_out_measured_and_left_alone_while_nothing_changes() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let module = Module {
            folder: folder.path().join("page"),
        };
        write(
            &module.js(),
            b"import { a } from './snippets/x-1/inline0.js';",
        )?;
        write(&module.wasm(), b"\0asm")?;
        write(
            &module.snippets().join("x-1/inline0.js"),
            b"export const a = 1;",
        )?;
        let site = folder.path().join("site");
        let mut steps = Steps::default();

        make(&mut steps, &module, "a{}", &site)?;

        let manifest: Value = serde_json::from_slice(&read(&site.join(MANIFEST))?)?;
        let js = String::from_utf8(read(&site.join(manifest["js"].as_str().context("js")?))?)?;
        let path = js.split('\'').nth(1).context("an import")?;
        assert!(
            site.join("pkg").join(path).exists(),
            "{path} does not lead anywhere"
        );
        let parts = parts(&site)?;
        let raw: Vec<_> = parts
            .iter()
            .map(|part| (part.kind.as_str(), part.raw))
            .collect();
        assert_eq!(raw, [("wasm", 4), ("js", js.len() as u64 + 19), ("css", 3)]);

        let left = site.join("left-alone");
        write(&left, b"")?;
        make(&mut steps, &module, "a{}", &site)?;
        assert!(left.exists(), "nothing had changed");
        make(&mut steps, &module, "b{}", &site)?;
        assert!(!left.exists(), "the style had changed");
        Ok(())
    }
}
