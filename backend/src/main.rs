//! The `stageplay` program: reads arguments and sets the exit code. The work is done in `cli` and in core.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::Arguments::parse().run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            cli::print_error(&format!("stageplay: {error}\n"));
            ExitCode::from(2)
        }
    }
}
