//! Conditions about an image: its size, its files, its configuration, its program.

use super::condition::FileFacts;
use super::observation::{Observation, Standing};
use super::text::fits;
use crate::elf::{self, Elf};
use crate::exec::Credentials;
use crate::fs::{Doubt, EntryKind, Tree, path};
use crate::image::{Image, Layer};
use crate::image_start::Run;
use crate::measure::{Size, human_size};
use std::sync::Arc;

use Standing::{Missed, Reached, Unknown};

/// The largest file that is searched for a text, in bytes.
const MAX_SEARCHED: u64 = 1 << 20;

/// Whether a path is sought, or its absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sought {
    There,
    Absent,
}

impl Sought {
    fn standing(self, there: Standing) -> Standing {
        if self == Sought::There { there } else { there.not() }
    }
}

/// The lowest and the highest size that is possible, if the size is known.
fn range(size: &Size) -> Option<(u64, u64)> {
    size.range().or_else(|| size.bytes().map(|bytes| (bytes, bytes)))
}

pub(super) fn size_under(image: &Image, limit: u64) -> Observation {
    let size = image.size();
    let standing = match range(&size) {
        Some((_, high)) if high < limit => Reached,
        Some((low, _)) if low >= limit => Missed,
        None if size.at_least() >= limit => Missed,
        _ => Unknown,
    };
    of_size(&size, standing, &human_size(limit, 3))
}

pub(super) fn size_at_most(image: &Image, start: &Size, percent: u64) -> Observation {
    let size = image.size();
    let part = |bytes: u64| u128::from(bytes) * u128::from(percent) / 100;
    let standing = match (range(&size), range(start)) {
        (Some((_, high)), Some((low, _))) if u128::from(high) <= part(low) => Reached,
        (Some((low, _)), Some((_, high))) if u128::from(low) > part(high) => Missed,
        (None, Some((_, high))) if u128::from(size.at_least()) > part(high) => Missed,
        _ => Unknown,
    };
    of_size(&size, standing, &start.human())
}

fn of_size(size: &Size, standing: Standing, limit: &str) -> Observation {
    let code = if standing == Unknown { "observed.size-unknown" } else { "observed.size" };
    Observation::new(standing, code, &[("size", &size.human()), ("limit", limit)])
}

/// The part of a pattern before its first star; the whole path without one.
fn literal(pattern: &str) -> &str {
    pattern.split('*').next().unwrap_or(pattern)
}

/// Whether unlisted files of a tree may fit a pattern.
fn may_hide(tree: &Tree, pattern: &str) -> bool {
    if !pattern.contains('*') {
        return tree.may_hide("/", pattern);
    }
    let folder = literal(pattern).rsplit_once('/').map_or("", |(folder, _)| folder);
    // Any name that is not there will do.
    tree.may_hide("/", &format!("{folder}/stageplay-unlisted"))
}

pub(super) fn path_in_image(image: &Image, pattern: &str, sought: Sought) -> Observation {
    let tree = &image.tree;
    let found = if pattern.contains('*') {
        tree.walk("/").map(|(place, _)| place.to_string()).find(|place| fits(pattern, place))
    } else {
        tree.lstat("/", pattern).ok().map(|_| pattern.to_string())
    };
    match found {
        Some(path) => Observation::new(sought.standing(Reached), "observed.path", &[("path", &path)]),
        None if may_hide(tree, pattern) => Observation::new(Unknown, "observed.path-unknown", &[("path", pattern)]),
        None => Observation::new(sought.standing(Missed), "observed.no-path", &[("path", pattern)]),
    }
}

/// Folders into which distributions' packages put files.
const PACKAGE_FOLDERS: [&str; 9] = ["/usr", "/etc", "/opt", "/srv", "/bin", "/sbin", "/lib", "/lib64", "/var"];
/// Folders below them that package managers and services fill, and packages do not.
const NO_PACKAGE_FOLDERS: [&str; 5] = ["/var/lib/apt", "/var/cache", "/var/log", "/var/tmp", "/usr/src"];

