//! The headers that every answer has, and which pages of other origins may use the API.

use std::collections::BTreeSet;

use parlor::limits::FORM_BYTES;
use protocol::limits;
use reqwest::{Method, Response, header::HeaderMap};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{api_client::http, server::Server};

const PUBLIC: &str = "chat.example.org";
const FRIEND: &str = "https://friend.example";

/// A server, and a client for it.
fn server() -> (Server, reqwest::Client) {
    let public = format!("https://{PUBLIC}");
    let options = ["--public-url", &public, "--allow-origin", FRIEND];
    (Server::with(&options), http())
}

async fn ask(
    server: &(Server, reqwest::Client),
    method: &Method,
    path: &str,
    headers: &[(&str, &str)],
    body: String,
) -> Response {
    let (server, http) = server;
    // A connection ends after a body that was not read.
    let mut request = http
        .request(method.clone(), server.url(path))
        .header("Connection", "close")
        .body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name).map(|value| value.to_str());
    value.map_or("", |value| value.expect("ASCII"))
}

/// Asserts that an answer has all headers.
fn assert_protected(headers: &HeaderMap, is_https: bool, what: &str) {
    for (name, part) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=()"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("cache-control", ""),
    ] {
        let values = headers.get_all(name).iter().count();
        assert_eq!(values, 1, "{what}: {name}");
        let value = header(headers, name);
        assert!(value.contains(part), "{what}: {name}: {value}");
    }
    let https_only = header(headers, "strict-transport-security");
    let expected = if is_https { "max-age=31536000" } else { "" };
    assert_eq!(https_only, expected, "{what}");
}

#[tokio::test]
async fn every_route_answers_every_method_with_all_headers() {
    let server = server();
    let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];
    let mut statuses = BTreeSet::new();
    let paths = parlor::paths().into_iter();
    let parameter = |path: String| {
        let segments = path.split('/').map(|it| match it.starts_with('{') {
            true => "1",
            false => it,
        });
        segments.collect::<Vec<_>>().join("/")
    };
    let paths: Vec<_> = paths.map(parameter).chain(["/nowhere".into()]).collect();
    assert!(paths.len() > 25, "{paths:?}");
    for path in &paths {
        for method in methods.map(|it| Method::from_bytes(it.as_bytes()).expect("a method")) {
            for (host, is_https) in [
                (PUBLIC, true),
                ("127.0.0.1", false),
                ("evil.example", false),
            ] {
                let headers = [("Host", host), ("Origin", "https://chat.example.org")];
                let answer = ask(&server, &method, path, &headers, String::new()).await;
                let what = format!("{method} {path} at {host}: {}", answer.status());
                assert_protected(answer.headers(), is_https, &what);
                if path.starts_with("/api/") || path.starts_with("/hooks/") {
                    let cache = header(answer.headers(), "cache-control");
                    assert_eq!(cache, "no-store", "{what}");
                }
                statuses.insert(answer.status().as_u16());
            }
        }
    }
    for status in [200, 303, 308, 401, 404, 405, 415, 421, 426] {
        assert!(statuses.contains(&status), "{status} of {statuses:?}");
    }
}

