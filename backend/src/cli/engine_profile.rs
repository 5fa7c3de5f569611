//! `--engine` and `--builder` of the simulation.

use super::usage_error::UsageError;
use stageplay_core::engine::{Builder, EngineProfile};
use std::sync::Arc;

/// Finds the engine profile with an id, and the builder with a name. Without a name it is the default builder of the
/// engine.
pub(super) fn find_engine(id: &str, builder: Option<&str>) -> Result<(Arc<EngineProfile>, Builder), UsageError> {
    let known: Vec<&str> = EngineProfile::all().iter().map(|profile| profile.id.as_str()).collect();
    let profile =
        EngineProfile::find(id).ok_or_else(|| format!("unknown engine {id:?}; known are {}", known.join(", ")))?;
    let builder = match builder {
        Some(name) => find_builder(name, &profile.builders(), id)?,
        None => profile.default_builder(),
    };
    Ok((profile, builder))
}

/// Finds a builder by its name among those of an engine.
pub(super) fn find_builder(name: &str, available: &[Builder], engine: &str) -> Result<Builder, UsageError> {
    let names: Vec<&str> = available.iter().map(|builder| builder.as_str()).collect();
    let found = Builder::parse(name).filter(|builder| available.contains(builder));
    found.ok_or_else(|| format!("{engine} has no builder {name:?}; it has {}", names.join(" and ")))
}
