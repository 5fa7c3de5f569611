//! From a reference and a day to the facts of an image.

use super::catalogue::{Catalogue, newest_day};
use super::derived_size::{self, Below, ListedSize, Measured, OwnSize, Relative};
use super::distributions::Distribution;
use super::image_rules::RuleFacts;
use super::official::{Build, Families, Family, NotLoaded, Platform};
use super::{derived, near_names, repository_names, unknown_image};
use crate::image::{BaseFacts, Day, LayerFacts, Reference};
use std::sync::Arc;

/// The longest chain of images that are built from each other. The longest one in the data has six.
const MAX_DEPTH: usize = 16;
/// How the facts of a base image are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Its facts were read from the image or a listing of it.
    Listed,
    /// From the history of its family, and the images that it is built from.
    Derived,
    /// From what all images of its repository have in common.
    Rule,
    /// Nothing is known of the image.
    Unknown,
    /// From an archive, or an image of this machine.
    Archive,
}

impl How {
    /// The word in reports: `listed`, `derived`, `rule`, `unknown` or `archive`.
    pub fn as_str(self) -> &'static str {
        match self {
            How::Listed => "listed",
            How::Derived => "derived",
            How::Rule => "rule",
            How::Unknown => "unknown",
            How::Archive => "archive",
        }
    }
}

/// A reference and what it means on a day.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The facts; of an unknown image none but its name.
    pub facts: Arc<BaseFacts>,
    /// How they are known.
    pub how: How,
    /// The most specific name of the build: `python:3.9.25-slim-trixie`.
    pub name: String,
    /// The day for which the tag was looked up; `None` where that does not matter.
    pub as_of: Option<Day>,
    /// The processor that the repository's images are for, where it is not amd64: `arm64v8`.
    pub processor: Option<&'static str>,
}

/// Why a reference means no image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// An engine does not find it either.
    NotFound(NotFound),
    /// The histories of these families are not loaded.
    NotLoaded(String),
}

/// A reference that no registry has, with names near it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFound {
    /// What was asked for.
    pub reference: Reference,
    /// References that exist and look alike, best first; at most five.
    pub near: Vec<String>,
    /// What the registry lacks.
    pub missing: Missing,
}

/// What a registry lacks of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// There is no such repository.
    Repository,
    /// The repository never had the tag, or got it later.
    Tag,
    /// The image is not for this platform.
    Platform,
}

impl From<NotLoaded> for Unresolved {
    fn from(NotLoaded(family): NotLoaded) -> Self {
        Unresolved::NotLoaded(family)
    }
}

impl Catalogue {
    /// What a reference means on a day.
    ///
    /// # Errors
    /// [`Unresolved`]: an engine does not find it either, or a history is not loaded.
    pub fn resolve(&self, reference: &Reference, day: Day) -> Result<Arc<Resolved>, Unresolved> {
        let key = (reference.exact(), day);
        if let Some(known) = self.resolved.lock().ok().and_then(|resolved| resolved.get(&key).cloned()) {
            return Ok(known);
        }
        let resolved = Arc::new(self.look_up(reference, day)?);
        if let Ok(mut known) = self.resolved.lock() {
            known.insert(key, resolved.clone());
        }
        Ok(resolved)
    }

