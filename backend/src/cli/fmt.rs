//! `stageplay fmt`: formats Dockerfiles.

use super::dockerfile_source::read_all;
use super::usage_error::UsageError;
use clap::Args;
use stageplay_core::dockerfile;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Fmt {
    /// Do not change files; print the names of the files that would change
    #[arg(long)]
    check: bool,
    /// Dockerfiles to format in place; - reads standard input and prints the result
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl Fmt {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
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
