//! Images that are known by rule: what the names of widely used repositories and their tags say.
//!
//! `data/image_rules.json` holds the rules. A rule names repositories and, in its `tags`, which tags it knows;
//! the first whose pattern fits decides. What both say of the image is put together: a distribution's root
//! first, then the rule, then its tag. An image that adds something to an official one names that in `from`.
//! A tag that no rule knows gives nothing: the image is then unknown.

mod name_pattern;
#[cfg(test)]
mod tests;

use crate::image::{BaseFacts, ConfigFacts, LayerFacts, Libc, OwnFiles, Reference};
use name_pattern::{Captures, WordTables, filled, fits};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
#[cfg(feature = "packages")]
use std::sync::LazyLock;

/// Longest name and tag that are looked up, in bytes (distribution/reference).
const MAX_REPOSITORY: usize = 255 + 128;
const MAX_TAG: usize = 128;
/// `size_basis` of an image whose size no source names.
pub(crate) const SIZE_UNKNOWN: &str = "unknown";

/// What a rule says of an image.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RuleFacts {
    /// The facts. With `from`, only what the image adds to that one: `distro` and `libc.flavor` are empty.
    /// A size of 0 with the basis `unknown` is not known.
    pub(crate) facts: BaseFacts,
    /// The official image on which it is built.
    pub(crate) from: Option<Reference>,
}

/// All rules.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    words: WordTables,
    parts: BTreeMap<String, Value>,
    sizes: BTreeMap<String, Size>,
    rules: Vec<Rule>,
    /// By the first part of the repository's name: the places of the rules.
    index: BTreeMap<String, Vec<usize>>,
}

/// What `data/image_rules.json` holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    words: WordTables,
    /// [`Part`]s by the names under which others take them in.
    parts: BTreeMap<String, Value>,
    /// By reference: sizes on disk that were measured or estimated.
    sizes: BTreeMap<String, Size>,
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// Patterns of repositories; the part before the first slash is plain text.
    repositories: Vec<String>,
    /// Whether the repository's name tells the release, so that every digest in it has that one.
    #[serde(default)]
    release_in_name: bool,
    /// [`Part`] of all tags.
    #[serde(default)]
    image: Value,
    tags: Vec<TagRule>,
    /// Where the rule was read.
    source: String,
    /// When.
    date: String,
    /// References that a test asks for.
    #[cfg_attr(not(test), allow(dead_code, reason = "the tests ask for the examples"))]
    examples: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TagRule {
    /// Patterns of tags.
    tags: Vec<String>,
    /// By capture: the version from which on the rule holds.
    #[serde(default)]
    since: BTreeMap<String, String>,
    /// By capture: the version from which on the rule holds no more.
    #[serde(default)]
    until: BTreeMap<String, String>,
    /// [`Part`] of these tags.
    #[serde(default)]
    image: Value,
}

/// What a rule, a tag or a part that both share says of an image. Texts may hold captures of the patterns.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Part {
    /// The part that holds the distribution's facts; a tag's goes before its rule's.
    root: Option<String>,
    /// Parts that are put before this one.
    parts: Vec<String>,
    /// The official image.
    from: Option<String>,
    distro: BTreeMap<String, String>,
    libc: Option<Libc>,
    interp: Option<Vec<String>>,
    /// An empty text: the image has none.
    shell: Option<String>,
    bash: Option<bool>,
    /// An empty text: the image has none.
    package_manager: Option<String>,
    config: ConfigFacts,
    toolchain: BTreeMap<String, String>,
    c_compiler: Option<bool>,
    ca_certificates: Option<bool>,
    files: OwnFiles,
    size: Option<EstimatedSize>,
}

/// An estimate of the bytes on disk of an image; of what it adds, if it is built on an official one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EstimatedSize {
    low: u64,
    best: u64,
    high: u64,
    /// What was measured, when, and by whom.
    source: String,
}

/// Bytes on disk of an image.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Size {
    bytes: u64,
    /// As in [`BaseFacts::size_basis`].
    basis: String,
    /// What its layer is.
    layer: String,
}

