//! The size of an image that nobody measured, from the nearest relatives that somebody did.
//!
//! An image is its base and what its own Dockerfile adds. What a Dockerfile adds is taken from the measured image of the
//! same family that is nearest: the same words in its tag, the same kind of distribution, the nearest version, the
//! nearest day. Where only compressed sizes were listed, what layers of its kind unpack to gives bytes on disk.

use super::distributions::{self, Distribution};
use super::official::{Build, Family, MeasuredSize};
use crate::image::Day;
use std::sync::Arc;

/// Bytes on disk for each compressed byte: the medians of docker-library/repo-info, where it lists both.
#[derive(Clone, Copy, Debug)]
struct UnpackRatio {
    root: f64,
    added: f64,
}

fn ratio(distro: &str, slim: bool) -> UnpackRatio {
    match distro {
        "alpine" => UnpackRatio { root: 2.14, added: 2.92 },
        "debian" => UnpackRatio { root: if slim { 2.65 } else { 2.42 }, added: 2.87 },
        "ubuntu" => UnpackRatio { root: 2.63, added: 2.85 },
        _ => UnpackRatio { root: 2.65, added: 2.87 },
    }
}

/// Bytes on disk for each byte of a layer that is compressed with gzip: the median of what official images add to their
/// base, by the `ID` of the distribution. Source: docker-library/repo-info, 2026.
pub fn bytes_per_compressed_byte(distribution: &str) -> f64 {
    ratio(distribution, false).added
}

/// By how much what an image adds differs from what a relative of another major version adds, as a share of it. Three of
/// four measured images are within it, if each is derived from the others (`cargo test sizes_of_measured`).
const OTHER_VERSION: f64 = 0.15;
/// The same of a relative that is also more than [`FAR_DAYS`] days apart.
const OTHER_TIME: f64 = 0.6;
const FAR_DAYS: i32 = 3 * 365;

/// What a family's Dockerfile adds to its base, in one measured image.
#[derive(Clone, Debug)]
pub(super) struct Relative {
    /// The words of the tag that are no version and no distribution, in order.
    words: Vec<String>,
    distro: String,
    version: Vec<u32>,
    day: Day,
    /// Bytes on disk beside those of its base. The base's size is an estimate, so that this may be below nothing.
    pub(super) own: i64,
    /// Whether the size of its base is not known: then `own` is all above the part that is, a distribution's root.
    pub(super) above_known_part: bool,
    /// The measured reference and its day.
    label: Arc<str>,
    /// The place in the family's list, to leave it out.
    pub(super) number: usize,
}

/// A measured image and what is known of the image below it.
pub(super) struct Measured<'f> {
    pub(super) size: &'f MeasuredSize,
    pub(super) build: &'f Build,
    /// The `ID` of its distribution, and the version.
    pub(super) distro: String,
    pub(super) release: String,
    /// The image below; `None` for a distribution's own image.
    pub(super) base: Option<Below>,
    pub(super) number: usize,
}

/// What is known of the size of the image below a measured one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Below {
    /// Its bytes on disk, or those of the part of it that is known.
    pub(super) bytes: u64,
    /// The number of layers that these bytes are in; 0 where no layers were listed.
    pub(super) layers: usize,
    /// Whether that is all of it.
    pub(super) is_known: bool,
}

/// What a build adds to its base.
#[derive(Clone, Debug)]
pub(super) struct OwnSize {
    /// Bytes on disk; below nothing where the base's estimate is too large.
    pub(super) bytes: i64,
    /// Whether it stands for all above the part of the base's size that is known.
    pub(super) above_known_part: bool,
    /// The measured images that it is taken from.
    pub(super) basis: String,
    /// By how much it may be more or less, as a share of it; nothing where the measured images are near.
    pub(super) spread: f64,
}

impl OwnSize {
    /// Whether the measured images are near.
    pub(super) fn is_near(&self) -> bool {
        self.spread <= 0.0
    }

    /// The range of `size`, if the measured images are not near.
    pub(super) fn range(&self, size: u64) -> Option<(u64, u64)> {
        let part = |share: f64| (size as f64 * share) as u64;
        (self.spread > 0.0).then(|| (part(1.0 - self.spread), part(1.0 + self.spread)))
    }
}

/// The numbers of a version; further parts than four do not matter.
fn numbers(version: &str) -> Vec<u32> {
    version.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).take(4).collect()
}

/// Whether a word of a tag names a release of a distribution, or is a part of a version such as `_6`, `u502`, `b07` or
/// `preview.3`.
fn is_release(word: &str) -> bool {
    // Which release these are changes with time.
    if ["oldstable", "oldoldstable", "stable", "testing", "unstable"].contains(&word) {
        return true;
    }
    let is_early =
        |name: &str| word.strip_prefix(name).is_some_and(|rest| rest.bytes().all(|b| !b.is_ascii_alphabetic()));
    if is_early("preview") || is_early("rc") {
        return true;
    }
    let number = word.strip_prefix(|c: char| c == '_' || c.is_ascii_alphabetic()).unwrap_or(word);
    distributions::alpine_version(word).is_some()
        || distributions::by_codename(word).is_some()
        || number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'_')
}

