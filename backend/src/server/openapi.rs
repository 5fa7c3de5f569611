//! The API as OpenAPI 3.1: paths from the routes (utoipa), schemas from core's types (schemars).

use schemars::generate::SchemaSettings;
use serde_json::Value;
use stageplay_core::api;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

/// Names under which the routes speak of core's types; the schemas are put in behind them.
pub(super) mod refs {
    macro_rules! refs {
        ($($name:ident),*) => { $(
            pub(in crate::server) struct $name;
            impl utoipa::PartialSchema for $name {
                fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                    utoipa::openapi::Ref::from_schema_name(stringify!($name)).into()
                }
            }
            impl utoipa::ToSchema for $name {
                fn name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }
            }
        )* };
    }
    refs!(BuildRequest, Accepted, BuildStatus, Problem, EngineReport, EventFrame);
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Stageplay", description = "Real container builds beside their simulation."),
    paths(
        super::routes::engine,
        super::routes::submit,
        super::routes::status,
        super::routes::cancel,
        super::routes::events,
        super::routes::image,
        super::routes::facts,
        super::routes::healthz,
        super::routes::readyz,
        super::routes::metrics,
        super::routes::openapi
    )
)]
struct Paths;

/// The whole document.
pub fn document() -> Value {
    let mut paths = Paths::openapi();
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("Printed when the server starts; its page holds it in <meta name=\"stageplay-token\">."))
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
    // OpenAPI 3.1 has no word for a stream: this is what one event of it is made of.
    let frame = serde_json::json!({
        "type": "object",
        "description": "One event of the stream.",
        "required": ["id", "event", "data"],
        "properties": {
            "id": { "type": "string", "description": "Its number, from 1." },
            "event": { "type": "string", "description": "Its type." },
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
