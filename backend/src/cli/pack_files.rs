//! Finds packs and collections of packs on disk, and reads their files.

use super::usage_error::UsageError;
use stageplay::disk::read_found_file;
use stageplay_core::exercise::{
    Collection, Files, MAX_COLLECTION_BYTES, MAX_COLLECTION_FILES, PackFile, Place, Problem, check_collection,
    from_bundle,
};
use stageplay_core::words::Language;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A pack as it was found.
#[derive(Debug)]
pub(super) struct FoundPack {
    /// Its folder, or its file if it is one file.
    pub(super) path: PathBuf,
    /// The name of its folder or file.
    pub(super) name: String,
    pub(super) files: Files,
    /// What is wrong with the files themselves.
    pub(super) problems: Vec<Problem>,
    /// The only language that was asked for, by naming its Markdown file.
    pub(super) only: Option<String>,
    /// All of it stands in one file.
    is_one_file: bool,
}

impl FoundPack {
    /// The path of a file of the pack, for messages.
    pub(super) fn place(&self, file: &str) -> PathBuf {
        match file {
            "" => self.path.clone(),
            _ if self.is_one_file => self.path.clone(),
            _ => self.path.join(file),
        }
    }
}

/// What was found below the paths of a command line.
#[derive(Debug, Default)]
pub(super) struct FoundPacks {
    /// In order of the paths, of a collection in its own order.
    pub(super) packs: Vec<FoundPack>,
    /// What is wrong with collections, each with the path of the collection.
    pub(super) problems: Vec<(PathBuf, Problem)>,
    /// The titles of collections, in order.
    pub(super) collections: Vec<Collection>,
}

/// Finds packs: folders with `pack.toml` or Markdown by language, single Markdown files, bundles, and folders of these.
///
/// # Errors
/// A path that does not exist or cannot be read, or that holds no pack.
pub(super) fn find(paths: &[PathBuf]) -> Result<FoundPacks, UsageError> {
    let mut found = FoundPacks::default();
    let mut folders = 0;
    for path in paths {
        let before = found.packs.len() + found.problems.len();
        add(path, &mut found, 0, &mut folders)?;
        if found.packs.len() + found.problems.len() == before {
            return Err(format!("found no lessons or packs in {}", path.display()));
        }
    }
    Ok(found)
}

/// How deep folders of packs may be nested.
const MAX_DEPTH: usize = 8;
/// The most folders that are looked into: links may lead to the same ones again and again.
const MAX_FOLDERS: usize = 10_000;

fn add(path: &Path, found: &mut FoundPacks, depth: usize, folders: &mut usize) -> Result<(), UsageError> {
    if !path.exists() {
        return Err(format!("{} does not exist", path.display()));
    }
    if path.is_file() {
        return add_file(path, found, folders);
    }
    *folders += 1;
    if *folders > MAX_FOLDERS {
        return Err(format!("there are more than {MAX_FOLDERS} folders; name those with packs"));
    }
    if path.join("index.toml").is_file() {
        let (files, problems) = read_folder(path)?;
        found.problems.extend(problems.into_iter().map(|problem| (path.to_path_buf(), problem)));
        add_collection(path, &files, found);
        return Ok(());
    }
    if path.join("pack.toml").is_file() || !markdown_files(path)?.is_empty() {
        found.packs.push(pack_folder(path, None)?);
        return Ok(());
    }
    if depth == MAX_DEPTH {
        return Ok(());
    }
    for entry in sorted_entries(path)? {
        let is_markdown = entry.extension().is_some_and(|extension| extension == "md");
        if entry.is_dir() || (entry.is_file() && is_markdown && begins_as_pack(&entry)) {
            add(&entry, found, depth + 1, folders)?;
        }
    }
    Ok(())
}

fn add_file(path: &Path, found: &mut FoundPacks, folders: &mut usize) -> Result<(), UsageError> {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match extension.as_str() {
        "toml" if stem == "pack" => found.packs.push(pack_folder(folder, None)?),
        "toml" if stem == "index" => add(folder, found, 0, folders)?,
        "md" if is_language(&stem) => found.packs.push(pack_folder(folder, Some(stem))?),
        "md" => {
            let bytes = read_file(path)?;
            let files = Files::from([("en.md".to_string(), PackFile { mode: 0o644, bytes })]);
            found.packs.push(one_file(path, stem, files));
        }
        "json" => {
            let bytes = read_file(path)?;
            let read = String::from_utf8(bytes).map_err(|_| ("pack.not-utf8", String::new()));
            match read.and_then(|text| from_bundle(&text)) {
                Ok((_, files)) if files.contains_key("index.toml") => add_collection(path, &files, found),
                Ok((name, files)) => found.packs.push(one_file(path, name, files)),
                Err((code, what)) => {
                    let params = vec![("what", what)];
                    let problem = Problem { place: Place::default(), code, params, observed: None, variant: None };
                    found.problems.push((path.to_path_buf(), problem));
                }
            }
        }
        _ => return Err(format!("{} is neither a folder, Markdown (*.md) nor a bundle (*.json)", path.display())),
    }
    Ok(())
}