    fn look_up(&self, reference: &Reference, day: Day) -> Result<Resolved, Unresolved> {
        let tag = reference.tag.as_str();
        let has = |facts: &&Arc<BaseFacts>, name: &str| facts.name == name && facts.tags.iter().any(|one| one == tag);
        let answer = |facts: &Arc<BaseFacts>, how: How, name: String, as_of: Option<Day>| Resolved {
            facts: facts.clone(),
            how,
            name,
            as_of,
            processor: None,
        };
        if let Some(facts) = self.added.iter().find(|facts| has(facts, &reference.repository)) {
            return Ok(answer(facts, How::Listed, facts.reference(), None));
        }
        let (name, processor) = repository_names::official(&reference.repository);
        // A digest without a tag tells no build.
        let by_digest_alone = reference.digest.is_some() && tag == "latest" && Distribution::of_family(&name).is_none();
        let family = if by_digest_alone { None } else { self.families.get(&name)? };
        let Some(family) = family else {
            // Both are asked for before one is found missing, so that they are fetched at once.
            let (listed, rules) = (self.all_listed(), self.rules());
            if let Some(rule) = rules?.find(&Reference { repository: name.clone(), ..reference.clone() }) {
                return self.by_rule(rule, reference, day, processor);
            }
            let listed = listed?.iter().find(|facts| !by_digest_alone && has(facts, &name));
            if let Some(facts) = listed {
                let how = if facts.size_basis == "rough" { How::Rule } else { How::Listed };
                return Ok(answer(facts, how, facts.reference(), None));
            }
            if !name.contains('/') && !Families::is_known(&name) {
                return Err(Unresolved::NotFound(NotFound {
                    reference: reference.clone(),
                    near: near_names::near_repositories(&name),
                    missing: Missing::Repository,
                }));
            }
            return Ok(Resolved {
                facts: Arc::new(unknown_image::facts(&reference.repository, &reference.tag)),
                how: How::Unknown,
                name: reference.to_string(),
                as_of: None,
                processor,
            });
        };
        let not_found = |missing: Missing| {
            let near = near_names::near_tags(&family, tag, day);
            Unresolved::NotFound(NotFound { reference: reference.clone(), near, missing })
        };
        let Some(build) = family.build(tag, day) else {
            // The histories have no more than a few images of Windows.
            if is_for_windows(tag) {
                return Err(not_found(Missing::Platform));
            }
            // Listings name some builds that are newer than the history.
            return match self.listed_for(&family, tag, None, day) {
                Some(facts) => Ok(answer(&facts, How::Listed, facts.reference(), Some(day))),
                None => Err(not_found(Missing::Tag)),
            };
        };
        if build.platform == Platform::Windows {
            return Err(not_found(Missing::Platform));
        }
        if let Some(facts) = self.listed_for(&family, tag, Some(build), day) {
            let full = format!("{}:{}", family.name, listed_build_name(&facts, build));
            return Ok(Resolved { processor, ..answer(&facts, How::Listed, full, Some(day)) });
        }
        let full = format!("{}:{}", family.name, build.name);
        let derived = self.derive(&family, build, tag, day, 0)?;
        let facts = Arc::new(derived);
        Ok(Resolved { facts, how: How::Derived, name: full, as_of: Some(day), processor })
    }

    /// An image that is known by rule, with what it is built on.
    fn by_rule(
        &self,
        rule: RuleFacts,
        reference: &Reference,
        day: Day,
        processor: Option<&'static str>,
    ) -> Result<Resolved, Unresolved> {
        let facts = match &rule.from {
            None => rule.facts,
            Some(from) => match self.resolve(from, day) {
                Ok(base) => rule.on(&base.facts),
                // A tag of the rule that its base never had: nothing is known.
                Err(Unresolved::NotFound(_)) => unknown_image::facts(&reference.repository, &reference.tag),
                Err(other) => return Err(other),
            },
        };
        let how = if facts.is_unknown() { How::Unknown } else { How::Rule };
        Ok(Resolved { facts: Arc::new(facts), how, name: reference.to_string(), as_of: None, processor })
    }

    /// Derives the facts of a build, which a tag means on a day.
    fn derive(
        &self,
        family: &Arc<Family>,
        build: &Build,
        tag: &str,
        day: Day,
        depth: usize,
    ) -> Result<BaseFacts, Unresolved> {
        self.derive_without(family, build, tag, day, depth, None)
    }

    /// The same; `left_out` is the measured image of the family that does not count.
    fn derive_without(
        &self,
        family: &Arc<Family>,
        build: &Build,
        tag: &str,
        day: Day,
        depth: usize,
        left_out: Option<usize>,
    ) -> Result<BaseFacts, Unresolved> {
        // An image that is in the lists is built anew on each new base.
        let day = build.last.map_or(day, |last| last.min(day)).max(build.first);
        let (mut facts, base) = self.facts_and_base(family, build, tag, day, depth)?;
        if !facts.is_unknown() || base.is_some() {
            let relatives = self.relatives(family, depth)?;
            let below = &base.as_ref().unwrap_or(&facts).distro;
            let fact = |key: &str| below.get(key).map_or("", String::as_str);
            let distribution = (fact("id"), fact("version"));
            let own = |above_known_part: bool| {
                let fits = |one: &&Relative| Some(one.number) != left_out && one.above_known_part == above_known_part;
                derived_size::own_size(family, build, distribution, day, || relatives.iter().filter(fits))
            };
            let is_known = base.as_ref().is_none_or(|base| base.size_basis != "unknown");
            let part = base.as_ref().and_then(known_part);
            // An image whose base was not measured may be measured above the distribution, or as a whole.
            let (below, own) = match (&part, own(true)) {
                (Some(part), Some(all)) if !is_known || all.is_near() => (Some(part), Some(all)),
                (_, Some(all)) if !is_known => (base.as_ref(), Some(all)),
                _ => (base.as_ref(), own(false)),
            };
            give_size(&mut facts, below, own.as_ref());
        }
        Ok(facts)
    }

