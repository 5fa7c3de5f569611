//! package.json.

use crate::fs::{Content, path};
use crate::shell::Shell;
use serde_json::{Map, Value};

/// A package with a version range, as npm's command line and package.json name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackageSpec {
    pub(crate) name: String,
    pub(crate) range: String,
    pub(crate) optional: bool,
}

impl PackageSpec {
    /// `express`, `express@4`, `@nestjs/cli@latest`.
    pub(crate) fn read(word: &str) -> PackageSpec {
        let at = word.get(1..).and_then(|rest| rest.find('@')).map(|at| at + 1);
        let is_place = word.starts_with(['.', '/']) || word.contains("://") || word.contains(':');
        let (name, range) = match at.filter(|_| !is_place) {
            Some(at) => (word.get(..at).unwrap_or(word), word.get(at + 1..).unwrap_or("")),
            None if is_place => (word, "file:"),
            None => (word, ""),
        };
        PackageSpec { name: name.into(), range: range.into(), optional: false }
    }

    /// Whether it is not from the registry: a folder, an archive or a repository.
    pub(crate) fn is_outside_registry(&self) -> bool {
        self.range.contains([':', '/'])
    }
}

/// The content of package.json.
#[derive(Debug, Default)]
pub(crate) struct PackageJson {
    fields: Map<String, Value>,
    text: String,
}

impl PackageJson {
    /// Reads package.json of the working directory; `None` if there is none or its content is not known.
    ///
    /// # Errors
    /// Why it is not one.
    pub(crate) fn read(shell: &Shell) -> Result<Option<PackageJson>, String> {
        let Ok(Some(bytes)) = shell.read("package.json") else { return Ok(None) };
        PackageJson::parse(&String::from_utf8_lossy(&bytes)).map(Some)
    }

    /// # Errors
    /// Why it is no package_json.
    pub(crate) fn parse(text: &str) -> Result<PackageJson, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Ok(PackageJson { fields, text: text.to_string() }),
            Ok(_) => Err("it is no object".into()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// A field whose value is a string.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    /// `name@version`, as the header of a script shows it.
    pub(crate) fn title(&self) -> Option<String> {
        Some(format!("{}@{}", self.text("name")?, self.text("version")?))
    }

    pub(crate) fn script(&self, name: &str) -> Option<&str> {
        self.fields.get("scripts")?.get(name)?.as_str()
    }

    pub(crate) fn has_workspaces(&self) -> bool {
        self.fields.contains_key("workspaces")
    }

    /// Its dependencies; `dev` includes the development dependencies.
    pub(crate) fn dependencies(&self, dev: bool) -> Vec<PackageSpec> {
        let kinds = [("dependencies", false), ("optionalDependencies", true), ("peerDependencies", true)];
        let kinds = kinds.into_iter().chain(dev.then_some(("devDependencies", false)));
        let of = |(kind, optional): (&str, bool)| {
            let entries = self.fields.get(kind).and_then(Value::as_object).into_iter().flatten();
            let entries = entries.map(move |(name, range)| PackageSpec {
                name: name.clone(),
                range: range.as_str().unwrap_or("").to_string(),
                optional,
            });
            entries.collect::<Vec<_>>()
        };
        kinds.flat_map(of).collect()
    }
}

/// Adds dependencies to package.json as npm does: sorted by name, with a caret range of the installed version.
pub(crate) fn save_dependencies(
    shell: &mut Shell,
    package_json: &PackageJson,
    added: &[PackageSpec],
    dev: bool,
    version: impl Fn(&PackageSpec) -> Option<String>,
) {
    let kind = if dev { "devDependencies" } else { "dependencies" };
    let mut needs = package_json.fields.get(kind).and_then(Value::as_object).cloned().unwrap_or_default();
    for one in added {
        let range = match (version(one), one.range.as_str()) {
            (_, range) if range.starts_with(|c: char| c.is_ascii_digit()) && range.matches('.').count() == 2 => {
                range.to_string()
            }
            (Some(version), _) => format!("^{version}"),
            (None, "") => "*".into(),
            (None, range) => range.to_string(),
        };
        needs.insert(one.name.clone(), Value::String(range));
    }
    let lines: Vec<String> =
        needs.iter().map(|(name, range)| format!("    {}: {range}", Value::String(name.clone()))).collect();
    let block = format!("\"{kind}\": {{\n{}\n  }}", lines.join(",\n"));
    let text = package_json.text.trim_end();
    let text = match (text.find(&format!("\"{kind}\"")), text.strip_suffix('}')) {
        (Some(start), _) => {
            let end = text.get(start..).and_then(|rest| rest.find('}')).map_or(text.len(), |end| start + end + 1);
            format!("{}{block}{}\n", text.get(..start).unwrap_or(""), text.get(end..).unwrap_or(""))
        }
        (None, Some(head)) if !package_json.fields.is_empty() => format!("{},\n  {block}\n}}\n", head.trim_end()),
        _ => format!("{{\n  {block}\n}}\n"),
    };
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
    let place = path::join(&shell.cwd, "package.json");
    let _ = shell.fs.write(&place, Content::inline(text.into_bytes()), mode, uid, gid);
}

pub(crate) fn missing_package_json(shell: &mut Shell) -> i32 {
    let place = path::join(&shell.cwd, "package.json");
    shell.err(format!("npm error code ENOENT\nnpm error syscall open\nnpm error path {place}\nnpm error errno -2\nnpm error enoent Could not read package.json: Error: ENOENT: no such file or directory, open '{place}'\nnpm error enoent This is related to npm not being able to find a file.\nnpm error enoent\n"));
    shell.fails_without_main_file("npm", place, 254)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ranges_are_told_apart() {
        let read = |word: &str| {
            let one = PackageSpec::read(word);
            (one.name, one.range)
        };
        assert_eq!(read("@nestjs/cli@10"), ("@nestjs/cli".into(), "10".into()));
        assert_eq!(read("@nestjs/cli"), ("@nestjs/cli".into(), String::new()));
        assert_eq!(read("express@^4.17"), ("express".into(), "^4.17".into()));
        assert!(
            PackageSpec::read("./x").is_outside_registry()
                && PackageSpec::read("git+https://x/y").is_outside_registry()
        );
    }
}
