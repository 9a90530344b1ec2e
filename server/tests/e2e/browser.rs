//! Requests pages as a browser without scripts does, with cookies and forms. Redirects are not
//! followed.

use std::collections::BTreeMap;

use reqwest::{
    Method, Response, StatusCode,
    header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE},
};

use crate::{api_client::http, client::Client, server::Server};

/// A browser and its cookies.
pub struct Browser {
    http: reqwest::Client,
    base: String,
    origin: String,
    /// What a proxy says of the browser.
    forwarded: Vec<(&'static str, String)>,
    pub cookies: BTreeMap<String, String>,
}

/// The response to a page request.
pub struct Page {
    pub status: StatusCode,
    pub location: Option<String>,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Page {
    /// The value of a response header, or an empty text if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("ASCII"))
    }
}

impl Browser {
    pub fn new(server: &Server) -> Self {
        Self::with(http(), &server.url(""))
    }

    /// A browser that reaches the server at this URL by this client.
    pub fn with(http: reqwest::Client, url: &str) -> Self {
        Self {
            http,
            base: url.to_owned(),
            origin: url.to_owned(),
            forwarded: Vec::new(),
            cookies: BTreeMap::new(),
        }
    }

    /// A browser of which a proxy says that it has this address.
    pub fn at(server: &Server, address: &str) -> Self {
        Self {
            forwarded: vec![("X-Forwarded-For", address.to_owned())],
            ..Self::new(server)
        }
    }

    /// A browser of which a proxy says that it uses HTTPS.
    pub fn over_https(server: &Server) -> Self {
        let mut browser = Self::at(server, "203.0.113.7");
        browser.origin = browser.origin.replace("http:", "https:");
        let scheme = ("X-Forwarded-Proto", "https".to_owned());
        browser.forwarded.push(scheme);
        browser
    }

    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.http.get(format!("{}{path}", self.base));
        self.send(request).await
    }

    /// Submits a form from the server's own page.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let origin = self.origin.clone();
        self.post_from(path, fields, Some(&origin)).await
    }

    /// Submits a form from a page of this origin, or without an `Origin` header.
    pub async fn post_from(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        origin: Option<&str>,
    ) -> Page {
        let body = serde_urlencoded::to_string(fields).expect("fields are text");
        let mut request = self
            .http
            .request(Method::POST, format!("{}{path}", self.base))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        let mut page = self.send(request).await;
        // A new user is redirected twice.
        if let Some(path) = page.location.take_if(|path| path.contains("/signed-in?")) {
            let shown = self.get(&path).await;
            (page.status, page.location) = (shown.status, shown.location);
            page.body = shown.body;
        }
        page
    }

    /// Signs in, and returns the path that the server redirects to.
    pub async fn sign_in(&mut self, nickname: &str, room: &str) -> String {
        let page = self
            .post("/", &[("nickname", nickname), ("room", room)])
            .await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
        page.location.expect("a redirect has a location")
    }

    /// Opens an account slot's socket as the page does: with the cookie, which signs in at once.
    /// Returns the nickname too.
    pub async fn socket(&self, server: &Server, path: &str) -> (Client, String) {
        let cookies = self.cookie_header();
        let forwarded = self.forwarded.iter();
        let headers: Vec<_> = forwarded
            .map(|(name, value)| (*name, value.as_str()))
            .chain([("Cookie", cookies.as_str())])
            .collect();
        let socket = Client::connect_with(server, path, &headers).await;
        let mut socket = socket.expect("the server accepts the socket");
        let nickname = socket.until_welcome().await;
        (socket, nickname)
    }

    /// The `Cookie` header that this browser sends.
    pub fn cookie_header(&self) -> String {
        let pairs = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Page {
        let mut request = request.header(COOKIE, self.cookie_header());
        for (name, value) in &self.forwarded {
            request = request.header(*name, value);
        }
        let response = request.send().await.expect("the server answers");
        self.take_cookies(&response);
        let headers = response.headers().clone();
        let location = headers
            .get(LOCATION)
            .map(|to| to.to_str().expect("ASCII").to_owned());
        Page {
            status: response.status(),
            location,
            headers,
            body: response.text().await.expect("the whole page"),
        }
    }

    fn take_cookies(&mut self, response: &Response) {
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("ASCII");
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("name=value");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