/// Whether a layer of packages whose files are not listed may have a path that fits a pattern.
fn may_be_unlisted(layer: &Layer, tree: &Tree, pattern: &str) -> bool {
    let place = literal(pattern);
    let within = |folders: &[&str]| folders.iter().any(|folder| path::is_within(place, folder));
    if layer.unlisted.is_empty() {
        return false;
    }
    if within(&PACKAGE_FOLDERS) && !within(&NO_PACKAGE_FOLDERS) {
        return true;
    }
    // Folders such as node_modules hold what was installed into them.
    let above = |entry: &str| entry != "/" && path::is_within(place, entry);
    layer.entries.iter().filter(|entry| entry.kind != EntryKind::Whiteout && above(&entry.path)).any(|entry| {
        let node = tree.get(&entry.path).filter(|node| node.is_dir());
        node.is_none_or(|node| node.unlisted().is_some_and(|unlisted| unlisted.parts().next().is_some()))
    })
}

/// The instruction of a layer, without what the builders put around it in `docker history`.
fn instruction(created_by: &str) -> String {
    const RUN: &str = "/bin/sh -c ";
    let text = created_by.strip_suffix(" # buildkit").unwrap_or(created_by);
    match text.strip_prefix(RUN).map(|text| text.strip_prefix("#(nop)").ok_or(text)) {
        Some(Ok(written)) => written.trim().to_string(),
        Some(Err(command)) => format!("RUN {command}"),
        None => match text.strip_prefix("RUN ").and_then(|command| command.strip_prefix(RUN)) {
            Some(command) => format!("RUN {command}"),
            None => text.to_string(),
        },
    }
}

/// Whether a layer that the build made has a path. The layers of the base image are not asked: of most, only the files
/// that are left in the end are known.
pub(super) fn path_in_layer(image: &Image, pattern: &str, sought: Sought) -> Observation {
    let mut open = image.tree.doubt() == Doubt::Anything;
    for layer in &image.layers {
        let mut entries = layer.entries.iter().filter(|entry| entry.kind != EntryKind::Whiteout);
        if let Some(entry) = entries.find(|entry| fits(pattern, &entry.path)) {
            let params = [("path", entry.path.as_ref()), ("layer", &instruction(&layer.created_by))];
            return Observation::new(sought.standing(Reached), "observed.path-in-layer", &params);
        }
        open |= may_be_unlisted(layer, &image.tree, pattern);
    }
    if open {
        return Observation::new(Unknown, "observed.path-unknown", &[("path", pattern)]);
    }
    Observation::new(sought.standing(Missed), "observed.path-in-no-layer", &[("path", pattern)])
}

pub(super) fn file(image: &Image, wanted: &FileFacts) -> Observation {
    let place = wanted.path.as_str();
    let Ok((_, node)) = image.tree.stat("/", place) else {
        return path_in_image(image, place, Sought::There);
    };
    let mode = format!("{:o}", node.mode);
    let params = [("path", place), ("mode", mode.as_str()), ("uid", &node.uid.to_string())];
    let is_mode = |wanted: &String| u32::from_str_radix(wanted, 8).is_ok_and(|wanted| wanted == node.mode);
    if wanted.mode.as_ref().is_some_and(|wanted| !is_mode(wanted)) {
        return Observation::new(Missed, "observed.file-mode", &params);
    }
    if wanted.uid.is_some_and(|wanted| wanted != node.uid) {
        return Observation::new(Missed, "observed.file-owner", &params);
    }
    let Some(text) = &wanted.contains else {
        return Observation::new(Reached, "observed.file-mode", &params);
    };
    let Some(content) = node.content() else {
        return Observation::new(Missed, "observed.no-file", &params);
    };
    let head = content.read_at(0, MAX_SEARCHED as usize);
    let found = memchr::memmem::find(&head, text.as_bytes()).is_some();
    let whole = content.bytes_known() && content.len <= MAX_SEARCHED;
    match (found, whole) {
        (true, _) => Observation::new(Reached, "observed.file-contains", &[("path", place), ("text", text)]),
        (false, true) => Observation::new(Missed, "observed.file-lacks", &[("path", place), ("text", text)]),
        (false, false) => Observation::new(Unknown, "observed.file-unknown", &[("path", place)]),
    }
}

pub(super) fn user(image: &Image, wanted: &str) -> Observation {
    let named = |text: &str| match text.split(':').next().unwrap_or("") {
        "" => "root".to_string(),
        name => name.to_string(),
    };
    let (own, wanted_name) = (named(&image.config.user), named(wanted));
    let params = [("user", own.as_str())];
    if own == wanted_name {
        return Observation::new(Reached, "observed.user", &params);
    }
    let number = |name: &str| match name {
        "root" => Some(0),
        _ => Credentials::of(&image.tree, name).ok().map(|who| who.uid),
    };
    let standing = match (number(&own), number(&wanted_name)) {
        (Some(own), Some(wanted)) => Standing::of(own == wanted),
        _ if image.tree.may_hide("/", "/etc/passwd") => Unknown,
        _ => Missed,
    };
    Observation::new(standing, "observed.user", &params)
}

