//! The OpenAPI 3.1 description of the API: paths from the route functions (utoipa), schemas from core's types
//! (schemars).

use super::packed_json::PackedJson;
use axum::http::HeaderMap;
use axum::response::Response;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use stageplay_core::api;
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Stageplay",
        description = "Builds Dockerfiles on a real container engine, for comparison with the simulation."
    ),
    paths(
        super::routes::engine,
        super::routes::submit,
        super::routes::status,
        super::routes::cancel,
        super::event_stream::events,
        super::image_download::image,
        super::image_facts::facts,
        super::routes::healthz,
        super::routes::readyz,
        super::routes::metrics,
        openapi
    )
)]
struct Paths;

/// Returns this OpenAPI description. It needs no token, so it is made once.
#[utoipa::path(get, path = "/api/openapi.json", tag = "operation", responses((status = 200, description = "OpenAPI 3.1 as JSON")))]
pub(super) async fn openapi(headers: HeaderMap) -> Response {
    static DOCUMENT: LazyLock<PackedJson> = LazyLock::new(|| PackedJson::of(&document()));
    DOCUMENT.response(&headers)
}

/// Builds the whole OpenAPI document.
pub fn document() -> Value {
    let mut paths = Paths::openapi();
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "The server prints the token when it starts. Its page contains it in <meta name=\"stageplay-token\">.",
        ))
        .build();
    paths.components.get_or_insert_default().add_security_scheme("token", SecurityScheme::Http(token));
    let mut document = serde_json::to_value(&paths).unwrap_or_default();
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    generator.subschema_for::<api::BuildRequest>();
    generator.subschema_for::<api::Accepted>();
    generator.subschema_for::<api::BuildStatus>();
    generator.subschema_for::<api::EngineReport>();
    generator.subschema_for::<api::Event>();
    let mut schemas = generator.take_definitions(true);
    // OpenAPI 3.1 cannot describe an event stream. This schema describes one event.
    let frame = serde_json::json!({
        "type": "object",
        "description": "One server-sent event.",
        "required": ["id", "event", "data"],
        "properties": {
            "id": { "type": "string", "description": "The number of the event, from 1." },
            "event": { "type": "string", "description": "The type of the event." },
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": { "$ref": "#/components/schemas/Event" }
            }
        }
    });
    schemas.insert("EventFrame".into(), frame);
    if let Some(components) = document.get_mut("components") {
        components["schemas"] = Value::Object(schemas);
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_to_a_schema() {
        let document = document();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        let text = document.to_string();
        let mut count = 0;
        for part in text.split("\"$ref\":\"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
            count += 1;
        }
        assert!(count > 10);
        for path in
            ["/api/engine", "/api/builds", "/api/builds/{id}", "/api/builds/{id}/events", "/healthz", "/metrics"]
        {
            assert!(document["paths"][path].is_object(), "{path}");
        }
    }
}