    /// The facts of a build without its size, and those of the image that it is built from; a distribution's own image
    /// and one that is known by a listed image alone have none.
    fn facts_and_base(
        &self,
        family: &Arc<Family>,
        build: &Build,
        tag: &str,
        day: Day,
        depth: usize,
    ) -> Result<(BaseFacts, Option<BaseFacts>), Unresolved> {
        if let Some(root) = derived::root(family, build, day) {
            return Ok((root, None));
        }
        let Some((own, from, config_known)) = derived::origin(family, build).filter(|_| depth < MAX_DEPTH) else {
            let listed = derived::from_listed(family, build);
            return Ok((listed.unwrap_or_else(|| unknown_image::facts(&family.name, &build.name)), None));
        };
        let base = self.base_of(&derived::on_release(&from, build, tag), day, depth);
        if base.is_err() {
            // What the sizes need is asked for, too, so that all of it is fetched at once.
            let _ = self.relatives(family, depth);
        }
        let base = base?;
        let mut facts = derived::facts(family, build, &own, &base);
        facts.config_known &= config_known;
        if facts.shell.is_none()
            && let Some(listed) = derived::from_listed(family, build)
        {
            facts = listed;
        }
        Ok((facts, Some(base)))
    }

    /// The image that a build is built from.
    fn base_of(&self, from: &str, day: Day, depth: usize) -> Result<BaseFacts, Unresolved> {
        if from == "scratch" {
            return Ok(derived::scratch());
        }
        let unknown = |reference: &Reference| unknown_image::facts(&reference.repository, &reference.tag);
        let Ok(reference) = Reference::parse(from) else { return Ok(derived::scratch()) };
        let (name, _) = repository_names::official(&reference.repository);
        let Some(family) = self.families.get(&name)? else {
            return match self.resolve(&reference, day) {
                Ok(resolved) => Ok((*resolved.facts).clone()),
                Err(Unresolved::NotFound(_)) => Ok(unknown(&reference)),
                Err(other) => Err(other),
            };
        };
        // A tag may come a day or two later than what is built from it.
        let Some(build) = family.build(&reference.tag, day).or_else(|| family.first_build(&reference.tag)) else {
            return Ok(unknown(&reference));
        };
        if let Some(facts) = self.listed_for(&family, &reference.tag, Some(build), day) {
            return Ok((*facts).clone());
        }
        self.derive(&family, build, &reference.tag, day, depth + 1)
    }

    /// What the measured images of a family tell of their own layers.
    fn relatives(&self, family: &Arc<Family>, depth: usize) -> Result<Arc<Vec<Relative>>, Unresolved> {
        if let Some(known) = self.relatives.lock().ok().and_then(|known| known.get(&family.name).cloned()) {
            return Ok(known);
        }
        if let Ok(mut unloaded) = self.unloaded.lock() {
            if let Some(error) = unloaded.errors.get(&family.name) {
                return Err(error.clone());
            }
            unloaded.calls += 1;
        }
        let found = self.measure_relatives(family, depth);
        if let Ok(mut unloaded) = self.unloaded.lock() {
            unloaded.calls = unloaded.calls.saturating_sub(1);
            match &found {
                // The next question asks for the missing data anew.
                _ if unloaded.calls == 0 => unloaded.errors.clear(),
                Err(error) => drop(unloaded.errors.insert(family.name.clone(), error.clone())),
                Ok(_) => {}
            }
        }
        found
    }

