//! `stageplay ldd`: prints what `ldd` prints for a program in a root file system.

use super::output::print;
use super::rootfs::Rootfs;
use super::usage_error::UsageError;
use clap::Args;
use stageplay::disk::processor_level;
use stageplay_core::elf::Machine;
use stageplay_core::exec::{Credentials, NoAnswer, Start, System};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Ldd {
    /// The root file system: a folder, an image archive (docker save or OCI), or a tar of docker export
    #[arg(long, value_name = "DIR|ARCHIVE")]
    root: PathBuf,
    /// An environment variable, such as LD_LIBRARY_PATH; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// The working directory
    #[arg(long, value_name = "DIR", default_value = "/")]
    cwd: String,
    /// The program or library in the root file system
    #[arg(value_name = "PATH")]
    path: String,
}

impl Ldd {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let rootfs = Rootfs::open(&self.root)?;
        let system = System::new(rootfs.root(), Machine::X86_64).with_level(processor_level());
        let argv = [self.path.clone()];
        let who = Credentials::default();
        let start = Start { cwd: &self.cwd, path: &self.path, argv: &argv, env: &self.env, who: &who };
        match system.ldd(start) {
            Ok(printed) => {
                print(&printed.stdout);
                eprint!("{}", printed.stderr);
                Ok(u8::try_from(printed.code).unwrap_or(1))
            }
            Err(NoAnswer::NoLoader) => {
                Err("the root file system has no loader of glibc or musl, so it has no ldd".into())
            }
            Err(NoAnswer::Unlisted(library)) => Err(format!("it is not known whether {library} exists")),
        }
    }
}