fn one_file(path: &Path, name: String, files: Files) -> FoundPack {
    FoundPack { path: path.to_path_buf(), name, files, problems: Vec::new(), only: None, is_one_file: true }
}

fn add_collection(path: &Path, files: &Files, found: &mut FoundPacks) {
    match Collection::read(files) {
        Some(Ok(collection)) => {
            let problems = check_collection(&collection, files);
            found.problems.extend(problems.into_iter().map(|problem| (path.to_path_buf(), problem)));
            let folders = collection.chapters.iter().flat_map(|chapter| &chapter.packs);
            for (folder, (name, files)) in folders.zip(collection.packs(files)) {
                if !files.is_empty() {
                    found.packs.push(FoundPack {
                        path: path.join(folder),
                        name,
                        files,
                        problems: Vec::new(),
                        only: None,
                        is_one_file: false,
                    });
                }
            }
            found.collections.push(collection);
        }
        Some(Err(problem)) => found.problems.push((path.to_path_buf(), problem)),
        None => {}
    }
}

fn pack_folder(path: &Path, only: Option<String>) -> Result<FoundPack, UsageError> {
    let (files, problems) = read_folder(path)?;
    let full = path.canonicalize().map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let name = full.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(FoundPack { path: path.to_path_buf(), name, files, problems, only, is_one_file: false })
}

/// The name and all files of one pack or collection.
///
/// # Errors
/// It is not a folder, or cannot be read.
pub(super) fn read_whole(path: &Path) -> Result<(String, Files), UsageError> {
    if !path.is_dir() {
        return Err(format!("{} is not a folder", path.display()));
    }
    let pack = pack_folder(path, None)?;
    match pack.problems.first() {
        Some(problem) => {
            Err(format!("{}: {}", pack.place(&problem.place.file).display(), problem.message(Language::English)))
        }
        None => Ok((pack.name, pack.files)),
    }
}

/// Whether a Markdown file begins with front matter.
fn begins_as_pack(path: &Path) -> bool {
    read_file(path).is_ok_and(|bytes| bytes.starts_with(b"---\n") || bytes.starts_with(b"+++\n"))
}

/// Whether the stem of a Markdown file is a language such as `en` or `zh-CN`.
fn is_language(stem: &str) -> bool {
    let mut parts = stem.split('-');
    let main = parts.next().unwrap_or("");
    (2..=3).contains(&main.len())
        && main.chars().all(|c| c.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}

fn markdown_files(folder: &Path) -> Result<Vec<PathBuf>, UsageError> {
    let entries = sorted_entries(folder)?;
    let is_page = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "md")
            && path.file_stem().is_some_and(|stem| is_language(&stem.to_string_lossy()))
    };
    Ok(entries.into_iter().filter(is_page).collect())
}

fn sorted_entries(folder: &Path) -> Result<Vec<PathBuf>, UsageError> {
    let fail = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        entries.push(entry.map_err(fail)?.path());
    }
    entries.sort();
    Ok(entries)
}

fn read_file(path: &Path) -> Result<Vec<u8>, UsageError> {
    read_found_file(path, 2 * MAX_COLLECTION_BYTES as u64)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Reads the files of a folder. Links and special files are problems.
fn read_folder(top: &Path) -> Result<(Files, Vec<Problem>), UsageError> {
    let (mut files, mut problems, mut bytes) = (Files::new(), Vec::new(), 0u64);
    let mut folders = vec![(top.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for path in sorted_entries(&folder)? {
            let fail = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let place = format!("{prefix}{name}");
            let meta = fs::symlink_metadata(&path).map_err(fail)?;
            if meta.is_dir() {
                folders.push((path, format!("{place}/")));
                continue;
            }
            if !meta.is_file() {
                let (params, place) = (Vec::new(), Place::file(place));
                problems.push(Problem { place, code: "pack.symlink", params, observed: None, variant: None });
                continue;
            }
            bytes += meta.len();
            if files.len() == MAX_COLLECTION_FILES || bytes > MAX_COLLECTION_BYTES as u64 {
                let limits = format!("{MAX_COLLECTION_FILES} files or {MAX_COLLECTION_BYTES} bytes");
                return Err(format!("{} holds more than {limits}", top.display()));
            }
            let mode = if meta.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 };
            files.insert(place, PackFile { mode, bytes: read_file(&path)? });
        }
    }
    Ok((files, problems))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_the_folder_itself_end_with_an_error() {
        let folder = tempfile::tempdir().unwrap();
        for name in 0..20 {
            std::os::unix::fs::symlink(".", folder.path().join(name.to_string())).unwrap();
        }
        let error = find(&[folder.path().to_path_buf()]).unwrap_err();
        assert!(error.contains("more than 10000 folders"), "{error}");
    }
}
