//! `stageplay session`.

use super::{Usage, directory, engine};
use clap::Args;
use stageplay_core::base_images::Catalogue;
use stageplay_core::host::{Host, gap_lines};
use stageplay_core::words::Language;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Args)]
pub(crate) struct Session {
    /// docker-17.09, 18.09, 19.03, 20.10.0, 20.10.7, 20.10 (the last of them), 23.0, 24.0, 25.0, 26.1, 27.3, 27.5 or 28.
    #[arg(long, default_value = "docker-17.09")]
    engine: String,
    /// classic or buildkit. [default: the engine's]
    #[arg(long)]
    builder: Option<String>,
    /// The host: Ubuntu 16.04 with Go 1.8.3.
    #[arg(long, default_value = "ubuntu-16.04")]
    host: String,
    /// A directory whose files are in the host's working directory.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// A file with commands; `-` reads standard input.
    script: PathBuf,
}

impl Session {
    pub(crate) fn run(self) -> Result<u8, Usage> {
        let (engine, builder) = engine(&self.engine, self.builder.as_deref())?;
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
        if let Some(dir) = &self.dir {
            if !dir.is_dir() {
                return Err(format!("--dir {} is not a directory", dir.display()));
            }
            let tree = directory::read(dir)?;
            for (path, node) in tree.walk("/") {
                if let Some(content) = node.content() {
                    host.write(path.trim_start_matches('/'), content.clone(), node.mode)
                        .map_err(|error| error.to_string())?;
                }
            }
        }
        let mut status = 0;
        let mut out = std::io::stdout().lock();
        for command in Host::commands(&String::from_utf8_lossy(&bytes)) {
            let answer = host.run(&command);
            let text = format!("$ {command}\n{}{}", answer.text, gap_lines(&answer.gaps, Language::English));
            if out.write_all(text.as_bytes()).is_err() {
                break;
            }
            status = answer.status;
        }
        let _ = out.flush();
        Ok(u8::try_from(status & 255).unwrap_or(1))
    }
}
