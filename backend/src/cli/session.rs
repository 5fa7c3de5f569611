//! `stageplay session`: runs commands on a simulated host.

use super::build_context;
use super::engine_profile::find_engine;
use super::usage_error::UsageError;
use clap::Args;
use stageplay_core::base_images::Catalogue;
use stageplay_core::host::{Host, gap_lines};
use stageplay_core::image::Day;
use stageplay_core::words::Language;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Args)]
pub(crate) struct Session {
    /// The engine of the host: docker-17.09, docker-18.09, docker-19.03, docker-20.10.0, docker-20.10.7, docker-20.10
    /// (the latest 20.10), docker-23.0, docker-24.0, docker-25.0, docker-26.1, docker-27.3, docker-27.5 or docker-28
    #[arg(long, value_name = "ENGINE", default_value = "docker-17.09")]
    engine: String,
    /// The builder: classic or buildkit [default: the default of the engine]
    #[arg(long, value_name = "BUILDER")]
    builder: Option<String>,
    /// The day on which tags are looked up, YYYY-MM-DD [default: the day of the engine]
    #[arg(long, value_name = "DAY")]
    as_of: Option<Day>,
    /// The simulated host: ubuntu-16.04, which has Go 1.8.3
    #[arg(long, value_name = "HOST", default_value = "ubuntu-16.04")]
    host: String,
    /// A directory whose files are copied to the working directory of the host
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// A file with commands; - reads standard input
    #[arg(value_name = "SCRIPT")]
    script: PathBuf,
}

impl Session {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let (engine, builder) = find_engine(&self.engine, self.builder.as_deref())?;
        if self.host != "ubuntu-16.04" {
            return Err(format!("unknown host {:?}; known is ubuntu-16.04", self.host));
        }
        let mut bytes = Vec::new();
        if self.script.as_os_str() == "-" {
            std::io::stdin().read_to_end(&mut bytes).map_err(|error| format!("cannot read standard input: {error}"))?;
        } else {
            bytes = std::fs::read(&self.script)
                .map_err(|error| format!("cannot read {}: {error}", self.script.display()))?;
        }
        let mut host = Host::new(Arc::new(Catalogue::builtin()), engine, builder);
        host.set_as_of(self.as_of);
        if let Some(dir) = &self.dir {
            if !dir.is_dir() {
                return Err(format!("--dir {} is not a directory", dir.display()));
            }
            let tree = build_context::read_tree(dir)?;
            for (path, node) in tree.walk("/") {
                if let Some(content) = node.content() {
                    host.write(path.trim_start_matches('/'), content.clone(), node.mode)
                        .map_err(|error| error.to_string())?;
                }
            }
        }
        let mut status = 0;
        for command in Host::commands(&String::from_utf8_lossy(&bytes)) {
            let answer = host.run(&command);
            print!("$ {command}\n{}{}", answer.text, gap_lines(&answer.gaps, Language::English));
            status = answer.status;
        }
        Ok(u8::try_from(status & 255).unwrap_or(1))
    }
}
