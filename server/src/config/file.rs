//! The TOML file: the same options under their long names.

use std::{collections::BTreeMap, path::Path};

use clap::Command;

/// Each option's values as text, under its long name.
pub type Values = BTreeMap<String, Vec<String>>;

/// Reads the file. An error is a sentence that names what is wrong.
pub fn read(path: &Path) -> Result<Values, String> {
    let place = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read the configuration file {place}: {error}\n"))?;
    let table: toml::Table = text
        .parse()
        .map_err(|error| format!("the configuration file {place} is not valid TOML: {error}\n"))?;
    let known = known_options();
    table
        .into_iter()
        .map(|(name, value)| {
            if !known.contains(&name) {
                return Err(format!(
                    "the configuration file {place} sets “{name}”, which is not an option\n"
                ));
            }
            let values = match value {
                toml::Value::Array(values) => values.into_iter().map(as_text).collect(),
                value => vec![as_text(value)],
            };
            Ok((name, values))
        })
        .collect()
}

/// The command with the file's values in place of its own defaults.
pub fn with_defaults(command: Command, values: &Values) -> Command {
    let set = |subcommand: Command| {
        values
            .iter()
            .fold(subcommand, |subcommand, (name, values)| {
                let id = name.replace('-', "_");
                subcommand.mut_arg(id, |option| option.default_values(values.clone()))
            })
    };
    command
        .mut_subcommand("serve", set)
        .mut_subcommand("config", set)
}

fn known_options() -> Vec<String> {
    let command = <super::CommandLine as clap::CommandFactory>::command();
    let serve = command.find_subcommand("serve").into_iter();
    serve
        .flat_map(Command::get_arguments)
        .filter_map(|option| option.get_long().map(str::to_owned))
        .filter(|name| name != "config")
        .collect()
}

fn as_text(value: toml::Value) -> String {
    match value {
        toml::Value::String(text) => text,
        other => other.to_string(),
    }
}