    fn measure_relatives(&self, family: &Arc<Family>, depth: usize) -> Result<Arc<Vec<Relative>>, Unresolved> {
        let mut measured = Vec::new();
        // The first thing that is not loaded. The others are asked for, too, so that all of them are fetched at once.
        let mut not_loaded = None;
        let root = Distribution::of_family(&family.name);
        for (number, size) in family.measured.iter().enumerate() {
            let Some(build) = measured_build(family, size) else { continue };
            let (distro, release, base) = match root {
                Some(distribution) => (distribution.id.clone(), String::new(), None),
                None => {
                    let origin = derived::origin(family, build).filter(|_| depth < MAX_DEPTH);
                    let Some((_, from, _)) = origin else { continue };
                    let from = derived::on_release(&from, build, &size.tag);
                    let base = match self.base_of(&from, size.day, depth) {
                        Ok(base) => base,
                        Err(error) => {
                            not_loaded.get_or_insert(error);
                            continue;
                        }
                    };
                    // Where no layers were listed, none of them are the base's; and nothing has none.
                    let is_all_own = size.layers.is_empty() || from == "scratch";
                    let listed = size.base_layers.or(is_all_own.then_some(0));
                    let Some(below) = below(&base, listed) else { continue };
                    let fact = |key: &str| base.distro.get(key).cloned().unwrap_or_default();
                    (fact("id"), fact("version"), Some(below))
                }
            };
            measured.push(Measured { size, build, distro, release, base, number });
        }
        if let Some(error) = not_loaded {
            return Err(error);
        }
        let mut found = derived_size::relatives(family, &measured);
        if found.is_empty() {
            let mut listed = Vec::new();
            for facts in &family.listed {
                let day = facts.day().unwrap_or_else(newest_day);
                let Some(build) = facts.tags.iter().find_map(|tag| family.build(tag, day)) else { continue };
                let Some((_, from, _)) = derived::origin(family, build).filter(|_| depth < MAX_DEPTH) else { continue };
                let base = self.base_of(&from, day, depth)?;
                let fact = |key: &str| facts.distro.get(key).map_or("", String::as_str);
                let (distro, release) = (fact("id"), fact("version"));
                let below_known = base.size_basis != "unknown";
                listed.push(ListedSize {
                    build,
                    distro,
                    release,
                    day,
                    size: facts.size,
                    below: base.size,
                    below_known,
                });
            }
            found = derived_size::listed_relatives(family, listed.into_iter());
        }
        let found = Arc::new(found);
        if let Ok(mut known) = self.relatives.lock() {
            known.insert(family.name.clone(), found.clone());
        }
        Ok(found)
    }
}

/// The name of the build that was listed for the tags of `build`: the listing may be of a newer one than the history has.
fn listed_build_name<'a>(facts: &'a BaseFacts, build: &'a Build) -> &'a str {
    let variant = build.name.strip_prefix(build.version.as_str());
    let has_all_parts = |version: &str| {
        version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && version.split('.').count() == build.version.split('.').count()
    };
    let is_newer = |tag: &&String| variant.and_then(|variant| tag.strip_suffix(variant)).is_some_and(has_all_parts);
    if build.version.is_empty() || facts.tags.contains(&build.name) {
        return &build.name;
    }
    facts.tags.iter().find(is_newer).unwrap_or(&build.name)
}

/// The build that was measured: what the tag meant on that day, or the build of the version that the image names.
fn measured_build<'f>(family: &'f Family, size: &super::official::MeasuredSize) -> Option<&'f Build> {
    // A tag may be measured before the lists have it.
    let build = family.build(&size.tag, size.day).or_else(|| family.first_build(&size.tag))?;
    let Some(version) = size.version.as_deref().filter(|version| *version != build.version) else {
        return Some(build);
    };
    let same = |other: &&Build| other.version == version && other.words().eq(build.words());
    family.builds().iter().find(same).or(Some(build))
}

/// What is known of the size of an image for those that are measured on it. `listed`: how many of their layers are its own.
fn below(base: &BaseFacts, listed: Option<usize>) -> Option<Below> {
    if base.size_basis != "unknown" && !base.has_estimated_layers() {
        return listed.map(|layers| Below { bytes: base.size, layers, is_known: true });
    }
    let part = known_part(base)?;
    Some(Below { bytes: part.size, layers: part.layers.len(), is_known: false })
}

