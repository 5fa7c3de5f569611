//! Compares a simulated build with a real one: which parts are equal, by how much others differ and, if known, why.

use crate::measure::{self, marked_text};
use crate::words::{Language, say};
use crate::{BuildReport, Entry, ImageLayer, LayerReport, Size, Step};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most lines of detail of one part.
const MOST_DETAILS: usize = 20;

/// How two parts compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Same {
    /// They are equal.
    Equal,
    /// Sizes that differ by at most 5%, the tolerance of modelled sizes, or a real size in the range of an estimate.
    Close,
    /// They differ.
    Differs,
    /// One side is not known.
    Unknown,
}

/// One part of both builds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Part {
    /// `build`, `step`, `base`, `size`, `setting`, `verdict`, `exit-code`, `stdout` or `stderr`.
    pub what: String,
    /// The instruction, or the name of the setting.
    pub name: String,
    /// Its line of the Dockerfile, if it has one.
    pub line: Option<usize>,
    /// The simulated value, as text.
    pub simulated: String,
    /// The real value, as text.
    pub real: String,
    /// How they compare.
    pub same: Same,
    /// Real bytes minus simulated ones, where both are known.
    pub delta_bytes: Option<i64>,
    /// Why they differ, if known.
    pub why: Option<String>,
    /// Entries of the layer that differ, one per line; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

/// The comparison of two builds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Comparison {
    /// The parts, in the order of the build.
    pub parts: Vec<Part>,
    /// The number of equal parts.
    pub equal: usize,
    /// The number of close parts.
    pub close: usize,
    /// The number of different parts.
    pub differ: usize,
    /// The number of parts of which one side is not known.
    pub unknown: usize,
}

/// Compares the report of a simulation with that of a real build of the same Dockerfile.
pub fn compare(simulated: &BuildReport, real: &BuildReport, language: Language) -> Comparison {
    let mut work = Work { parts: Vec::new(), language };
    work.outcome(simulated, real);
    let (own, real_own) = (own_layers(simulated), own_layers(real));
    if let (Some(simulated), Some(real)) = (&simulated.image, &real.image) {
        let below = |layers: &[ImageLayer], own: usize| {
            layers.get(..layers.len().saturating_sub(own)).map(<[ImageLayer]>::to_vec).unwrap_or_default()
        };
        work.base(&below(&simulated.layers, own), &below(&real.layers, real_own));
    }
    for step in &simulated.steps {
        let same = |other: &&Step| other.stage == step.stage && other.line == step.line;
        if let Some(real) = real.steps.iter().find(same) {
            work.step(step, real);
        }
    }
    if let (Some(simulated), Some(real)) = (&simulated.image, &real.image) {
        let basis = simulated.size.basis.clone();
        work.sizes("size", "image", None, (&simulated.size, &real.size), basis, Vec::new());
        work.settings(&simulated.config, &real.config);
    }
    work.start(simulated, real);
    let count = |same: Same| work.parts.iter().filter(|part| part.same == same).count();
    Comparison {
        equal: count(Same::Equal),
        close: count(Same::Close),
        differ: count(Same::Differs),
        unknown: count(Same::Unknown),
        parts: work.parts,
    }
}

/// Layers that the Dockerfile itself puts on its base.
fn own_layers(report: &BuildReport) -> usize {
    // The chain that leads to the image ends in its own last layers.
    let Some(image) = &report.image else { return 0 };
    let made: Vec<&str> =
        report.steps.iter().filter(|step| step.layer.is_some()).map(|step| step.created_by.as_str()).collect();
    image.layers.iter().rev().take_while(|layer| made.contains(&layer.created_by.as_str())).count()
}

struct Work {
    parts: Vec<Part>,
    language: Language,
}

impl Work {
    fn say(&self, id: &str) -> String {
        say::<&str>(self.language, id, &[])
    }

