//! The settings of the page in `[[workspace.metadata.leptos]]` of Cargo.toml. cargo-leptos reads
//! the same section, so both builds of the page use the same files.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{command, toolchain, workspace};

/// The settings that xtask uses. Paths are absolute.
pub struct Settings {
    /// The package whose library is compiled to WebAssembly.
    pub lib_package: String,
    /// The cargo profile that the library is released with.
    pub lib_profile: String,
    /// The package and the binary target of the server.
    pub bin_package: String,
    pub bin_target: String,
    /// The name that the page's files begin with.
    pub output_name: String,
    /// The directory that is served.
    pub site_root: PathBuf,
    /// The directory of the compiled files, relative to `site_root`.
    pub pkg_dir: String,
    /// The style sheet that imports the others.
    pub style_file: PathBuf,
    /// The directory of files that are served as they are, if there is one.
    pub assets_dir: Option<PathBuf>,
}

impl Settings {
    /// Asks cargo for the workspace's metadata.
    ///
    /// # Errors
    ///
    /// When cargo cannot read Cargo.toml, or a setting is missing.
    pub fn read() -> Result<Self> {
        let mut cargo = toolchain::cargo();
        cargo.args(["metadata", "--locked", "--no-deps", "--format-version", "1"]);
        let metadata: Value = serde_json::from_str(&command::output(&mut cargo)?)?;
        Self::from_project(&metadata["metadata"]["leptos"][0])
    }

    fn from_project(project: &Value) -> Result<Self> {
        let text = |name: &str| -> Result<String> {
            let value = project[name].as_str().with_context(|| {
                format!("Cargo.toml sets no `{name}` in [[workspace.metadata.leptos]]")
            })?;
            Ok(value.to_owned())
        };
        let path = |name: &str| Ok::<_, anyhow::Error>(workspace::root().join(text(name)?));
        Ok(Self {
            lib_package: text("lib-package")?,
            lib_profile: text("lib-profile-release")?,
            bin_package: text("bin-package")?,
            bin_target: text("bin-target")?,
            output_name: text("output-name")?,
            site_root: path("site-root")?,
            pkg_dir: text("site-pkg-dir")?,
            style_file: path("style-file")?,
            assets_dir: path("assets-dir").ok(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_toml_has_every_setting() -> Result<()> {
        let settings = Settings::read()?;
        assert!(settings.style_file.is_file());
        // `server/src/site.rs` embeds this directory.
        assert_eq!(settings.site_root, workspace::root().join("target/site"));
        Ok(())
    }

    #[test]
    fn a_missing_setting_is_named() {
        let error = Settings::from_project(&Value::Null).err();
        let message = error.expect("nothing is set").to_string();
        assert!(message.contains("`lib-package`"), "{message}");
    }
}