/// Of an image whose size is not known, or is estimated in a range: the layers that are, down from its distribution's, or
/// nothing where that is not known either.
fn known_part(base: &BaseFacts) -> Option<BaseFacts> {
    let layers = match base.layers.as_slice() {
        known if base.size_basis == "unknown" => known.to_vec(),
        // Where the distribution's own size is an estimate, an image above it that was measured is known as a whole.
        [root, ..] if root.range.is_some() => Vec::new(),
        [root, next, ..] if root.range.is_none() && next.range.is_some() => vec![root.clone()],
        _ => return None,
    };
    Some(BaseFacts { size: layers.iter().map(|layer| layer.size).sum(), layers, ..base.clone() })
}

/// Gives facts their size: that of the image below and what the build adds.
fn give_size(facts: &mut BaseFacts, below: Option<&BaseFacts>, own: Option<&OwnSize>) {
    let name = facts.reference();
    let known_below = below.is_none_or(|below| below.size_basis != "unknown");
    let below_size = below.map_or(0, |below| below.size);
    let mut layers = below.map(|below| below.layers.clone()).unwrap_or_default();
    let added = own.map_or(0, |own| own.bytes);
    facts.size = below_size.saturating_add_signed(added);
    if added < 0 {
        // The estimate of the image below is too large by as much.
        let share = facts.size as f64 / below_size.max(1) as f64;
        layers.iter_mut().for_each(|layer| layer.size = (layer.size as f64 * share) as u64);
    }
    if own.is_some() {
        let size = added.max(0).cast_unsigned();
        layers.push(LayerFacts {
            range: own.and_then(|own| own.range(size)),
            ..LayerFacts::new(format!("what {name} adds"), size)
        });
    }
    facts.layers = layers;
    let is_known = own.is_some_and(|own| known_below || own.above_known_part);
    facts.size_basis = if is_known { "derived" } else { "unknown" }.into();
    facts.source = match (own, below) {
        (Some(own), Some(below)) => {
            format!("{} and what {} adds to its base; {}", below.reference(), own.basis, facts.source)
        }
        (Some(own), None) => format!("{}; {}", own.basis, facts.source),
        (None, _) => facts.source.clone(),
    };
}

