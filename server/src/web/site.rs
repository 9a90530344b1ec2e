//! The browser's bundle: inside the executable with the feature `embed-site`, under names that carry
//! a hash; without it, in the folder `LEPTOS_SITE_ROOT`, where cargo-leptos puts it under plain ones.

use app::first_paint::Assets;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use std::{borrow::Cow, sync::Arc};

use super::pages;
use crate::house::House;

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
}

/// `/pkg/{file}`: a part of the bundle, as small as the browser takes it.
pub async fn asset(
    State(house): State<Arc<House>>,
    Path(file): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let Some(kind) = content_type(&file) else {
        return pages::nothing_here(&house, 0, uri).await;
    };
    for (encoding, ending) in accepted(&headers) {
        let Some(bytes) = house.site.source.read(&format!("pkg/{file}{ending}")) else {
            continue;
        };
        let mut response = bytes.into_owned().into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let caching = HeaderValue::from_static(source::CACHING);
        headers.insert(header::CACHE_CONTROL, caching);
        if let Some(encoding) = encoding {
            let encoding = HeaderValue::from_static(encoding);
            headers.insert(header::CONTENT_ENCODING, encoding);
        }
        return response;
    }
    pages::nothing_here(&house, 0, uri).await
}

/// What the browser takes (RFC 9110, section 12.5.3), smallest first, with the file's ending.
fn accepted(headers: &HeaderMap) -> impl Iterator<Item = (Option<&'static str>, &'static str)> {
    let accepted: Cow<'_, str> = headers
        .get(header::ACCEPT_ENCODING)
        .map_or(Cow::Borrowed(""), |value| {
            String::from_utf8_lossy(value.as_bytes())
        });
    let takes = |encoding: &str| {
        accepted.split(',').any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            parts.next() == Some(encoding) && !parts.any(|q| matches!(q, "q=0" | "q=0.0"))
        })
    };
    let (brotli, gzip) = (takes("br"), takes("gzip"));
    [
        (brotli, (Some("br"), ".br")),
        (gzip, (Some("gzip"), ".gz")),
        (true, (None, "")),
    ]
    .into_iter()
    .filter_map(|(takes, form)| takes.then_some(form))
}

fn content_type(file: &str) -> Option<&'static str> {
    match file.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "wasm" => Some("application/wasm"),
        "css" => Some("text/css; charset=utf-8"),
        _ => None,
    }
}

#[cfg(feature = "embed-site")]
mod source {
    use std::borrow::Cow;

    use app::first_paint::Assets;

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

    use app::first_paint::Assets;

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

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(accept: &str) -> Vec<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, accept.parse().expect("a value"));
        accepted(&headers).map(|(_, ending)| ending).collect()
    }

    #[test]
    fn the_browser_gets_the_smallest_form_that_it_takes() {
        assert_eq!(forms("gzip, deflate, br"), [".br", ".gz", ""]);
        assert_eq!(forms("gzip;q=0.5"), [".gz", ""]);
        assert_eq!(forms("br;q=0, identity"), [""]);
    }
}
