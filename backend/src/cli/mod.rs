//! The command line: one file for each command.

mod build;
mod build_worker;
mod catalog;
mod compat;
mod diff;
mod directory;
mod elf;
mod exec;
mod fmt;
mod layers;
mod lesson;
mod lint;
mod manual;
mod parse;
mod place;
mod real;
mod serve;
mod session;
mod source;
mod what;

use clap::{Parser, Subcommand, ValueEnum};
use stageplay_core::engine::{Builder, EngineProfile};
use std::io::Write;
use std::sync::Arc;

/// Simulates container builds, stage by stage, and what happens when the image starts.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate `docker build`, and with --run the start of the image; with --real, do it on an engine.
    ///
    /// Exits with 0 if the image is built (and starts), 1 if the build or the start would fail,
    /// 2 if the command line is wrong.
    Build(build::Build),
    /// Build for real and in the simulation, and show where they differ.
    ///
    /// Exits with 0 if nothing differs but what is modelled or not known, 1 if something does,
    /// 2 if the command line is wrong or there is no engine.
    Diff(diff::Diff),
    /// Run commands on a simulated host that has Docker, and print what a terminal would.
    Session(session::Session),
    /// Check Dockerfiles as `docker build --check` does.
    ///
    /// Exits with 0 if nothing was found, 1 if something was, 2 if the command line is wrong.
    Lint(lint::Lint),
    /// Tell what the layers of an image archive hold, and what of it is there twice.
    ///
    /// Exits with 0, with 1 if a threshold of --ci is missed, with 2 if the archive cannot be read.
    Layers(layers::Layers),
    /// Tell whether a program starts in a root, and if not, why: kernel, loader, libraries, symbols.
    ///
    /// Exits with 0 if it starts or that is not known, 1 if it fails, 2 if the command line is wrong.
    Exec(exec::Exec),
    /// Print what a root's own `ldd` prints for a program; addresses are zero.
    ///
    /// Exits as that `ldd` does, with 2 if the command line is wrong.
    Ldd(exec::Ldd),
    /// Tell what an ELF file says of itself.
    ///
    /// Exits with 0, with 1 if it is no ELF file, with 2 if it cannot be read.
    Elf(elf::Elf),
    /// Try a program on every base image of the catalogue, or every builder against one base image.
    ///
    /// Exits with 0 if it starts on one at least, 1 if on none, 2 if the command line is wrong.
    Compat(compat::Compat),
    /// Serve the page and an API that builds for real.
    ///
    /// Exits with 0 when it is stopped, 2 if the command line is wrong or it cannot listen.
    Serve(serve::Serve),
    /// Lend BuildKit daemons to a server, each for one build; the first process of a container without root.
    ///
    /// Exits with 2 if the command line is wrong, 1 if a daemon does not start or cannot be ended.
    BuildWorker(build_worker::BuildWorker),
    /// Print the nodes of a Dockerfile.
    Parse(parse::Parse),
    /// Rewrite Dockerfiles in one way, with the same meaning.
    ///
    /// Exits with 0 if all is well, 1 if a file would change (--check) or cannot be read as a Dockerfile.
    Fmt(fmt::Fmt),
    /// Work with lessons.
    #[command(subcommand)]
    Lesson(lesson::Lesson),
    /// Work with the base images that are known.
    #[command(subcommand)]
    Catalog(catalog::Catalog),
    /// Print the JSON Schema of `build --format json`.
    Schema,
    /// Print completions for a shell.
    Completions(manual::Completions),
    /// Print the manual page.
    Man,
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// A command line that cannot be carried out: what is wrong and what to do. Exit code 2.
pub(crate) type Usage = String;

impl Arguments {
    /// Carries the command out; the exit code.
    pub(crate) fn run(self) -> Result<u8, Usage> {
        match self.command {
            Command::Build(build) => build.run(),
            Command::Session(session) => session.run(),
            Command::Layers(layers) => layers.run(),
            Command::Lint(lint) => lint.run(),
            Command::Exec(exec) => exec.run(),
            Command::Ldd(ldd) => ldd.run(),
            Command::Elf(elf) => elf.run(),
            Command::Compat(compat) => compat.run(),
            Command::Serve(serve) => serve.run(),
            Command::BuildWorker(worker) => worker.run(),
            Command::Parse(parse) => parse.run(),
            Command::Fmt(fmt) => fmt.run(),
            Command::Lesson(lesson) => lesson.run(),
            Command::Diff(diff) => diff.run(),
            Command::Catalog(catalog) => catalog.run(),
            Command::Completions(completions) => completions.run(),
            Command::Man => manual::man(),
            Command::Schema => {
                let schema = schemars::schema_for!(stageplay_core::report::BuildReport);
                println!("{}", serde_json::to_string_pretty(&schema).map_err(|error| error.to_string())?);
                Ok(0)
            }
        }
    }
}

/// Writes to standard output; a reader that has gone away is no error.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// The engine of an id, and the builder asked for or its default.
fn engine(id: &str, builder: Option<&str>) -> Result<(Arc<EngineProfile>, Builder), Usage> {
    let known: Vec<&str> = EngineProfile::all().iter().map(|profile| profile.id.as_str()).collect();
    let profile =
        EngineProfile::find(id).ok_or_else(|| format!("unknown engine {id:?}; known are {}", known.join(", ")))?;
    let Some(name) = builder else {
        let default = profile.default_builder();
        return Ok((profile, default));
    };
    let has: Vec<&str> = profile.builders().into_iter().map(Builder::as_str).collect();
    match Builder::parse(name).filter(|wanted| profile.builders().contains(wanted)) {
        Some(builder) => Ok((profile, builder)),
        None => Err(format!("{id} has no builder {name:?}; it has {}", has.join(" and "))),
    }
}
