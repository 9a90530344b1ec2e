//! All checks that must pass before a merge. Those that fail quickly run first.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::packages::{self, InstallOption, Requirement};
use crate::step::Steps;
use crate::{browser, command, lint, server, toolchain};

#[derive(Args)]
pub struct TestOptions {
    /// Only these parts, e.g. `--only lint,unit`
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<TestPart>,
    #[command(flatten)]
    install: InstallOption,
    /// Passed on to Playwright, e.g. `-- --grep nickname`
    #[arg(last = true)]
    playwright: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TestPart {
    /// rustfmt and clippy
    Lint,
    /// Unit tests
    Unit,
    /// End-to-end tests over sockets against a real server, and the tidy test
    #[value(alias = "story")]
    E2e,
    /// Browser tests in Chromium
    Browser,
}

/// The programs that the unit tests run. Debian puts PostgreSQL's outside of the path.
const UNIT_PROGRAMS: &[Requirement] = &[Requirement {
    programs: &[
        "initdb",
        "/usr/lib/postgresql/15/bin/initdb",
        "/usr/lib/postgresql/16/bin/initdb",
        "/usr/lib/postgresql/17/bin/initdb",
        "/usr/lib/postgresql/18/bin/initdb",
    ],
    package: "postgresql",
}];

/// Makes certificates.
const OPENSSL: Requirement = Requirement {
    programs: &["openssl"],
    package: "openssl",
};

/// The programs that the end-to-end tests run besides the server. Debian puts proxies where only
/// root looks.
const E2E_PROGRAMS: &[Requirement] = &[
    Requirement {
        programs: &["tmux"],
        package: "tmux",
    },
    Requirement {
        programs: &["curl"],
        package: "curl",
    },
    OPENSSL,
    // A certificate authority, with the DNS server that it asks.
    Requirement {
        programs: &["pebble-challtestsrv"],
        package: "pebble",
    },
    Requirement {
        programs: &["faketime"],
        package: "faketime",
    },
    Requirement {
        programs: &["python3"],
        package: "python3-venv",
    },
    Requirement {
        programs: &["nginx", "/usr/sbin/nginx"],
        package: "nginx",
    },
    Requirement {
        programs: &["haproxy", "/usr/sbin/haproxy"],
        package: "haproxy",
    },
];

impl TestOptions {
    fn includes(&self, part: TestPart) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    fn requirements(&self) -> Vec<Requirement> {
        let mut required = Vec::new();
        if self.includes(TestPart::Unit) {
            required.extend(UNIT_PROGRAMS);
        }
        if self.includes(TestPart::E2e) {
            required.extend(E2E_PROGRAMS);
        }
        if self.includes(TestPart::Browser) {
            required.extend(browser::requirement());
            required.push(OPENSSL);
        }
        required
    }
}

/// Runs the parts that are asked for, or all of them.
///
/// # Errors
///
/// At the first part that fails.
pub fn test(steps: &mut Steps, options: &TestOptions) -> Result<()> {
    // A missing program is reported now rather than after a quarter of an hour.
    packages::ensure(steps, options.install, &options.requirements())?;
    if options.includes(TestPart::Lint) || options.includes(TestPart::Browser) {
        toolchain::ensure_wasm_target(steps)?;
    }
    let browser = match options.includes(TestPart::Browser) {
        true => Some(browser::prepare(steps)?),
        false => None,
    };
    if options.includes(TestPart::Lint) {
        lint::lint(steps)?;
    }
    match (
        options.includes(TestPart::Unit),
        options.includes(TestPart::E2e),
    ) {
        (true, true) => cargo_test(steps, &[], &[])?,
        (true, false) => cargo_test(steps, &["--bins"], &["--lib", "--bins"])?,
        (false, true) => cargo_test(steps, &["--test", "*"], &["--test", "*", "--examples"])?,
        (false, false) => {}
    }
    if let Some(browser) = browser {
        let parlor = server::build_for_tests(steps)?;
        browser.test(steps, &parlor, &options.playwright)?;
    }
    Ok(())
}

/// Compiles and runs Rust tests, with cargo-nextest where it is installed. The arguments select
/// tests of this package and of all others.
///
/// The two are compiled separately. Together, cargo would choose other features for the
/// dependencies of this package than `cargo xtask` did, and compile them a second time.
fn cargo_test(steps: &mut Steps, xtask: &[&str], others: &[&str]) -> Result<()> {
    let has_nextest = command::output(toolchain::cargo().args(["nextest", "--version"])).is_ok();
    let runner: &[&str] = if has_nextest {
        &["nextest", "run"]
    } else {
        &["test"]
    };
    let cargo = |packages: &[&str], selection: &[&str], last: &str| {
        let mut cargo = toolchain::cargo();
        command::run(
            cargo
                .args(runner)
                .arg("--locked")
                .args(packages)
                .args(selection)
                .arg(last),
        )
    };
    // The second run takes place even when the first one fails.
    let both = |last: &str| {
        let first = cargo(&["--package", "xtask"], xtask, last);
        first.and(cargo(&server::PACKAGES, others, last))
    };
    steps.step("Compile the tests", "the whole workspace", || {
        both("--no-run")
    })?;
    steps.step("Rust tests", "unit and end-to-end tests", || {
        both("--no-fail-fast")
    })
}