    fn plain(&mut self, what: &str, name: &str, simulated: String, real: String, why: Option<String>) {
        let same = if simulated == real { Same::Equal } else { Same::Differs };
        let why = why.filter(|_| same == Same::Differs);
        let (what, name) = (what.to_string(), name.to_string());
        self.parts.push(Part {
            what,
            name,
            line: None,
            simulated,
            real,
            same,
            delta_bytes: None,
            why,
            details: Vec::new(),
        });
    }

    fn outcome(&mut self, simulated: &BuildReport, real: &BuildReport) {
        let text = |report: &BuildReport| match &report.error {
            None => self.say("compare.built"),
            Some(error) => format!("{}: {}", self.say("compare.failed"), error.message.trim()),
        };
        let (ours, theirs) = (text(simulated), text(real));
        let both_fail = simulated.error.is_some() && real.error.is_some();
        let same_line = simulated.error.as_ref().map(|one| one.line) == real.error.as_ref().map(|one| one.line);
        // Builders add to a message what is theirs; that both fail at one line is what counts.
        let same = if ours == theirs || both_fail && same_line { Same::Equal } else { Same::Differs };
        let line = real.error.as_ref().or(simulated.error.as_ref()).and_then(|error| error.line);
        let what = "build".to_string();
        self.parts.push(Part {
            name: what.clone(),
            what,
            line,
            simulated: ours,
            real: theirs,
            same,
            delta_bytes: None,
            why: None,
            details: Vec::new(),
        });
    }

    fn base(&mut self, simulated: &[ImageLayer], real: &[ImageLayer]) {
        if simulated.is_empty() && real.is_empty() {
            return;
        }
        let sum = |layers: &[ImageLayer]| {
            let bytes: Option<u64> = layers.iter().map(|layer| layer.size.bytes).sum();
            let known = layers.iter().filter_map(|layer| layer.size.bytes.or(layer.size.at_least)).sum();
            let end = |end: fn(&Size) -> Option<u64>| -> Option<u64> {
                let has_range = layers.iter().any(|layer| layer.size.low.is_some());
                layers
                    .iter()
                    .map(|layer| end(&layer.size).or(layer.size.bytes))
                    .sum::<Option<u64>>()
                    .filter(|_| has_range)
            };
            let exact = layers.iter().all(|layer| layer.size.honesty == "exact");
            Size {
                honesty: if exact { "exact" } else { "modelled" }.into(),
                bytes,
                low: end(|size| size.low),
                high: end(|size| size.high),
                at_least: bytes.is_none().then_some(known),
                basis: layers.iter().find_map(|layer| layer.size.basis.clone()),
                ..Size::from(&measure::Size::ZERO)
            }
        };
        let (ours, theirs) = (sum(simulated), sum(real));
        let why = match &ours.basis {
            Some(basis) => say(self.language, "compare.why.base-listing", &[("basis", basis)]),
            None => self.say("compare.why.other-base"),
        };
        self.sizes("base", "FROM", None, (&ours, &theirs), Some(why), Vec::new());
    }

    /// `why` is told where the sizes differ.
    fn sizes(
        &mut self,
        what: &str,
        name: &str,
        line: Option<usize>,
        (simulated, real): (&Size, &Size),
        why: Option<String>,
        details: Vec<String>,
    ) {
        let text = |size: &Size| match size.text(4) {
            text if text == "?" => self.say("compare.unknown"),
            text => marked_text(text, size.honesty == "modelled"),
        };
        let (same, delta) = match (simulated.bytes, real.bytes) {
            // A bound says something too: less than it is a difference.
            (None, Some(theirs)) if simulated.at_least.is_some_and(|bound| bound > theirs) => (Same::Differs, None),
            (Some(ours), Some(theirs)) => {
                let delta = i64::try_from(i128::from(theirs) - i128::from(ours)).unwrap_or(i64::MAX);
                let in_range =
                    simulated.low.zip(simulated.high).is_some_and(|(low, high)| (low..=high).contains(&theirs));
                let close = in_range || u128::from(delta.unsigned_abs()) * 20 <= u128::from(theirs);
                let same = if delta == 0 && details.is_empty() {
                    Same::Equal
                } else if close && simulated.honesty != "exact" {
                    Same::Close
                } else {
                    Same::Differs
                };
                (same, Some(delta))
            }
            _ => (Same::Unknown, None),
        };
        self.parts.push(Part {
            what: what.into(),
            name: name.into(),
            line,
            simulated: text(simulated),
            real: text(real),
            same,
            delta_bytes: delta,
            why: why.filter(|_| same != Same::Equal),
            details,
        });
    }

