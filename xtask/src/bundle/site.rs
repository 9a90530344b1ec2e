//! Writes the page's files into the site's directory, under names that contain a hash.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::budget::BundlePart;
use super::wasm::Module;
use super::{compress, hash, xtask_version};
use crate::leptos::Settings;
use crate::step::Steps;
use crate::workspace::{files, read, remove_dir, write};

/// The names of `js`, `wasm` and `css` in this build, relative to the site's directory.
const MANIFEST: &str = "manifest.json";

/// The suffixes of compressed files.
const BROTLI: &str = "br";
const GZIP: &str = "gz";

/// A file of the site. Its name is relative to the site's directory.
struct SiteFile {
    name: String,
    contents: Vec<u8>,
}

/// Writes the site, unless it already consists of these files.
pub fn build(steps: &mut Steps, settings: &Settings, module: &Module, css: &str) -> Result<()> {
    let site = &settings.site_root;
    let (contents, manifest) = contents(settings, module, css)?;
    let pieces = contents
        .iter()
        .flat_map(|file| [file.name.as_bytes(), &file.contents]);
    let version = xtask_version();
    let key = hash(pieces.chain([version.as_bytes()]));
    let stamp = site.with_extension("made-from");
    if is_current(&stamp, &key, &contents, site)? {
        return Ok(());
    }
    let reason = "brotli and gzip once, rather than for each visitor";
    steps.step("Compress the site", reason, || {
        remove_dir(site)?;
        for SiteFile { name, contents } in &contents {
            let file = site.join(name);
            write(&file, contents)?;
            if compress::is_compressible(&file) {
                write(&with_suffix(&file, BROTLI), &compress::brotli(contents)?)?;
                write(&with_suffix(&file, GZIP), &compress::gzip(contents)?)?;
            }
        }
        write(&site.join(MANIFEST), &serde_json::to_vec_pretty(&manifest)?)?;
        // The stamp comes last, so that an interrupted build is repeated.
        write(&stamp, key.as_bytes())
    })
}

/// The parts that a first visit loads, with the sizes of their files.
pub fn parts(settings: &Settings) -> Result<Vec<BundlePart>> {
    let site = &settings.site_root;
    let manifest: Map<String, Value> = serde_json::from_slice(&read(&site.join(MANIFEST))?)
        .context("the site's manifest is not a JSON object")?;
    let size = |file: &Path| -> Result<u64> {
        Ok(fs::metadata(file)
            .with_context(|| format!("{} is missing", file.display()))?
            .len())
    };
    let measure = |kind: &str, files: &[PathBuf]| -> Result<BundlePart> {
        let mut part = BundlePart {
            kind: kind.to_owned(),
            raw: 0,
            brotli: 0,
        };
        for file in files {
            part.raw += size(file)?;
            part.brotli += size(&with_suffix(file, BROTLI))?;
        }
        Ok(part)
    };
    let named = |kind: &str| -> Result<PathBuf> {
        let name = manifest.get(kind).and_then(Value::as_str);
        Ok(site.join(name.with_context(|| format!("the manifest names no {kind}"))?))
    };
    // Crates can add JavaScript to the page's own script.
    let mut scripts: Vec<_> = files(&site.join(&settings.pkg_dir))?;
    scripts.retain(|file| file.extension().is_some_and(|extension| extension == "js"));
    Ok(vec![
        measure("wasm", &[named("wasm")?])?,
        measure("js", &scripts)?,
        measure("css", &[named("css")?])?,
    ])
}

