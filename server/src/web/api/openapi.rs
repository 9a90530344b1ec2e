//! The API's own description: OpenAPI 3.1 for bots, and a page of it for people.

use std::{fmt::Write as _, sync::LazyLock};

use app::html_builder::escape;
use axum::{
    Json,
    http::header,
    response::{Html, IntoResponse},
};
use serde_json::{Value, json};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Components, Content, Ref, ResponseBuilder,
        path::Operation,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{announce, messages, problem::Details, rooms};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Parlor",
        description = "The HTTP API for bots and integrations. Create a token with `parlor token create` \
                       and send it as `Authorization: Bearer …`. A message is on disk once its request \
                       returns 200. Errors use the same codes as the WebSocket protocol.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/api/v1")),
    paths(
        messages::to_room,
        messages::history,
        messages::to_user,
        announce::announce,
        rooms::rooms,
        rooms::people_in,
        rooms::people,
    ),
    components(schemas(Details)),
    modifiers(&Common),
)]
struct Api;

/// What holds for each operation.
struct Common;

impl Modify for Common {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = api.components.get_or_insert_with(Components::new);
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        for path in api.paths.paths.values_mut() {
            let operations = [&mut path.get, &mut path.post].into_iter().flatten();
            operations.for_each(may_be_refused);
        }
    }
}

fn may_be_refused(operation: &mut Operation) {
    let problem = Content::new(Some(Ref::from_schema_name("Problem")));
    let refusal = ResponseBuilder::new()
        .description("The request failed: `code` and `detail` say why (RFC 9457)")
        .content("application/problem+json", problem)
        .build();
    let responses = &mut operation.responses.responses;
    responses.insert("default".to_owned(), refusal.into());
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = serde_json::to_value(Api::openapi()).expect("a document is plain data");
    // What a message is, say the wire types themselves.
    let schemas = &mut document["components"]["schemas"];
    schemas["Past"]["properties"]["messages"]["items"] =
        json!({ "$ref": "#/components/schemas/Message" });
    if let Value::Object(definitions) = protocol::schema::message("/components/schemas") {
        for (name, definition) in definitions {
            schemas[name] = definition;
        }
    }
    document
});

/// The description for bots.
pub async fn document() -> Json<&'static Value> {
    Json(&DOCUMENT)
}

/// The description for people.
pub async fn page() -> impl IntoResponse {
    static PAGE: LazyLock<String> = LazyLock::new(|| draw(&DOCUMENT));
    let policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";
    (
        [(header::CONTENT_SECURITY_POLICY, policy)],
        Html(PAGE.as_str()),
    )
}

/// How that looks.
pub async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css")],
        include_str!("../../../../style/api.css"),
    )
}

/// What one tries first.
const EXAMPLE: &str = "curl -H 'Authorization: Bearer …' -d '{\"text\":\"The build passed.\"}' \\\n     \
                       http://localhost:3000/api/v1/rooms/ops/messages";

fn draw(document: &Value) -> String {
    let info = &document["info"];
    let title = prose(&info["title"]);
    let mut html = format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} HTTP API</title><link rel=\"stylesheet\" href=\"/api/v1/page.css\">\
         <main><h1>{title} HTTP API</h1><p>{about}</p><pre>{example}</pre>\
         <p>OpenAPI description: <a href=\"/api/v1/openapi.json\">openapi.json</a></p>",
        about = prose(&info["description"]),
        example = escaped(EXAMPLE),
    );
    let base = prose(&document["servers"][0]["url"]);
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, operations)| {
        let operations = operations.as_object().into_iter().flatten();
        operations.map(move |(method, operation)| (path, method, operation))
    });
    // Writing to a string cannot fail.
    for (path, method, operation) in operations {
        let _ = write!(
            html,
            "<section><h2><code>{} {base}{}</code></h2><p>{} {}</p>",
            method.to_uppercase(),
            escaped(path),
            prose(&operation["summary"]),
            prose(&operation["description"]),
        );
        let scopes = operation["security"][0]["token"].as_array();
        for scope in scopes.into_iter().flatten() {
            let _ = write!(
                html,
                "<p>Required token permission: <code>{}</code></p>",
                prose(scope)
            );
        }
        let mut asked = String::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let (name, place) = (prose(&parameter["name"]), prose(&parameter["in"]));
            asked.push_str(&term(&name, &place, &parameter["description"]));
        }
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        asked.push_str(&fields(document, body, "body"));
        if !asked.is_empty() {
            let _ = write!(html, "<h3>Request</h3><dl>{asked}</dl>");
        }
        let answer = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let answered = fields(document, answer, "");
        let _ = write!(html, "<h3>Response</h3><dl>{answered}</dl></section>");
    }
    html.push_str("</main></html>");
    html
}

fn fields(document: &Value, schema: &Value, place: &str) -> String {
    let fields = properties(document, schema).into_iter();
    fields
        .map(|(name, field)| term(&escaped(name), place, &field["description"]))
        .collect()
}

fn term(name: &str, place: &str, about: &Value) -> String {
    let about = prose(about);
    format!("<dt><code>{name}</code> <span>{place}</span></dt><dd>{about}</dd>")
}

/// A text as HTML; what stands between backticks is code.
fn prose(text: &Value) -> String {
    let text = escaped(text.as_str().unwrap_or_default());
    let parts = text.split('`').enumerate();
    parts
        .map(|(nth, part)| match nth % 2 {
            0 => part.to_owned(),
            _ => format!("<code>{part}</code>"),
        })
        .collect()
}

/// The fields of what a schema refers to.
fn properties<'a>(document: &'a Value, schema: &Value) -> Vec<(&'a String, &'a Value)> {
    let name = schema["$ref"].as_str().and_then(|it| it.rsplit('/').next());
    let schema = name.map(|name| &document["components"]["schemas"][name]["properties"]);
    let fields = schema.and_then(Value::as_object);
    fields.into_iter().flatten().collect()
}

fn escaped(text: &str) -> String {
    let mut html = String::new();
    escape(&mut html, text);
    html
}
