//! Known vulnerabilities: of the crates in Cargo.lock by the RustSec database, and of the npm
//! packages of the browser tests. What is checked is that of other programs; licenses and sources
//! are checked by the tidy test, which needs no internet.

use std::net::{TcpStream, ToSocketAddrs};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::step::Steps;
use crate::{command, toolchain, workspace};

/// Where the RustSec database is.
const DATABASE: &str = "github.com:443";
/// How long to wait for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Checks all dependencies.
///
/// # Errors
///
/// When there is a vulnerability, no internet, or no program that knows the advisories.
pub fn audit(steps: &mut Steps) -> Result<()> {
    if !can_connect(DATABASE) {
        bail!(
            "There is no internet: {DATABASE} cannot be reached, so no advisories were read and \
             nothing was checked. Run this again where there is internet"
        );
    }
    steps.step("Crates", "Cargo.lock against the RustSec database", || {
        command::run(toolchain::cargo().args(crate_auditor()?))
    })?;
    if let Some(npm) = command::find("npm") {
        steps.step("npm packages", "of the browser tests", || {
            command::run(
                Command::new(npm)
                    .current_dir(workspace::root().join("end2end"))
                    .args(["audit", "--audit-level", "moderate"]),
            )
        })?;
    }
    Ok(())
}

/// The arguments of the first installed program that knows the advisories.
fn crate_auditor() -> Result<&'static [&'static str]> {
    let known: [&[&str]; 2] = [&["audit"], &["deny", "check", "advisories", "sources"]];
    for arguments in known {
        let version = [arguments[0], "--version"];
        if command::output(toolchain::cargo().args(version)).is_ok() {
            return Ok(arguments);
        }
    }
    bail!(
        "No program that knows the advisories is installed. Install one: \
         cargo install --locked cargo-audit"
    )
}

fn can_connect(address: &str) -> bool {
    address.to_socket_addrs().is_ok_and(|mut addresses| {
        addresses.any(|it| TcpStream::connect_timeout(&it, PATIENCE).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_place_that_cannot_be_reached_is_no_internet() -> Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        assert!(can_connect(&address));
        drop(listener);
        assert!(!can_connect(&address));
        assert!(!can_connect("name.invalid:443"));
        Ok(())
    }
}