#[tokio::test]
async fn errors_and_refusals_have_all_headers() {
    let server = server();
    let (get, post) = (Method::GET, Method::POST);
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let own = ("Origin", "https://chat.example.org");
    let foreign = ("Origin", "https://evil.example");
    let upgrade = [("Upgrade", "websocket"), ("Connection", "upgrade")];
    let long = |bytes| "x".repeat(bytes + 1);
    for (method, path, headers, body, status) in [
        (&post, "/", &[form, own][..], long(FORM_BYTES), 413),
        (&post, "/", &[form, foreign], String::new(), 403),
        (&post, "/", &[own], String::new(), 415),
        (&post, "/hooks/1", &[], long(limits::FRAME_BYTES), 413),
        (
            &post,
            "/api/v1/rooms/tea/messages",
            &[],
            long(limits::FRAME_BYTES),
            401,
        ),
        (&get, "/%ff", &[], String::new(), 404),
        (
            &get,
            "/ws",
            &[upgrade[0], upgrade[1], foreign],
            String::new(),
            403,
        ),
        (
            &get,
            "/ws",
            &[upgrade[0], upgrade[1], own],
            String::new(),
            426,
        ),
        (
            &get,
            "/echo",
            &[upgrade[0], upgrade[1], ("Sec-WebSocket-Version", "13")],
            String::new(),
            400,
        ),
    ] {
        let headers = [headers, &[("Host", PUBLIC)]].concat();
        let answer = ask(&server, method, path, &headers, body).await;
        assert_eq!(answer.status(), status, "{method} {path} {headers:?}");
        assert_protected(answer.headers(), true, &format!("{method} {path} {status}"));
    }
}

/// The HTTP library refuses these before Parlor sees them, and has no words for a browser to
/// misread.
#[tokio::test]
async fn what_is_not_a_request_is_refused_without_a_body() {
    let server = server();
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    for (request, status) in [
        (format!("GET / HTTP/1.1\r\n{many}\r\n"), "431"),
        ("nonsense\r\n\r\n".to_owned(), "400"),
    ] {
        let mut stream = TcpStream::connect(server.0.address)
            .await
            .expect("connects");
        stream.write_all(request.as_bytes()).await.expect("writes");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("reads");
        let answer = String::from_utf8(answer).expect("ASCII");
        let head = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&head), "{answer}");
        assert!(answer.contains("content-length: 0\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn pages_of_allowed_origins_may_use_the_api_and_never_with_credentials() {
    let server = server();
    let token = server
        .0
        .command_output(&["token", "create", "--name", "Bot", "--may", "read"]);
    let bearer = format!("Bearer {}", token.trim());
    for (origin, is_allowed) in [
        (FRIEND, true),
        ("HTTPS://Friend.example:443", true),
        ("https://chat.example.org", true),
        ("https://evil.example", false),
        ("http://friend.example", false),
        ("https://friend.example.evil.example", false),
        ("null", false),
    ] {
        let allowed = if is_allowed { origin } else { "" };
        for path in [
            "/api/v1/rooms",
            "/api/v1/rooms/tea/messages",
            "/api/v1/nowhere",
        ] {
            let preflight = [
                ("Origin", origin),
                ("Access-Control-Request-Method", "POST"),
                (
                    "Access-Control-Request-Headers",
                    "authorization,content-type,idempotency-key",
                ),
            ];
            let answer = ask(&server, &Method::OPTIONS, path, &preflight, String::new()).await;
            assert_eq!(answer.status(), 200, "{origin} {path}");
            let headers = answer.headers();
            assert_eq!(header(headers, "access-control-allow-origin"), allowed);
            assert_eq!(header(headers, "access-control-allow-methods"), "GET,POST");
            let asked = header(headers, "access-control-allow-headers");
            assert_eq!(asked, "authorization,content-type,idempotency-key");
            assert!(!headers.contains_key("access-control-allow-credentials"));
            for authorization in [bearer.as_str(), "Bearer unknown"] {
                let get = [("Origin", origin), ("Authorization", authorization)];
                let answer = ask(&server, &Method::GET, path, &get, String::new()).await;
                let headers = answer.headers();
                assert_eq!(header(headers, "access-control-allow-origin"), allowed);
                assert!(header(headers, "vary").contains("origin"));
                assert!(!headers.contains_key("access-control-allow-credentials"));
            }
        }
        // A page, unlike the API, is only for its own origin.
        let page = [("Origin", origin)];
        let page = ask(&server, &Method::GET, "/", &page, String::new()).await;
        assert!(!page.headers().contains_key("access-control-allow-origin"));
    }
}