impl Rules {
    /// The rules that are compiled in, read when somebody asks for the first time.
    #[cfg(feature = "packages")]
    pub(crate) fn builtin() -> Option<&'static Self> {
        static BUILTIN: LazyLock<Rules> = LazyLock::new(|| {
            // A test proves that they can be read.
            Rules::read(include_str!("../../data/image_rules.json")).unwrap_or_default()
        });
        Some(&BUILTIN)
    }

    /// The rules that are compiled in: none, as they are fetched.
    #[cfg(not(feature = "packages"))]
    pub(crate) fn builtin() -> Option<&'static Self> {
        None
    }

    /// Reads rules.
    ///
    /// # Errors
    /// What JSON or form does not allow, with its line.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let file: RuleFile = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, rule) in file.rules.iter().enumerate() {
            for pattern in &rule.repositories {
                let places = index.entry(first_part(pattern).to_string()).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        Ok(Rules { words: file.words, parts: file.parts, sizes: file.sizes, rules: file.rules, index })
    }

    /// What the rules say of a reference; `None` if no rule knows the repository and its tag.
    pub(crate) fn find(&self, reference: &Reference) -> Option<RuleFacts> {
        if reference.repository.len() > MAX_REPOSITORY || reference.tag.len() > MAX_TAG {
            return None;
        }
        let places = self.index.get(first_part(&reference.repository))?;
        places.iter().filter_map(|place| self.rules.get(*place)).find_map(|rule| self.apply(rule, reference))
    }

    fn apply(&self, rule: &Rule, reference: &Reference) -> Option<RuleFacts> {
        let mut captures = vec![("tag".to_string(), reference.tag.clone())];
        if !rule.repositories.iter().any(|pattern| fits(pattern, &reference.repository, &self.words, &mut captures)) {
            return None;
        }
        for tag in &rule.tags {
            for pattern in &tag.tags {
                let mut captures = captures.clone();
                if fits(pattern, &reference.tag, &self.words, &mut captures) && tag.holds(&captures) {
                    return self.facts(rule, tag, reference, &captures);
                }
            }
        }
        None
    }

    fn facts(&self, rule: &Rule, tag: &TagRule, reference: &Reference, captures: &Captures) -> Option<RuleFacts> {
        let own = [Part::read(&rule.image, captures)?, Part::read(&tag.image, captures)?];
        let from = match own.iter().rev().find_map(|part| part.from.as_deref()) {
            Some(text) => Some(Reference::parse(text).ok()?),
            None => None,
        };
        let root = own.iter().rev().find_map(|part| part.root.clone());
        // Tags that name neither are listed so that a wider pattern does not take them.
        if root.is_none() && from.is_none() {
            return None;
        }
        let mut parts = Vec::new();
        for name in root.into_iter().chain(own.iter().flat_map(|part| part.parts.clone())) {
            parts.push(Part::read(self.parts.get(&name)?, captures)?);
        }
        let mut facts = BaseFacts {
            size_basis: SIZE_UNKNOWN.into(),
            source: rule.source.clone(),
            date: Some(rule.date.clone()),
            ..BaseFacts::named(reference.repository.as_str(), reference.tag.as_str())
        };
        parts.into_iter().chain(own).for_each(|part| part.put_onto(&mut facts));
        if let Some(size) = self.sizes.get(&reference.to_string()) {
            facts.size = size.bytes;
            facts.size_basis = size.basis.clone();
            facts.layers = vec![LayerFacts::new(size.layer.clone(), size.bytes)];
        }
        if reference.digest.is_some() && !rule.release_in_name {
            facts.forget_versions();
        }
        Some(RuleFacts { facts, from })
    }
}

impl TagRule {
    fn holds(&self, captures: &Captures) -> bool {
        let own = |name: &str| captures.iter().find(|(capture, _)| capture == name).map(|(_, value)| value.as_str());
        // A tag that leaves numbers open means the newest: `8` is later than `8.5`.
        let is_since = |(name, first): (&String, &String)| {
            own(name).is_some_and(|version| numbers(version, u32::MAX) >= numbers(first, 0))
        };
        let is_before = |(name, end): (&String, &String)| {
            own(name).is_some_and(|version| numbers(version, u32::MAX) < numbers(end, 0))
        };
        self.since.iter().all(is_since) && self.until.iter().all(is_before)
    }
}

