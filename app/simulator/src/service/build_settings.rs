//! What a build of a request needs, checked: the size of its files, their paths, the engine, the day.

use super::messages::SimulateRequest;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::exercise::{Files, Pack};
use stageplay_core::fs::{Content, Tree};
use stageplay_core::image::Day;
use stageplay_core::workspace::{contents, day};
use stageplay_protocol::{File, Workspace};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes of all files of a workspace.
const MAX_BYTES: u64 = 16 << 20;

/// Checks a workspace's size, paths, engine and day.
pub(super) fn check(workspace: &Workspace) -> Result<(), String> {
    let bytes: u64 = workspace.files.iter().filter_map(File::text).map(|text| text.len() as u64).sum();
    if bytes > MAX_BYTES {
        return Err(format!("the files have more than {MAX_BYTES} bytes"));
    }
    contents(workspace).map(|_| ())
}

/// What a build needs, checked.
#[derive(Debug)]
pub(super) struct BuildSettings {
    pub(super) engine: Arc<EngineProfile>,
    pub(super) builder: Builder,
    pub(super) day: Option<Day>,
    pub(super) dockerfile: String,
    pub(super) target: Option<String>,
    pub(super) build_args: BTreeMap<String, String>,
    pub(super) arguments: Vec<String>,
    contents: Vec<(String, Content, u32)>,
}

/// The engine of an id, and its builder of a name; of an empty name the engine's default.
pub(super) fn engine(id: &str, builder: &str) -> Result<(Arc<EngineProfile>, Builder), String> {
    let profile = EngineProfile::find(id).ok_or_else(|| {
        let known: Vec<&str> = EngineProfile::all().iter().map(|one| one.id.as_str()).collect();
        format!("there is no engine {id:?}; known are {}", known.join(", "))
    })?;
    let builder = match builder {
        "" => profile.default_builder(),
        name => Builder::parse(name)
            .filter(|builder| profile.builders().contains(builder))
            .ok_or_else(|| format!("the engine {id} has no builder {name:?}"))?,
    };
    Ok((profile, builder))
}

impl BuildSettings {
    /// The settings of a request; those of an exercise come before them.
    pub(super) fn of(asked: &SimulateRequest, exercise: Option<&Pack>) -> Result<Self, String> {
        let workspace = &asked.workspace;
        check(workspace)?;
        let contents = contents(workspace)?;
        if let Some(pack) = exercise {
            return Ok(BuildSettings {
                engine: pack.engine.clone(),
                builder: pack.builder,
                day: pack.day,
                dockerfile: pack.dockerfile.clone(),
                target: pack.target.clone(),
                build_args: pack.build_args.clone(),
                arguments: pack.arguments.clone(),
                contents,
            });
        }
        let (engine, builder) = engine(&workspace.engine, &workspace.builder)?;
        Ok(BuildSettings {
            engine,
            builder,
            day: day(workspace)?,
            dockerfile: workspace.dockerfile.clone(),
            target: asked.target.clone().filter(|target| !target.is_empty()),
            build_args: asked.build_args.clone(),
            arguments: asked.arguments.clone(),
            contents,
        })
    }

    /// The build context.
    pub(super) fn tree(&self) -> Result<Tree, String> {
        let mut tree = Tree::new();
        for (path, content, mode) in &self.contents {
            tree.mkdir_all(stageplay_core::fs::path::parent(path), 0o755, 0, 0).map_err(|error| error.to_string())?;
            tree.write(path, content.clone(), *mode, 0, 0).map_err(|error| error.to_string())?;
        }
        Ok(tree)
    }

    /// The text of the Dockerfile.
    pub(super) fn dockerfile_text(&self) -> Result<String, String> {
        let path = stageplay_core::fs::path::join("/", &self.dockerfile);
        let found = self.contents.iter().find(|(name, _, _)| *name == path);
        let bytes = found.and_then(|(_, content, _)| content.bytes());
        let text = bytes.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        text.ok_or_else(|| format!("there is no text file {}", self.dockerfile))
    }

    /// The files as an exercise takes them.
    pub(super) fn files(&self) -> Files {
        let file = |(path, content, mode): &(String, Content, u32)| {
            let bytes = content.bytes()?.to_vec();
            let name = path.trim_start_matches('/').to_string();
            Some((name, stageplay_core::exercise::PackFile { mode: *mode, bytes }))
        };
        self.contents.iter().filter_map(file).collect()
    }
}
