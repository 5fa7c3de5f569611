//! Reads a packed history of `data/official`, which `cargo xtask official` writes.
//!
//! The file is a gzip stream of lines. The first letter says what a line is:
//!
//! ```text
//! N FAMILY DAY SOURCE…            the family, the last day of its history, the repositories that it was read from
//! F JSON                          facts of a build (`BuildFacts`), numbered from 0 in the order of the file
//! S                               begins a set of builds, numbered from 0 in the order of the file
//!   BUILD NUMBER[w|n] TAG…        a build of the set: its name, its facts, the tags that meant it from its first day;
//!                                 w: an image of Windows alone, n: not of linux/amd64
//! R FIRST LAST VERSION SET        the builds of a set came on day FIRST and left the lists on day LAST (- if they are there)
//! M DAY BUILD TAG…                tags that mean a build from a later day
//! Z TAG DAY NAME=VERSION KB BASE LAYER…
//!                                 a measured image: size on disk in kB (- if unknown, ~ if of another build of the tag),
//!                                 the number of its base's layers, compressed bytes of each layer
//! L JSON                          facts of a listed image (`BaseFacts`)
//! ```
//!
//! In names, tags and facts of a set `%v` stands for the release's version, `%n` for its first two parts, `%M` for its
//! first part.

use super::family::{Build, BuildFacts, Family, MeasuredSize, Platform};
use crate::image::{BaseFacts, Day};
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

/// The most bytes of an unpacked history. The largest one has 1.7 million.
const MAX_UNPACKED: u64 = 16 << 20;
/// The most builds of a family. The largest one has 7,510.
const MAX_BUILDS: usize = 100_000;

/// Unpacks and reads a history. A client of a server that sends gzip files as an encoding has unpacked it already.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn read(packed: &[u8]) -> Result<Family, String> {
    /// The first bytes of a gzip stream (RFC 1952, 2.3.1).
    const GZIP: [u8; 2] = [0x1f, 0x8b];
    let mut text = String::new();
    let limit = MAX_UNPACKED + 1;
    let read = match packed.starts_with(&GZIP) {
        true => GzDecoder::new(packed).take(limit).read_to_string(&mut text),
        false => packed.take(limit).read_to_string(&mut text),
    };
    read.map_err(|error| format!("the file cannot be unpacked: {error}"))?;
    if text.len() as u64 > MAX_UNPACKED {
        return Err(format!("the file holds more than {MAX_UNPACKED} bytes"));
    }
    parse(&text)
}

/// A build of a set, with its marks for the version.
struct Variant<'t> {
    name: &'t str,
    facts: usize,
    platform: Platform,
    tags: Vec<&'t str>,
}

fn variant(line: &str) -> Option<Variant<'_>> {
    let mut words = line.split_ascii_whitespace();
    let (name, facts) = (words.next()?, words.next()?);
    let platform = match facts.bytes().next_back()? {
        b'w' => Platform::Windows,
        b'n' => Platform::OtherProcessors,
        _ => Platform::Amd64,
    };
    let facts = facts.trim_end_matches(['w', 'n']).parse().ok()?;
    Some(Variant { name, facts, platform, tags: words.collect() })
}

/// Puts a version into a template.
pub(super) fn filled(template: &str, version: &str) -> String {
    if !template.contains('%') {
        return template.to_string();
    }
    let part = |count: usize| {
        let end = version.match_indices('.').nth(count - 1).map_or(version.len(), |(at, _)| at);
        version.get(..end).unwrap_or(version)
    };
    template.replace("%v", version).replace("%n", part(2)).replace("%M", part(1))
}

fn parse(text: &str) -> Result<Family, String> {
    let mut family = Family::default();
    let mut facts: Vec<Arc<str>> = Vec::new();
    let mut sets: Vec<Vec<Variant<'_>>> = Vec::new();
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let fault = |what: &str| format!("line {}: {what}", at + 1);
        let (kind, rest) = line.split_at_checked(2).unwrap_or((line, ""));
        let mut words = rest.split_ascii_whitespace();
        match kind {
            "N " => {
                family.name = words.next().unwrap_or_default().to_string();
                family.until = words.next().and_then(|day| day.parse().ok());
                family.source = words.collect::<Vec<_>>().join(", ");
            }
            "F " => facts.push(rest.into()),
            "S" => sets.push(Vec::new()),
            "  " => {
                let variant = variant(rest).ok_or_else(|| fault("no build"))?;
                sets.last_mut().ok_or_else(|| fault("a build outside of a set"))?.push(variant);
            }
            "R " => {
                let mut day = || words.next().and_then(|day| day.parse::<Day>().ok());
                let (first, last) = (day().ok_or_else(|| fault("no day"))?, day());
                let (version, set) = (words.next().unwrap_or("-"), words.next());
                let version = if version == "-" { "" } else { version };
                let set = set.and_then(|number| sets.get(number.parse::<usize>().ok()?));
                for variant in set.ok_or_else(|| fault("no such set"))? {
                    let number = family.builds.len();
                    if number >= MAX_BUILDS {
                        return Err(fault("too many builds"));
                    }
                    let name = filled(variant.name, version);
                    for tag in &variant.tags {
                        family.tags.entry(filled(tag, version)).or_default().push((first, number));
                    }
                    numbers.insert(name.clone(), number);
                    family.builds.push(Build {
                        name,
                        version: version.to_string(),
                        first,
                        last,
                        platform: variant.platform,
                        facts: facts.get(variant.facts).cloned().ok_or_else(|| fault("no such facts"))?,
                    });
                }
            }
            "M " => {
                let day: Option<Day> = words.next().and_then(|day| day.parse().ok());
                let build = words.next().and_then(|name| numbers.get(name).copied());
                let (day, build) = day.zip(build).ok_or_else(|| fault("no such build"))?;
                for tag in words {
                    family.tags.entry(tag.to_string()).or_default().push((day, build));
                }
            }
            "Z " => family.measured.push(measured(rest).ok_or_else(|| fault("no size"))?),
            "L " => {
                let listed: BaseFacts = serde_json::from_str(rest).map_err(|error| fault(&error.to_string()))?;
                family.listed.push(Arc::new(listed));
            }
            _ => return Err(fault("a line of no known kind")),
        }
    }
    if family.name.is_empty() {
        return Err("the file names no family".into());
    }
    for events in family.tags.values_mut() {
        events.sort_by_key(|(day, _)| *day);
    }
    Ok(family)
}

fn measured(line: &str) -> Option<MeasuredSize> {
    let mut words = line.split_ascii_whitespace();
    let (tag, day, version, disk) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let base_layers = words.next()?.parse().ok();
    Some(MeasuredSize {
        tag: tag.to_string(),
        day: day.parse().ok()?,
        version: version.split_once('=').map(|(_, version)| version.to_string()),
        on_disk: disk.trim_end_matches('~').parse::<u64>().ok().map(|kilobytes| kilobytes.saturating_mul(1000)),
        is_same_build: !disk.ends_with('~'),
        base_layers,
        layers: words.map(|word| word.parse().ok()).collect::<Option<_>>()?,
    })
}

/// Reads the facts of a build.
///
/// # Errors
/// They are no JSON of that form.
pub(super) fn facts(build: &Build) -> Result<BuildFacts, serde_json::Error> {
    serde_json::from_str(&filled(&build.facts, &build.version))
}