/// Whether a tag names one of Windows' base images.
fn is_for_windows(tag: &str) -> bool {
    tag.contains("nanoserver") || tag.contains("windowsservercore")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Derives each measured image without what was measured of it: the error of its size in percent; of sizes without a
    /// range, of those with a narrow one and of those with a wide one.
    fn errors_of_sizes(catalogue: &Catalogue) -> [Vec<(f64, String)>; 3] {
        let width = |layer: &LayerFacts| layer.range.map_or(0.0, |(low, high)| (high - low) as f64 / layer.size as f64);
        let mut errors = [Vec::new(), Vec::new(), Vec::new()];
        for name in super::super::official::names() {
            let family = catalogue.families.get(name).unwrap().unwrap();
            for (number, size) in family.measured.iter().enumerate() {
                let Some(build) = measured_build(&family, size) else { continue };
                let relatives = catalogue.relatives(&family, 0).unwrap();
                let Some(own) = relatives.iter().find(|one| one.number == number) else { continue };
                let derived = catalogue.derive_without(&family, build, &size.tag, size.day, 0, Some(number)).unwrap();
                if derived.size_basis == "unknown" {
                    continue;
                }
                let below = derived.size - derived.layers.last().map_or(0, |layer| layer.size);
                let estimate = below.cast_signed() + own.own;
                let actual = size.on_disk.filter(|_| size.is_same_build).map_or(estimate as f64, |bytes| bytes as f64);
                let error = (derived.size as f64 - actual) / actual * 100.0;
                let widest = derived.layers.iter().map(width).fold(0.0, f64::max);
                errors[usize::from(widest > 0.0) + usize::from(widest > 0.5)]
                    .push((error, format!("{} {} {} from {}", family.name, size.tag, actual, derived.source)));
            }
        }
        errors
    }

    #[test]
    fn sizes_of_measured_images_are_derived_from_others() {
        let mut errors = errors_of_sizes(&Catalogue::builtin());
        for errors in &mut errors {
            errors.sort_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
        }
        let at = |kind: usize, share: f64| errors[kind][((errors[kind].len() - 1) as f64 * share) as usize].0.abs();
        for (kind, errors) in errors.iter().enumerate() {
            for (error, what) in errors.iter().rev().take(20) {
                println!("{error:.1} % {what}");
            }
            let [half, most, nearly_all] = [0.5, 0.75, 0.95].map(|share| at(kind, share));
            println!("{} sizes: {half:.1} %, {most:.1} %, {nearly_all:.1} %", errors.len());
        }
        assert!(errors[0].len() > 190 && at(0, 0.5) <= 5.0 && at(0, 0.95) <= 20.0);
        // Those that are estimated in a range are no worse than the range says.
        assert!(at(1, 0.75) <= 15.0 && at(2, 0.75) <= 60.0);
    }

    fn resolved(text: &str, day: &str) -> Result<Arc<Resolved>, Unresolved> {
        Catalogue::builtin().resolve(&Reference::parse(text).unwrap(), day.parse().unwrap())
    }

    /// The build that a reference means on a day, and how its facts are known.
    fn name(text: &str, day: &str) -> (String, &'static str) {
        let resolved = resolved(text, day).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        (resolved.name.clone(), resolved.how.as_str())
    }

    #[test]
    fn a_tag_means_the_build_of_its_day() {
        for (text, day, build, how) in [
            ("python:3.9-slim", "2021-09-01", "python:3.9.7-slim-bullseye", "derived"),
            ("python:3.9-slim", "2026-08-01", "python:3.9.25-slim-trixie", "derived"),
            ("golang", "2018-01-08", "golang:1.9.2-stretch", "listed"),
            ("node:18-alpine", "2026-09-24", "node:18.20.8-alpine3.21", "derived"),
            ("debian:buster-slim", "2026-09-24", "debian:10.13-slim", "derived"),
            ("mcr.microsoft.com/dotnet/sdk:8.0.100", "2026-09-24", "mcr.microsoft.com/dotnet/sdk:8.0.100", "derived"),
            (
                "gcr.io/distroless/static-debian12:nonroot",
                "2026-09-24",
                "gcr.io/distroless/static-debian12:nonroot",
                "rule",
            ),
            ("ghcr.io/nobody/knows:1", "2026-09-24", "ghcr.io/nobody/knows:1", "unknown"),
        ] {
            assert_eq!(name(text, day), (build.to_string(), how), "{text}");
        }
    }

    /// Of java the image itself was measured. Public `docker images` listings have 516 MB for mysql:8.0.27.
    #[test]
    fn images_are_sized_above_distributions_and_on_nothing_that_were_not_measured() {
        for (text, low, high) in [
            ("java:openjdk-8u111-jre", 311_240_000, 311_240_000),
            ("mysql:5.6.50", 270_000_000, 330_000_000),
            ("mysql:8.0.27", 460_000_000, 570_000_000),
            ("nats:2.10.29-scratch", 12_000_000, 24_000_000),
            ("busybox:1.37.0-musl", 1_300_000, 2_200_000),
            ("mcr.microsoft.com/dotnet/aspnet:8.0-alpine", 100_000_000, 130_000_000),
        ] {
            let facts = resolved(text, "2026-09-24").unwrap().facts.clone();
            assert!(facts.size_basis == "derived" && (low..=high).contains(&facts.size), "{text}: {}", facts.size);
        }
    }

    /// The listing of 17 September 2026 has Alpine 3.24.2, of which the history does not know yet.
    #[test]
    fn a_listed_image_has_the_name_of_the_build_that_was_listed() {
        for text in ["alpine", "alpine:3.24"] {
            assert_eq!(name(text, "2026-09-24"), ("alpine:3.24.2".to_string(), "listed"));
        }
    }

    #[test]
    fn official_images_have_several_names() {
        let plain = name("alpine:3.12", "2026-09-24");
        for other in [
            "docker.io/library/alpine:3.12",
            "index.docker.io/library/alpine:3.12",
            "mirror.gcr.io/library/alpine:3.12",
            "public.ecr.aws/docker/library/alpine:3.12",
            "amd64/alpine:3.12",
            "arm64v8/alpine:3.12",
        ] {
            assert_eq!(name(other, "2026-09-24"), plain, "{other}");
        }
        let digest = format!("alpine:3.12@sha256:{}", "a".repeat(64));
        assert_eq!(name(&digest, "2026-09-24"), plain);
        assert_eq!(resolved("arm64v8/alpine", "2026-09-24").unwrap().processor, Some("arm64v8"));
    }

    #[test]
    fn what_no_registry_has_is_not_found() {
        let missing = |text: &str, day: &str| match resolved(text, day) {
            Err(Unresolved::NotFound(missing)) => missing,
            other => panic!("{text}: {other:?}"),
        };
        // The tag came in September 2022, and is kept after it left the lists.
        assert_eq!(missing("node:18-bookworm", "2022-01-01").missing, Missing::Tag);
        let never = missing("golang:1.99", "2026-09-24");
        assert!(never.missing == Missing::Tag && never.near.first().is_some_and(|near| near.starts_with("golang:1.")));
        let nobody = missing("apline", "2026-09-24");
        assert!(nobody.missing == Missing::Repository && nobody.near.contains(&"alpine".to_string()));
        assert_eq!(missing("golang:1.20-nanoserver", "2023-06-01").missing, Missing::Platform);
    }

    /// Sources: dotnet/dotnet-docker's ImageSize.nightly.linux.json, and the compressed layers of docker-library/repo-info.
    #[test]
    fn an_image_on_a_base_that_was_not_measured_is_measured_above_what_is_known() {
        for (text, low, high) in [
            ("mcr.microsoft.com/dotnet/runtime-deps:10.0-azurelinux3.0-distroless", 21_300_000, 21_400_000),
            ("mcr.microsoft.com/dotnet/aspnet:10.0-azurelinux3.0", 205_000_000, 207_000_000),
            ("buildpack-deps:buster", 800_000_000, 900_000_000),
            ("node:20-buster", 900_000_000, 1_050_000_000),
            ("debian:testing-slim", 70_000_000, 90_000_000),
        ] {
            let facts = resolved(text, "2026-09-24").unwrap().facts.clone();
            assert_eq!(facts.size_basis, "derived", "{text}: {}", facts.source);
            assert!((low..high).contains(&facts.size), "{text}: {}", facts.size);
            assert_eq!(facts.layers.iter().map(|layer| layer.size).sum::<u64>(), facts.size, "{text}");
        }
    }

    #[test]
    fn triggers_of_onbuild_images_are_known() {
        let facts = resolved("node:8-onbuild", "2018-06-01").unwrap().facts.clone();
        assert_eq!(facts.config.on_build.len(), 5, "{:?}", facts.config.on_build);
    }

    #[test]
    fn facts_of_listed_images_are_derived() {
        let catalogue = Catalogue::builtin();
        let (mut compared, mut differ) = (0, Vec::new());
        for listed in catalogue.all_listed().unwrap().iter().filter(|facts| facts.size_basis != "rough") {
            let Some(family) = catalogue.families.get(&listed.name).unwrap() else { continue };
            let day = listed.day().unwrap();
            let Some(build) = listed.tags.iter().find_map(|tag| family.build(tag, day)) else { continue };
            let derived = catalogue.derive(&family, build, &build.name, day, 0).unwrap();
            let facts = |of: &BaseFacts| {
                let text = |part: &dyn std::fmt::Debug| format!("{part:?}");
                [
                    ("libc", text(&of.libc.flavor)),
                    ("loader", text(&of.interp)),
                    ("shell", text(&of.shell)),
                    ("package manager", text(&of.package_manager)),
                    ("user", text(&of.config.user)),
                    ("entrypoint", text(&of.config.entrypoint)),
                    ("cmd", text(&of.config.cmd)),
                    ("workdir", text(&of.config.workdir)),
                    ("distribution", text(&of.distro.get("id"))),
                ]
            };
            compared += 1;
            for ((what, ours), (_, theirs)) in facts(&derived).into_iter().zip(facts(listed)) {
                if ours != theirs {
                    differ.push(format!(
                        "{} ({}): {what}: derived {ours}, listed {theirs}",
                        listed.reference(),
                        build.name
                    ));
                }
            }
        }
        assert!(differ.is_empty(), "{} of {compared}:\n{}", differ.len(), differ.join("\n"));
    }
}
