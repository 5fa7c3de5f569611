//! Language services for editors (`stageplay-dockerfile`) with the simulator's files and base images.

pub use stageplay_dockerfile::language::*;

use crate::base_images::{Catalogue, How, Unresolved};
use crate::fs::{Node, Tree, expand_sources};
use crate::image::{Day, Reference};
use crate::measure::Size;
use std::sync::Arc;

impl SourceFiles for Tree {
    fn list(&self, directory: &str) -> Vec<DirectoryEntry> {
        let below = if directory == "/" { "" } else { directory };
        let entry = |(path, node): (&Arc<str>, &Node)| {
            let name = path.strip_prefix(below)?.strip_prefix('/')?;
            let is_child = !name.is_empty() && !name.contains('/');
            is_child.then(|| DirectoryEntry { name: name.to_string(), is_dir: node.is_dir() })
        };
        self.walk(directory).filter_map(entry).collect()
    }

    fn measure(&self, source: &str) -> Option<SourceSummary> {
        let tops = expand_sources(self, source).ok()?;
        let contents = tops.iter().flat_map(|top| self.walk(&top.path)).filter_map(|(_, node)| node.content());
        let sizes: Vec<Size> = contents.map(|content| content.size()).collect();
        let files = sizes.len();
        let size: Size = sizes.into_iter().sum();
        Some(SourceSummary { files, size: size.human() })
    }
}

/// The files of stages, as [`Surroundings`] takes them.
pub fn stage_files(stages: &[Option<Tree>]) -> Vec<Option<&dyn SourceFiles>> {
    stages.iter().map(|tree| tree.as_ref().map(|tree| tree as &dyn SourceFiles)).collect()
}

/// The base images of a catalogue, as they are on a day.
#[derive(Clone, Copy, Debug)]
pub struct CatalogueImages<'c> {
    /// The facts.
    pub catalogue: &'c Catalogue,
    /// The day on which tags are looked up.
    pub day: Day,
}

impl BaseImages for CatalogueImages<'_> {
    fn repositories(&self) -> Vec<&str> {
        self.catalogue.repositories(self.day).into_iter().collect()
    }

    fn tags(&self, repository: &str, typed: &str, most: usize) -> Vec<String> {
        self.catalogue.tags(repository, typed, self.day, most)
    }

    fn find(&self, reference: &Reference) -> ImageLookup {
        let found = self.catalogue.resolve(reference, self.day);
        match found.and_then(|resolved| Ok((self.catalogue.image(reference, self.day)?, resolved))) {
            Ok((_, resolved)) if resolved.how == How::Unknown => ImageLookup::Unknown,
            Ok((image, resolved)) => ImageLookup::Found(ImageSummary {
                resolved: resolved.name.clone(),
                day: resolved.as_of.map(|day| day.to_string()),
                size: image.size().human(),
                basis: resolved.facts.size_basis_text(),
            }),
            Err(Unresolved::NotFound(missing)) => ImageLookup::NotFound(missing.near),
            Err(Unresolved::NotLoaded(_)) => ImageLookup::NotLoaded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_images::newest_day;
    use crate::fs::{Content, Kind};

    fn with<T>(marked: &str, ask: impl Fn(&str, usize, &Surroundings) -> T) -> T {
        let place = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        let file = || Kind::File(Content::inline([]));
        let mut context = Tree::default();
        context.put("/main.go", file(), 0o644, 0, 0);
        context.put("/web", Kind::Dir { partial: false }, 0o755, 0, 0);
        context.put("/web/index.html", file(), 0o644, 0, 0);
        let mut built = Tree::default();
        built.put("/src", Kind::Dir { partial: false }, 0o755, 0, 0);
        built.put("/src/server", file(), 0o755, 0, 0);
        let stages = [Some(built)];
        let images = CatalogueImages { catalogue: &Catalogue::builtin(), day: newest_day() };
        ask(&text, place, &Surroundings { images: &images, context: &context, stages: &stage_files(&stages) })
    }

    #[test]
    fn completions_name_files_and_base_images() {
        let offered = |marked: &str| -> Vec<String> {
            with(marked, |text, at, around| complete(text, at, around).into_iter().map(|one| one.insert).collect())
        };
        let from = offered("FROM a AS one\nFROM b AS two\nFROM c\nCOPY --from=t|");
        assert_eq!((from[0].as_str(), from.contains(&"traefik".to_string())), ("two", true), "{from:?}");
        assert_eq!(offered("FROM a\nCOPY |"), ["main.go", "web/"]);
        assert_eq!(offered("FROM a\nCOPY w|"), ["web/"]);
        assert_eq!(offered("FROM a\nCOPY web/|"), ["web/index.html"]);
        assert_eq!(offered("FROM a AS b\nFROM c\nCOPY --from=b /src/|"), ["/src/server"]);
        assert!(offered("FROM alp|").contains(&"alpine".to_string()));
        let tags = offered("FROM alpine:3|");
        assert!(!tags.is_empty() && tags.iter().all(|name| name.starts_with("alpine:3")));
    }

    #[test]
    fn hovers_tell_what_images_and_copies_weigh() {
        let hovered = |marked: &str| {
            let hover = with(marked, hover).unwrap();
            (hover.code, hover.params)
        };
        let (code, params) = hovered("FROM alp|ine\n");
        assert_eq!((code.as_str(), params[0].1.as_str()), ("hover.image-on", "alpine:latest"));
        assert!(params[1].1.starts_with("alpine:3.") && params[2].1.ends_with("MB"), "{params:?}");
        assert_eq!(hovered("FROM example.com/a/|b\n").0, "hover.image-not-known");
        let (code, params) = hovered("FROM alpi|n\n");
        assert_eq!((code.as_str(), params[1].1.contains("alpine")), ("hover.unknown-image", true));
        let (code, params) = hovered("FROM a\nCOPY ma|in.go /x/\n");
        assert_eq!((code.as_str(), params[1].1.as_str(), params[2].1.as_str()), ("hover.copy", "1", "0B"));
        assert_eq!(hovered("FROM a AS b\nFROM c\nCOPY --from=b /s|rc /x/\n").1[1].1, "1");
        assert_eq!(hovered("FROM a\nCOPY no|pe /x/\n").0, "hover.copy-missing");
    }
}
