//! `stageplay schema`: the JSON Schema of forms that others rely on.

use super::output::print;
use super::usage_error::UsageError;
use clap::ValueEnum;

/// A form with a schema.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Form {
    /// The output of `build --format json`
    Report,
    /// pack.toml of a pack
    Pack,
    /// index.toml of a collection of packs
    Collection,
}

pub(super) fn run(form: Form) -> Result<u8, UsageError> {
    let schema = match form {
        Form::Report => schemars::schema_for!(stageplay_core::report::BuildReport),
        Form::Pack => schemars::schema_for!(stageplay_core::exercise::Definition),
        Form::Collection => schemars::schema_for!(stageplay_core::exercise::Collection),
    };
    print(&format!("{}\n", serde_json::to_string_pretty(&schema).map_err(|error| error.to_string())?));
    Ok(0)
}
