//! Reads TOML files of an image, and looks up values by a dotted path of keys.

use crate::shell::Shell;
use toml::{Table, Value};

/// Why a file cannot be read.
#[derive(Debug)]
pub(crate) enum TomlError {
    /// It does not exist.
    Missing,
    /// It may exist, or its content is not known.
    Unknown,
    /// It is not valid TOML.
    Bad(String),
}

/// Reads a TOML file.
pub(crate) fn read_toml(shell: &Shell, place: &str) -> Result<Table, TomlError> {
    match shell.read(place) {
        Ok(Some(bytes)) => {
            toml::from_str(&String::from_utf8_lossy(&bytes)).map_err(|error| TomlError::Bad(error.to_string()))
        }
        Ok(None) => Err(TomlError::Unknown),
        Err(_) if shell.fs.may_hide("/", place) => Err(TomlError::Unknown),
        Err(_) => Err(TomlError::Missing),
    }
}

/// A value by a dotted path of keys, such as `tool.uv.package`.
pub(crate) fn at<'t>(table: &'t Table, key_path: &str) -> Option<&'t Value> {
    let (first, rest) = key_path.split_once('.').unwrap_or((key_path, ""));
    let value = table.get(first)?;
    if rest.is_empty() { Some(value) } else { at(value.as_table()?, rest) }
}

pub(crate) fn text<'t>(table: &'t Table, key_path: &str) -> Option<&'t str> {
    at(table, key_path)?.as_str()
}

pub(crate) fn list<'t>(table: &'t Table, key_path: &str) -> impl Iterator<Item = &'t Value> {
    at(table, key_path).and_then(Value::as_array).into_iter().flatten()
}

pub(crate) fn keys<'t>(table: &'t Table, key_path: &str) -> impl Iterator<Item = String> + use<'t> {
    at(table, key_path).and_then(Value::as_table).into_iter().flat_map(|table| table.keys().cloned())
}
