//! The data directory belongs to its owner alone: whatever the umask, whatever was there before,
//! and whoever has put links into it.

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    io::{BufRead, BufReader},
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::{Command, Stdio},
};

use crate::server::{Server, expect_start_failure, parlor};

/// Runs `parlor` under this umask.
fn parlor_under(umask: &str, data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
        .arg(parlor().get_program())
        .args(words)
        .arg("--data")
        .arg(data);
    command
}

/// The permissions of the directory, under its own name, and of everything in it.
fn permissions(data: &Path) -> BTreeMap<String, u32> {
    let mode = |path: &Path| {
        let found = fs::symlink_metadata(path).expect("it exists");
        let name = path.file_name().expect("a name").to_string_lossy();
        (name.into_owned(), found.permissions().mode() & 0o777)
    };
    let entries = fs::read_dir(data).expect("a directory");
    let entries = entries.map(|entry| mode(&entry.expect("an entry").path()));
    entries.chain([mode(data)]).collect()
}

fn assert_private(data: &Path, expected: &[&str]) {
    let found = permissions(data);
    for name in expected {
        assert!(found.contains_key(*name), "{name} is missing: {found:?}");
    }
    for (name, mode) in found {
        let owner_only = if name == "data" { 0o700 } else { 0o600 };
        assert_eq!(mode, owner_only, "{name}: {mode:o}");
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("changes its permissions");
}

#[test]
fn whatever_the_umask_only_the_owner_can_access_what_a_server_creates() {
    for umask in ["000", "022", "777"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().join("data");
        let mut server = parlor_under(umask, &data, &["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        let output = server.stdout.take().expect("standard output is piped");
        let read = BufReader::new(output).read_line(&mut line);
        read.expect("the server prints a line");
        let files = [
            "parlor.db",
            "parlor.db-wal",
            "parlor.db-shm",
            "parlor.lock",
            "control.sock",
        ];
        assert_private(&data, &files);
        server.kill().expect("a running process");
        server.wait().expect("the process ends");
    }
}

#[test]
fn whatever_the_umask_only_the_owner_can_access_what_a_command_creates() {
    for umask in ["000", "022", "777"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().join("data");
        fs::create_dir(&data).expect("a data directory");
        set_mode(&data, 0o777);
        let output = parlor_under(umask, &data, &["token", "list"]).output();
        assert!(output.expect("it runs").status.success());
        assert_private(&data, &["parlor.db", "parlor.lock"]);
    }
}

#[test]
fn a_directory_and_files_that_others_can_reach_are_restricted_with_a_warning() {
    let mut server = Server::start();
    server.stop("TERM");
    let data = server.data();
    let files = ["parlor.db", "parlor.lock"].map(|name| data.join(name));
    for _ in 0..2 {
        set_mode(&data, 0o755);
        for file in &files {
            set_mode(file, 0o644);
        }
        let output = server.command(&["token", "list"]);
        assert!(output.status.success(), "{output:?}");
        let log = String::from_utf8_lossy(&output.stderr);
        let warnings = log.matches("now only the owner can").count();
        assert_eq!(warnings, 3, "{log}");
        assert_private(&data, &["parlor.db", "parlor.lock"]);
    }
    let quiet = server.command(&["token", "list"]);
    assert!(quiet.stderr.is_empty(), "nothing is left to restrict");
    set_mode(&data, 0o755);
    let server = server.start_again();
    assert_private(&server.data(), &["parlor.db", "control.sock"]);
}

#[test]
fn a_file_that_is_a_symbolic_link_is_refused_and_what_it_leads_to_is_untouched() {
    let mut server = Server::start();
    server.stop("TERM");
    let data = server.data();
    for name in ["parlor.db", "parlor.db-wal", "parlor.db-shm", "parlor.lock"] {
        let (file, elsewhere) = (data.join(name), server.folder.path().join("elsewhere"));
        let before = fs::read(&file).ok();
        if before.is_some() {
            fs::rename(&file, &elsewhere).expect("moves the file");
            set_mode(&elsewhere, 0o644);
        }
        symlink(&elsewhere, &file).expect("a link");
        let (code, stderr) = expect_start_failure(&data);
        assert_eq!(code, Some(2), "{name}");
        let says = |text: &str| {
            let sentence = "follows no symbolic link there";
            text.contains(sentence) && text.contains(name)
        };
        assert!(says(&stderr), "{stderr}");
        assert!(says(&server.command_error(&["token", "list"])));
        assert_eq!(fs::read(&elsewhere).ok(), before, "{name}");
        fs::remove_file(&file).expect("removes the link");
        if before.is_some() {
            let mode = fs::metadata(&elsewhere).expect("a file").permissions();
            assert_eq!(mode.mode() & 0o777, 0o644, "its permissions as well");
            fs::rename(&elsewhere, &file).expect("moves the file back");
        }
    }
    server.start_again();
}

#[test]
fn the_directory_itself_may_be_a_symbolic_link() {
    let mut server = Server::start();
    server.stop("TERM");
    let link = server.folder.path().join("link");
    symlink(server.data(), &link).expect("a link");
    set_mode(&server.data(), 0o755);
    let output = parlor()
        .args(["token", "list", "--data"])
        .arg(&link)
        .output();
    assert!(output.expect("it runs").status.success());
    assert_private(&server.data(), &["parlor.db"]);
}

/// The private keys that ACME needs are in a folder of their own.
#[test]
fn the_folder_of_certificates_and_its_files_are_restricted_and_no_link_in_it_is_followed() {
    let mut server = Server::start();
    server.stop("TERM");
    let folder = server.data().join("acme");
    let key = folder.join("account-x.pem");
    fs::create_dir(&folder).expect("a folder");
    fs::write(&key, "a key").expect("a file");
    set_mode(&folder, 0o755);
    set_mode(&key, 0o644);
    let log = server.command(&["token", "list"]).stderr;
    let log = String::from_utf8_lossy(&log);
    let warnings = log.matches("now only the owner can").count();
    assert_eq!(warnings, 2, "{log}");
    assert_eq!(permissions(&folder)["acme"], 0o700);
    assert_eq!(permissions(&folder)["account-x.pem"], 0o600);

    let elsewhere = server.folder.path().join("elsewhere");
    fs::rename(&key, &elsewhere).expect("moves the file");
    symlink(&elsewhere, &key).expect("a link");
    let says = "follows no symbolic link there";
    assert!(server.command_error(&["token", "list"]).contains(says));
    fs::remove_file(&key).expect("removes the link");
    fs::rename(&folder, server.folder.path().join("keys")).expect("moves the folder");
    symlink(server.folder.path().join("keys"), &folder).expect("a link");
    let (code, stderr) = expect_start_failure(&server.data());
    assert_eq!(code, Some(2));
    assert!(stderr.contains(says), "{stderr}");
}
