//! Image archives on disk: a tar or a folder. Content is read when it is needed.

use super::bounded_file::open_regular_file;
use serde_json::Value;
use stageplay_core::archive::Archive;
use stageplay_core::fs::Source;
use stageplay_core::image::Reference;
use stageplay_report::without_control_characters;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// An open file.
#[derive(Debug)]
struct FileSource {
    file: File,
    size: u64,
    /// When this is cancelled, reading fails.
    stop: Option<CancellationToken>,
}

impl Source for FileSource {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
        if self.stop.as_ref().is_some_and(CancellationToken::is_cancelled) {
            return Err("reading was cancelled".into());
        }
        self.file.read_exact_at(into, offset).map_err(|error| error.to_string())
    }
}

fn open_file(path: &Path, stop: Option<CancellationToken>) -> Result<Arc<dyn Source>, String> {
    let fail = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let file = open_regular_file(path).map_err(fail)?;
    let size = file.metadata().map_err(fail)?.len();
    Ok(Arc::new(FileSource { file, size, stop }))
}

/// Opens an image archive of `docker save` or an OCI layout: a tar, plain or compressed, or a folder. It must hold one
/// image; of one image for several platforms, that for linux/amd64 is opened, else the first one.
///
/// # Errors
/// The archive cannot be read or is damaged, or it holds several images. The message contains the path, the file in the
/// archive and the byte, or the names of the images.
pub fn open(path: &Path) -> Result<Archive, String> {
    select(open_all(path)?, None).map_err(|error| format!("{}: {error}", path.display()))
}

/// As [`open`]; of several images the one with a name is opened.
///
/// # Errors
/// As [`open`]; none of several images has the name.
pub fn open_named(path: &Path, name: &Reference) -> Result<Archive, String> {
    select(open_all(path)?, Some(name)).map_err(|error| format!("{}: {error}", path.display()))
}

/// As [`open`], with all images.
///
/// # Errors
/// The archive cannot be read or is damaged.
pub fn open_all(path: &Path) -> Result<Vec<Archive>, String> {
    let archives = if path.is_dir() {
        let mut files = Vec::new();
        collect(path, "", &mut files, &mut 0)?;
        Archive::open_folder_all(files)
    } else {
        Archive::open_all(open_file(path, None)?)
    };
    archives.map_err(|error| format!("{}: {error}", path.display()))
}

/// Whether the name of an image in an OCI layout is only its tag: some programs write the tag alone into the annotation
/// `org.opencontainers.image.ref.name`.
pub fn is_only_tag(name: &str) -> bool {
    let begins_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    !name.contains(['/', ':', '@'])
        && (name == "latest" || begins_with_digit(name) || name.strip_prefix('v').is_some_and(begins_with_digit))
}

/// Selects one of the images of an archive: the one with the name, if a name is asked for, else the only one.
fn select(mut images: Vec<Archive>, name: Option<&Reference>) -> Result<Archive, String> {
    let listed: Vec<String> = images.iter().map(shown_name).collect();
    if let Some(name) = name.filter(|_| images.len() > 1) {
        let has_name = |image: &Archive| image.tags.iter().any(|tag| is_name(tag, name));
        let has_tag = |image: &Archive| image.tags.iter().any(|tag| is_only_tag(tag) && *tag == name.tag);
        if images.iter().any(has_name) {
            images.retain(has_name);
        } else if images.iter().any(has_tag) {
            images.retain(has_tag);
        }
    }
    // Images with the same names are one image for several platforms.
    let is_one = images.iter().all(|image| image.tags == images[0].tags);
    if is_one && images.len() > 1 {
        let first = platform(&images[0]);
        let chosen = if images.iter().any(|image| platform(image) == "linux/amd64") { "linux/amd64" } else { &first };
        images.retain(|image| platform(image) == chosen);
    }
    match images.len() {
        1 => Ok(images.remove(0)),
        _ => {
            let none = name.map(|name| format!(", none of them {name} alone")).unwrap_or_default();
            let mut names = listed;
            names.sort();
            names.dedup();
            Err(format!("holds several images{none}: {}; save the one that is meant by itself", names.join(", ")))
        }
    }
}

fn is_name(tag: &str, name: &Reference) -> bool {
    Reference::parse(tag).is_ok_and(|tag| tag.canonical() == name.canonical())
}

/// What an image of an archive is called in a message: its names, else the beginning of its id.
fn shown_name(image: &Archive) -> String {
    match image.tags.as_slice() {
        [] => image.id().chars().take(19).collect(),
        tags => without_control_characters(&tags.join(" and ")).chars().take(200).collect(),
    }
}

/// The platform of an image, such as `linux/amd64`, without its variant.
pub fn platform(image: &Archive) -> String {
    let config = image.config();
    let text = |name: &str, usual: &str| config.get(name).and_then(Value::as_str).unwrap_or(usual).to_string();
    format!("{}/{}", text("os", "linux"), text("architecture", "amd64"))
}