    fn step(&mut self, simulated: &Step, real: &Step) {
        let name = simulated.created_by.trim_start_matches("/bin/sh -c #(nop) ").trim().to_string();
        match (&simulated.layer, &real.layer) {
            (Some(ours), Some(theirs)) => {
                let modelled = ours.size.honesty != "exact" || !ours.unlisted.is_empty();
                // Where packages stand for their files, the files themselves are no difference.
                let details = if ours.unlisted.is_empty() { self.entries(ours, theirs) } else { Vec::new() };
                let why = match ours.size.honesty.as_ref() {
                    "modelled" => ours
                        .size
                        .basis
                        .clone()
                        .map(|basis| say(self.language, "compare.why.modelled", &[("basis", basis)])),
                    "unknown" => Some(ours.size.basis.clone().map_or_else(
                        || self.say("compare.unknown"),
                        |basis| say(self.language, "compare.why.unknown", &[("basis", basis)]),
                    )),
                    _ => None,
                };
                let sizes = (&ours.size, &theirs.size);
                let shown = if modelled && ours.size.bytes.is_none() { Vec::new() } else { details };
                self.sizes("step", &name, Some(simulated.line), sizes, why, shown);
            }
            // Only this way round: of stages that are not the image's own, engines keep no layers to look at.
            (None, Some(layer)) => {
                let none = Size::from(&measure::Size::ZERO);
                self.sizes("step", &name, Some(simulated.line), (&none, &layer.size), None, Vec::new());
            }
            _ => {}
        }
    }

    /// Entries that only one side has, or that differ: real with `+`, simulated with `-`.
    fn entries(&self, simulated: &LayerReport, real: &LayerReport) -> Vec<String> {
        let row = |entry: &Entry| {
            let size = entry.size.map_or("?".to_string(), |size| size.to_string());
            format!("{:7} {:04o} {}:{} {size} {}", entry.kind, entry.mode & 0o7777, entry.uid, entry.gid, entry.path)
        };
        // A size that is not known differs from nothing.
        let same = |a: &Entry, b: &Entry| {
            (&a.path, &a.kind, a.mode & 0o7777, a.uid, a.gid) == (&b.path, &b.kind, b.mode & 0o7777, b.uid, b.gid)
                && (a.size == b.size || a.size.is_none() || b.size.is_none())
        };
        let by_path = |entries: &[Entry]| -> std::collections::BTreeMap<String, Entry> {
            entries.iter().map(|entry| (entry.path.clone(), entry.clone())).collect()
        };
        let (ours, theirs) = (by_path(&simulated.entries), by_path(&real.entries));
        let mut lines = Vec::new();
        for (path, entry) in &ours {
            match theirs.get(path) {
                Some(other) if same(entry, other) => {}
                Some(other) => lines.extend([format!("- {}", row(entry)), format!("+ {}", row(other))]),
                None => lines.push(format!("- {}", row(entry))),
            }
        }
        lines.extend(
            theirs.iter().filter(|(path, _)| !ours.contains_key(*path)).map(|(_, entry)| format!("+ {}", row(entry))),
        );
        let more = lines.len().saturating_sub(MOST_DETAILS);
        lines.truncate(MOST_DETAILS);
        if more > 0 {
            lines.push(format!("… {more}"));
        }
        lines
    }

