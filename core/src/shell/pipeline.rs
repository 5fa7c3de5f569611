//! Pipelines: `a | b`, `! a`, `time a`.

use super::Shell;
use super::interpret::Flow;
use super::language::Language;
use brush_parser::ast::{Command, Pipeline};

impl Shell {
    pub(super) fn pipeline(&mut self, pipeline: &Pipeline) -> Flow {
        // `time` is a keyword only in bash; in other shells it is a program.
        if pipeline.timed.is_some() && self.language() != Language::Bash && self.which("time") == (None, false) {
            self.last_status = self.not_found("time");
            return Flow::Next;
        }
        if pipeline.bang {
            let flow = self.with_failures_ignored(|shell| shell.commands(&pipeline.seq));
            if flow == Flow::Next {
                self.last_status = i32::from(self.last_status == 0);
            }
            return flow;
        }
        self.commands(&pipeline.seq)
    }

    /// Runs the commands of a pipeline one after the other, each in a subshell, with the output of the previous one
    /// as input.
    pub(super) fn commands(&mut self, commands: &[Command]) -> Flow {
        if let [only] = commands {
            return self.command(only);
        }
        let (mut input, file) = (std::mem::take(&mut self.stdin), self.stdin_file);
        let mut outer = Vec::new();
        let (is_outer_incomplete, outer_download) = (self.is_input_incomplete, self.piped_download.take());
        let mut worst = 0;
        let mut statuses = Vec::new();
        for (index, command) in commands.iter().enumerate() {
            self.stdin = std::mem::take(&mut input);
            self.stdin_file = file.filter(|_| index == 0);
            let positional = self.positional.clone();
            let child = |shell: &mut Shell| {
                shell.nested(positional, |shell| {
                    shell.command(command);
                    shell.last_status
                });
            };
            if index + 1 == commands.len() {
                child(self);
            } else {
                let (output, is_incomplete) = self.capture_output(child);
                (input, self.is_input_incomplete) = (output, is_incomplete);
                if !is_incomplete || !input.is_empty() {
                    self.piped_download = None;
                }
            }
            if index == 0 {
                // The part of the shell's input that the first command did not read is left for the next command.
                outer = std::mem::take(&mut self.stdin);
            }
            if self.last_status != 0 {
                worst = self.last_status;
            }
            statuses.push(self.last_status);
        }
        (self.stdin, self.stdin_file, self.is_input_incomplete) = (outer, file, is_outer_incomplete);
        self.piped_download = outer_download;
        if self.language() == Language::Bash {
            let _ = self.set_array("PIPESTATUS", statuses.iter().map(i32::to_string).collect());
        }
        if self.options.pipefail {
            self.last_status = worst;
        }
        Flow::Next
    }
}
