//! The examples of `www/examples` as data for the page: a list, and a workspace each.

use crate::files::{empty, files, put};
use serde_json::{Map, Value, json};
use stageplay_core::engine::EngineProfile;
use stageplay_core::fs::{Content, Tree};
use stageplay_core::workspace::{Workspace, of_context};
use std::fs;
use std::path::Path;

/// The folder of the examples.
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../www/examples");
/// The engine of the examples.
const ENGINE: &str = "docker-28";

/// Writes `index.json`, which lists the examples by group, and for each example `NAME.json`, its workspace.
///
/// # Errors
/// A file that cannot be read or written, by its path.
pub(crate) fn write(out: &Path) -> Result<(), String> {
    empty(out)?;
    let mut groups = Vec::new();
    for group in toml(&Path::new(SOURCE).join("index.toml"))?["groups"].as_array().into_iter().flatten() {
        let names = group["examples"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let mut examples = Vec::new();
        for name in names {
            let about = toml(&Path::new(SOURCE).join(name).join("example.toml"))?;
            let mut example = Map::new();
            example.insert("name".into(), name.into());
            for key in ["title", "summary", "topics"] {
                example.insert(key.into(), about[key].clone());
            }
            examples.push(Value::Object(example));
            put(&out.join(format!("{name}.json")), &workspace(&Path::new(SOURCE).join(name).join("files"))?.to_json())?;
        }
        groups.push(json!({ "title": group["title"], "examples": examples }));
    }
    put(&out.join("index.json"), &json!({ "groups": groups }).to_string())
}

fn toml(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The files below a folder as a workspace.
fn workspace(folder: &Path) -> Result<Workspace, String> {
    let mut context = Tree::new();
    for path in files(folder)? {
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let place = format!("/{}", path.strip_prefix(folder).unwrap_or(&path).to_string_lossy());
        let mode = if bytes.starts_with(b"#!") { 0o755 } else { 0o644 };
        let parent = stageplay_core::fs::path::parent(&place);
        context.mkdir_all(parent, 0o755, 0, 0).map_err(|error| error.to_string())?;
        context.write(&place, Content::inline(bytes), mode, 0, 0).map_err(|error| error.to_string())?;
    }
    let builder = EngineProfile::find(ENGINE).map_or("buildkit", |engine| engine.default_builder().as_str());
    Ok(of_context(&context, ENGINE, builder, "Dockerfile", None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stageplay_app::state::ExampleList;

    #[test]
    fn the_page_reads_every_example_that_is_written() {
        let out = std::env::temp_dir().join(format!("stageplay-examples-{}", std::process::id()));
        write(&out).unwrap();
        let list: ExampleList = serde_json::from_str(&fs::read_to_string(out.join("index.json")).unwrap()).unwrap();
        let examples: Vec<_> = list.groups.iter().flat_map(|group| &group.examples).collect();
        assert!(examples.len() >= 25, "{}", examples.len());
        for example in examples {
            let json = fs::read_to_string(out.join(format!("{}.json", example.name))).unwrap();
            let workspace = Workspace::from_json(&json).unwrap();
            assert!(workspace.text("Dockerfile").is_some() && workspace.files.len() > 1, "{}", example.name);
        }
        fs::remove_dir_all(out).unwrap();
    }
}
