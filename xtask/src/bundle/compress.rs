//! Brotli and gzip at their best quality: files are compressed once and served often.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

/// The extensions of files that are compressed. Pictures and fonts are compressed already.
const EXTENSIONS: &[&str] = &[
    "css",
    "html",
    "ico",
    "js",
    "json",
    "map",
    "md",
    "svg",
    "txt",
    "wasm",
    "webmanifest",
    "xml",
];

pub fn is_compressible(file: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| EXTENSIONS.iter().any(|it| extension == *it))
}

pub fn brotli(contents: &[u8]) -> Result<Vec<u8>> {
    let best = BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: contents.len(),
        ..BrotliEncoderParams::default()
    };
    let mut small = Vec::new();
    brotli::BrotliCompress(&mut &*contents, &mut small, &best).context("brotli failed")?;
    Ok(small)
}

pub fn gzip(contents: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(contents)?;
    encoder.finish().context("gzip failed")
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn compressed_text_decompresses_to_the_same() -> Result<()> {
        let text = "hello, ".repeat(500);
        let (small, zipped) = (brotli(text.as_bytes())?, gzip(text.as_bytes())?);
        assert!(small.len() < 100 && zipped.len() < 100);

        let mut back = Vec::new();
        brotli::BrotliDecompress(&mut small.as_slice(), &mut back)?;
        assert_eq!(back, text.as_bytes());
        back.clear();
        flate2::read::GzDecoder::new(zipped.as_slice()).read_to_end(&mut back)?;
        assert_eq!(back, text.as_bytes());
        Ok(())
    }

    #[test]
    fn pictures_are_not_compressed() {
        assert!(is_compressible(Path::new("a/parlor.0123.wasm")));
        assert!(!is_compressible(Path::new("a/face.png")));
        assert!(!is_compressible(Path::new("LICENSE")));
    }
}
