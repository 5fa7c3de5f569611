//! The exercises of `www/packs` as one JSON file each (docs/formats/packs.md, "One file"): with their solutions for the page,
//! without them for the pages of other people, whose readers are not shown a solution.

use crate::files::{empty, files, put};
use stageplay_core::exercise::{Files, PackFile, to_bundle, without_solution};
use std::fs;
use std::path::Path;

/// The folder of the exercises.
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../www/packs");

/// Writes `CHAPTER/NAME.json` for each pack below `page` and `embed`, and `page/index.json` with what the list of exercises
/// needs of all of them.
///
/// # Errors
/// A file that cannot be read or written, by its path.
pub(crate) fn write(page: &Path, embed: &Path) -> Result<(), String> {
    empty(page)?;
    empty(embed)?;
    let source = Path::new(SOURCE);
    let all = read(source)?;
    let is_index = |path: &str| path == "index.toml" || path.ends_with("/pack.toml");
    let index = all.iter().filter(|(path, _)| is_index(path));
    let index: Files = index.map(|(path, file)| (path.clone(), file.clone())).collect();
    put(&page.join("index.json"), &to_bundle("packs", &index))?;
    for folder in index.keys().filter_map(|path| path.strip_suffix("/pack.toml")) {
        let name = folder.rsplit('/').next().unwrap_or(folder);
        let pack = read(&source.join(folder))?;
        put(&page.join(format!("{folder}.json")), &to_bundle(name, &pack))?;
        put(&embed.join(format!("{folder}.json")), &to_bundle(name, &without_solution(&pack)))?;
    }
    Ok(())
}

/// The files below a folder.
fn read(folder: &Path) -> Result<Files, String> {
    let mut found = Files::new();
    for path in files(folder)? {
        let fail = |error: std::io::Error| format!("{}: {error}", path.display());
        let bytes = fs::read(&path).map_err(fail)?;
        let mode = if is_executable(&fs::metadata(&path).map_err(fail)?) { 0o755 } else { 0o644 };
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        found.insert(name, PackFile { mode, bytes });
    }
    Ok(found)
}

#[cfg(unix)]
fn is_executable(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    meta.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use stageplay_core::exercise::{Collection, from_bundle};

    #[test]
    fn the_page_gets_every_pack_with_its_solution_and_embeds_get_the_same_without() {
        let out = std::env::temp_dir().join(format!("stageplay-packs-{}", std::process::id()));
        let (page, embed) = (out.join("page"), out.join("embed"));
        write(&page, &embed).unwrap();
        let text = |path: &Path| fs::read_to_string(path).unwrap();
        let (_, index) = from_bundle(&text(&page.join("index.json"))).unwrap();
        let collection = Collection::read(&index).unwrap().unwrap();
        let listed: Vec<&String> = collection.chapters.iter().flat_map(|chapter| &chapter.packs).collect();
        assert!(listed.len() >= 36, "{}", listed.len());
        for folder in listed {
            let (name, whole) = from_bundle(&text(&page.join(format!("{folder}.json")))).unwrap();
            let (_, without) = from_bundle(&text(&embed.join(format!("{folder}.json")))).unwrap();
            assert!(folder.ends_with(&format!("/{name}")));
            assert!(whole.keys().any(|path| path.starts_with("solution/")), "{folder}");
            assert_eq!(without, without_solution(&whole));
            assert!(without.keys().all(|path| !path.starts_with("solution") && !path.starts_with("states")));
            assert!(without.contains_key("pack.toml") && without.contains_key("zh-CN.md"), "{folder}");
        }
        fs::remove_dir_all(out).unwrap();
    }
}