fn pair(text: &str) -> (&str, Option<&str>) {
    text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)))
}

/// An image of which the configuration is not listed may have what its base sets.
fn config_is_known(image: &Image) -> bool {
    image.base.as_ref().is_none_or(|facts| facts.config_known)
}

fn named_value(image: &Image, name: &str, own: Option<&str>, wanted: Option<&str>) -> Observation {
    match own {
        Some(value) => Observation::new(
            Standing::of(wanted.is_none_or(|wanted| wanted == value)),
            "observed.value",
            &[("name", name), ("value", value)],
        ),
        None if config_is_known(image) => Observation::new(Missed, "observed.no-value", &[("name", name)]),
        None => Observation::new(Unknown, "observed.config-unknown", &[]),
    }
}

pub(super) fn env(image: &Image, text: &str) -> Observation {
    let (name, wanted) = pair(text);
    named_value(image, name, image.config.env_value(name), wanted)
}

pub(super) fn label(image: &Image, text: &str) -> Observation {
    let (name, wanted) = pair(text);
    named_value(image, name, image.config.labels.get(name).map(String::as_str), wanted)
}

pub(super) fn port(image: &Image, wanted: &str) -> Observation {
    let ports = &image.config.exposed_ports;
    let list = ports.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    if ports.contains(wanted) {
        return Observation::new(Reached, "observed.ports", &[("ports", &list)]);
    }
    if !config_is_known(image) {
        return Observation::new(Unknown, "observed.config-unknown", &[]);
    }
    let code = if list.is_empty() { "observed.no-ports" } else { "observed.ports" };
    Observation::new(Missed, code, &[("ports", &list)])
}

/// Whether the program that the image starts is static, or needs a library.
pub(super) fn program(image: &Image, run: Option<&Run>, library: Option<&str>) -> Observation {
    let started = run.and_then(|run| run.started.as_ref()).and_then(|started| started.elf.clone());
    let Some(elf) = started.or_else(|| first_program(image, run?)) else {
        return Observation::new(Unknown, "observed.program-unknown", &[]);
    };
    let needed = elf.needed.join(", ");
    match library {
        Some(pattern) => {
            let found = elf.needed.iter().any(|name| fits(pattern, name));
            let code = if needed.is_empty() { "observed.program-needs-nothing" } else { "observed.program-needs" };
            Observation::new(Standing::of(found), code, &[("libraries", &needed)])
        }
        None => match &elf.interpreter {
            None => Observation::new(Reached, "observed.program-static", &[]),
            Some(loader) => Observation::new(Missed, "observed.program-dynamic", &[("loader", loader)]),
        },
    }
}

/// The file that a start that failed should have executed.
fn first_program(image: &Image, run: &Run) -> Option<Arc<Elf>> {
    let name = run.argv.first()?;
    let places: Vec<String> = if name.contains('/') {
        vec![path::join(&image.config.directory(), name)]
    } else {
        let folders = image.config.env_value("PATH").unwrap_or(crate::image::DEFAULT_PATH);
        folders.split(':').map(|folder| path::join(folder, name)).collect()
    };
    let (_, node) = places.iter().find_map(|place| image.tree.stat("/", place).ok())?;
    elf::read(node.content()?).ok().map(Arc::new)
}

#[cfg(test)]
mod tests {
    use super::instruction;

    #[test]
    fn a_layer_is_called_after_its_instruction() {
        for (created_by, told) in [
            ("RUN /bin/sh -c rm -rf /a # buildkit", "RUN rm -rf /a"),
            ("/bin/sh -c rm -rf /a", "RUN rm -rf /a"),
            ("/bin/sh -c #(nop) COPY file:12 in /app ", "COPY file:12 in /app"),
            ("COPY . /app # buildkit", "COPY . /app"),
            ("RUN |1 A=b /bin/sh -c rm /a # buildkit", "RUN |1 A=b /bin/sh -c rm /a"),
        ] {
            assert_eq!(instruction(created_by), told);
        }
    }
}
