//! The limits of builds and of started programs that `stageplay serve` and real builds take as options, with their
//! defaults.

use clap::Args;
use stageplay::engine::Policy;
use std::time::Duration;

/// The longest time of an option: a year. Clocks overflow at much longer ones.
const MAX_SECONDS: u64 = 366 * 24 * 3_600;
/// The most processes of an option. Linux takes at most 4,194,304 as the limit of a control group, and the daemon of an
/// isolated build gets some more than its steps.
const MAX_PROCESSES: i64 = 1_000_000;

/// Limits of builds and of started programs.
#[derive(Debug, Args)]
pub(crate) struct LimitArgs {
    /// Memory of a step, and of the started program
    #[arg(long, default_value = "1GiB", value_parser = parse_size, value_name = "SIZE")]
    memory: u64,
    /// Processors of a step, and of the started program
    #[arg(long, value_name = "COUNT", default_value_t = 1.0, value_parser = parse_cpus)]
    cpus: f64,
    /// Processes of a step, and of the started program
    #[arg(long, value_name = "COUNT", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=MAX_PROCESSES))]
    processes: u32,
    /// How much the steps of a build may write, and the size of its image
    #[arg(long, default_value = "2GiB", value_parser = parse_size, value_name = "SIZE")]
    disk: u64,
    /// How much output of a build is kept; a build of which 32 times as much arrives is ended
    #[arg(long, default_value = "1MiB", value_parser = parse_size, value_name = "SIZE")]
    log: u64,
    /// How long a build may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=MAX_SECONDS))]
    build_time: u64,
    /// How long a started program may run, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=MAX_SECONDS))]
    run_time: u64,
    /// The size of a build context
    #[arg(long, default_value = "256MiB", value_parser = parse_size, value_name = "SIZE")]
    context: u64,
    /// The number of files and folders in a build context
    #[arg(long, value_name = "COUNT", default_value_t = 20_000)]
    files: usize,
    /// Allow network access for steps and started programs
    #[arg(long)]
    pub(super) allow_network: bool,
    /// A registry that base images may be pulled from, such as docker.io, or * for all; may be repeated
    #[arg(long = "allow-registry", value_name = "HOST")]
    pub(super) registries: Vec<String>,
    /// Start images as their own user, even if that is root
    #[arg(long)]
    image_user: bool,
    /// How long records of BuildKit's cache are kept after their last use, in seconds. This includes records of other
    /// builds on the same engine [default: the rules of the engine]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=MAX_SECONDS))]
    keep_cache: Option<u64>,
}

impl LimitArgs {
    pub(crate) fn policy(&self) -> Policy {
        Policy {
            bounded: true,
            memory: self.memory.max(6 << 20),
            cpus: self.cpus,
            processes: self.processes,
            disk: self.disk,
            log: usize::try_from(self.log).unwrap_or(usize::MAX),
            build_time: Duration::from_secs(self.build_time),
            run_time: Duration::from_secs(self.run_time),
            context: self.context,
            files: self.files,
            network: self.allow_network,
            registries: self.registries.clone(),
            download: false,
            image_user: self.image_user,
            keep_cache: self.keep_cache.map(Duration::from_secs),
        }
    }
}

/// Parses a size such as `512`, `64k`, `1GiB` or `1.5 GB`. Units are powers of 1024, except kB, MB and GB.
fn parse_size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().map_err(|_| "expected a size, such as 512MiB".to_string())?;
    let unit = match text[end..].trim() {
        "" | "B" | "b" => 1u64,
        "k" | "K" | "KiB" => 1 << 10,
        "m" | "M" | "MiB" => 1 << 20,
        "g" | "G" | "GiB" => 1 << 30,
        "t" | "T" | "TiB" => 1 << 40,
        "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        other => {
            return Err(format!("unknown unit {other:?}; expected k, M, G, T, KiB, MiB, GiB, TiB, kB, MB, GB or TB"));
        }
    };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "checked below"
    )]
    let bytes = (number * unit as f64) as u64;
    if bytes == 0 || bytes > 1 << 46 {
        return Err("expected a size from 1 byte to 64 TiB".into());
    }
    Ok(bytes)
}

/// Parses a number of processors.
fn parse_cpus(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number of processors, such as 1.5".to_string())?;
    if (0.01..=1_024.0).contains(&number) { Ok(number) } else { Err("expected 0.01 to 1024".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_policy() {
        #[derive(clap::Parser)]
        struct Command {
            #[command(flatten)]
            limits: LimitArgs,
        }
        let command = <Command as clap::Parser>::try_parse_from(["serve"]).ok().unwrap();
        assert_eq!(command.limits.policy(), Policy::default());
    }

    #[test]
    fn common_forms_of_sizes_are_parsed() {
        for (text, expected) in [
            ("512", 512),
            ("64k", 65_536),
            ("1GiB", 1 << 30),
            ("1.5 MB", 1_500_000),
            ("2g", 2 << 30),
            ("64TiB", 1 << 46),
        ] {
            assert_eq!(parse_size(text).unwrap(), expected, "{text}");
        }
        for bad in ["", "x", "1XB", "0", "-1", "65TiB", "999999999TB", "1e99"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
