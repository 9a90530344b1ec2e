//! The files of the page: the WebAssembly module, its JavaScript and the style sheet.
//!
//! With the feature `embed-site` they are inside the executable, under names with a content hash.
//! Without it they are read from the folder `LEPTOS_SITE_ROOT`, where cargo-leptos writes them
//! under plain names.

use app::initial_data::Assets;
use bytes::Bytes;
use sha2::{Digest, Sha256};
pub use source::CACHE_CONTROL;

/// The files of the page, and the URLs that the page loads them from.
pub struct Site {
    pub assets: Assets,
    source: source::Source,
}

impl Site {
    /// Opens the embedded files, or the folder.
    pub fn find() -> Self {
        let source = source::Source::find();
        Self {
            assets: source.assets(),
            source,
        }
    }

    /// Reads a file by its path relative to the site's root. None if there is no such file.
    pub fn read(&self, path: &str) -> Option<StaticFile> {
        self.source.read(path)
    }
}

/// The bytes of a file, with their SHA-256. Embedded bytes are never copied.
#[derive(Clone, Debug)]
pub struct StaticFile {
    pub bytes: Bytes,
    pub sha256: [u8; 32],
}

impl StaticFile {
    /// Hashes the bytes.
    pub fn new(bytes: Bytes) -> Self {
        let sha256 = Sha256::digest(&bytes).into();
        Self { bytes, sha256 }
    }
}

#[cfg(feature = "embed-site")]
mod source {
    use std::borrow::Cow;

    use app::initial_data::Assets;
    use bytes::Bytes;

    use super::StaticFile;

    /// A name with a content hash always has the same content (RFC 8246).
    pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

    /// `target/site`, as it was at compile time.
    #[derive(rust_embed::RustEmbed)]
    #[folder = "../target/site"]
    pub struct Source;

    impl Source {
        pub fn find() -> Self {
            Self
        }

        /// Reads the names from the manifest that the build writes.
        pub fn assets(&self) -> Assets {
            let manifest = self.read("manifest.json");
            let manifest = manifest.map_or_else(Bytes::new, |file| file.bytes);
            let Assets { js, wasm, css } =
                serde_json::from_slice(&manifest).expect("the build writes a manifest");
            let [js, wasm, css] = [js, wasm, css].map(|path| format!("/{path}"));
            Assets { js, wasm, css }
        }

        pub fn read(&self, path: &str) -> Option<StaticFile> {
            let file = Self::get(path)?;
            let bytes = match file.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            };
            Some(StaticFile {
                bytes,
                sha256: file.metadata.sha256_hash(),
            })
        }
    }
}

#[cfg(not(feature = "embed-site"))]
mod source {
    use std::{
        collections::HashMap,
        fs,
        path::{Path, PathBuf},
        sync::{Mutex, PoisonError},
        time::SystemTime,
    };

    use app::initial_data::Assets;

    use super::StaticFile;

    /// A plain name may have other content after every build, so browsers must revalidate it.
    pub const CACHE_CONTROL: &str = "no-cache";

    /// The folder that cargo-leptos builds into.
    pub struct Source {
        root: PathBuf,
        /// The files that were read, and their times of modification. All responses share the
        /// bytes, however many clients are slow to take them.
        read: Mutex<HashMap<PathBuf, (SystemTime, StaticFile)>>,
    }

    impl Source {
        pub fn find() -> Self {
            let root = std::env::var_os("LEPTOS_SITE_ROOT");
            Self {
                root: root.map_or_else(|| PathBuf::from("target/site"), PathBuf::from),
                read: Mutex::default(),
            }
        }

        pub fn assets(&self) -> Assets {
            Assets {
                js: "/pkg/parlor.js".into(),
                wasm: "/pkg/parlor.wasm".into(),
                css: "/pkg/parlor.css".into(),
            }
        }

        pub fn read(&self, path: &str) -> Option<StaticFile> {
            // The router passes on one path segment below `pkg`. A separator in it was
            // percent-encoded and could lead out of the folder.
            let file = path.strip_prefix("pkg/").unwrap_or(path);
            if file.contains(['/', '\\']) {
                return None;
            }
            self.read_unchanged(&self.root.join(path)).ok()
        }

        fn read_unchanged(&self, path: &Path) -> std::io::Result<StaticFile> {
            let modified = fs::metadata(path)?.modified()?;
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((when, file)) = read.get(path)
                && *when == modified
            {
                return Ok(file.clone());
            }
            let file = StaticFile::new(fs::read(path)?.into());
            read.insert(path.to_owned(), (modified, file.clone()));
            Ok(file)
        }
    }
}
