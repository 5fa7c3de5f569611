//! `stageplay completions` and `stageplay man`: shell completions and the manual page, generated from the definition of
//! the command line.

use super::output::print;
use super::usage_error::UsageError;
use clap::{Args, Command};
use clap_complete::Shell;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell to print completions for
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self, mut command: Command) -> Result<u8, UsageError> {
        let mut out = Vec::new();
        clap_complete::generate(self.shell, &mut command, "stageplay", &mut out);
        print(&String::from_utf8_lossy(&out));
        Ok(0)
    }
}

/// Prints one manual page for all commands.
pub(crate) fn man(command: &Command) -> Result<u8, UsageError> {
    let mut out = Vec::new();
    let fail = |error: std::io::Error| error.to_string();
    clap_mangen::Man::new(command.clone()).render(&mut out).map_err(fail)?;
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        let renamed = subcommand.clone().name(format!("stageplay {}", subcommand.get_name()));
        let man = clap_mangen::Man::new(renamed);
        man.render_name_section(&mut out).map_err(fail)?;
        man.render_synopsis_section(&mut out).map_err(fail)?;
        man.render_description_section(&mut out).map_err(fail)?;
        man.render_options_section(&mut out).map_err(fail)?;
    }
    print(&String::from_utf8_lossy(&out));
    Ok(0)
}
