//! The files of a directory as tiles, by size.

use super::file_list::FilteredFiles;
use super::image_files::{FileType, PACKAGE};
use super::path_changes::Scope;
use stageplay_core::fs::path;
use stageplay_core::measure::Bounds;
use stageplay_protocol::MapTile;

/// The tiles of the directory, and those in each of them.
const MAX_TILES: [usize; 2] = [24, 10];
/// What is smaller than this part of the whole gets no tile of its own: a 400th.
const SMALLEST: u64 = 400;

/// The tiles of a directory, the largest first; the last one is what is too small.
pub(crate) fn tiles(files: &FilteredFiles, scope: &Scope, directory: &str) -> Vec<MapTile> {
    let total = files.size(directory, scope).best;
    of_level(files, scope, directory, total / SMALLEST, 0)
}

fn of_level(files: &FilteredFiles, scope: &Scope, directory: &str, least: u64, level: usize) -> Vec<MapTile> {
    let Some(most) = MAX_TILES.get(level) else { return Vec::new() };
    let mut tiles: Vec<MapTile> = Vec::new();
    let (mut rest, mut of_rest) = (MapTile::default(), Bounds::default());
    for (path, size) in files.sorted_children(directory, scope) {
        if size.best == 0 {
            continue;
        }
        let sum = files.directories.get(&*path);
        let count = sum.map_or(1, |sum| sum.files);
        if tiles.len() >= *most || size.best < least {
            of_rest += size;
            rest.files += count;
            continue;
        }
        let file = scope.files.get(&path);
        let is_dir = file.map_or(sum.is_some(), |file| file.fact.kind == FileType::Dir);
        let change = match (sum.filter(|_| is_dir), file) {
            (Some(sum), _) => sum.change(),
            (None, Some(file)) => file.change,
            (None, None) => Default::default(),
        };
        tiles.push(MapTile {
            name: path::file_name(&path).trim_start_matches(PACKAGE).to_string(),
            bytes: size.best,
            size: size.text(3),
            is_dir,
            files: count,
            change,
            children: if is_dir { of_level(files, scope, &path, least, level + 1) } else { Vec::new() },
            path: path.to_string(),
        });
    }
    if of_rest.best > 0 {
        (rest.bytes, rest.size) = (of_rest.best, of_rest.text(3));
        tiles.push(rest);
    }
    tiles
}
