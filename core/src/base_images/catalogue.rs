//! Base images as data: sizes, libc, tools, configuration, each with its source and date.

use super::derived_size::Relative;
use super::image_rules::Rules;
use super::official::{Families, NotLoaded};
use super::resolver::{Resolved, Unresolved};
use super::rootfs::Rootfs;
use super::unknown_image;
use crate::image::{BaseFacts, Day, History, Image, Layer, Reference, sha256};
use crate::measure::{Part, Size, Way};
use crate::packages::index::Indexes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex};

/// A family's name and its measured images.
pub(super) type KnownRelatives = BTreeMap<String, Arc<Vec<Relative>>>;

/// The families whose measured images could not be compared, because histories are not loaded, while one question is
/// answered. Families are built from each other, so that each would be looked at again and again.
#[derive(Debug, Default)]
pub(super) struct UnloadedRelatives {
    /// Calls that are not over. With the last one the errors are forgotten.
    pub(super) calls: usize,
    /// Why, by the name of the family.
    pub(super) errors: BTreeMap<String, Unresolved>,
}

/// All base images.
#[derive(Debug)]
pub struct Catalogue {
    /// What package managers install.
    pub packages: Indexes,
    /// Facts that somebody added; they go before everything else.
    pub(super) added: Vec<Arc<BaseFacts>>,
    /// Images of which all facts are listed.
    listed: Vec<Arc<BaseFacts>>,
    /// Whether all of them are in `listed`, and not only those of the families that were fetched.
    has_all_listed: bool,
    pub(super) families: Families,
    /// Rules that were fetched; those that are compiled in need no place.
    fetched_rules: Option<Arc<Rules>>,
    rootfs: Arc<Rootfs>,
    /// Images made so far: their trees are shared by every build.
    made: Mutex<BTreeMap<String, Arc<Image>>>,
    pub(super) resolved: Mutex<BTreeMap<(String, Day), Arc<Resolved>>>,
    pub(super) relatives: Mutex<KnownRelatives>,
    pub(super) unloaded: Mutex<UnloadedRelatives>,
}

/// The listed images that are compiled in.
#[cfg(feature = "packages")]
const LISTED: &str = include_str!("../../data/images.jsonl");
#[cfg(not(feature = "packages"))]
const LISTED: &str = "";

/// What [`Unresolved::NotLoaded`] names where the rules about other images are not loaded: `data/image_rules.json`.
pub const IMAGE_RULES: &str = "image-rules";

/// What [`Unresolved::NotLoaded`] names where the listed images are not loaded: `data/images.jsonl`.
pub const LISTED_IMAGES: &str = "images";

/// The newest day of the data: the last listing of `data/images.jsonl`.
const NEWEST_DAY: &str = "2026-09-25";

