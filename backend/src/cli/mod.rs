//! The command line: one module for each command.

// Its macros are those of all modules below it.
#[macro_use]
mod output;

mod build;
mod build_context;
mod build_options;
mod build_worker;
mod catalog;
mod compat;
mod completions_and_man;
mod diff;
mod dockerfile_source;
mod elf;
mod embed;
mod engine_profile;
mod exec;
mod fmt;
mod grade;
mod layers;
mod ldd;
mod lesson;
mod lint;
mod pack_files;
mod parse;
mod progress;
mod real_engine;
mod report_text;
mod rootfs;
mod schema;
mod serve;
mod session;
mod usage_error;

use clap::{CommandFactory, Parser, Subcommand};
pub(crate) use output::print_error;
use usage_error::UsageError;

/// Simulates container builds, stage by stage, and what happens when the image starts.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate `docker build`, and with --run the start of the image. With --real, build on a container engine.
    ///
    /// Exit codes: 0 if the image is built (and starts), 1 if the build or the start fails, 2 if the command line is
    /// wrong.
    Build(build::Build),
    /// Build on a container engine and in the simulation, and show the differences.
    ///
    /// Exit codes: 0 if there is no difference, or only in what is modelled or unknown; 1 if there are other
    /// differences; 2 if the command line is wrong or no engine answers.
    Diff(diff::Diff),
    /// Run commands on a simulated host with Docker, and print what a terminal would show.
    Session(session::Session),
    /// Check Dockerfiles, with the same checks as `docker build --check`.
    ///
    /// Exit codes: 0 without findings, 1 with findings, 2 if the command line is wrong.
    Lint(lint::Lint),
    /// Show the layers of an image archive, and the bytes that are wasted in them.
    ///
    /// Exit codes: 0; 1 if a threshold of --ci is not met; 2 if the archive cannot be read.
    Layers(layers::Layers),
    /// Predict whether a program starts in a root file system, and explain why not: kernel, loader, libraries, symbols.
    ///
    /// Exit codes: 0 if it starts or the result is unknown, 1 if it fails, 2 if the command line is wrong.
    Exec(exec::Exec),
    /// Print what `ldd` prints for a program in a root file system. Addresses are zero.
    ///
    /// The exit code is that of `ldd`, or 2 if the command line is wrong.
    Ldd(ldd::Ldd),
    /// Show the headers, libraries and symbols of an ELF file.
    ///
    /// Exit codes: 0; 1 if the file is not an ELF file; 2 if it cannot be read.
    Elf(elf::Elf),
    /// Predict on which base images of the catalogue a program starts, or which builder images fit a base image.
    ///
    /// Exit codes: 0 if the program starts on at least one image, 1 if on none, 2 if the command line is wrong.
    Compat(compat::Compat),
    /// Run a server with the page and an API for builds on a container engine.
    ///
    /// Exit codes: 0 when the server is stopped, 2 if the command line is wrong or the server cannot listen.
    Serve(serve::Serve),
    /// Offer BuildKit daemons to a server, with a new daemon for each build. Runs as the first process of a container.
    ///
    /// Exit codes: 1 if a daemon does not start or cannot be stopped, 2 if the command line is wrong.
    BuildWorker(build_worker::BuildWorkerArgs),
    /// Print the syntax tree of a Dockerfile.
    Parse(parse::Parse),
    /// Format Dockerfiles. Their meaning stays the same.
    ///
    /// Exit codes: 0; 1 if a file would change (--check) or is not a valid Dockerfile.
    Fmt(fmt::Fmt),
    /// Grade submissions of exercises: all of them are simulated anew, and what they claim does not count.
    ///
    /// Exit codes: 0, also if submissions cannot be read, which is told in their rows; 2 if the command line is wrong or
    /// the pack cannot be used.
    Grade(grade::Grade),
    /// Check and test lessons and exercises.
    #[command(subcommand)]
    Lesson(lesson::Lesson),
    /// Manage the catalogue of base images.
    #[command(subcommand)]
    Catalog(catalog::Catalog),
    /// Embed builds in pages: recorded answers, code to paste, pictures.
    #[command(subcommand)]
    Embed(embed::Embed),
    /// Print the JSON Schema of a form.
    Schema {
        /// The form
        #[arg(value_name = "FORM", value_enum, default_value_t = schema::Form::Report)]
        form: schema::Form,
    },
    /// Print shell completions.
    Completions(completions_and_man::Completions),
    /// Print the manual page.
    Man,
}

impl Arguments {
    /// Runs the command and returns its exit code.
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        match self.command {
            Command::Build(build) => build.run(),
            Command::Session(session) => session.run(),
            Command::Layers(layers) => layers.run(),
            Command::Lint(lint) => lint.run(),
            Command::Exec(exec) => exec.run(),
            Command::Ldd(ldd) => ldd.run(),
            Command::Elf(elf) => elf.run(),
            Command::Embed(embed) => embed.run(),
            Command::Compat(compat) => compat.run(),
            Command::Serve(serve) => serve.run(),
            Command::BuildWorker(worker) => worker.run(),
            Command::Parse(parse) => parse.run(),
            Command::Fmt(fmt) => fmt.run(),
            Command::Grade(grade) => grade.run(),
            Command::Lesson(lesson) => lesson.run(),
            Command::Diff(diff) => diff.run(),
            Command::Catalog(catalog) => catalog.run(),
            Command::Completions(completions) => completions.run(Arguments::command()),
            Command::Man => completions_and_man::man(&Arguments::command()),
            Command::Schema { form } => schema::run(form),
        }
    }
}
