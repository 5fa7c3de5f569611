//! Base images as data: sizes, libc, tools, configuration, each with its source and date.

use super::rootfs::Rootfs;
use crate::image::{BaseFacts, History, Image, Layer, Reference, sha256};
use crate::measure::Size;
use crate::packages::index::Indexes;
use crate::text;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The time whose tags an engine sees: `alpine:latest` was another image in January 2018.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// January 2018.
    Y2018,
    /// The catalogue's newest listings (their dates are in the data, 2026).
    Current,
}

impl Era {
    fn name(self) -> &'static str {
        match self {
            Era::Y2018 => "2018",
            Era::Current => "current",
        }
    }
}

/// A reference that the catalogue does not have, with names near it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFound {
    /// What was asked for.
    pub reference: Reference,
    /// References that exist and look alike, best first; at most five.
    pub near: Vec<String>,
    /// The repository exists, only the tag does not.
    pub repository_known: bool,
}

/// All base images.
#[derive(Debug)]
pub struct Catalogue {
    /// What package managers install.
    pub packages: Indexes,
    facts: Vec<Arc<BaseFacts>>,
    rootfs: Rootfs,
    /// Images made so far: their trees are shared by every build.
    made: Mutex<BTreeMap<String, Arc<Image>>>,
}

/// Reads facts, one JSON object a line.
fn read(lines: &str) -> Result<Vec<(&str, BaseFacts)>, String> {
    /// More than anybody keeps by hand.
    const MAX_ENTRIES: usize = 10_000;
    let mut all = Vec::new();
    for (index, line) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let facts: BaseFacts = serde_json::from_str(line).map_err(|error| format!("line {}: {error}", index + 1))?;
        if facts.tags.is_empty() || facts.name.is_empty() {
            return Err(format!("line {}: an entry needs a name and a tag", index + 1));
        }
        all.push((line, facts));
        if all.len() > MAX_ENTRIES {
            return Err(format!("more than {MAX_ENTRIES} entries"));
        }
    }
    Ok(all)
}

impl Catalogue {
    /// Reads the catalogue that is compiled in.
    ///
    /// Lines that cannot be read are left out; a test proves that there are none.
    pub fn builtin() -> Self {
        let facts = include_str!("../../data/images.jsonl")
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .map(Arc::new)
            .collect();
        Catalogue { packages: Indexes::builtin(), facts, rootfs: Rootfs::builtin(), made: Mutex::default() }
    }

    /// Adds facts, one JSON object a line; they go before what is known of the same names.
    ///
    /// # Errors
    /// The first line that cannot be read, by its number.
    pub fn add(&mut self, lines: &str) -> Result<(), String> {
        let added: Vec<Arc<BaseFacts>> = read(lines)?.into_iter().map(|(_, facts)| Arc::new(facts)).collect();
        let new = |facts: &&Arc<BaseFacts>| !added.iter().any(|one| one.is_same_image(facts));
        let kept: Vec<_> = self.facts.iter().filter(new).cloned().collect();
        self.facts = added.into_iter().chain(kept).collect();
        if let Ok(mut made) = self.made.lock() {
            made.clear();
        }
        Ok(())
    }

    /// Lines of facts and, behind them, those older ones that are about no image of theirs.
    ///
    /// # Errors
    /// The first line that cannot be read, by its number.
    pub fn renewed(lines: &str, older: &str) -> Result<String, String> {
        let mut kept: Vec<(&str, BaseFacts)> = Vec::new();
        for (line, facts) in read(lines)?.into_iter().chain(read(older)?) {
            if !kept.iter().any(|(_, one)| one.is_same_image(&facts)) {
                kept.push((line, facts));
            }
        }
        Ok(kept.iter().map(|(line, _)| format!("{line}\n")).collect())
    }

    /// Every base image of an era, in the order of their names.
    pub fn entries(&self, era: Era) -> impl Iterator<Item = &Arc<BaseFacts>> {
        self.facts.iter().filter(move |facts| facts.era == era.name())
    }

