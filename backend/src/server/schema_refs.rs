//! Stand-ins for core's API types in the route descriptions. Each refers to a schema of the same name, which
//! `openapi` adds to the document.

macro_rules! schema_refs {
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

schema_refs!(BuildRequest, Accepted, BuildStatus, Problem, EngineReport, EventFrame);
