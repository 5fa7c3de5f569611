//! What a build is asked for, by whichever command: Dockerfile, context, arguments, images.

use super::{Format, Usage, directory};
use clap::Args;
use stageplay::disk::archive;
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Images, Request};
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::fs::Tree;
use stageplay_core::image::{Image, Reference};
use stageplay_core::words::Language;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The part of the command line that says what to build.
#[derive(Debug, Args)]
pub(super) struct What {
    /// The Dockerfile; `-` reads standard input. [default: Dockerfile in the context]
    #[arg(short, long)]
    pub(super) file: Option<PathBuf>,
    /// A name for the image; may be given several times.
    #[arg(short, long)]
    pub(super) tag: Vec<String>,
    /// The stage to build.
    #[arg(long)]
    target: Option<String>,
    /// NAME=VALUE for an ARG; without a value it comes from the environment.
    #[arg(long = "build-arg", value_name = "NAME=VALUE")]
    build_arg: Vec<String>,
    /// The platform to build for.
    #[arg(long, default_value = "linux/amd64")]
    platform: String,
    /// NAME=ARCHIVE: what FROM or --from calls NAME is the image in this archive (docker save or OCI,
    /// a tar or a folder); may be given several times.
    #[arg(long = "base", value_name = "NAME=ARCHIVE")]
    base: Vec<String>,
    /// More base images, as `stageplay catalog add` keeps them; may be given several times.
    #[arg(long = "catalog", value_name = "FILE", env = "STAGEPLAY_CATALOG")]
    catalog: Vec<PathBuf>,
    /// The directory with the files that the build may copy.
    #[arg(default_value = ".")]
    pub(super) context: PathBuf,
}

impl What {
    /// The request; an inner error is a build that fails because there is no Dockerfile.
    pub(super) fn request(
        &self,
        engine: Arc<EngineProfile>,
        builder: Builder,
    ) -> Result<Result<Request, String>, Usage> {
        for tag in &self.tag {
            Reference::parse(tag).map_err(|error| format!("--tag {tag}: {error}"))?;
        }
        let platform = platform(&self.platform)?;
        let context = if self.context.as_os_str() == "-" { Tree::new() } else { context(&self.context)? };
        let (name, dockerfile) = match dockerfile(self.file.as_deref(), &self.context) {
            Ok(found) => found,
            Err(message) => return Ok(Err(message)),
        };
        Ok(Ok(Request {
            dockerfile,
            name,
            context,
            target: self.target.clone(),
            build_args: build_args(&self.build_arg)?,
            platform,
            tags: self.tag.clone(),
            engine,
            builder,
            passes_failures: false,
        }))
    }

    /// The images of `--base`.
    pub(super) fn bases(&self) -> Result<Bases, Usage> {
        Bases::open(&self.base)
    }

    /// The base images that are known.
    pub(super) fn catalogue(&self) -> Result<Catalogue, Usage> {
        let mut catalogue = Catalogue::builtin();
        for path in &self.catalog {
            let text =
                std::fs::read_to_string(path).map_err(|error| format!("--catalog {}: {error}", path.display()))?;
            catalogue.add(&text).map_err(|error| format!("--catalog {}: {error}", path.display()))?;
        }
        Ok(catalogue)
    }
}

/// How it is built and shown; the same for one build and for two side by side.
#[derive(Debug, Args)]
pub(super) struct How {
    /// classic or buildkit. [default: the engine's]
    #[arg(long)]
    builder: Option<String>,
    /// Start the image; arguments for it come behind `--`.
    #[arg(long)]
    run: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// The language of explanations: en or zh-CN.
    #[arg(long, default_value = "en")]
    lang: String,
    /// Arguments for the image, with --run.
    #[arg(last = true, requires = "run")]
    args: Vec<String>,
}

impl How {
    pub(super) fn builder(&self) -> Option<&str> {
        self.builder.as_deref()
    }

    pub(super) fn language(&self) -> Language {
        Language::from_tag(&self.lang)
    }

    /// What the image is started with, if it is to be started.
    pub(super) fn args(&self) -> Option<&[String]> {
        self.run.then_some(self.args.as_slice())
    }
}

/// The images of `--base`.
#[derive(Debug)]
pub(super) struct Bases(pub(super) Vec<(Reference, Arc<Image>)>);

impl Bases {
    fn open(pairs: &[String]) -> Result<Self, Usage> {
        let mut bases = Vec::new();
        for pair in pairs {
            let split = pair.split_once('=').filter(|(name, path)| !name.is_empty() && !path.is_empty());
            let (name, path) = split.ok_or_else(|| format!("--base {pair}: expected NAME=ARCHIVE"))?;
            let reference = Reference::parse(name).map_err(|error| format!("--base {name}: {error}"))?;
            let image = archive::open(Path::new(path))?.image().map_err(|error| format!("{path}: {error}"))?;
            bases.push((reference, Arc::new(image)));
        }
        Ok(Bases(bases))
    }
}

impl Images for Bases {
    fn find(&self, reference: &Reference) -> Option<Arc<Image>> {
        let found = self.0.iter().rev().find(|(name, _)| name.canonical() == reference.canonical());
        found.map(|(_, image)| image.clone())
    }
}

fn platform(text: &str) -> Result<String, Usage> {
    let full = if text.contains('/') { text.to_string() } else { format!("linux/{text}") };
    let parts: Vec<&str> = full.split('/').collect();
    let valid = (2..=3).contains(&parts.len())
        && parts.iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    if valid { Ok(full) } else { Err(format!("--platform {text}: expected os/architecture, such as linux/amd64")) }
}

fn build_args(pairs: &[String]) -> Result<BTreeMap<String, String>, Usage> {
    let mut args = BTreeMap::new();
    for pair in pairs {
        match pair.split_once('=') {
            Some(("", _)) => return Err(format!("--build-arg {pair}: expected NAME=VALUE")),
            Some((name, value)) => {
                args.insert(name.to_string(), value.to_string());
            }
            None => args.extend(std::env::var(pair).ok().map(|value| (pair.clone(), value))),
        }
    }
    Ok(args)
}

fn context(path: &Path) -> Result<Tree, Usage> {
    if !path.is_dir() {
        return Err(format!("the context {} is not a directory", path.display()));
    }
    directory::context(path)
}

/// The Dockerfile's name, as messages call it, and its text.
fn dockerfile(file: Option<&Path>, context: &Path) -> Result<(String, String), String> {
    let (name, bytes) = match file {
        Some(path) if path.as_os_str() == "-" => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map_err(|error| format!("cannot read standard input: {error}"))?;
            ("Dockerfile".to_string(), bytes)
        }
        other => {
            let path = other.map_or_else(|| context.join("Dockerfile"), Path::to_path_buf);
            let name = path.strip_prefix(context).unwrap_or(&path).display().to_string();
            let bytes = std::fs::read(&path).map_err(|error| {
                let reason = if error.kind() == std::io::ErrorKind::NotFound {
                    "no such file or directory".into()
                } else {
                    error.to_string()
                };
                format!("failed to read dockerfile: open {name}: {reason}")
            })?;
            (name, bytes)
        }
    };
    Ok((name, String::from_utf8_lossy(&bytes).into_owned()))
}