    fn settings(&mut self, simulated: &Value, real: &Value) {
        const NAMES: [&str; 11] = [
            "Entrypoint",
            "Cmd",
            "Env",
            "WorkingDir",
            "User",
            "ExposedPorts",
            "Volumes",
            "Labels",
            "StopSignal",
            "Healthcheck",
            "Shell",
        ];
        let of = |document: &Value, name: &str| {
            let value = document.get("config").and_then(|config| config.get(name)).cloned().unwrap_or_default();
            let empty = match &value {
                Value::Null => true,
                Value::String(text) => text.is_empty(),
                Value::Array(items) => items.is_empty(),
                Value::Object(items) => items.is_empty(),
                _ => false,
            };
            if empty { String::new() } else { value.to_string() }
        };
        for name in NAMES {
            let (ours, theirs) = (of(simulated, name), of(real, name));
            if !(ours.is_empty() && theirs.is_empty()) {
                self.plain("setting", name, ours, theirs, None);
            }
        }
    }

    fn start(&mut self, simulated: &BuildReport, real: &BuildReport) {
        let (Some(ours), Some(theirs)) = (&simulated.run, &real.run) else { return };
        let before = self.parts.len();
        self.plain("verdict", "start", ours.verdict.to_string(), theirs.verdict.to_string(), ours.explanation.clone());
        let code = |code: Option<i32>| code.map_or_else(|| "–".to_string(), |code| code.to_string());
        self.plain("exit-code", "start", code(ours.exit_code), code(theirs.exit_code), None);
        self.plain("stdout", "start", ours.stdout.trim_end().into(), theirs.stdout.trim_end().into(), None);
        let words = |text: &str| {
            text.lines()
                .map(|line| line.trim_end().trim_end_matches('.'))
                .collect::<Vec<_>>()
                .join("\n")
                .trim()
                .to_string()
        };
        self.plain("stderr", "start", words(&ours.stderr), words(&theirs.stderr), None);
        // What is not modelled of a program is no difference.
        let gap = simulated.warnings.iter().find(|warning| warning.line.is_none());
        if ours.verdict == "unknown" || ours.exit_code.is_none() && gap.is_some() {
            for part in self.parts.iter_mut().skip(before).filter(|part| part.same == Same::Differs) {
                if ours.verdict == "unknown" || part.what != "verdict" {
                    part.same = Same::Unknown;
                    part.why = gap.map(|warning| warning.message.clone()).or_else(|| ours.explanation.clone());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Part as SizePart, Way};

    /// How a simulated size compares with real bytes, and how it is written.
    fn compared(simulated: &measure::Size, real: u64) -> (Same, String) {
        let mut work = Work { parts: Vec::new(), language: Language::English };
        let real = Size::from(&measure::Size::exact(real));
        work.sizes("size", "image", None, (&simulated.into(), &real), None, Vec::new());
        let part = work.parts.remove(0);
        (part.same, part.simulated)
    }

    #[test]
    fn less_than_a_lower_bound_is_a_difference_and_more_says_nothing() {
        let size = measure::Size::exact(9_000) + measure::Size::unknown(0, "no model");
        assert_eq!(compared(&size, 8_999), (Same::Differs, "≥9kB".to_string()));
        assert_eq!(compared(&size, 9_000).0, Same::Unknown);
        assert_eq!(compared(&measure::Size::unknown(0, "no model"), 1), (Same::Unknown, "not known".to_string()));
    }

    #[test]
    fn a_real_size_in_the_range_of_an_estimate_is_close() {
        let part = SizePart::new("p", "a median", Way::PackageIndex).between(0, 2_500);
        let size = measure::Size::exact(9_000) + measure::Size::estimated(500, part);
        assert_eq!(compared(&size, 11_400), (Same::Close, "≈9.5kB (9–11.5kB)".to_string()));
        assert_eq!(compared(&size, 11_600).0, Same::Differs);
        assert_eq!(compared(&size, 9_500).0, Same::Equal);
    }
}
