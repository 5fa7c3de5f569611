//! The `stageplay` program: arguments in, exit code out. The work is in `cli` and in core.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::Arguments::parse().run() {
        Ok(code) => ExitCode::from(code),
        Err(usage) => {
            eprintln!("stageplay: {usage}");
            ExitCode::from(2)
        }
    }
}
