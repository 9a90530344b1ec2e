//! Outgoing TLS connections: a certificate is trusted if the system trusts it.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::{
    client::Client,
    outgoing_webhooks::Receiver,
    server::{Server, parlor},
};

/// A proxy that terminates TLS with a self-signed certificate. It is killed when it is dropped.
struct Proxy {
    folder: TempDir,
    child: Child,
    url: String,
}

impl Proxy {
    fn before(address: SocketAddr) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str| folder.path().join(name);
        let made = Command::new("openssl")
            .args([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            ])
            .args([
                "-subj",
                "/CN=parlor",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
            ])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-keyout".as_ref(), file("key.pem").as_os_str()])
            .args(["-out".as_ref(), file("cert.pem").as_os_str()])
            .output()
            .expect("openssl is installed");
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/tls/tls_proxy.py");
        let mut child = Command::new("python3")
            .arg(script)
            .args([file("cert.pem"), file("key.pem")])
            .args([address.ip().to_string(), address.port().to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3 is installed");
        let mut port = String::new();
        let output = child.stdout.take().expect("piped");
        BufReader::new(output).read_line(&mut port).expect("a port");
        Self {
            url: format!("https://127.0.0.1:{}", port.trim()),
            folder,
            child,
        }
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Fails only if the process has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn parlor_send_connects_through_a_tls_proxy_if_it_trusts_the_certificate() {
    let server = Server::start();
    let proxy = Proxy::before(server.address);
    let send = |trusts: bool| {
        let mut command = parlor();
        command.args([
            "send", "--url", &proxy.url, "--nick", "Toto", "--room", "tea", "hello",
        ]);
        if trusts {
            command.env("SSL_CERT_FILE", proxy.certificate());
        }
        command.output().expect("parlor runs")
    };
    let untrusted = send(false);
    assert_eq!(untrusted.status.code(), Some(3));
    let why = String::from_utf8_lossy(&untrusted.stderr).into_owned();
    assert!(why.contains("certificate"), "{why}");
    let sent = send(true);
    assert_eq!(
        sent.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&sent.stderr)
    );
    assert_eq!(server.logs()["tea"][0].text, "hello");
}

#[tokio::test]
async fn an_outgoing_webhook_delivers_over_tls_if_the_server_trusts_the_certificate() {
    let mut receiver = Receiver::open(&[]).await;
    let address = receiver
        .url
        .trim_start_matches("http://")
        .trim_end_matches("/in");
    let proxy = Proxy::before(address.parse().expect("an address"));
    let trusted = vec![("SSL_CERT_FILE", proxy.certificate().into())];
    let server = Server::with_env(&[], trusted);
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let create = [
        "outgoing",
        "create",
        "--name",
        "mirror",
        "--room",
        "ops",
        "--allow-private",
    ];
    server.command_output(&[&create[..], &["--url", &proxy.url]].concat());
    anna.post("ops", "a", "over TLS").await;
    assert_eq!(receiver.texts(1).await, ["over TLS"]);
}
