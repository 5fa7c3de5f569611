//! `stageplay fmt`: one way to write a Dockerfile.

use super::Usage;
use super::source::read_all;
use clap::Args;
use stageplay_core::dockerfile;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Fmt {
    /// Change nothing: name the files that would change, and exit with 1 if there are any.
    #[arg(long)]
    check: bool,
    /// Dockerfiles, rewritten in place; `-` reads the standard input and prints the result.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Fmt {
    pub(crate) fn run(self) -> Result<u8, Usage> {
        let mut code = 0;
        for source in read_all(&self.files)? {
            match dockerfile::format(&source.text) {
                Ok(formatted) if self.check => {
                    if formatted != source.text {
                        println!("{}", source.name);
                        code = 1;
                    }
                }
                Ok(formatted) if formatted != source.text || source.name == "-" => source.write(&formatted)?,
                Ok(_) => {}
                Err(error) => {
                    eprintln!("{}:{}: {error}: not formatted", source.name, error.line.unwrap_or(0));
                    code = 1;
                }
            }
        }
        Ok(code)
    }
}
