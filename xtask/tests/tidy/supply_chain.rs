//! What Parlor is built from: every crate comes from crates.io or from this workspace, and has a
//! license under which the program may be passed on.

use std::{path::Path, process::Command};

/// The licenses (SPDX) that ask for nothing but that their text is kept.
const ALLOWED: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    // Changed files have to be published. We change none, and most are those of build tools.
    "MPL-2.0",
];

/// The only source of crates outside of the workspace.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Whether a license expression can be met by allowed licenses alone (SPDX 2.3, annex D). The slash
/// is an old spelling of OR.
pub fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = &words[..];
    let met = any(&mut rest);
    met && rest.is_empty() && !words.is_empty()
}

fn any(words: &mut &[&str]) -> bool {
    let mut met = all(words);
    while take(words, "OR") {
        met |= all(words);
    }
    met
}

fn all(words: &mut &[&str]) -> bool {
    let mut met = one(words);
    while take(words, "AND") {
        met &= one(words);
    }
    met
}

fn one(words: &mut &[&str]) -> bool {
    if take(words, "(") {
        let met = any(words);
        return take(words, ")") && met;
    }
    let Some((license, rest)) = words.split_first() else {
        return false;
    };
    *words = rest;
    if take(words, "WITH")
        && let Some((exception, rest)) = words.split_first()
    {
        *words = rest;
        return ALLOWED.contains(&format!("{license} WITH {exception}").as_str());
    }
    ALLOWED.contains(license)
}

fn take(words: &mut &[&str], word: &str) -> bool {
    match words.split_first() {
        Some((first, rest)) if *first == word => {
            *words = rest;
            true
        }
        _ => false,
    }
}

/// The packages of Cargo.lock that do not come from crates.io with a checksum.
pub fn foreign_sources(lock: &str) -> Vec<String> {
    let lock: toml::Table = lock.parse().expect("Cargo.lock is TOML");
    let packages = lock["package"].as_array().expect("packages");
    let text = |package: &toml::Value, field: &str| {
        let value = package.get(field).and_then(|value| value.as_str());
        value.unwrap_or_default().to_owned()
    };
    let is_foreign = |package: &&toml::Value| match text(package, "source").as_str() {
        // A crate of this workspace.
        "" => false,
        CRATES_IO => text(package, "checksum").is_empty(),
        _ => true,
    };
    let foreign = packages.iter().filter(is_foreign);
    foreign
        .map(|it| format!("{}: {}", text(it, "name"), text(it, "source")))
        .collect()
}

/// The crates that are compiled for this machine or for the browser under a license that is not
/// allowed.
pub fn foreign_licenses() -> Vec<String> {
    let mut found = Vec::new();
    for target in [host(), "wasm32-unknown-unknown".to_owned()] {
        // Those are the crates that the build has downloaded, so no network is needed.
        let metadata = cargo(
            &[
                "metadata",
                "--locked",
                "--format-version",
                "1",
                "--filter-platform",
            ],
            &target,
        );
        let metadata: serde_json::Value = serde_json::from_str(&metadata).expect("JSON");
        let packages = metadata["packages"].as_array().expect("packages");
        assert!(packages.len() > 100, "{} packages", packages.len());
        for package in packages {
            let license = package["license"].as_str().unwrap_or_default();
            if !is_allowed(license) {
                found.push(format!("{}: “{license}”", package["name"]));
            }
        }
    }
    found
}

/// The target of this machine.
fn host() -> String {
    let version = cargo(&["version", "--verbose"], "");
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("cargo names its host").to_owned()
}

fn cargo(arguments: &[&str], last: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root).args(arguments);
    if !last.is_empty() {
        cargo.arg(last);
    }
    let output = cargo.output().expect("cargo runs");
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {problem}");
    String::from_utf8(output.stdout).expect("UTF-8")
}
