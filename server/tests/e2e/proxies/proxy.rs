//! Real proxies with the configurations of `examples/proxies`, in which only addresses and the
//! paths of certificates are replaced.

use std::{
    fs::File,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::{python_env, test_ca::TestCa};

/// The name of the example configurations.
pub const NAME: &str = "chat.example.org";

/// The address of Parlor in them.
const UPSTREAM: &str = "127.0.0.1:3000";

/// How often to ask whether a proxy is ready. They do not all say so.
const PAUSE: Duration = Duration::from_millis(20);

/// Starts a proxy in a place.
pub type Start = fn(&Place) -> Command;

/// Where a proxy listens, what it is in front of, and its files.
pub struct Place {
    pub ca: TestCa,
    pub https_port: u16,
    pub http_port: u16,
    /// `ADDRESS:PORT` or `unix:PATH`.
    pub upstream: String,
    folder: TempDir,
}

impl Place {
    /// A place with free ports, in front of nothing yet.
    pub fn new() -> Self {
        let free = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
        let ports = free.map(|it| it.local_addr().expect("an address").port());
        Self {
            ca: TestCa::new(),
            https_port: ports[0],
            http_port: ports[1],
            upstream: String::new(),
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// The URL that people open.
    pub fn url(&self) -> String {
        format!("https://{NAME}:{}", self.https_port)
    }

    /// Requests a path at one of the two ports with curl, which prints this of the answer.
    pub fn curl(&self, port: u16, path: &str, format: &str) -> String {
        let scheme = if port == self.https_port {
            "https"
        } else {
            "http"
        };
        let mut command = Command::new("curl");
        command
            .args(["--silent", "--output", "/dev/null", "--noproxy", "*"])
            .args(["--http2", "--write-out", format, "--cacert"])
            .arg(self.ca.root())
            .args(["--resolve", &format!("{NAME}:{port}:127.0.0.1")])
            .arg(format!("{scheme}://{NAME}:{port}{path}"));
        let output = command.output().expect("curl is installed");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Whether the proxy has read its configuration, and reaches the server.
    fn is_ready(&self) -> bool {
        !self.curl(self.http_port, "/", "%{redirect_url}").is_empty()
            && self.curl(self.https_port, "/healthz", "%{http_code}") == "200"
    }

    /// Where the proxy accepts TLS.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.https_port))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.file(name);
        std::fs::write(&path, content).expect("writable");
        path
    }

    /// The upstream, if `unix` is how the proxy writes the beginning of a socket's path.
    fn upstream(&self, unix: &str) -> String {
        self.upstream.replacen("unix:", unix, 1)
    }

    /// Writes an example with these replacements. The certificate is replaced in any case.
    fn example(&self, name: &str, replacements: &[(&str, String)]) -> PathBuf {
        let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/proxies");
        let example = std::fs::read_to_string(Path::new(examples).join(name));
        let mut content = example.expect("an example");
        for (from, to) in replacements {
            assert!(content.contains(from), "{name} has no {from:?}");
            content = content.replace(from, to);
        }
        for (from, to) in [
            (
                "/etc/ssl/parlor/cert.pem",
                text(&self.ca.certificate_file()),
            ),
            ("/etc/ssl/parlor/key.pem", text(&self.ca.key_file())),
        ] {
            content = content.replace(from, &to);
        }
        self.write(name, &content)
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// nginx, from Debian.
pub fn nginx(place: &Place) -> Command {
    let site = place.example(
        "nginx.conf",
        &[
            (UPSTREAM, place.upstream("unix:")),
            (
                "listen 80;",
                format!("listen 127.0.0.1:{};", place.http_port),
            ),
            (
                "listen 443 ssl",
                format!("listen 127.0.0.1:{} ssl", place.https_port),
            ),
        ],
    );
    // What Debian's /etc/nginx/nginx.conf has around a site, in one process and one folder.
    let folder = place.folder.path().display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|it| format!("{it}_temp_path {folder}/{it};\n"));
    let main = place.write(
        "main.conf",
        &format!(
            "daemon off; master_process off; pid {folder}/pid; error_log stderr;\n\
             events {{}}\nhttp {{ access_log off;\n{}include {}; }}\n",
            temporary.concat(),
            site.display()
        ),
    );
    let mut command = Command::new(installed("nginx"));
    command.arg("-c").arg(main).args(["-e", "stderr"]);
    command
}

/// HAProxy, from Debian.
pub fn haproxy(place: &Place) -> Command {
    let read = |path| std::fs::read_to_string(path).expect("a file");
    let (certificate, key) = (place.ca.certificate_file(), place.ca.key_file());
    let combined = place.write("combined.pem", &[read(certificate), read(key)].concat());
    let config = place.example(
        "haproxy.cfg",
        &[
            (UPSTREAM, place.upstream("unix@")),
            (
                "bind :80\n",
                format!("bind 127.0.0.1:{}\n", place.http_port),
            ),
            ("bind :443", format!("bind 127.0.0.1:{}", place.https_port)),
            ("/etc/ssl/parlor/combined.pem", text(&combined)),
        ],
    );
    let mut command = Command::new(installed("haproxy"));
    command.arg("-db").arg("-f").arg(config);
    command
}

/// Caddy, from PyPI.
pub fn caddy(place: &Place) -> Command {
    let admin = place.file("admin.sock");
    let config = place.example(
        "Caddyfile",
        &[
            (UPSTREAM, place.upstream("unix/")),
            (
                "http_port 80",
                format!(
                    "default_bind 127.0.0.1\n\tadmin unix/{}\n\thttp_port {}",
                    admin.display(),
                    place.http_port
                ),
            ),
            ("https_port 443", format!("https_port {}", place.https_port)),
        ],
    );
    let mut command = Command::new(from_pypi("caddy"));
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(config)
        .env("HOME", place.folder.path())
        .env("XDG_CONFIG_HOME", place.folder.path())
        .env("XDG_DATA_HOME", place.folder.path());
    command
}

/// Traefik, from PyPI.
pub fn traefik(place: &Place) -> Command {
    let dynamic = place.example("traefik-parlor.yml", &[(UPSTREAM, place.upstream.clone())]);
    let config = place.example(
        "traefik.yml",
        &[
            ("\":80\"", format!("\"127.0.0.1:{}\"", place.http_port)),
            ("\":443\"", format!("\"127.0.0.1:{}\"", place.https_port)),
            ("/etc/traefik/parlor.yml", text(&dynamic)),
        ],
    );
    let mut command = Command::new(from_pypi("traefik"));
    command.arg(format!("--configFile={}", config.display()));
    command
}

/// A program of the operating system. Debian puts it where only root looks.
fn installed(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path);
    let folders = folders.chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let mut candidates = folders.map(|folder| folder.join(name));
    let found = candidates.find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!(
            "{name} is missing. On Debian, this command installs it: sudo apt-get install \
             --no-install-recommends {name}"
        )
    })
}

fn from_pypi(name: &str) -> PathBuf {
    python_env::with_pinned("proxies", "tests/e2e/proxies/requirements.txt").join(name)
}

/// A running proxy, which is killed when it is dropped.
pub struct Proxy {
    child: Child,
    log: PathBuf,
}

impl Proxy {
    /// Starts a proxy, and waits until it is ready. None if another program took its ports.
    pub fn start(start: Start, place: &Place) -> Option<Self> {
        let log = place.file("log");
        let file = File::create(&log).expect("a file");
        let mut command = start(place);
        let child = command
            .stdout(file.try_clone().expect("a file"))
            .stderr(file)
            .stdin(Stdio::null())
            .spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut proxy = Self { child, log };
        while !place.is_ready() {
            if proxy.child.try_wait().expect("a child").is_some() {
                let log = proxy.log();
                let is_taken = ["in use", "cannot bind", "Address already"];
                assert!(is_taken.iter().any(|it| log.contains(it)), "{log}");
                return None;
            }
            std::thread::sleep(PAUSE);
        }
        Some(proxy)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Fails only if the process has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            println!("the proxy's log: {}", self.log());
        }
    }
}
