//! `stageplay build`.

use super::{Format, Usage, directory, engine, print};
use clap::Args;
use stageplay::disk::archive;
use stageplay_core::build::{self, Cache, Images, Request};
use stageplay_core::fs::Tree;
use stageplay_core::image::{Catalogue, Image, Reference};
use stageplay_core::report::{self, BuildReport};
use stageplay_core::simulate::simulate;
use stageplay_core::words::Language;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The Dockerfile; `-` reads standard input. [default: Dockerfile in the context]
    #[arg(short, long)]
    file: Option<PathBuf>,
    /// A name for the image; may be given several times.
    #[arg(short, long)]
    tag: Vec<String>,
    /// The stage to build.
    #[arg(long)]
    target: Option<String>,
    /// NAME=VALUE for an ARG; without a value it comes from the environment.
    #[arg(long = "build-arg", value_name = "NAME=VALUE")]
    build_arg: Vec<String>,
    /// The platform to build for.
    #[arg(long, default_value = "linux/amd64")]
    platform: String,
    /// docker-17.09, 18.09, 19.03, 20.10.0, 20.10.7, 20.10 (the last of them), 23.0, 25.0 or 28.
    #[arg(long, default_value = "docker-28")]
    engine: String,
    /// classic or buildkit. [default: the engine's]
    #[arg(long)]
    builder: Option<String>,
    /// NAME=ARCHIVE: what FROM or --from calls NAME is the image in this archive (docker save or OCI,
    /// a tar or a folder); may be given several times.
    #[arg(long = "base", value_name = "NAME=ARCHIVE")]
    base: Vec<String>,
    /// Start the image; arguments for it come behind `--`.
    #[arg(long)]
    run: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The language of explanations: en or zh-CN.
    #[arg(long, default_value = "en")]
    lang: String,
    /// The directory with the files that the build may copy.
    #[arg(default_value = ".")]
    context: PathBuf,
    /// Arguments for the image, with --run.
    #[arg(last = true)]
    args: Vec<String>,
}

/// The images of `--base`.
struct Bases(Vec<(Reference, Arc<Image>)>);

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

impl Build {
    pub(crate) fn run(self) -> Result<u8, Usage> {
        if !self.args.is_empty() && !self.run {
            return Err("arguments behind -- are for --run".into());
        }
        let (engine, builder) = engine(&self.engine, self.builder.as_deref())?;
        for tag in &self.tag {
            Reference::parse(tag).map_err(|error| format!("--tag {tag}: {error}"))?;
        }
        let platform = platform(&self.platform)?;
        let context = if self.context.as_os_str() == "-" { Tree::new() } else { context(&self.context)? };
        let (name, dockerfile) = match dockerfile(self.file.as_deref(), &self.context) {
            Ok(found) => found,
            Err(message) => return Ok(no_dockerfile(message, self.format)),
        };
        let request = Request {
            dockerfile,
            name,
            context,
            target: self.target.clone(),
            build_args: build_args(&self.build_arg)?,
            platform,
            tags: self.tag.clone(),
            engine,
            builder,
        };
        let language = Language::from_tag(&self.lang);
        let args = self.run.then_some(self.args.as_slice());
        let bases = Bases::open(&self.base)?;
        let done = simulate(&request, args, &Catalogue::builtin(), &bases, &mut Cache::new());
        let report = BuildReport::new(&done, language);
        match self.format {
            Format::Json => print(&format!("{}\n", report.to_json())),
            Format::Text => {
                let (out, err) = build::progress(&request, &done.built);
                print(&out);
                eprint!("{err}");
                for warning in &report.warnings {
                    let line = warning.line.map(|line| format!(" (line {line})")).unwrap_or_default();
                    eprintln!("stageplay: {}{line}", warning.message);
                }
                if let Some(run) = &report.run {
                    started(run);
                }
            }
        }
        Ok(u8::from(!report.succeeded()))
    }
}

/// What the image prints, and behind it why it does not start.
fn started(run: &report::RunReport) {
    print(&run.stdout);
    eprint!("{}", run.stderr);
    if run.verdict == "starts" {
        return;
    }
    eprintln!("\nstageplay: {}", run.explanation.as_deref().unwrap_or("it does not start"));
    for step in &run.steps {
        eprintln!("  {} {:8} {}: {}", if step.ok { "✓" } else { "✗" }, step.who, step.did, step.result);
    }
    for fix in &run.fixes {
        let size =
            fix.proof.size.bytes.map_or("unknown size".into(), |bytes| stageplay_core::measure::human_size(bytes, 3));
        eprintln!("  fix: {} ({} proven, {size})", fix.title, fix.proof.verdict);
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
    directory::read(path)
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

/// A build without a Dockerfile fails, as with Docker: exit code 1.
fn no_dockerfile(message: String, format: Format) -> u8 {
    match format {
        Format::Text => eprintln!("ERROR: {message}"),
        Format::Json => {
            let report = BuildReport {
                schema: report::SCHEMA,
                error: Some(report::Error { code: "no-dockerfile".into(), message, line: None }),
                warnings: Vec::new(),
                stages: Vec::new(),
                steps: Vec::new(),
                image: None,
                run: None,
            };
            print(&format!("{}\n", report.to_json()));
        }
    }
    1
}