/// The newest day of the data. On it moving tags mean what an engine of today gets.
pub fn newest_day() -> Day {
    static NEWEST: LazyLock<Day> = LazyLock::new(|| NEWEST_DAY.parse().unwrap_or(Day::EPOCH));
    *NEWEST
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

/// The same data, without what was made of it and what was missed.
impl Clone for Catalogue {
    fn clone(&self) -> Self {
        Catalogue {
            packages: self.packages.clone(),
            added: self.added.clone(),
            listed: self.listed.clone(),
            has_all_listed: self.has_all_listed,
            families: self.families.clone(),
            fetched_rules: self.fetched_rules.clone(),
            rootfs: self.rootfs.clone(),
            made: Mutex::default(),
            resolved: Mutex::default(),
            relatives: Mutex::default(),
            unloaded: Mutex::default(),
        }
    }
}

impl Catalogue {
    /// Reads the catalogue that is compiled in.
    ///
    /// Lines that cannot be read are left out; a test proves that there are none.
    pub fn builtin() -> Self {
        let listed = LISTED.lines().filter_map(|line| serde_json::from_str(line).ok()).map(Arc::new).collect();
        Catalogue {
            packages: Indexes::builtin(),
            listed,
            has_all_listed: !LISTED.is_empty(),
            families: Families::default(),
            ..Catalogue::empty()
        }
    }

    /// A catalogue to which everything has to be added, whatever is compiled in.
    pub fn empty() -> Self {
        Catalogue {
            packages: Indexes::default(),
            added: Vec::new(),
            listed: Vec::new(),
            has_all_listed: false,
            families: Families::only_added(),
            fetched_rules: None,
            rootfs: Arc::new(Rootfs::builtin()),
            made: Mutex::default(),
            resolved: Mutex::default(),
            relatives: Mutex::default(),
            unloaded: Mutex::default(),
        }
    }

    /// Adds facts, one JSON object a line; they go before what is known of the same names.
    ///
    /// # Errors
    /// The first line that cannot be read, by its number.
    pub fn add(&mut self, lines: &str) -> Result<(), String> {
        let added: Vec<Arc<BaseFacts>> = read(lines)?.into_iter().map(|(_, facts)| Arc::new(facts)).collect();
        let new = |facts: &&Arc<BaseFacts>| !added.iter().any(|one| one.is_same_image(facts));
        let kept: Vec<_> = self.added.iter().filter(new).cloned().collect();
        self.added = added.into_iter().chain(kept).collect();
        self.forget();
        Ok(())
    }

    /// Forgets the facts that somebody added.
    pub fn forget_added(&mut self) {
        self.added.clear();
        self.forget();
    }

    /// Adds the listed images that were fetched: the text of `data/images.jsonl`.
    ///
    /// # Errors
    /// The first line that cannot be read, by its number.
    pub fn add_listed(&mut self, lines: &str) -> Result<(), String> {
        self.listed = read(lines)?.into_iter().map(|(_, facts)| Arc::new(facts)).collect();
        self.has_all_listed = true;
        self.forget();
        Ok(())
    }

    /// What was asked for since the last call and is not loaded, each to be fetched and added: [`IMAGE_RULES`],
    /// [`LISTED_IMAGES`] and names of families. There is nothing of the kind with the feature `packages`.
    pub fn take_missing(&self) -> BTreeSet<String> {
        self.families.take_missing()
    }

    /// The listed images, those of all repositories.
    ///
    /// # Errors
    /// They are not loaded.
    pub(super) fn all_listed(&self) -> Result<&[Arc<BaseFacts>], NotLoaded> {
        if self.has_all_listed { Ok(&self.listed) } else { Err(self.families.not_loaded(LISTED_IMAGES)) }
    }

    /// The listed images of a family whose history is loaded.
    pub(super) fn listed_of<'c>(&'c self, family: &'c str) -> impl Iterator<Item = &'c Arc<BaseFacts>> {
        self.listed.iter().filter(move |facts| facts.name == family)
    }

    /// Adds the history of a family that was fetched: the bytes of a file of `data/official`.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn add_family(&mut self, bytes: &[u8]) -> Result<(), String> {
        let family = self.families.add(bytes)?;
        let known = |facts: &&Arc<BaseFacts>| !self.listed.iter().any(|one| one.is_same_image(facts));
        let new: Vec<_> = family.listed.iter().filter(known).cloned().collect();
        self.listed.extend(new);
        self.forget();
        Ok(())
    }

    /// Adds the rules that were fetched: the text of `data/image_rules.json`.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn add_rules(&mut self, text: &str) -> Result<(), String> {
        self.fetched_rules = Some(Arc::new(Rules::read(text)?));
        self.forget();
        Ok(())
    }

    /// The rules about images that are no official ones.
    ///
    /// # Errors
    /// They are not loaded.
    pub(super) fn rules(&self) -> Result<&Rules, NotLoaded> {
        let rules =
            self.fetched_rules.as_deref().or_else(|| if self.families.only_added { None } else { Rules::builtin() });
        rules.ok_or_else(|| self.families.not_loaded(IMAGE_RULES))
    }

    /// Forgets what was made of the facts.
    fn forget(&self) {
        if let (Ok(mut made), Ok(mut resolved), Ok(mut relatives)) =
            (self.made.lock(), self.resolved.lock(), self.relatives.lock())
        {
            made.clear();
            resolved.clear();
            relatives.clear();
        }
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

    /// Every listed image that stands for its tags on a day, in the order of their names.
    pub fn entries(&self, day: Day) -> impl Iterator<Item = &Arc<BaseFacts>> {
        // Where the list is not loaded, that is noted; those images of it that are here are not all.
        let _ = self.all_listed();
        // The listings are of January 2018 and of the newest days.
        let early = newest_day().days_since(day) > 5 * 365;
        self.added.iter().chain(self.listed.iter().filter(move |facts| (facts.era == "2018") == early))
    }

    /// The facts on a reference on a day.
    ///
    /// # Errors
    /// [`Unresolved`].
    pub fn find(&self, reference: &Reference, day: Day) -> Result<Arc<BaseFacts>, Unresolved> {
        self.resolve(reference, day).map(|resolved| resolved.facts.clone())
    }

    /// The image of a reference on a day, with its modelled file system.
    ///
    /// # Errors
    /// [`Unresolved`].
    pub fn image(&self, reference: &Reference, day: Day) -> Result<Arc<Image>, Unresolved> {
        Ok(self.image_of(&self.resolve(reference, day)?.facts))
    }

    /// An image of a name of which nothing is known but that it has a shell.
    pub(crate) fn unknown_image(&self, reference: &Reference) -> Arc<Image> {
        self.image_of(&Arc::new(unknown_image::facts(&reference.repository, &reference.tag)))
    }

    /// The image of facts, with its modelled file system.
    pub(crate) fn image_of(&self, facts: &Arc<BaseFacts>) -> Arc<Image> {
        let key = format!("{} {} {}", facts.reference(), facts.era, facts.source);
        if let Some(image) = self.made.lock().ok().and_then(|made| made.get(&key).cloned()) {
            return image;
        }
        let basis: Arc<str> = facts.size_basis_text().into();
        let known_id = facts.id.clone().unwrap_or_else(|| sha256(key.as_bytes()));
        let mut layers: Vec<Arc<Layer>> = facts
            .layers
            .iter()
            .enumerate()
            .map(|(index, layer)| {
                Arc::new(Layer {
                    created_by: layer.by.clone(),
                    size: match (facts.size_basis.as_str(), layer.range) {
                        ("exact", _) => Size::exact(layer.size),
                        (_, Some((low, high))) => {
                            let part = Part::new(facts.reference(), basis.clone(), Way::ImageArchive);
                            Size::estimated(layer.size, part.between(low, high))
                        }
                        _ => Size::modelled(layer.size, basis.clone()),
                    },
                    entries: Vec::new(),
                    unlisted: Vec::new(),
                    diff_id: sha256(format!("{known_id} layer {index}").as_bytes()),
                })
            })
            .collect();
        if ["unknown", "at-least"].contains(&facts.size_basis.as_str()) {
            layers.push(Arc::new(Layer {
                created_by: format!("further layers of {}", facts.reference()),
                size: Size::unknown_part(Part::new(
                    facts.reference(),
                    format!("the size of {} is not known", facts.reference()),
                    Way::ImageArchive,
                )),
                entries: Vec::new(),
                unlisted: Vec::new(),
                diff_id: sha256(format!("{known_id} further layers").as_bytes()),
            }));
        }
        let history = layers
            .iter()
            .map(|layer| History { created_by: layer.created_by.as_str().into(), empty_layer: false, comment: None })
            .collect();
        let image = Arc::new(Image {
            id: known_id,
            layers,
            config: facts.config(),
            history,
            tree: match facts.is_unknown() {
                true => unknown_image::tree(),
                false => self.rootfs.tree(facts, &self.packages),
            },
            base: Some(facts.clone()),
        });
        if let Ok(mut made) = self.made.lock() {
            made.insert(key, image.clone());
        }
        image
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The day of the article.
    fn then() -> Day {
        "2018-01-08".parse().unwrap()
    }

    #[test]
    fn every_line_of_the_data_is_read_and_adds_up() {
        let catalogue = Catalogue::builtin();
        assert_eq!(catalogue.listed.len(), include_str!("../../data/images.jsonl").lines().count());
        for facts in &catalogue.listed {
            assert!(!facts.source.is_empty() && !facts.tags.is_empty(), "{}", facts.reference());
            let sum: u64 = facts.layers.iter().map(|layer| layer.size).sum();
            assert!(sum.abs_diff(facts.size) <= 10, "{}: layers {sum}, image {}", facts.reference(), facts.size);
            let day = if facts.era == "2018" { then() } else { newest_day() };
            let image = catalogue.image(&Reference::parse(&facts.reference()).unwrap(), day).unwrap();
            for loader in &facts.interp {
                assert!(image.tree.stat("/", loader).is_ok(), "{}: {loader}", facts.reference());
            }
            if facts.shell.is_some() {
                assert!(image.tree.stat("/", "/bin/sh").is_ok(), "{}: no /bin/sh", facts.reference());
            }
        }
    }

    #[test]
    fn the_newest_day_is_that_of_the_last_listing() {
        let last = Catalogue::builtin().listed.iter().filter_map(|facts| facts.day()).max();
        assert_eq!(last, Some(newest_day()));
    }

    #[test]
    fn the_day_decides_what_latest_means() {
        let catalogue = Catalogue::builtin();
        let alpine = Reference::parse("alpine").unwrap();
        let then = catalogue.find(&alpine, then()).unwrap();
        let now = catalogue.find(&alpine, newest_day()).unwrap();
        assert!(then.size < now.size);
    }

    #[test]
    fn unknown_names_come_with_near_ones() {
        let catalogue = Catalogue::builtin();
        let ask = |text: &str| match catalogue.find(&Reference::parse(text).unwrap(), newest_day()) {
            Err(Unresolved::NotFound(missing)) => missing.near,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(ask("apline").first().map(String::as_str), Some("alpine"));
        assert!(ask("golang:1.27-alpin").first().unwrap().starts_with("golang:1.27-alpine"));
    }
}
