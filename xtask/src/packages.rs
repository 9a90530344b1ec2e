//! Required programs that are packages of the operating system. They are installed only on request.

use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command;
use crate::step::Steps;

#[derive(Args, Clone, Copy)]
pub struct InstallOption {
    /// Install missing system packages with apt-get: for root on Debian, like a CI machine
    #[arg(long)]
    pub install: bool,
}

/// A program that must be on the machine.
#[derive(Clone, Copy)]
pub struct Requirement {
    /// Names that the program has on different systems; one of them must be on the path.
    pub programs: &'static [&'static str],
    /// The Debian package that contains it.
    pub package: &'static str,
}

impl Requirement {
    fn is_met(&self) -> bool {
        self.programs
            .iter()
            .any(|name| command::find(name).is_some())
    }
}

/// Checks that all these programs are there, and installs what is missing if `option` allows it.
///
/// # Errors
///
/// When a program is missing and is not installed, with the command that installs it.
pub fn ensure(steps: &mut Steps, option: InstallOption, required: &[Requirement]) -> Result<()> {
    let missing: Vec<_> = required.iter().filter(|it| !it.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().map(|it| it.programs[0]).collect();
    let packages: Vec<_> = missing.iter().map(|it| it.package).collect();
    let (names, advice) = (names.join(", "), advice(&packages));
    if !option.install {
        bail!("These programs are missing: {names}. {advice}");
    }
    if command::find("apt-get").is_none() || !is_root() {
        bail!("--install works as root on Debian. These programs are missing: {names}. {advice}");
    }
    steps.step("Install system packages", &packages.join(", "), || {
        apt_install(&packages).context(advice)?;
        match missing.iter().find(|it| !it.is_met()) {
            Some(it) => bail!(
                "The package {} did not put `{}` on the path",
                it.package,
                it.programs[0]
            ),
            None => Ok(()),
        }
    })
}

fn advice(packages: &[&str]) -> String {
    format!(
        "On Debian, this command installs them: sudo apt-get install --no-install-recommends {}",
        packages.join(" ")
    )
}

fn is_root() -> bool {
    command::output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}

fn apt_install(packages: &[&str]) -> Result<()> {
    command::run(Command::new("apt-get").args(["-qq", "update"]))?;
    command::run(
        Command::new("apt-get")
            // Nobody is there to answer a package's questions.
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["-qq", "install", "-y", "--no-install-recommends"])
            .args(packages),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHELL: Requirement = Requirement {
        programs: &["no-program-has-this-name", "sh"],
        package: "dash",
    };
    const ABSENT: Requirement = Requirement {
        programs: &["no-program-has-this-name"],
        package: "no-such-package",
    };

    #[test]
    fn without_the_option_a_missing_program_is_an_error_that_names_the_command() {
        let option = InstallOption { install: false };
        let mut steps = Steps::default();
        assert!(ensure(&mut steps, option, &[SHELL]).is_ok());
        let error = ensure(&mut steps, option, &[SHELL, ABSENT]).expect_err("one is missing");
        let message = error.to_string();
        assert!(
            message.contains("apt-get install --no-install-recommends no-such-package"),
            "{message}"
        );
        assert!(!message.contains("dash"), "{message}");
    }
}
