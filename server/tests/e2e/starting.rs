//! From the command line: how it starts, how it ends, and what it says if it cannot.

use std::os::unix::fs::PermissionsExt;

use crate::server::{Server, fails_to_start, parlor};

#[test]
fn it_says_one_line_and_ends_cleanly_on_either_signal() {
    for signal in ["TERM", "INT"] {
        let mut server = Server::open();
        let (status, rest) = server.stop(signal);
        assert_eq!((status.code(), rest.as_str()), (Some(0), ""), "{signal}");
    }
}

#[test]
fn a_folder_in_use_is_left_alone() {
    let server = Server::open();
    let (code, said) = fails_to_start(&server.data());
    assert_eq!(code, Some(2));
    assert!(said.contains("in use by another running Parlor"), "{said}");
    assert!(!said.contains("panicked"));
}

#[test]
fn a_folder_that_cannot_be_written_to_is_told_by_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("data");
    // As root, permissions stop nobody; a file where the folder should be stops everybody.
    std::fs::write(&file, "not a folder").expect("writable");
    let (code, said) = fails_to_start(&file);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("cannot be written to") && said.contains("data"),
        "{said}"
    );
    let (code, said) = fails_to_start(std::path::Path::new("/proc/parlor"));
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn a_folder_of_a_newer_version_is_not_touched() {
    let mut server = Server::open();
    server.stop("TERM");
    let database = rusqlite::Connection::open(server.data().join("parlor.db")).expect("a database");
    database
        .pragma_update(None, "user_version", 999)
        .expect("writable");
    drop(database);
    let (code, said) = fails_to_start(&server.data());
    assert_eq!(code, Some(2));
    assert!(said.contains("newer Parlor"), "{said}");
}

#[test]
fn a_file_that_is_no_database_is_told_as_such() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("parlor.db"), "x".repeat(10_000)).expect("writable");
    let (code, said) = fails_to_start(folder.path());
    assert_eq!(code, Some(2));
    assert!(
        said.contains("cannot be opened") && !said.contains("panicked"),
        "{said}"
    );
}

#[test]
fn the_data_folder_is_for_its_owner_alone() {
    let server = Server::open();
    let mode = std::fs::metadata(server.data())
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

/// The line of an option in the table of `parlor config`.
fn setting(flags: &[&str], variables: &[(&str, &str)], option: &str) -> String {
    let output = parlor()
        .arg("config")
        .args(flags)
        .envs(variables.iter().copied())
        .output()
        .expect("it runs");
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    let table = String::from_utf8_lossy(&output.stdout);
    let mut lines = table.lines().map(str::split_whitespace);
    let line = lines.find_map(|mut words| (words.next() == Some(option)).then_some(words));
    line.expect(option).collect::<Vec<_>>().join(" ")
}

#[test]
fn parlor_config_shows_each_setting_and_its_source() {
    let flags = ["--messages-per-second", "5"];
    let variables = [("PARLOR_LISTEN", "127.0.0.1:4444")];
    for (option, expected) in [
        ("listen", "127.0.0.1:4444 # environment"),
        ("messages-per-second", "5 # command line"),
        ("data", "./parlor-data # default"),
    ] {
        assert_eq!(setting(&flags, &variables, option), expected);
    }
}

#[test]
fn old_names_of_flags_variables_and_file_keys_work() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("parlor.toml");
    let file = file.to_str().expect("UTF-8");
    for (new, old) in [
        ("flush-delay-ms", "linger-ms"),
        ("nickname-reservation-seconds", "hold-seconds"),
        ("bot-reservation-seconds", "program-hold-seconds"),
    ] {
        let variable = |name: &str| format!("PARLOR_{}", name.replace('-', "_").to_uppercase());
        let (new_variable, old_variable) = (variable(new), variable(old));
        let both = [(&*old_variable, "6"), (&*new_variable, "7")];
        let flag = format!("--{old}");
        std::fs::write(file, format!("{old} = 5\n")).expect("writable");
        let flags = ["--config", file, &flag, "8"];
        for (flags, variables, expected) in [
            (&flags[..2], &both[..0], "5 # file"),
            (&flags[..2], &both[..1], "6 # environment"),
            (&flags[..2], &both[..], "7 # environment"),
            (&flags[..], &both[..], "8 # command line"),
        ] {
            assert_eq!(setting(flags, variables, new), expected, "{old}");
        }
    }
}
