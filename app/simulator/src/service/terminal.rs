//! A client's terminal: a simulated host whose working directory has the client's files.

use super::build_settings::engine;
use super::messages::{TerminalAnswer, TerminalRequest};
use stageplay_core::base_images::Catalogue;
use stageplay_core::host::{CommandOutput, Host, gap_lines};
use stageplay_core::words::Language;
use stageplay_core::workspace::{File, Workspace, contents, day, files_of};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The longest command line in bytes.
const MAX_LINE: usize = 8 << 10;

pub(super) struct Terminal {
    host: Host,
    /// Engine, builder and day: with others it is another host.
    settings: (String, String, Option<String>),
    /// The files as the client knows them.
    files: Vec<File>,
}

fn settings(workspace: &Workspace) -> (String, String, Option<String>) {
    (workspace.engine.clone(), workspace.builder.clone(), workspace.as_of.clone())
}

impl Terminal {
    pub(super) fn open(workspace: &Workspace, catalogue: &Arc<Catalogue>) -> Result<Self, String> {
        let (profile, builder) = engine(&workspace.engine, &workspace.builder)?;
        let mut host = Host::new(catalogue.clone(), profile, builder);
        host.set_as_of(day(workspace)?);
        Ok(Terminal { host, settings: settings(workspace), files: Vec::new() })
    }

    pub(super) fn fits(&self, workspace: &Workspace) -> bool {
        self.settings == settings(workspace)
    }

    /// Writes the files that the client changed, and runs the command. The inner error is the names of data about base
    /// images that is not loaded; the host is then as before.
    pub(super) fn run(
        mut self,
        asked: &TerminalRequest,
        workspace: &Workspace,
        catalogue: &Arc<Catalogue>,
    ) -> Result<(Self, Result<TerminalAnswer, BTreeSet<String>>), String> {
        if asked.line.len() > MAX_LINE {
            return Err(format!("the command line has more than {MAX_LINE} bytes"));
        }
        self.host.set_catalogue(catalogue.clone());
        self.take_files(workspace)?;
        if asked.line.trim().is_empty() {
            let prompt = self.host.prompt();
            return Ok((self, Ok(TerminalAnswer { prompt, ..TerminalAnswer::default() })));
        }
        let done = self.host.run_or_lack(&asked.line);
        let answer = done.map(|output| self.answer(&output, asked));
        Ok((self, answer))
    }

    /// Runs the command although it lacks data.
    pub(super) fn run_anyway(mut self, asked: &TerminalRequest) -> (Self, TerminalAnswer) {
        let output = self.host.run(&asked.line);
        let answer = self.answer(&output, asked);
        (self, answer)
    }

    /// Files that the client removed are removed by `rm` in the terminal only: a client never removes any.
    fn take_files(&mut self, workspace: &Workspace) -> Result<(), String> {
        if self.files == workspace.files {
            return Ok(());
        }
        for (path, content, mode) in contents(workspace)? {
            let name = path.trim_start_matches('/');
            self.host.write(name, content, mode).map_err(|error| error.to_string())?;
        }
        self.files.clone_from(&workspace.files);
        Ok(())
    }

    fn answer(&mut self, output: &CommandOutput, asked: &TerminalRequest) -> TerminalAnswer {
        let now = files_of(&self.host.context());
        let files = (now != self.files).then(|| now.clone());
        self.files = now;
        let gaps = gap_lines(&output.gaps, Language::from_tag(&asked.language));
        TerminalAnswer {
            missing: Vec::new(),
            output: format!("{}{gaps}", output.text),
            status: output.status,
            prompt: self.host.prompt(),
            files,
        }
    }
}
