//! Where a file comes from, and what later layers do to it.

use super::image_files::of_image;
use super::layer_rows::LayerSteps;
use stageplay_core::fs::{Change, EntryKind, LayerEntry, path};
use stageplay_core::image::{Image, Layer};
use stageplay_protocol::FileEvent;

/// The commands of a step that are named.
const MAX_COMMANDS: usize = 5;
/// What a container engine mounts in each container (moby, `oci/defaults.go` and `container/container_unix.go`).
const MOUNTS: [&str; 6] = ["/proc", "/sys", "/dev", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];

/// What the layers did to a path, from the lowest to the highest.
pub(crate) fn history(image: &Image, base: Option<&Image>, steps: &LayerSteps, file: &str) -> Vec<FileEvent> {
    let mut events = Vec::new();
    let in_base = base.map(of_image).and_then(|files| files.get(file).cloned());
    let mut is_there = in_base.is_some();
    if let Some(fact) = in_base {
        events.push(FileEvent {
            layer: None,
            line: None,
            instruction: steps.base.clone().unwrap_or_default(),
            commands: Vec::new(),
            what: "base".into(),
            size: fact.size.text(3),
        });
    }
    let below = base.map_or(0, |base| base.layers.len());
    for (index, layer) in image.layers.iter().enumerate().skip(below) {
        let Some((what, size)) = what_happens(layer, file, is_there) else { continue };
        is_there = what != "removed";
        let step = steps.step(index);
        events.push(FileEvent {
            layer: Some(index + 1),
            line: step.map(|step| step.line),
            instruction: step.map_or_else(|| layer.created_by.clone(), |step| step.instruction.clone()),
            commands: step.map(|step| commands_about(&step.commands, file)).unwrap_or_default(),
            what: what.to_string(),
            size,
        });
    }
    events
}

fn what_happens(layer: &Layer, file: &str, is_there: bool) -> Option<(&'static str, String)> {
    if let Some(entry) = layer.entries.iter().find(|entry| *entry.path == *file) {
        if entry.kind == EntryKind::Whiteout {
            return Some(("removed", String::new()));
        }
        let what = match entry.change {
            _ if !is_there => "added",
            Change::Removed => "removed",
            _ if entry.same_content => "metadata",
            // A directory is held again because of what is below it.
            _ if matches!(entry.kind, EntryKind::Dir) => return None,
            _ => "changed",
        };
        return Some((what, entry.size.bounds().text(3)));
    }
    let hides = |entry: &LayerEntry| entry.kind != EntryKind::Dir && is_below(file, &entry.path);
    (is_there && layer.entries.iter().any(hides)).then(|| ("removed", String::new()))
}

fn is_below(file: &str, directory: &str) -> bool {
    file.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

/// The commands that name a path, its file name, or a directory above it.
fn commands_about(commands: &[Vec<String>], file: &str) -> Vec<String> {
    let name = path::file_name(file);
    let names = |word: &String| {
        let word = word.trim_end_matches('/');
        word.len() > 1 && (word == file || path::file_name(word) == name || is_below(file, word))
    };
    // The shell that runs the whole script names everything.
    let is_script = |command: &Vec<String>| command.get(1).is_some_and(|word| word == "-c");
    let about = commands.iter().filter(|command| !is_script(command) && command.iter().skip(1).any(names));
    about.take(MAX_COMMANDS).map(|command| command.join(" ")).collect()
}

/// What hides a path when the image runs: a volume of its configuration, or what engines mount.
pub(crate) fn hidden_by(image: &Image, file: &str) -> Option<String> {
    let volumes = image.config.volumes.iter().map(String::as_str);
    let mut mounts = volumes.chain(MOUNTS);
    mounts.find(|mount| file == *mount || is_below(file, mount.trim_end_matches('/'))).map(str::to_string)
}
