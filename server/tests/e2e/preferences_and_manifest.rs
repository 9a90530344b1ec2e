//! The cookies with a device's preferences, and the web app manifest with its icons.

use serde_json::Value;

use crate::{browser::Browser, client::Client, server::Server};

#[tokio::test]
async fn pages_are_served_whatever_the_preference_cookies_contain() {
    let server = Server::start();
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    ben.post("tea", "1", "good morning").await;
    let devices = [
        ("dark", "compact", "-210"),
        ("light", "roomy", "1440"),
        ("pink", "", "1441"),
        ("\"><script>", "💥", "99999999999999999999"),
    ];
    for (n, (theme, density, tz)) in devices.into_iter().enumerate() {
        let mut browser = Browser::new(&server);
        for (name, value) in [("theme", theme), ("density", density), ("tz", tz)] {
            browser.cookies.insert(name.to_owned(), value.to_owned());
        }
        let form = browser.get("/").await;
        assert_eq!(form.status, 200, "{theme}");
        assert!(form.body.contains("name=\"nickname\""));
        assert!(!form.body.contains("\"><script>"));
        assert_eq!(browser.get("/nowhere").await.status, 404, "{theme}");
        let place = browser.sign_in(&format!("Anna {n}"), "tea").await;
        let page = browser.get(&place).await;
        assert_eq!(page.status, 200, "{theme}");
        assert!(page.body.contains("good morning"));
    }
}

#[tokio::test]
async fn the_manifest_and_its_icons_are_served() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    let manifest = browser.get("/manifest.webmanifest").await;
    assert_eq!(manifest.status, 200);
    assert_eq!(manifest.header("content-type"), "application/manifest+json");
    assert_eq!(manifest.header("cache-control"), "public, max-age=86400");
    let manifest: Value = serde_json::from_str(&manifest.body).expect("JSON");
    for (field, value) in [
        ("name", "Parlor"),
        ("short_name", "Parlor"),
        ("start_url", "/"),
        ("display", "standalone"),
    ] {
        assert_eq!(manifest[field], value);
    }
    let icons = manifest["icons"].as_array().expect("a list");
    assert_eq!(icons.len(), 3);
    for icon in icons {
        let source = icon["src"].as_str().expect("a path");
        let answer = reqwest::get(server.url(source)).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{source}");
        let headers = answer.headers();
        assert_eq!(
            headers["content-type"],
            icon["type"].as_str().expect("a type")
        );
        assert_eq!(headers["cache-control"], "public, max-age=86400");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let bytes = answer.bytes().await.expect("the whole icon");
        if icon["type"] == "image/png" {
            // The signature and the size (PNG specification, sections 5.2 and 11.2.1).
            assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "{source}");
            let side = |at: usize| u32::from_be_bytes([0, 1, 2, 3].map(|n| bytes[at + n]));
            let sizes = format!("{}x{}", side(16), side(20));
            assert_eq!(icon["sizes"], sizes.as_str(), "{source}");
        }
    }
}
