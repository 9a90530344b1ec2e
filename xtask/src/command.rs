//! Runs other programs. Errors name the program and its arguments.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs a program that inherits this process's input and output.
///
/// # Errors
///
/// When it cannot be started, or exits with a status other than success.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("`{}` could not be started", command_line(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", command_line(command));
    }
    Ok(())
}

/// Runs a program and returns its trimmed standard output. Its standard error goes into the error.
///
/// # Errors
///
/// Like [`run`].
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{}` could not be started", command_line(command)))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{}` ended with {}: {}",
            command_line(command),
            output.status,
            stderr.trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The path of a program, looked up in `PATH` like a shell does.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
}

fn command_line(command: &Command) -> String {
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
    fn an_error_names_the_command_and_contains_its_standard_error() {
        let error = output(Command::new("sh").args(["-c", "echo no disk >&2; exit 3"]));
        let message = error.expect_err("it exits with 3").to_string();
        assert!(
            message.contains("`sh -c") && message.contains("no disk") && message.contains('3'),
            "{message}"
        );
    }

    #[test]
    fn a_program_is_found_on_the_path_or_not_at_all() {
        assert!(find("sh").is_some());
        assert_eq!(find("no-program-has-this-name"), None);
    }
}
