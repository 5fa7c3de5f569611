//! `stageplay layers`: shows the layers of an image archive, and the bytes that are wasted in them.

use super::output::{Format, print};
use super::usage_error::UsageError;
use clap::Args;
use serde_json::json;
use stageplay::disk::archive;
use stageplay_core::archive::{Analysis, analyse};
use stageplay_core::measure::human_size;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Layers {
    /// The output format
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Check the image against the thresholds below, with the rules of dive
    #[arg(long)]
    ci: bool,
    /// With --ci: the lowest allowed efficiency, from 0 to 1, or disabled
    #[arg(long, alias = "lowestEfficiency", default_value = "0.9", value_name = "RATIO")]
    lowest_efficiency: String,
    /// With --ci: the highest allowed number of wasted bytes, such as 20MB, or disabled
    #[arg(long, alias = "highestWastedBytes", default_value = "disabled", value_name = "BYTES")]
    highest_wasted_bytes: String,
    /// With --ci: the highest allowed ratio of wasted bytes to the bytes of all layers except the lowest, from 0 to
    /// 1, or disabled
    #[arg(long, alias = "highestUserWastedPercent", default_value = "0.1", value_name = "RATIO")]
    highest_user_wasted_percent: String,
    /// Print only the content of this file of the image
    #[arg(long, value_name = "PATH")]
    cat: Option<String>,
    /// The image archive (docker save or OCI): a tar, plain or compressed with gzip or zstd, or a folder
    #[arg(value_name = "ARCHIVE")]
    archive: PathBuf,
}

/// The result of one of dive's rules.
struct RuleResult {
    name: &'static str,
    threshold: String,
    /// The value of the image, and whether it passes; `None` if the rule is disabled.
    outcome: Option<(String, bool)>,
}

impl Layers {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let rules = self.thresholds()?;
        let archive = archive::open(&self.archive)?;
        if let Some(path) = &self.cat {
            return self.print_file(&archive, path);
        }
        let found = analyse(&archive).map_err(|error| format!("{}: {error}", self.archive.display()))?;
        let rules: Vec<RuleResult> =
            if self.ci { rules.iter().map(|rule| rule.evaluate(&found)).collect() } else { Vec::new() };
        match self.format {
            Format::Json => print(&json_document(&found, &rules)),
            Format::Text => print(&text(&found, &rules)),
        }
        Ok(u8::from(rules.iter().any(|rule| rule.outcome.as_ref().is_some_and(|(_, passed)| !passed))))
    }

    fn thresholds(&self) -> Result<[Threshold; 3], UsageError> {
        let ratio = |name: &str, text: &str| -> Result<Option<f64>, UsageError> {
            if is_disabled(text) {
                return Ok(None);
            }
            let value = text.trim().parse().ok().filter(|value| (0.0..=1.0).contains(value));
            value.map(Some).ok_or_else(|| format!("--{name} {text}: expected a number from 0 to 1, or disabled"))
        };
        let bytes = match self.highest_wasted_bytes.trim() {
            text if is_disabled(text) => None,
            text => Some(parse_size(text).ok_or_else(|| {
                format!("--highest-wasted-bytes {text}: expected bytes such as 20MB or 1.5GiB, or disabled")
            })?),
        };
        Ok([
            Threshold::Efficiency(ratio("lowest-efficiency", &self.lowest_efficiency)?),
            Threshold::Bytes(bytes),
            Threshold::UserPercent(ratio("highest-user-wasted-percent", &self.highest_user_wasted_percent)?),
        ])
    }

    /// Prints a file as a container sees it. Symbolic links are followed.
    fn print_file(&self, archive: &stageplay_core::archive::Archive, path: &str) -> Result<u8, UsageError> {
        let fail = |error: &dyn std::fmt::Display| format!("{}: {error}", self.archive.display());
        let image = archive.image().map_err(|error| fail(&error))?;
        let (_, node) = image.tree.stat("/", path).map_err(|error| fail(&error))?;
        let Some(content) = node.content() else {
            return Err(fail(&format!("{path} is not a file")));
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
    fn evaluate(&self, found: &Analysis) -> RuleResult {
        let rule = |name, threshold: Option<String>, outcome| RuleResult {
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
                    // Without bytes above the lowest layer dive divides by zero. Then any wasted byte fails.
                    let passed = share.map_or(found.wasted_bytes == 0, |share| share <= limit);
                    (
                        share.map_or_else(|| "no bytes above the lowest layer".into(), |share| format!("{share:.4}")),
                        passed,
                    )
                }),
            ),
        }
    }
}

fn is_disabled(text: &str) -> bool {
    matches!(text.trim().to_lowercase().as_str(), "" | "disabled" | "off" | "false")
}

/// Parses a size such as `20MB`, `1.5 GiB` or `300`. Units are decimal, with an `i` binary.
fn parse_size(text: &str) -> Option<u64> {
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

fn json_document(found: &Analysis, rules: &[RuleResult]) -> String {
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

fn text(found: &Analysis, rules: &[RuleResult]) -> String {
    // Rows of the table of wasted bytes.
    const MAX_ROWS: usize = 20;
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
    for one in rows.iter().take(MAX_ROWS) {
        let layers: Vec<String> = one.layers.iter().map(usize::to_string).collect();
        out.push_str(&format!("{:>10}  {:12}  {}\n", human_size(one.bytes, 3), layers.join(" "), one.path));
    }
    if rows.len() > MAX_ROWS {
        out.push_str(&format!("            and {} more; --format json prints all\n", rows.len() - MAX_ROWS));
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
    use super::parse_size;

    #[test]
    fn bytes_have_decimal_and_binary_units() {
        for (text, bytes) in [("300", 300), ("20MB", 20_000_000), ("1.5 KiB", 1536), ("0", 0)] {
            assert_eq!(parse_size(text), Some(bytes), "{text}");
        }
        for text in ["", "MB", "1 parsec", "1e400GB", "-3"] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }
}