impl Part {
    /// Fills the captures in. `None` if the value has not the form of a part, which a test rules out.
    fn read(value: &Value, captures: &Captures) -> Option<Self> {
        if value.is_null() {
            return Some(Part::default());
        }
        serde_json::from_value(filled_value(value, captures)).ok()
    }

    /// Adds what the part says to what is known so far.
    fn put_onto(self, facts: &mut BaseFacts) {
        let is_told = |(_, value): &(String, String)| !value.is_empty();
        facts.distro.extend(self.distro.into_iter().filter(is_told));
        if let Some(libc) = self.libc {
            facts.libc = libc;
        }
        if let Some(interp) = self.interp {
            facts.interp = interp;
        }
        if let Some(shell) = self.shell {
            facts.shell = Some(shell).filter(|name| !name.is_empty());
        }
        if let Some(manager) = self.package_manager {
            facts.package_manager = Some(manager).filter(|name| !name.is_empty());
        }
        facts.bash = self.bash.unwrap_or(facts.bash);
        facts.c_compiler = self.c_compiler.or(facts.c_compiler);
        facts.ca_certificates = self.ca_certificates.or(facts.ca_certificates);
        facts.toolchain.extend(self.toolchain.into_iter().filter(is_told));
        facts.config.put(self.config);
        facts.own_files.add(self.files);
        if let Some(size) = self.size {
            let by = format!("what {} adds", facts.reference());
            facts.size = size.best;
            facts.size_basis = "estimated".into();
            facts.layers = vec![LayerFacts { by, size: size.best, range: Some((size.low, size.high)) }];
            facts.source = format!("{}; size: {}", facts.source, size.source);
        }
    }
}

impl BaseFacts {
    /// Leaves out what changes from one build of an image to the next. A digest may be of any build: engines do
    /// not ask whether the tag beside it leads there.
    fn forget_versions(&mut self) {
        self.distro.retain(|name, _| name == "id");
        self.libc.version = None;
        self.toolchain.clear();
        self.size = 0;
        self.size_basis = SIZE_UNKNOWN.into();
        self.layers.clear();
    }
}

impl RuleFacts {
    /// The facts of the image that this rule's changes make of the official image.
    ///
    /// Its size is that of the official image and of what it adds; the official image's at least where no source names
    /// the latter (`size_basis` is `at-least`).
    pub(crate) fn on(&self, base: &BaseFacts) -> BaseFacts {
        let own = &self.facts;
        let is_sized =
            own.size_basis != SIZE_UNKNOWN && ![SIZE_UNKNOWN, "at-least"].contains(&base.size_basis.as_str());
        let mut facts = BaseFacts {
            name: own.name.clone(),
            family: Some(base.family().to_string()),
            tags: own.tags.iter().chain(&base.tags).cloned().collect(),
            id: None,
            interp: if own.interp.is_empty() { base.interp.clone() } else { own.interp.clone() },
            shell: own.shell.clone().or_else(|| base.shell.clone()),
            bash: own.bash || base.bash,
            package_manager: own.package_manager.clone().or_else(|| base.package_manager.clone()),
            c_compiler: own.c_compiler.or(base.c_compiler),
            ca_certificates: own.ca_certificates.or(base.ca_certificates),
            size: base.size.saturating_add(own.size),
            size_basis: if is_sized { own.size_basis.clone() } else { "at-least".into() },
            precision: None,
            compressed: None,
            layers: base.layers.iter().chain(&own.layers).cloned().collect(),
            source: own.source.clone(),
            date: own.date.clone(),
            ..base.clone()
        };
        facts.toolchain.extend(own.toolchain.clone());
        facts.config.put(own.config.clone());
        facts.own_files.add(own.own_files.clone());
        facts
    }
}

/// The part of a repository's name before the first slash.
fn first_part(repository: &str) -> &str {
    repository.split('/').next().unwrap_or(repository)
}

/// Three numbers of a version; those that it leaves open are `open`.
fn numbers(version: &str, open: u32) -> [u32; 3] {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(open));
    [(); 3].map(|()| parts.next().unwrap_or(open))
}

fn filled_value(value: &Value, captures: &Captures) -> Value {
    match value {
        Value::String(text) => Value::String(filled(text, captures)),
        Value::Array(values) => values.iter().map(|value| filled_value(value, captures)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (filled(name, captures), filled_value(value, captures))).collect()
        }
        other => other.clone(),
    }
}
