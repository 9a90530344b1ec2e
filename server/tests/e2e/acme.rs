//! `--acme`: a certificate from a certificate authority. The authority is Pebble, the test server
//! of Let's Encrypt, with a DNS server that gives this machine as the answer for every name.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::json;
use tokio::{net::TcpStream, time::timeout};

use crate::{
    client::{Client, TIMEOUT},
    server::Server,
    test_ca::{self, TestCa},
};

const DOMAIN: &str = "chat.example.org";

/// A program that is killed when it is dropped.
struct Program(Child);

impl Program {
    fn start(command: &mut Command) -> Self {
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = quiet.spawn();
        Self(child.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Fails only if the process has already ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that nobody uses at the moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// A certificate authority that validates domains at `tls_port`.
struct Pebble {
    ca: TestCa,
    folder: tempfile::TempDir,
    acme_port: u16,
    management_port: u16,
    running: Vec<Program>,
}

impl Pebble {
    /// Chooses the addresses, and starts nothing yet.
    fn new() -> Self {
        Self {
            ca: TestCa::new(),
            folder: tempfile::tempdir().expect("a temporary folder"),
            acme_port: free_port(),
            management_port: free_port(),
            running: Vec::new(),
        }
    }

    fn options(&self) -> Vec<String> {
        let root = self.ca.root().to_str().expect("UTF-8").to_owned();
        let directory = format!("https://127.0.0.1:{}/dir", self.acme_port);
        [
            ["--acme", DOMAIN],
            ["--acme-contact", "admin@example.org"],
            ["--acme-directory", &directory],
            ["--acme-ca", &root],
        ]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect()
    }

    fn start(&mut self, tls_port: u16) {
        let local = |port: u16| format!("127.0.0.1:{port}");
        let dns = local(free_port());
        let names = Program::start(
            Command::new("pebble-challtestsrv")
                .args([
                    "-dns01",
                    &dns,
                    "-defaultIPv4",
                    "127.0.0.1",
                    "-defaultIPv6",
                    "",
                ])
                .args(["-http01", "", "-https01", "", "-tlsalpn01", ""])
                .args(["-management", &local(free_port())]),
        );
        let config = json!({ "pebble": {
            "listenAddress": local(self.acme_port),
            "managementListenAddress": local(self.management_port),
            "certificate": self.ca.certificate_file(),
            "privateKey": self.ca.key_file(),
            "httpPort": free_port(),
            "tlsPort": tls_port,
        }});
        let path = self.folder.path().join("config.json");
        fs::write(&path, config.to_string()).expect("writable");
        let authority = Program::start(
            Command::new("pebble")
                .args(["-dnsserver", &dns, "-config"])
                .arg(path)
                // It would wait and fail at random.
                .env("PEBBLE_VA_NOSLEEP", "1")
                .env("PEBBLE_WFE_NONCEREJECT", "0"),
        );
        self.running = vec![names, authority];
    }

    /// A file with the root of the certificates that it issues. It is another one at each start.
    fn root(&self) -> PathBuf {
        let path = self.folder.path().join("root.pem");
        let url = format!("https://127.0.0.1:{}/roots/0", self.management_port);
        loop {
            let downloaded = Command::new("curl")
                .args(["--silent", "--fail", "--noproxy", "*", "--cacert"])
                .arg(self.ca.root())
                .arg("--output")
                .args([path.as_os_str(), url.as_ref()])
                .status();
            if downloaded.expect("curl is installed").success() {
                return path;
            }
        }
    }
}

/// Connects until the server has a certificate of this authority, and opens a WebSocket.
async fn connect(server: &Server, root: &Path) -> Client {
    let connected = async {
        loop {
            let stream = TcpStream::connect(server.address).await;
            let stream = stream.expect("a connection");
            if let Ok(stream) = test_ca::connect(root, stream, DOMAIN).await {
                return stream;
            }
        }
    };
    let stream = timeout(TIMEOUT, connected)
        .await
        .expect("a certificate in time");
    let url = format!("wss://{DOMAIN}:{}/ws", server.address.port());
    let opened = Client::connect_over(stream, &url, &[]).await;
    opened.expect("the server accepts the socket")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it exists").permissions().mode() & 0o777
}

#[tokio::test]
async fn the_server_gets_its_certificate_from_an_authority_and_keeps_it() {
    let mut pebble = Pebble::new();
    let options = pebble.options();
    let options: Vec<_> = options.iter().map(|it| &**it).collect();
    // The authority comes later. The server tries again. The domain is a public URL by itself, or
    // the server would not answer at it.
    let server = Server::with(&options);
    assert!(server.url("/").starts_with("https://"));
    pebble.start(server.address.port());
    let root = pebble.root();
    let mut anna = connect(&server, &root).await.sign_in_as("Anna").await;
    anna.join("tea").await;
    assert_eq!(anna.post("tea", "1", "hello").await.seq, 1);

    // Without the authority, the stored certificate is used.
    pebble.running.clear();
    let server = server.stop_and_restart();
    connect(&server, &root).await.sign_in_as("Ben").await;
    let folder = server.data().join("acme");
    assert_eq!(mode(&folder), 0o700);
    let files = fs::read_dir(&folder).expect("a folder");
    let files: Vec<_> = files.map(|it| it.expect("readable").path()).collect();
    assert_eq!(files.len(), 2, "an account and a certificate: {files:?}");
    assert!(files.iter().all(|file| mode(file) == 0o600));
}
