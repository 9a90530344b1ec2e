//! The values of options that neither a flag nor a variable sets: those of renamed variables under
//! their old names, then those of the file.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use clap::{ArgMatches, Args as _, Command, parser::ValueSource};

use super::{Config, file};

/// A renamed option. clap accepts the old flag as an alias.
struct Renamed {
    name: &'static str,
    old_name: &'static str,
    old_variable: &'static str,
}

const RENAMED: &[Renamed] = &[
    Renamed {
        name: "flush-delay-ms",
        old_name: "linger-ms",
        old_variable: "PARLOR_LINGER_MS",
    },
    Renamed {
        name: "nickname-reservation-seconds",
        old_name: "hold-seconds",
        old_variable: "PARLOR_HOLD_SECONDS",
    },
    Renamed {
        name: "bot-reservation-seconds",
        old_name: "program-hold-seconds",
        old_variable: "PARLOR_PROGRAM_HOLD_SECONDS",
    },
];

/// The values that replace the defaults of options, by long name.
#[derive(Debug, Default)]
pub struct Fallbacks(BTreeMap<String, Fallback>);

#[derive(Debug)]
struct Fallback {
    values: Vec<String>,
    source: &'static str,
}

impl Fallbacks {
    /// Reads the file, if there is one, and the variables with old names.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the file.
    pub fn read(
        file: Option<&Path>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let mut fallbacks = BTreeMap::new();
        if let Some(path) = file {
            let known = known_options();
            for (key, values) in file::read(path)? {
                let renamed = RENAMED.iter().find(|it| it.old_name == key);
                let name = renamed.map_or(&*key, |it| it.name).to_owned();
                let file = path.display();
                if !known.contains(&name) {
                    return Err(format!(
                        "the configuration file {file} sets “{key}”, which is not an option\n"
                    ));
                }
                let source = "file";
                let previous = fallbacks.insert(name.clone(), Fallback { values, source });
                if previous.is_some() {
                    return Err(format!(
                        "the configuration file {file} sets “{name}” under two names\n"
                    ));
                }
            }
        }
        for renamed in RENAMED {
            if let Some(value) = variable(renamed.old_variable) {
                let fallback = Fallback {
                    values: vec![value],
                    source: "environment",
                };
                fallbacks.insert(renamed.name.to_owned(), fallback);
            }
        }
        Ok(Self(fallbacks))
    }

    /// Makes these values the defaults of a subcommand that has the options of [`Config`]. So flags
    /// and variables override them, and every value is parsed in the same way.
    pub fn apply(&self, subcommand: Command) -> Command {
        self.0.iter().fold(subcommand, |subcommand, (name, it)| {
            let id = name.replace('-', "_");
            subcommand.mut_arg(id, |option| option.default_values(it.values.clone()))
        })
    }

    /// A table of each option of a subcommand, its value and its source.
    ///
    /// No option is secret: secrets are random, and stored as hashes.
    pub fn table(&self, subcommand: &Command, matches: &ArgMatches) -> String {
        let mut table = String::new();
        for option in subcommand.get_arguments() {
            let id = option.get_id().as_str();
            let Some(long) = option
                .get_long()
                .filter(|long| !matches!(*long, "help" | "version"))
            else {
                continue;
            };
            let values = matches.get_raw(id).into_iter().flatten();
            let value = values
                .map(|value| value.to_string_lossy())
                .collect::<Vec<_>>()
                .join(",");
            let source = match (matches.value_source(id), self.0.get(long)) {
                (Some(ValueSource::CommandLine), _) => "command line",
                (Some(ValueSource::EnvVariable), _) => "environment",
                (_, Some(fallback)) => fallback.source,
                (_, None) => "default",
            };
            // Writing to a string cannot fail.
            let _ = writeln!(table, "{long:28} {value:24} # {source}");
        }
        table
    }
}

/// The long names of the options that a file may set.
fn known_options() -> Vec<String> {
    let command = Config::augment_args(Command::new("serve"));
    let names = command.get_arguments().filter_map(|it| it.get_long());
    names
        .filter(|name| *name != "config")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use tempfile::NamedTempFile;

    use super::*;

    fn file(text: &str) -> NamedTempFile {
        let mut file = NamedTempFile::new().expect("a temporary file");
        file.write_all(text.as_bytes()).expect("writable");
        file
    }

    /// The table with these flags, old variables and file.
    fn table(flags: &[&str], variables: &[(&str, &str)], text: &str) -> String {
        let file = file(text);
        let variable = |name: &str| {
            let mut all = variables.iter();
            all.find(|it| it.0 == name).map(|it| it.1.to_owned())
        };
        let fallbacks = Fallbacks::read(Some(file.path()), variable).expect("a valid file");
        let command = fallbacks.apply(Config::augment_args(Command::new("serve")));
        let words = ["serve"].iter().chain(flags);
        let matches = command.clone().try_get_matches_from(words);
        fallbacks.table(&command, &matches.expect("valid options"))
    }

    fn line(table: &str, option: &str) -> String {
        let mut lines = table.lines().map(|line| line.split_whitespace());
        let found = lines.find_map(|mut words| (words.next() == Some(option)).then_some(words));
        found.expect(option).collect::<Vec<_>>().join(" ")
    }

    fn problem(text: &str) -> String {
        let file = file(text);
        let read = Fallbacks::read(Some(file.path()), |_| None);
        read.expect_err("it is refused")
    }

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
        let text = "listen = \"127.0.0.1:4000\"\nmessages-per-second = 5\nguests = false\nallow-origin = [\"https://a.example\", \"https://b.example\"]\n";
        let table = table(&["--messages-per-second", "7"], &[], text);
        assert_eq!(line(&table, "listen"), "127.0.0.1:4000 # file");
        assert_eq!(line(&table, "messages-per-second"), "7 # command line");
        assert_eq!(line(&table, "guests"), "false # file");
        assert_eq!(
            line(&table, "allow-origin"),
            "https://a.example,https://b.example # file"
        );
        assert_eq!(line(&table, "data"), "./parlor-data # default");
    }

    #[test]
    fn old_names_work_and_the_new_name_is_shown() {
        for renamed in RENAMED {
            let name = renamed.name;
            let old_flag = format!("--{}", renamed.old_name);
            let old_line = format!("{} = 5\n", renamed.old_name);
            let new_line = format!("{name} = 6\n");
            let (flags, variables) = ([&*old_flag, "8"], [(renamed.old_variable, "7")]);
            for (flags, variables, text, expected) in [
                (&flags[..0], &variables[..0], &old_line, "5 # file"),
                (&flags[..0], &variables[..0], &new_line, "6 # file"),
                (&flags[..0], &variables[..], &new_line, "7 # environment"),
                (&flags[..], &variables[..], &new_line, "8 # command line"),
            ] {
                let table = table(flags, variables, text);
                assert_eq!(line(&table, name), expected);
                assert!(!table.contains(renamed.old_name), "{table}");
            }
            let problem = problem(&format!("{old_line}{new_line}"));
            assert!(problem.contains("two names"), "{problem}");
        }
    }

    #[test]
    fn an_unknown_option_in_the_file_is_an_error_that_names_it() {
        for name in ["colour", "config"] {
            let problem = problem(&format!("{name} = \"red\"\n"));
            assert!(problem.contains(name), "{problem}");
        }
    }
}
