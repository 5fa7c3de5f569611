//! Shell completions and the manual page, made from the command line's own description.

use super::{Arguments, Usage, print};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> Result<u8, Usage> {
        let mut out = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "stageplay", &mut out);
        print(&String::from_utf8_lossy(&out));
        Ok(0)
    }
}

/// Prints the manual page: all commands in one.
pub(crate) fn man() -> Result<u8, Usage> {
    let command = Arguments::command();
    let mut out = Vec::new();
    let fail = |error: std::io::Error| error.to_string();
    clap_mangen::Man::new(command.clone()).render(&mut out).map_err(fail)?;
    for part in command.get_subcommands().filter(|part| !part.is_hide_set()) {
        let named = part.clone().name(format!("stageplay {}", part.get_name()));
        let man = clap_mangen::Man::new(named);
        man.render_name_section(&mut out).map_err(fail)?;
        man.render_synopsis_section(&mut out).map_err(fail)?;
        man.render_description_section(&mut out).map_err(fail)?;
        man.render_options_section(&mut out).map_err(fail)?;
    }
    print(&String::from_utf8_lossy(&out));
    Ok(0)
}
