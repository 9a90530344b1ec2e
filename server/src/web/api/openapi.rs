//! The description of the API: an OpenAPI 3.1 document for bots, and an HTML page for people.

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

use super::{announce, messages, problem::ProblemDetails, rooms};

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
    components(schemas(ProblemDetails)),
    modifiers(&SecurityAndErrors),
)]
struct Api;

/// Adds the security scheme, and the error response of every operation.
struct SecurityAndErrors;

impl Modify for SecurityAndErrors {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = api.components.get_or_insert_with(Components::new);
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        for path in api.paths.paths.values_mut() {
            let operations = [&mut path.get, &mut path.post].into_iter().flatten();
            operations.for_each(add_error_response);
        }
    }
}

fn add_error_response(operation: &mut Operation) {
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
    // The schema of a message is generated from the wire types.
    let schemas = &mut document["components"]["schemas"];
    schemas["HistoryPage"]["properties"]["messages"]["items"] =
        json!({ "$ref": "#/components/schemas/Message" });
    if let Value::Object(definitions) = protocol::schema::message("/components/schemas") {
        for (name, definition) in definitions {
            schemas[name] = definition;
        }
    }
    document
});

/// `GET /api/v1/openapi.json`
pub async fn document() -> Json<&'static Value> {
    Json(&DOCUMENT)
}

/// `GET /api/v1/`: the HTML page.
pub async fn page() -> impl IntoResponse {
    static PAGE: LazyLock<String> = LazyLock::new(|| render_page(&DOCUMENT));
    let policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";
    (
        [(header::CONTENT_SECURITY_POLICY, policy)],
        Html(PAGE.as_str()),
    )
}

/// `GET /api/v1/page.css`: the style sheet of the HTML page.
pub async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css")],
        include_str!("../../../../style/api.css"),
    )
}

/// The example at the top of the page.
const EXAMPLE: &str = "curl -H 'Authorization: Bearer …' -d '{\"text\":\"The build passed.\"}' \\\n     \
                       http://localhost:3000/api/v1/rooms/ops/messages";

fn render_page(document: &Value) -> String {
    let info = &document["info"];
    let title = to_html(&info["title"]);
    let mut html = format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} HTTP API</title><link rel=\"stylesheet\" href=\"/api/v1/page.css\">\
         <main><h1>{title} HTTP API</h1><p>{about}</p><pre>{example}</pre>\
         <p>OpenAPI description: <a href=\"/api/v1/openapi.json\">openapi.json</a></p>",
        about = to_html(&info["description"]),
        example = escape_html(EXAMPLE),
    );
    let base = to_html(&document["servers"][0]["url"]);
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, operations)| {
        let operations = operations.as_object().into_iter().flatten();
        operations.map(move |(method, operation)| (path, method, operation))
    });
    // `write!` to a string never fails.
    for (path, method, operation) in operations {
        let _ = write!(
            html,
            "<section><h2><code>{} {base}{}</code></h2><p>{} {}</p>",
            method.to_uppercase(),
            escape_html(path),
            to_html(&operation["summary"]),
            to_html(&operation["description"]),
        );
        let scopes = operation["security"][0]["token"].as_array();
        for scope in scopes.into_iter().flatten() {
            let _ = write!(
                html,
                "<p>Required token permission: <code>{}</code></p>",
                to_html(scope)
            );
        }
        let mut request = String::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = to_html(&parameter["name"]);
            let location = to_html(&parameter["in"]);
            request.push_str(&field_html(&name, &location, &parameter["description"]));
        }
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        request.push_str(&schema_html(document, body, "body"));
        if !request.is_empty() {
            let _ = write!(html, "<h3>Request</h3><dl>{request}</dl>");
        }
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let response = schema_html(document, schema, "");
        let _ = write!(html, "<h3>Response</h3><dl>{response}</dl></section>");
    }
    html.push_str("</main></html>");
    html
}

/// The fields of a schema, as terms of a description list.
fn schema_html(document: &Value, schema: &Value, location: &str) -> String {
    let fields = properties(document, schema).into_iter();
    fields
        .map(|(name, field)| field_html(&escape_html(name), location, &field["description"]))
        .collect()
}

fn field_html(name: &str, location: &str, description: &Value) -> String {
    let description = to_html(description);
    format!("<dt><code>{name}</code> <span>{location}</span></dt><dd>{description}</dd>")
}

/// A description as HTML. Text between backticks becomes `<code>`.
fn to_html(text: &Value) -> String {
    let text = escape_html(text.as_str().unwrap_or_default());
    let parts = text.split('`').enumerate();
    parts
        .map(|(nth, part)| match nth % 2 {
            0 => part.to_owned(),
            _ => format!("<code>{part}</code>"),
        })
        .collect()
}

/// The fields of the schema that `schema` refers to, with their schemas.
fn properties<'a>(document: &'a Value, schema: &Value) -> Vec<(&'a String, &'a Value)> {
    let name = schema["$ref"].as_str().and_then(|it| it.rsplit('/').next());
    let schema = name.map(|name| &document["components"]["schemas"][name]["properties"]);
    let fields = schema.and_then(Value::as_object);
    fields.into_iter().flatten().collect()
}

fn escape_html(text: &str) -> String {
    let mut html = String::new();
    escape(&mut html, text);
    html
}