    /// The facts on a reference: of the era, or else of the other one.
    ///
    /// # Errors
    /// [`NotFound`] with near names.
    pub fn find(&self, reference: &Reference, era: Era) -> Result<&Arc<BaseFacts>, NotFound> {
        let other = if era == Era::Y2018 { Era::Current } else { Era::Y2018 };
        let has = |facts: &&Arc<BaseFacts>| facts.name == reference.repository && facts.tags.contains(&reference.tag);
        if let Some(facts) = self.entries(era).find(has).or_else(|| self.entries(other).find(has)) {
            return Ok(facts);
        }
        let repository_known = self.facts.iter().any(|facts| facts.name == reference.repository);
        let near = if repository_known {
            let mut tags: Vec<&str> = self
                .entries(era)
                .filter(|facts| facts.name == reference.repository)
                .flat_map(|facts| facts.tags.iter().map(String::as_str))
                .collect();
            let shared = |tag: &str| tag.bytes().zip(reference.tag.bytes()).take_while(|(a, b)| a == b).count();
            tags.sort_by_key(|tag| (std::cmp::Reverse(shared(tag)), tag.len(), *tag));
            tags.into_iter().take(5).map(|tag| format!("{}:{tag}", reference.repository)).collect()
        } else {
            let names = self.facts.iter().map(|facts| facts.name.as_str());
            text::near(&reference.repository, names).into_iter().take(5).map(str::to_string).collect()
        };
        Err(NotFound { reference: reference.clone(), near, repository_known })
    }

    /// The image of a reference, with its modelled file system.
    ///
    /// # Errors
    /// [`NotFound`] with near names.
    pub fn image(&self, reference: &Reference, era: Era) -> Result<Arc<Image>, NotFound> {
        let facts = self.find(reference, era)?;
        let key = format!("{} {}", facts.reference(), facts.era);
        if let Some(image) = self.made.lock().ok().and_then(|made| made.get(&key).cloned()) {
            return Ok(image);
        }
        let basis: Arc<str> = facts.size_basis_text().into();
        let known_id = facts.id.clone().unwrap_or_else(|| sha256(key.as_bytes()));
        let layers: Vec<Arc<Layer>> = facts
            .layers
            .iter()
            .enumerate()
            .map(|(index, layer)| {
                Arc::new(Layer {
                    created_by: layer.by.clone(),
                    size: match facts.size_basis.as_str() {
                        "exact" => Size::exact(layer.size),
                        _ => Size::modelled(layer.size, basis.clone()),
                    },
                    entries: Vec::new(),
                    unlisted: Vec::new(),
                    diff_id: sha256(format!("{known_id} layer {index}").as_bytes()),
                })
            })
            .collect();
        let history = layers
            .iter()
            .map(|layer| History { created_by: layer.created_by.as_str().into(), empty_layer: false, comment: None })
            .collect();
        let image = Arc::new(Image {
            id: known_id,
            layers,
            config: facts.config(),
            history,
            tree: self.rootfs.tree(facts, &self.packages),
            base: Some(facts.clone()),
        });
        if let Ok(mut made) = self.made.lock() {
            made.insert(key, image.clone());
        }
        Ok(image)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_data_is_read_and_adds_up() {
        let catalogue = Catalogue::builtin();
        assert_eq!(catalogue.facts.len(), include_str!("../../data/images.jsonl").lines().count());
        for facts in &catalogue.facts {
            assert!(!facts.source.is_empty() && !facts.tags.is_empty(), "{}", facts.reference());
            let sum: u64 = facts.layers.iter().map(|layer| layer.size).sum();
            assert!(sum.abs_diff(facts.size) <= 10, "{}: layers {sum}, image {}", facts.reference(), facts.size);
            let era = if facts.era == "2018" { Era::Y2018 } else { Era::Current };
            let image = catalogue.image(&Reference::parse(&facts.reference()).unwrap(), era).unwrap();
            for loader in &facts.interp {
                assert!(image.tree.stat("/", loader).is_ok(), "{}: {loader}", facts.reference());
            }
            if facts.shell.is_some() {
                assert!(image.tree.stat("/", "/bin/sh").is_ok(), "{}: no /bin/sh", facts.reference());
            }
        }
    }

    #[test]
    fn the_era_decides_what_latest_means() {
        let catalogue = Catalogue::builtin();
        let alpine = Reference::parse("alpine").unwrap();
        let then = catalogue.find(&alpine, Era::Y2018).unwrap();
        let now = catalogue.find(&alpine, Era::Current).unwrap();
        assert!(then.size < now.size);
    }

    #[test]
    fn unknown_names_come_with_near_ones() {
        let catalogue = Catalogue::builtin();
        let ask = |text: &str| catalogue.find(&Reference::parse(text).unwrap(), Era::Current).unwrap_err().near;
        assert_eq!(ask("apline").first().map(String::as_str), Some("alpine"));
        assert!(ask("golang:1.27-alpin").first().unwrap().starts_with("golang:1.27-alpine"));
    }
}