/// The words of a build's tag that are no version and no distribution, in order.
fn variant_words(family: &Family, build: &Build) -> Vec<String> {
    let root = Distribution::of_family(&family.name).is_some();
    // The distribution is compared by itself, and this image of .NET has `aot` as one more name.
    let is_other_name = |word: &str| match family.name.as_str() {
        "mysql" => ["debian", "oracle"].contains(&word),
        name => name.ends_with("/runtime-deps") && word == "aot",
    };
    let is_release = |word: &str| is_release(word) || root && word.bytes().any(|byte| byte.is_ascii_digit());
    let own = |word: &&str| !is_release(word) && !is_other_name(word) && *word != "amd64";
    let mut words: Vec<String> = build.words().filter(own).map(str::to_string).collect();
    // A tag of the version alone: the base's tag tells whether it is the small variant, unless that is one of its own
    // family, to which this one adds.
    let is_other = |from: &String| from.rsplit_once(':').is_none_or(|(name, _)| name != family.name);
    let from = build.facts().from.filter(|from| words.is_empty() && is_other(from));
    words.extend(from.filter(|from| from.split(['-', ':']).any(|word| word == "slim")).map(|_| "slim".to_string()));
    words.sort_unstable();
    words
}

/// The version by which relatives are near: of a distribution its release, and `release` of images that are named by
/// that alone.
fn version(family: &Family, build: &Build, release: &str) -> Vec<u32> {
    match Distribution::of_family(&family.name).and_then(|distribution| distribution.release(build)) {
        Some(release) => numbers(&release.version),
        // Such as buildpack-deps.
        None if build.version.is_empty() => {
            let named = build.words().find_map(distributions::by_codename);
            numbers(named.map_or(release, |(_, named)| &named.version))
        }
        None => numbers(&build.version),
    }
}

/// The bytes on disk for each compressed byte of an image's own layers.
struct KnownRatio<'f> {
    words: Vec<String>,
    distro: &'f str,
    share: f64,
}

/// The measured images of a family as relatives of its other builds.
///
/// Where bytes on disk were not listed, compressed ones are unpacked at the ratio of the nearest images of the family for
/// which both are known.
pub(super) fn relatives(family: &Family, measured: &[Measured<'_>]) -> Vec<Relative> {
    let packed = |one: &Measured<'_>| -> Option<u64> {
        let count = one.base.map_or(0, |below| below.layers);
        Some(one.size.layers.get(count..).filter(|own| !own.is_empty())?.iter().sum())
    };
    let listed = |one: &Measured<'_>| -> Option<i64> {
        let all = one.size.on_disk.filter(|_| one.size.is_same_build)?;
        Some(all.cast_signed() - one.base.map_or(0, |below| below.bytes).cast_signed())
    };
    let known: Vec<KnownRatio<'_>> = measured
        .iter()
        .filter_map(|one| {
            let (own, packed) = (listed(one)?, packed(one)?);
            let share = own as f64 / packed.max(1) as f64;
            let words = variant_words(family, one.build);
            (1.0..6.0).contains(&share).then_some(KnownRatio { words, distro: one.distro.as_str(), share })
        })
        .collect();
    let unpacked = |one: &Measured<'_>, words: &[String]| -> f64 {
        let of = |fits: &dyn Fn(&KnownRatio<'_>) -> bool| {
            let shares: Vec<f64> = known.iter().filter(|known| fits(known)).map(|known| known.share).collect();
            (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
        };
        let usual = ratio(&one.distro, words.iter().any(|word| word == "slim"));
        // Images of another distribution are packed otherwise, and the usual ratio of a common one is nearer.
        let is_common = ["alpine", "debian", "ubuntu"].contains(&one.distro.as_str());
        of(&|known| known.words == words && known.distro == one.distro)
            .or_else(|| of(&|known| known.distro == one.distro))
            .or_else(|| of(&|_| one.base.is_some() && !is_common))
            .unwrap_or(if one.base.is_some() { usual.added } else { usual.root })
    };
    let relative = |one: &Measured<'_>| {
        let words = variant_words(family, one.build);
        let own = match listed(one) {
            Some(own) => own,
            None => (packed(one)? as f64 * unpacked(one, &words)) as i64,
        };
        let label = format!("{}:{} ({})", family.name, one.size.tag, one.size.day);
        Some(Relative {
            words,
            distro: one.distro.clone(),
            version: version(family, one.build, &one.release),
            day: one.size.day,
            own,
            above_known_part: one.base.is_some_and(|below| !below.is_known),
            label: label.into(),
            number: one.number,
        })
    };
    measured.iter().filter_map(relative).collect()
}

/// The size of a listed image, and what is known of the image below it.
pub(super) struct ListedSize<'f> {
    pub(super) build: &'f Build,
    pub(super) distro: &'f str,
    pub(super) release: &'f str,
    pub(super) day: Day,
    pub(super) size: u64,
    /// Bytes of the image below, or of the part of it that is known.
    pub(super) below: u64,
    pub(super) below_known: bool,
}