/// The variant of the platform of an image, such as `v7`; empty for none.
pub fn variant(image: &Archive) -> &str {
    image.config().get("variant").and_then(Value::as_str).unwrap_or("")
}

/// As [`open`] for a tar. Reading fails after `stop` is cancelled.
///
/// # Errors
/// As [`open`].
pub fn open_until(path: &Path, stop: CancellationToken) -> Result<Archive, String> {
    Archive::open(open_file(path, Some(stop))?).map_err(|error| format!("{}: {error}", path.display()))
}

/// As [`open`], and also opens a tar of a root file system (`docker export`).
///
/// # Errors
/// As [`open`].
pub fn open_root(path: &Path) -> Result<Archive, String> {
    open(path).or_else(|error| {
        if path.is_dir() || !error.contains("no image") {
            return Err(error);
        }
        Archive::open_root(open_file(path, None)?).map_err(|_| error)
    })
}

/// Collects the files of an unpacked archive. Symbolic links are followed. `count` is the number of files and folders so
/// far: links may lead to the same ones again and again.
fn collect(
    folder: &Path,
    prefix: &str,
    files: &mut Vec<(String, Arc<dyn Source>)>,
    count: &mut usize,
) -> Result<(), String> {
    // No image archive is deeper or has more files.
    const MAX_DEPTH: usize = 8;
    const MAX_FILES: usize = 10_000;
    let fail = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let path = entry.path();
        *count += 1;
        if *count > MAX_FILES {
            return Err(format!("{} holds more than {MAX_FILES} files, so it is no image archive", folder.display()));
        }
        if path.is_dir() {
            if prefix.matches('/').count() < MAX_DEPTH {
                collect(&path, &format!("{name}/"), files, count)?;
            }
        } else if path.is_file() {
            files.push((name, open_file(&path, None)?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn links_to_the_folder_itself_end_with_an_error() {
        let folder = tempfile::tempdir().unwrap();
        for name in 0..20 {
            std::os::unix::fs::symlink(".", folder.path().join(name.to_string())).unwrap();
        }
        let error = open(folder.path()).unwrap_err();
        assert!(error.contains("more than 10000 files"), "{error}");
    }

    #[test]
    fn a_pipe_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("a.tar");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
        for path in [&*pipe, Path::new("/dev/zero")] {
            let error = open(path).unwrap_err();
            assert!(error.contains("it is not a regular file"), "{error}");
        }
    }

    /// A folder with the archive of `docker save` of images without layers.
    fn saved(images: &[(&[&str], &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let describe = |(number, (tags, architecture)): (usize, &(&[&str], &str))| {
            let config = format!("{number}.json");
            let content = json!({"os": "linux", "architecture": architecture, "number": number}).to_string();
            std::fs::write(folder.path().join(&config), content).unwrap();
            json!({"Config": config, "RepoTags": tags, "Layers": []})
        };
        let manifest: Vec<_> = images.iter().enumerate().map(describe).collect();
        std::fs::write(folder.path().join("manifest.json"), json!(manifest).to_string()).unwrap();
        folder
    }

    #[test]
    fn one_of_several_images_is_selected_by_its_name() {
        let folder = saved(&[
            (&["a:1"], "amd64"),
            (&["docker.io/library/b:2", "b:3"], "amd64"),
            (&["4"], "amd64"),
            (&["c"], "arm64"),
            (&["c"], "amd64"),
        ]);
        let selected = |name: &str| {
            let found = open_named(folder.path(), &Reference::parse(name).unwrap());
            found.map(|image| image.config()["number"].as_u64().unwrap())
        };
        for (name, number) in [("a:1", 0), ("b:2", 1), ("docker.io/library/b:3", 1), ("x:4", 2), ("c", 4)] {
            assert_eq!(selected(name), Ok(number), "{name}");
        }
        for error in [selected("a:9").unwrap_err(), open(folder.path()).unwrap_err()] {
            for part in
                ["several images", "a:1, c, docker.io/library/b:2 and b:3", &folder.path().display().to_string()]
            {
                assert!(error.contains(part), "{error}");
            }
        }
        let platforms = saved(&[(&["c"], "arm64"), (&["c"], "amd64"), (&["c"], "s390x")]);
        assert_eq!(open(platforms.path()).unwrap().config()["architecture"], "amd64");
        let one = saved(&[(&["c"], "arm64")]);
        assert!(open_named(one.path(), &Reference::parse("other").unwrap()).is_ok(), "the only one has any name");
    }

    #[test]
    fn a_tag_without_a_name_is_told_from_a_name() {
        for (name, is_tag) in
            [("latest", true), ("3.20", true), ("v1", true), ("alpine", false), ("vim", false), ("a:1", false)]
        {
            assert_eq!(is_only_tag(name), is_tag, "{name}");
        }
    }
}
