//! Runs other programs, with errors that name the program and its arguments.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs a program with our own input and output.
///
/// # Errors
///
/// When it cannot be started or ends with anything but success.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("`{}` could not be started", line(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", line(command));
    }
    Ok(())
}

/// Runs a program and returns what it printed, without the white space around it. What it says on
/// standard error goes into the error.
///
/// # Errors
///
/// As for [`run`].
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{}` could not be started", line(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{}` ended with {}: {}",
            line(command),
            output.status,
            said.trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where a program lies, looked up as a shell would.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// A command that needs the machine's administrator: as it is for root, through sudo for others.
/// `None` where there is no way to become root.
pub fn as_root(program: &str) -> Option<Command> {
    let is_root = output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0");
    if is_root {
        return Some(Command::new(program));
    }
    find("sudo").map(|sudo| {
        let mut command = Command::new(sudo);
        command.arg(program);
        command
    })
}

/// Installs Debian packages, with a fresh list of what there is.
///
/// # Errors
///
/// On a machine without apt-get or root, with a sentence that says what to install by hand.
pub fn apt_install(packages: &[&str]) -> Result<()> {
    let wanted = packages.join(" ");
    if find("apt-get").is_none() {
        bail!("this is not a Debian system; please install what Debian calls: {wanted}");
    }
    let (Some(mut update), Some(mut install)) = (as_root("apt-get"), as_root("apt-get")) else {
        bail!("only root can install packages; please run: apt-get install {wanted}");
    };
    run(update.args(["-qq", "update"]))?;
    run(install
        // Nobody is there to answer a package's questions.
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["-qq", "install", "-y", "--no-install-recommends"])
        .args(packages))
    .with_context(|| format!("please install by hand: {wanted}"))
}

fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).as_os_str();
    let words: Vec<_> = std::iter::once(program)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_command_and_what_it_said() {
        let error = output(Command::new("sh").args(["-c", "echo no flour >&2; exit 3"]));
        let told = error.expect_err("it exits with 3").to_string();
        assert!(
            told.contains("`sh -c") && told.contains("no flour") && told.contains('3'),
            "{told}"
        );
    }

    #[test]
    fn a_program_is_found_on_the_path_or_not_at_all() {
        assert!(find("sh").is_some());
        assert_eq!(find("no-program-has-this-name"), None);
    }
}
