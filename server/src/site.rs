//! The browser's bundle: inside the executable with the feature `embed-site`, under names that carry
//! a hash; without it, in the folder `LEPTOS_SITE_ROOT`, where cargo-leptos puts it under plain ones.

use std::borrow::Cow;

use app::initial_data::Assets;
pub use source::CACHING;

/// Where the bundle is, and under which names.
pub struct Site {
    pub assets: Assets,
    source: source::Source,
}

impl Site {
    /// The embedded bundle, or the folder's.
    pub fn find() -> Self {
        let source = source::Source::find();
        Self {
            assets: source.assets(),
            source,
        }
    }

    /// A file's bytes, by its path below the site's root.
    pub fn read(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        self.source.read(path)
    }
}

#[cfg(feature = "embed-site")]
mod source {
    use std::borrow::Cow;

    use app::initial_data::Assets;

    /// A name with a hash never changes its content (RFC 8246).
    pub const CACHING: &str = "public, max-age=31536000, immutable";

    /// `target/site` as it was when this was compiled.
    #[derive(rust_embed::RustEmbed)]
    #[folder = "../target/site"]
    pub struct Source;

    impl Source {
        pub fn find() -> Self {
            Self
        }

        /// The names in the site's own manifest.
        pub fn assets(&self) -> Assets {
            let manifest = self.read("manifest.json").unwrap_or_default();
            let Assets { js, wasm, css } =
                serde_json::from_slice(&manifest).expect("the build writes a manifest");
            let [js, wasm, css] = [js, wasm, css].map(|path| format!("/{path}"));
            Assets { js, wasm, css }
        }

        pub fn read(&self, path: &str) -> Option<Cow<'static, [u8]>> {
            Self::get(path).map(|file| file.data)
        }
    }
}

#[cfg(not(feature = "embed-site"))]
mod source {
    use std::{borrow::Cow, path::PathBuf};

    use app::initial_data::Assets;

    /// A plain name's content changes with every build.
    pub const CACHING: &str = "no-cache";

    /// The folder that cargo-leptos builds into.
    pub struct Source {
        root: PathBuf,
    }

    impl Source {
        pub fn find() -> Self {
            let root = std::env::var_os("LEPTOS_SITE_ROOT");
            Self {
                root: root.map_or_else(|| PathBuf::from("target/site"), PathBuf::from),
            }
        }

        pub fn assets(&self) -> Assets {
            Assets {
                js: "/pkg/parlor.js".into(),
                wasm: "/pkg/parlor.wasm".into(),
                css: "/pkg/parlor.css".into(),
            }
        }

        pub fn read(&self, path: &str) -> Option<Cow<'static, [u8]>> {
            // One segment below `pkg`, as the router has it; a name with a separator in it, which
            // can only have been percent-encoded, leaves the folder and is not there.
            let file = path.strip_prefix("pkg/").unwrap_or(path);
            if file.contains(['/', '\\']) {
                return None;
            }
            std::fs::read(self.root.join(path)).ok().map(Cow::Owned)
        }
    }
}
