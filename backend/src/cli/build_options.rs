//! The options that `build` and `diff` share: what to build, how to build it, and how to print the result.

use super::build_context;
use super::dockerfile_source::MAX_DOCKERFILE_BYTES;
use super::output::Format;
use super::usage_error::UsageError;
use clap::Args;
use stageplay::disk::{archive, read_found_file, read_named_file, read_to_limit};
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Images, Request};
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::fs::Tree;
use stageplay_core::image::{Day, Image, Reference};
use stageplay_core::words::Language;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to build: Dockerfile, context, build arguments and base images.
#[derive(Debug, Args)]
pub(super) struct BuildInput {
    /// The Dockerfile; - reads standard input [default: Dockerfile in the context]
    #[arg(short, long, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// A name for the image, as NAME[:TAG]; may be repeated
    #[arg(short, long, value_name = "NAME")]
    pub(super) tag: Vec<String>,
    /// The stage to build [default: the last stage]
    #[arg(long, value_name = "STAGE")]
    target: Option<String>,
    /// A build argument; without =VALUE its value is taken from the environment. May be repeated
    #[arg(long = "build-arg", value_name = "NAME[=VALUE]")]
    build_arg: Vec<String>,
    /// A secret, as id=NAME[,src=FILE]. Its content is not read. May be repeated
    #[arg(long, value_name = "SECRET")]
    secret: Vec<String>,
    /// The platform to build for
    #[arg(long, value_name = "OS/ARCH", default_value = "linux/amd64")]
    platform: String,
    /// The day on which tags are looked up, YYYY-MM-DD: latest is then what it was on that day
    /// [default: the day of the engine]
    #[arg(long, value_name = "DAY")]
    as_of: Option<Day>,
    /// Use the image of an archive wherever FROM or --from names NAME. The archive is a tar or a folder in the format
    /// of docker save or OCI. May be repeated
    #[arg(long = "base", value_name = "NAME=ARCHIVE")]
    base: Vec<String>,
    /// A file with further base images, written by `stageplay catalog add`; may be repeated
    #[arg(long = "catalog", value_name = "FILE", env = "STAGEPLAY_CATALOG")]
    catalog: Vec<PathBuf>,
    /// The build context: a directory with the files that the build may copy; - for none
    #[arg(value_name = "CONTEXT", default_value = ".")]
    pub(super) context: PathBuf,
}

impl BuildInput {
    /// Reads the Dockerfile and the context. The inner error is the message of a build that fails because there is no
    /// Dockerfile.
    pub(super) fn request(
        &self,
        engine: Arc<EngineProfile>,
        builder: Builder,
    ) -> Result<Result<Request, String>, UsageError> {
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
            has_secrets: !self.secret.is_empty(),
            platform,
            tags: self.tag.clone(),
            as_of: self.as_of,
            engine,
            builder,
            continues_after_failure: false,
            assume_context: false,
        }))
    }

    /// Opens the archives of `--base`.
    pub(super) fn base_archives(&self) -> Result<BaseArchives, UsageError> {
        BaseArchives::open(&self.base)
    }

    /// The built-in catalogue of base images, and the files of `--catalog`.
    pub(super) fn catalogue(&self) -> Result<Catalogue, UsageError> {
        let mut catalogue = Catalogue::builtin();
        for path in &self.catalog {
            let text =
                std::fs::read_to_string(path).map_err(|error| format!("--catalog {}: {error}", path.display()))?;
            catalogue.add(&text).map_err(|error| format!("--catalog {}: {error}", path.display()))?;
        }
        Ok(catalogue)
    }
}

/// How to build, whether to start the image, and how to print the result.
#[derive(Debug, Args)]
pub(super) struct BuildOptions {
    /// The builder: classic or buildkit [default: the default of the engine]
    #[arg(long, value_name = "BUILDER")]
    builder: Option<String>,
    /// Start the image after the build; arguments for it follow --
    #[arg(long)]
    run: bool,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// The language of explanations: en or zh-CN
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    lang: String,
    /// With --run: arguments for the image
    #[arg(last = true, requires = "run")]
    args: Vec<String>,
}

impl BuildOptions {
    pub(super) fn builder(&self) -> Option<&str> {
        self.builder.as_deref()
    }

    pub(super) fn language(&self) -> Language {
        Language::from_tag(&self.lang)
    }

    /// The arguments that the image is started with; `None` if it is not to be started.
    pub(super) fn args(&self) -> Option<&[String]> {
        self.run.then_some(self.args.as_slice())
    }
}

/// The images of `--base`, with their names.
#[derive(Debug)]
pub(super) struct BaseArchives(pub(super) Vec<(Reference, Arc<Image>)>);

impl BaseArchives {
    fn open(pairs: &[String]) -> Result<Self, UsageError> {
        let mut bases = Vec::new();
        for pair in pairs {
            let split = pair.split_once('=').filter(|(name, path)| !name.is_empty() && !path.is_empty());
            let (name, path) = split.ok_or_else(|| format!("--base {pair}: expected NAME=ARCHIVE"))?;
            let reference = Reference::parse(name).map_err(|error| format!("--base {name}: {error}"))?;
            let image = archive::open_named(Path::new(path), &reference)?
                .image()
                .map_err(|error| format!("{path}: {error}"))?;
            bases.push((reference, Arc::new(image)));
        }
        Ok(BaseArchives(bases))
    }
}

impl Images for BaseArchives {
    fn find(&self, reference: &Reference) -> Option<Arc<Image>> {
        let found = self.0.iter().rev().find(|(name, _)| name.canonical() == reference.canonical());
        found.map(|(_, image)| image.clone())
    }
}

fn platform(text: &str) -> Result<String, UsageError> {
    let full = if text.contains('/') { text.to_string() } else { format!("linux/{text}") };
    let parts: Vec<&str> = full.split('/').collect();
    let valid = (2..=3).contains(&parts.len())
        && parts.iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    if valid { Ok(full) } else { Err(format!("--platform {text}: expected os/architecture, such as linux/amd64")) }
}

fn build_args(pairs: &[String]) -> Result<BTreeMap<String, String>, UsageError> {
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

fn context(path: &Path) -> Result<Tree, UsageError> {
    if !path.is_dir() {
        return Err(format!("the context {} is not a directory", path.display()));
    }
    build_context::read_context(path)
}

/// Reads the Dockerfile. Returns its name for messages, and its text.
fn dockerfile(file: Option<&Path>, context: &Path) -> Result<(String, String), String> {
    let (name, bytes) = match file {
        Some(path) if path.as_os_str() == "-" => {
            let bytes = read_to_limit(std::io::stdin(), MAX_DOCKERFILE_BYTES)
                .map_err(|error| format!("cannot read standard input: {error}"))?;
            ("Dockerfile".to_string(), bytes)
        }
        other => {
            let path = other.map_or_else(|| context.join("Dockerfile"), Path::to_path_buf);
            let name = path.strip_prefix(context).unwrap_or(&path).display().to_string();
            let read = if file.is_some() { read_named_file } else { read_found_file };
            let bytes = read(&path, MAX_DOCKERFILE_BYTES).map_err(|error| {
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
