//! `stageplay layers`: what an image's layers hold and waste.

use super::{Format, Usage, print};
use clap::Args;
use serde_json::json;
use stageplay::disk::archive;
use stageplay_core::archive::{Analysis, analyse};
use stageplay_core::measure::human_size;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Layers {
    /// How to print the result.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Hold the image against thresholds: exit code 1 if one is missed.
    #[arg(long)]
    ci: bool,
    /// With --ci: the lowest efficiency, 0 to 1, or `disabled`.
    #[arg(long, alias = "lowestEfficiency", default_value = "0.9", value_name = "RATIO")]
    lowest_efficiency: String,
    /// With --ci: the most wasted bytes, such as 20MB, or `disabled`.
    #[arg(long, alias = "highestWastedBytes", default_value = "disabled", value_name = "BYTES")]
    highest_wasted_bytes: String,
    /// With --ci: the most wasted bytes in relation to those of all layers but the lowest, 0 to 1, or `disabled`.
    #[arg(long, alias = "highestUserWastedPercent", default_value = "0.1", value_name = "RATIO")]
    highest_user_wasted_percent: String,
    /// Print what this file of the image holds, and nothing else.
    #[arg(long, value_name = "PATH")]
    cat: Option<String>,
    /// What `docker save` or an OCI tool wrote: a tar (plain, gzip, zstd) or a folder.
    archive: PathBuf,
}

/// One of dive's three rules.
struct Rule {
    name: &'static str,
    threshold: String,
    /// What the image has, and whether that will do; `None` if the rule is off.
    outcome: Option<(String, bool)>,
}

impl Layers {
    pub(crate) fn run(self) -> Result<u8, Usage> {
        let rules = self.thresholds()?;
        let archive = archive::open(&self.archive)?;
        if let Some(path) = &self.cat {
            return self.print_file(&archive, path);
        }
        let found = analyse(&archive).map_err(|error| format!("{}: {error}", self.archive.display()))?;
        let rules: Vec<Rule> = if self.ci { rules.iter().map(|rule| rule.judge(&found)).collect() } else { Vec::new() };
        match self.format {
            Format::Json => print(&document(&found, &rules)),
            Format::Text => print(&text(&found, &rules)),
        }
        Ok(u8::from(rules.iter().any(|rule| rule.outcome.as_ref().is_some_and(|(_, passed)| !passed))))
    }

    fn thresholds(&self) -> Result<[Threshold; 3], Usage> {
        let ratio = |name: &str, text: &str| -> Result<Option<f64>, Usage> {
            if is_off(text) {
                return Ok(None);
            }
            let value = text.trim().parse().ok().filter(|value| (0.0..=1.0).contains(value));
            value.map(Some).ok_or_else(|| format!("--{name} {text}: expected a number from 0 to 1, or disabled"))
        };
        let bytes = match self.highest_wasted_bytes.trim() {
            text if is_off(text) => None,
            text => Some(byte_count(text).ok_or_else(|| {
                format!("--highest-wasted-bytes {text}: expected bytes such as 20MB or 1.5GiB, or disabled")
            })?),
        };
        Ok([
            Threshold::Efficiency(ratio("lowest-efficiency", &self.lowest_efficiency)?),
            Threshold::Bytes(bytes),
            Threshold::UserPercent(ratio("highest-user-wasted-percent", &self.highest_user_wasted_percent)?),
        ])
    }

    /// The file as a container would see it, links followed.
    fn print_file(&self, archive: &stageplay_core::archive::Archive, path: &str) -> Result<u8, Usage> {
        let fail = |error: &dyn std::fmt::Display| format!("{}: {error}", self.archive.display());
        let image = archive.image().map_err(|error| fail(&error))?;
        let (_, node) = image.tree.stat("/", path).map_err(|error| fail(&error))?;
        let Some(content) = node.content() else {
            return Err(fail(&format!("{path} is no file")));
        };
        let mut out = std::io::stdout().lock();
        let written = content.read_all(&mut |bytes| out.write_all(bytes).map_err(|error| error.to_string()));
        written.map_err(|error| fail(&format!("{path}: {error}")))?;
        let _ = out.flush();
        Ok(0)
    }
}

enum Threshold {
    Efficiency(Option<f64>),
    Bytes(Option<u64>),
    UserPercent(Option<f64>),
}

impl Threshold {
    fn judge(&self, found: &Analysis) -> Rule {
        let rule = |name, threshold: Option<String>, outcome| Rule {
            name,
            threshold: threshold.unwrap_or_else(|| "disabled".into()),
            outcome,
        };
        match self {
            Threshold::Efficiency(limit) => rule(
                "lowestEfficiency",
                limit.map(|limit| limit.to_string()),
                limit.map(|limit| (format!("{:.4}", found.efficiency), found.efficiency >= limit)),
            ),
            Threshold::Bytes(limit) => rule(
                "highestWastedBytes",
                limit.map(|limit| limit.to_string()),
                limit.map(|limit| (found.wasted_bytes.to_string(), found.wasted_bytes <= limit)),
            ),
            Threshold::UserPercent(limit) => rule(
                "highestUserWastedPercent",
                limit.map(|limit| limit.to_string()),
                limit.map(|limit| {
                    let share = found.user_wasted();
                    // Without bytes of the user's own dive divides by zero: any waste is then too much.
                    let passed = share.map_or(found.wasted_bytes == 0, |share| share <= limit);
                    (share.map_or_else(|| "no own bytes".into(), |share| format!("{share:.4}")), passed)
                }),
            ),
        }
    }
}

