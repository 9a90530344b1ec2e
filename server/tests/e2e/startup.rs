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

#[test]
fn parlor_config_tells_what_is_in_force_and_where_from() {
    let output = parlor()
        .args(["config", "--messages-per-second", "5"])
        .env("PARLOR_LISTEN", "127.0.0.1:4444")
        .output()
        .expect("the bot runs");
    let table = String::from_utf8_lossy(&output.stdout);
    let line = |option: &str| {
        let line = table
            .lines()
            .find(|line| line.starts_with(option))
            .unwrap_or_default();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("listen"), "listen 127.0.0.1:4444 # environment");
    assert_eq!(
        line("messages-per-second"),
        "messages-per-second 5 # command line"
    );
    assert_eq!(line("data"), "data ./parlor-data # default");
}
