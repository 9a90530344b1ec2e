//! Starting and stopping the server from the command line, and the errors when it cannot start.

use crate::server::{Server, expect_start_failure, parlor};

#[test]
fn the_server_prints_one_line_and_stops_cleanly_on_sigterm_and_sigint() {
    for signal in ["TERM", "INT"] {
        let mut server = Server::start();
        let (status, rest) = server.stop(signal);
        assert_eq!((status.code(), rest.as_str()), (Some(0), ""), "{signal}");
    }
}

#[test]
fn a_data_directory_in_use_is_refused() {
    let server = Server::start();
    let (code, stderr) = expect_start_failure(&server.data());
    assert_eq!(code, Some(2));
    assert!(
        stderr.contains("in use by another running Parlor"),
        "{stderr}"
    );
    assert!(!stderr.contains("panicked"));
}

#[test]
fn a_data_directory_that_is_not_writable_is_named_in_the_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("data");
    // Permissions do not stop root. A file in place of the directory does.
    std::fs::write(&file, "not a folder").expect("writable");
    let (code, stderr) = expect_start_failure(&file);
    assert_eq!(code, Some(2));
    assert!(
        stderr.contains("cannot be written to") && stderr.contains("data"),
        "{stderr}"
    );
    let (code, stderr) = expect_start_failure(std::path::Path::new("/proc/parlor"));
    assert_eq!(code, Some(2), "{stderr}");
}

#[test]
fn a_data_directory_of_a_newer_version_is_refused() {
    let mut server = Server::start();
    server.stop("TERM");
    let database = rusqlite::Connection::open(server.data().join("parlor.db")).expect("a database");
    database
        .pragma_update(None, "user_version", 999)
        .expect("writable");
    drop(database);
    let (code, stderr) = expect_start_failure(&server.data());
    assert_eq!(code, Some(2));
    assert!(stderr.contains("newer Parlor"), "{stderr}");
}

#[test]
fn a_file_that_is_not_a_database_is_reported() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("parlor.db"), "x".repeat(10_000)).expect("writable");
    let (code, stderr) = expect_start_failure(folder.path());
    assert_eq!(code, Some(2));
    assert!(
        stderr.contains("cannot be opened") && !stderr.contains("panicked"),
        "{stderr}"
    );
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
fn parlor_config_prints_the_settings_and_their_sources() {
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