fn is_off(text: &str) -> bool {
    matches!(text.trim().to_lowercase().as_str(), "" | "disabled" | "off" | "false")
}

/// `20MB`, `1.5 GiB`, `300`: decimal units, and binary ones with an i.
fn byte_count(text: &str) -> Option<u64> {
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text.get(..at)?.parse().ok()?;
    let factor: f64 = match text.get(at..)?.trim().to_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "ki" | "kib" => 1024.0,
        "mi" | "mib" => 1_048_576.0,
        "gi" | "gib" => 1_073_741_824.0,
        "ti" | "tib" => 1_099_511_627_776.0,
        _ => return None,
    };
    let bytes = number * factor;
    (bytes.is_finite() && bytes < 1e19).then_some(bytes as u64)
}

fn document(found: &Analysis, rules: &[Rule]) -> String {
    let mut document = json!({
        "layers": found.layers.iter().map(|layer| json!({
            "created_by": layer.created_by, "size": layer.size, "entries": layer.entries,
            "added": layer.added, "changed": layer.changed, "removed": layer.removed,
        })).collect::<Vec<_>>(),
        "efficiency": found.efficiency,
        "wasted_bytes": found.wasted_bytes,
        "wasted": found.wasted.iter().map(|one| json!({
            "path": one.path, "bytes": one.bytes, "layers": one.layers,
        })).collect::<Vec<_>>(),
    });
    if !rules.is_empty() {
        document["ci"] = rules
            .iter()
            .map(|rule| {
                json!({
                    "rule": rule.name, "threshold": rule.threshold,
                    "value": rule.outcome.as_ref().map(|(value, _)| value),
                    "passed": rule.outcome.as_ref().map(|(_, passed)| passed),
                })
            })
            .collect();
    }
    format!("{document}\n")
}

fn text(found: &Analysis, rules: &[Rule]) -> String {
    /// Rows of waste that are worth a look.
    const MOST: usize = 20;
    let mut out = String::from("LAYER        SIZE   ENTRIES     ADDED   CHANGED   REMOVED  CREATED BY\n");
    for (index, layer) in found.layers.iter().enumerate() {
        let by: String = layer.created_by.split_whitespace().collect::<Vec<_>>().join(" ");
        let by = if by.chars().count() > 90 { by.chars().take(89).chain(['…']).collect() } else { by };
        out.push_str(&format!(
            "{index:5}  {:>10}  {:8}  {:8}  {:8}  {:8}  {by}\n",
            human_size(layer.size, 3),
            layer.entries,
            layer.added,
            layer.changed,
            layer.removed
        ));
    }
    let total: u64 = found.layers.iter().map(|layer| layer.size).sum();
    let wasted = human_size(found.wasted_bytes, 3);
    out.push_str(&format!(
        "\n{} in {} layers, efficiency {:.4}, wasted {wasted}\n",
        human_size(total, 3),
        found.layers.len(),
        found.efficiency
    ));
    let rows: Vec<_> = found.wasted.iter().filter(|one| one.bytes > 0).collect();
    if !rows.is_empty() {
        out.push_str("\n     BYTES  LAYERS        PATH\n");
    }
    for one in rows.iter().take(MOST) {
        let layers: Vec<String> = one.layers.iter().map(usize::to_string).collect();
        out.push_str(&format!("{:>10}  {:12}  {}\n", human_size(one.bytes, 3), layers.join(" "), one.path));
    }
    if rows.len() > MOST {
        out.push_str(&format!("            and {} more: --format json has them all\n", rows.len() - MOST));
    }
    for rule in rules {
        out.push_str(&match &rule.outcome {
            None => format!("SKIP: {} (disabled)\n", rule.name),
            Some((value, passed)) => {
                let word = if *passed { "PASS" } else { "FAIL" };
                format!("{word}: {} ({value}, threshold {})\n", rule.name, rule.threshold)
            }
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::byte_count;

    #[test]
    fn bytes_have_decimal_and_binary_units() {
        for (text, bytes) in [("300", 300), ("20MB", 20_000_000), ("1.5 KiB", 1536), ("0", 0)] {
            assert_eq!(byte_count(text), Some(bytes), "{text}");
        }
        for text in ["", "MB", "1 parsec", "1e400GB", "-3"] {
            assert_eq!(byte_count(text), None, "{text}");
        }
    }
}