/// The site's files with their final names, and the manifest.
fn contents(settings: &Settings, module: &Module, css: &str) -> Result<(Vec<SiteFile>, Value)> {
    let (pkg, output_name) = (&settings.pkg_dir, &settings.output_name);
    let wasm = read(&module.wasm())?;
    let mut js =
        String::from_utf8(read(&module.js())?).context("wasm-bindgen's JavaScript is not UTF-8")?;
    let mut contents = below(&module.snippets())?;
    if !contents.is_empty() {
        let pieces = contents
            .iter()
            .flat_map(|file| [file.name.as_bytes(), &file.contents]);
        let snippets = format!("snippets-{}", hash(pieces));
        js = js.replace("'./snippets/", &format!("'./{snippets}/"));
        for file in &mut contents {
            file.name = format!("{pkg}/{snippets}/{}", file.name);
        }
    }
    let name = |suffix: &str, bytes: &[u8], extension: &str| {
        format!("{pkg}/{output_name}{suffix}.{}.{extension}", hash([bytes]))
    };
    let names = [
        name("", js.as_bytes(), "js"),
        name("_bg", &wasm, "wasm"),
        name("", css.as_bytes(), "css"),
    ];
    let assets = match &settings.assets_dir {
        Some(directory) => below(directory)?,
        None => Vec::new(),
    };
    let manifest = json!({
        "js": names[0],
        "wasm": names[1],
        "css": names[2],
        // The server's build watches the manifest, so it must change with the list of assets.
        "assets": assets.iter().map(|file| &file.name).collect::<Vec<_>>(),
    });
    let parts = [js.into_bytes(), wasm, css.as_bytes().to_vec()];
    contents.extend(
        names
            .into_iter()
            .zip(parts)
            .map(|(name, contents)| SiteFile { name, contents }),
    );
    contents.extend(assets);
    Ok((contents, manifest))
}

/// The files below a directory, with names relative to it.
fn below(directory: &Path) -> Result<Vec<SiteFile>> {
    let relative = |file: PathBuf| -> Result<SiteFile> {
        let name = file
            .strip_prefix(directory)?
            .to_str()
            .context("a file's name is not UTF-8")?;
        Ok(SiteFile {
            name: name.replace('\\', "/"),
            contents: read(&file)?,
        })
    };
    files(directory)?.into_iter().map(relative).collect()
}

/// Whether the stamp belongs to these files, and the site has no others. The stamp is not enough:
/// cargo-leptos writes into the same directory, and the server would embed its files as well.
fn is_current(stamp: &Path, key: &str, contents: &[SiteFile], site: &Path) -> Result<bool> {
    if !fs::read(stamp).is_ok_and(|made_from| made_from == key.as_bytes()) {
        return Ok(false);
    }
    let mut expected = BTreeSet::from([site.join(MANIFEST)]);
    for file in contents.iter().map(|file| site.join(&file.name)) {
        if compress::is_compressible(&file) {
            expected.extend([with_suffix(&file, BROTLI), with_suffix(&file, GZIP)]);
        }
        expected.insert(file);
    }
    Ok(files(site)?.into_iter().eq(expected))
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
    use crate::workspace::test_directory;

    #[test]
    fn the_site_is_written_measured_and_left_alone_while_nothing_changes() -> Result<()> {
        let directory = test_directory("site")?;
        let module = Module {
            directory: directory.join("page"),
            name: "parlor".to_owned(),
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
        let site = directory.join("site");
        let settings = Settings {
            site_root: site.clone(),
            assets_dir: None,
            ..Settings::read()?
        };
        let mut steps = Steps::default();

        build(&mut steps, &settings, &module, "a{}")?;

        let manifest: Value = serde_json::from_slice(&read(&site.join(MANIFEST))?)?;
        let js = String::from_utf8(read(&site.join(manifest["js"].as_str().context("js")?))?)?;
        let path = js.split('\'').nth(1).context("an import")?;
        assert!(
            site.join("pkg").join(path).exists(),
            "{path} does not exist"
        );
        let parts = parts(&settings)?;
        let raw: Vec<_> = parts
            .iter()
            .map(|part| (part.kind.as_str(), part.raw))
            .collect();
        assert_eq!(raw, [("wasm", 4), ("js", js.len() as u64 + 19), ("css", 3)]);

        let manifest = site.join(MANIFEST);
        write(&manifest, b"left alone")?;
        build(&mut steps, &settings, &module, "a{}")?;
        assert_eq!(read(&manifest)?, b"left alone", "nothing had changed");
        build(&mut steps, &settings, &module, "b{}")?;
        assert_ne!(read(&manifest)?, b"left alone", "the style had changed");
        let foreign = site.join("pkg/parlor.wasm");
        write(&foreign, b"")?;
        build(&mut steps, &settings, &module, "b{}")?;
        assert!(!foreign.exists(), "the site had another file");
        Ok(())
    }
}