/// The listed images of a family whose sizes are rough, for a family of which none was measured.
pub(super) fn listed_relatives<'f>(family: &Family, listed: impl Iterator<Item = ListedSize<'f>>) -> Vec<Relative> {
    listed
        .map(|ListedSize { build, distro, release, day, size, below, below_known }| Relative {
            words: variant_words(family, build),
            distro: distro.to_string(),
            version: version(family, build, release),
            day,
            own: size.cast_signed() - below.cast_signed(),
            above_known_part: !below_known,
            label: format!("{}:{} (estimated)", family.name, build.name).into(),
            number: usize::MAX,
        })
        .collect()
}

/// What a build adds on another distribution, by how much images of further versions add on the two of them.
fn on_another_distribution<'r, I: Iterator<Item = &'r Relative>>(
    distro: &str,
    relatives: impl Fn() -> I,
    same_major: impl Fn(&Relative) -> bool,
) -> Option<OwnSize> {
    let other = relatives().find(|one| one.distro != distro && same_major(one))?;
    let shares: Vec<f64> = relatives()
        .filter(|one| one.distro == distro)
        .filter_map(|one| {
            let twin = relatives().find(|twin| {
                twin.distro == other.distro && twin.words == one.words && twin.version.first() == one.version.first()
            })?;
            (twin.own > 0).then(|| one.own as f64 / twin.own as f64)
        })
        .collect();
    let share = shares.iter().sum::<f64>() / shares.len().max(1) as f64;
    (!shares.is_empty()).then(|| OwnSize {
        bytes: (other.own as f64 * share) as i64,
        above_known_part: false,
        basis: other.label.to_string(),
        spread: 0.0,
    })
}

/// A version as a number that grows with it.
fn scale(version: &[u32]) -> f64 {
    let part = |at: usize| f64::from(version.get(at).copied().unwrap_or(0).min(999));
    part(0) + part(1) / 100.0 + part(2) / 100_000.0
}

/// What a build adds to its base, from measured images of its family; `None` if none is near enough to say anything.
/// `distro` and `release` are the `ID` and the version of its distribution.
///
/// Of images with the same words and distribution the next older and the next newer version count, each the more the
/// nearer it is.
pub(super) fn own_size<'r, I: Iterator<Item = &'r Relative>>(
    family: &Family,
    build: &Build,
    (distro, release): (&str, &str),
    day: Day,
    relatives: impl Fn() -> I,
) -> Option<OwnSize> {
    let (words, version) = (variant_words(family, build), version(family, build, release));
    let at = scale(&version);
    // `jdk17` is like `jdk21` where no image has the very word.
    let without_numbers = |words: &[String]| -> Vec<String> {
        words.iter().map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').to_string()).collect()
    };
    let same_words = relatives().any(|one| one.words == words && one.distro == distro);
    let fits = |one: &Relative| match same_words {
        true => one.words == words,
        false => without_numbers(&one.words) == without_numbers(&words),
    };
    let alike = || relatives().filter(|one| one.distro == distro && fits(one));
    let nearest = |side: &dyn Fn(f64) -> bool| {
        let key = |one: &&Relative| (scale(&one.version) - at).abs();
        let days = |one: &&Relative| one.day.days_since(day).abs();
        let on_side = alike().filter(|one| side(scale(&one.version)));
        on_side.min_by(|a, b| key(a).total_cmp(&key(b)).then(days(a).cmp(&days(b))))
    };
    let spread = |one: &Relative| match one.version.first() == version.first() {
        true => 0.0,
        false if one.day.days_since(day).abs() > FAR_DAYS => OTHER_TIME,
        false => OTHER_VERSION,
    };
    let of = |one: &Relative| OwnSize {
        bytes: one.own,
        above_known_part: one.above_known_part,
        basis: one.label.to_string(),
        spread: spread(one),
    };
    if let Some(same) = nearest(&|other| (other - at).abs() < 1e-9) {
        return Some(of(same));
    }
    let same_major = |one: &Relative| one.version.first() == version.first();
    if !alike().any(same_major)
        && let Some(other) = on_another_distribution(distro, || relatives().filter(|one| fits(one)), same_major)
    {
        return Some(other);
    }
    match (nearest(&|other| other < at), nearest(&|other| other > at)) {
        (Some(older), Some(newer)) => {
            let (below, above) = (scale(&older.version), scale(&newer.version));
            let share = (at - below) / (above - below);
            let bytes = older.own as f64 * (1.0 - share) + newer.own as f64 * share;
            Some(OwnSize {
                bytes: bytes as i64,
                above_known_part: older.above_known_part && newer.above_known_part,
                basis: format!("{} and {}", older.label, newer.label),
                // Two that are a major version apart on either side are near enough.
                spread: if spread(older).min(spread(newer)) > OTHER_VERSION { OTHER_TIME } else { 0.0 },
            })
        }
        (Some(one), None) | (None, Some(one)) => Some(of(one)),
        (None, None) => None,
    }
}
