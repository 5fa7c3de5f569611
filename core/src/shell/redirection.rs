//! Redirections, and the targets of file descriptors: terminal, file, pipe or nowhere.

use super::language::Language;
use super::limits::MAX_OUTPUT;
use super::{Shell, Stream};
use crate::fs::{Content, Kind};
use brush_parser::ast;

/// The target of a file descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutputTarget {
    Terminal(Stream),
    /// A pipe, a substitution, or a file that is written when its command ends.
    Buffer(usize),
    Null,
}

/// The targets of the file descriptors from 1 to 9.
pub(super) type OutputTargets = [OutputTarget; 9];

/// Standard output and standard error to the terminal, and no other descriptor open.
pub(super) fn terminal_outputs() -> OutputTargets {
    let mut outputs = [OutputTarget::Null; 9];
    outputs[0] = OutputTarget::Terminal(Stream::Stdout);
    outputs[1] = OutputTarget::Terminal(Stream::Stderr);
    outputs
}

/// A file that a redirection opened for writing.
pub(super) struct OpenedFile {
    path: String,
    buffer: usize,
}

impl Shell {
    pub(super) fn emit(&mut self, fd: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.printed += bytes.len();
        self.effort.spend(bytes.len());
        if self.printed > MAX_OUTPUT {
            self.gap("too-much-output", "");
            return;
        }
        match self.outputs.get(fd).copied().unwrap_or(OutputTarget::Null) {
            OutputTarget::Null => {}
            OutputTarget::Buffer(index) => {
                if let Some(buffer) = self.buffers.get_mut(index) {
                    buffer.extend_from_slice(bytes);
                }
            }
            OutputTarget::Terminal(stream) => match self.output.last_mut() {
                Some((last, text)) if *last == stream => text.extend_from_slice(bytes),
                _ => self.output.push((stream, bytes.to_vec())),
            },
        }
    }

    pub(super) fn new_buffer(&mut self) -> usize {
        self.buffers.push(Vec::new());
        self.buffers.len() - 1
    }

    pub(super) fn take_buffer(&mut self, index: usize) -> Vec<u8> {
        self.buffers.get_mut(index).map(std::mem::take).unwrap_or_default()
    }

    /// Runs something with standard output going into a buffer; returns what was printed.
    pub(crate) fn capture(&mut self, run: impl FnOnce(&mut Shell)) -> Vec<u8> {
        self.capture_output(run).0
    }

    /// As [`Shell::capture`], and whether the output is incomplete because a part of it is not known.
    pub(super) fn capture_output(&mut self, run: impl FnOnce(&mut Shell)) -> (Vec<u8>, bool) {
        let index = self.new_buffer();
        let out = std::mem::replace(&mut self.outputs[0], OutputTarget::Buffer(index));
        run(self);
        self.outputs[0] = out;
        let incomplete = self.incomplete_buffers.remove(&index);
        (self.take_buffer(index), incomplete)
    }

    /// Records that a part of what goes to standard output and standard error is not known.
    pub(super) fn mark_output_incomplete(&mut self) {
        for target in self.outputs.iter().take(2) {
            if let OutputTarget::Buffer(index) = target {
                self.incomplete_buffers.insert(*index);
            }
        }
    }

    /// Runs something and discards its standard error.
    pub(crate) fn without_errors<T>(&mut self, run: impl FnOnce(&mut Shell) -> T) -> T {
        let index = self.new_buffer();
        let errors = std::mem::replace(&mut self.outputs[1], OutputTarget::Buffer(index));
        let result = run(self);
        self.outputs[1] = errors;
        self.take_buffer(index);
        result
    }

    /// Applies redirections, runs, writes the files, and restores the descriptors. Returns the status, also if a file
    /// cannot be opened.
    pub(super) fn redirected(&mut self, redirects: &[&ast::IoRedirect], run: impl FnOnce(&mut Shell) -> i32) -> i32 {
        self.try_redirected(redirects, run).unwrap_or_else(|status| status)
    }

    /// As [`Shell::redirected`], with an error if a file cannot be opened, so that nothing was run.
    pub(super) fn try_redirected(
        &mut self,
        redirects: &[&ast::IoRedirect],
        run: impl FnOnce(&mut Shell) -> i32,
    ) -> Result<i32, i32> {
        if redirects.is_empty() {
            return Ok(run(self));
        }
        let outputs = self.outputs;
        let (stdin, stdin_file, stdin_redirects) = (self.stdin.clone(), self.stdin_file, self.stdin_redirects);
        let is_input_incomplete = self.is_input_incomplete;
        let mut opened = Vec::new();
        let mut status = None;
        for redirect in redirects {
            if let Err(text) = self.apply(redirect, &mut opened) {
                self.outputs = outputs;
                if !text.is_empty() {
                    self.err(text);
                }
                status = Some(Err(self.open_failure_status()));
                break;
            }
        }
        let replaced = self.stdin_redirects != stdin_redirects;
        let status = status.unwrap_or_else(|| Ok(run(self)));
        self.outputs = outputs;
        // What was read of the outer input stays read.
        if replaced {
            (self.stdin, self.stdin_file) = (stdin, stdin_file);
            self.is_input_incomplete = is_input_incomplete;
        }
        for file in opened {
            self.flush(&file);
        }
        status
    }

    /// The exit status if a file cannot be opened.
    fn open_failure_status(&self) -> i32 {
        if self.language() == Language::Dash { 2 } else { 1 }
    }

    /// Redirects the shell itself (`exec > file`); an error if a file cannot be opened.
    pub(super) fn redirect_itself(&mut self, redirects: &[&ast::IoRedirect]) -> Result<i32, i32> {
        for redirect in redirects {
            let mut opened = Vec::new();
            let applied = self.apply(redirect, &mut opened);
            self.exec_files.append(&mut opened);
            if let Err(text) = applied {
                self.err(text);
                return Err(self.open_failure_status());
            }
        }
        Ok(0)
    }

    /// Writes the files that `exec` opened, so that the next command can read them.
    pub(super) fn flush_exec_files(&mut self) {
        for file in std::mem::take(&mut self.exec_files) {
            self.flush(&file);
            self.exec_files.push(file);
        }
    }

    /// Closes the files that `exec` opened after the first so many.
    pub(super) fn close_exec_files(&mut self, first: usize) {
        if self.exec_files.len() > first {
            self.flush_exec_files();
            self.exec_files.truncate(first);
        }
    }

    /// Appends the buffered output to the file. The file was truncated when it was opened, unless it is appended to.
    fn flush(&mut self, file: &OpenedFile) {
        let bytes = self.take_buffer(file.buffer);
        let unknown = self.incomplete_buffers.remove(&file.buffer);
        let Some(node) = self.fs.get(&file.path).filter(|_| unknown || !bytes.is_empty()) else {
            return;
        };
        let download = self.piped_download.as_ref().filter(|_| unknown && bytes.is_empty());
        let is_empty = node.content().is_none_or(|content| content.len == 0);
        let download = download.filter(|_| is_empty).map(|download| Content::download(download.address()));
        let content = match node.content() {
            _ if download.is_some() => download.unwrap_or_else(|| Content::inline([])),
            old if unknown => Content::started(old.map_or(&[][..], Content::head), "output that is not known here"),
            Some(old) => old.with(&bytes),
            None => Content::inline(bytes),
        };
        let (mode, uid, gid) = (node.mode, node.uid, node.gid);
        let _ = self.fs.write(&file.path, content, mode, uid, gid);
    }

    fn apply(&mut self, redirect: &ast::IoRedirect, opened: &mut Vec<OpenedFile>) -> Result<(), String> {
        match redirect {
            ast::IoRedirect::File(fd, kind, target) => {
                use ast::IoFileRedirectKind as K;
                let input = matches!(kind, K::Read | K::DuplicateInput);
                let fd = fd.unwrap_or(i32::from(!input));
                match target {
                    ast::IoFileRedirectTarget::Filename(word) => {
                        let name = self.expand_one(word).map_err(|error| error + "\n")?;
                        match kind {
                            K::Read | K::ReadAndWrite => self.open_input(&name),
                            K::Append => self.open_output(fd, &name, true, opened),
                            K::Write if self.options.noclobber && self.is_file(&name) => {
                                Err(self.noclobber_message(&name))
                            }
                            _ => self.open_output(fd, &name, false, opened),
                        }
                    }
                    ast::IoFileRedirectTarget::Fd(source) => self.duplicate(fd, &source.to_string()),
                    ast::IoFileRedirectTarget::Duplicate(word) => {
                        let source = self.expand_one(word).map_err(|error| error + "\n")?;
                        let is_number = source.trim_end_matches('-').chars().all(|c| c.is_ascii_digit());
                        match (is_number, self.language()) {
                            (true, _) => self.duplicate(fd, &source),
                            (false, Language::Dash) => {
                                Err(format!("{}: {source}: Bad fd number\n", self.message_prefix()))
                            }
                            // `>& file` is another form of `&> file`.
                            (false, _) => {
                                self.open_output(1, &source, false, opened)?;
                                self.outputs[1] = self.outputs[0];
                                Ok(())
                            }
                        }
                    }
                    ast::IoFileRedirectTarget::ProcessSubstitution(way, script) => {
                        if !input || !matches!(way, ast::ProcessSubstitutionKind::Read) {
                            self.gap("unmodelled-shell", "process substitution");
                            return Ok(());
                        }
                        let bytes = self.capture(|shell| {
                            shell.nested(shell.positional.clone(), |shell| shell.run_list(&script.list));
                        });
                        self.replace_input(bytes, false);
                        Ok(())
                    }
                }
            }
            ast::IoRedirect::HereDocument(_, doc) => {
                let text = self.here_document_text(doc)?;
                self.replace_input(text.into_bytes(), false);
                Ok(())
            }
            ast::IoRedirect::HereString(_, word) => {
                let text = self.here_string_text(word)?;
                self.replace_input(text.into_bytes(), false);
                Ok(())
            }
            ast::IoRedirect::OutputAndError(word, append) => {
                let name = self.expand_one(word).map_err(|error| error + "\n")?;
                self.open_output(1, &name, *append, opened)?;
                self.outputs[1] = self.outputs[0];
                Ok(())
            }
        }
    }

    fn duplicate(&mut self, fd: i32, source: &str) -> Result<(), String> {
        // `-` closes; what is read by number is not followed.
        let number = source.trim_end_matches('-').parse::<usize>().ok();
        let from =
            number.and_then(|number| self.outputs.get(number.checked_sub(1)?)).copied().unwrap_or(OutputTarget::Null);
        if let Some(slot) = usize::try_from(fd - 1).ok().and_then(|index| self.outputs.get_mut(index)) {
            *slot = from;
        }
        Ok(())
    }

    fn replace_input(&mut self, bytes: Vec<u8>, is_file: bool) {
        self.stdin_file = is_file.then_some(bytes.len());
        self.stdin = bytes;
        self.is_input_incomplete = false;
        self.stdin_redirects = self.stdin_redirects.wrapping_add(1);
    }

    fn open_input(&mut self, name: &str) -> Result<(), String> {
        if self.standard_stream(name) == Some(0) {
            return Ok(());
        }
        if name == "/dev/null" {
            self.replace_input(Vec::new(), false);
            return Ok(());
        }
        match self.read(name) {
            Ok(Some(bytes)) => self.replace_input(bytes, true),
            Ok(None) => {
                self.gap("unknown-content", name);
                self.replace_input(Vec::new(), true);
                self.is_input_incomplete = true;
            }
            Err(_) if self.fs.may_hide(&self.cwd, name) => {
                self.gap("unlisted-file", name);
                self.replace_input(Vec::new(), true);
                self.is_input_incomplete = true;
            }
            Err(error) => return Err(self.open_error_message(name, error.errno, false)),
        }
        Ok(())
    }

    fn open_output(&mut self, fd: i32, name: &str, append: bool, opened: &mut Vec<OpenedFile>) -> Result<(), String> {
        let sink = match self.standard_stream(name) {
            Some(1) => self.outputs[0],
            Some(2) => self.outputs[1],
            _ if name == "/dev/null" => OutputTarget::Null,
            // What a device does with it is nothing that stays.
            _ if self.fs.stat(&self.cwd, name).is_ok_and(|(_, node)| matches!(node.kind, Kind::Special(_))) => {
                OutputTarget::Null
            }
            _ => {
                let made = self.destination(name).and_then(|place| {
                    if append && self.fs.get(&place).is_some_and(|node| !node.is_dir()) {
                        // Appending, even nothing, copies the file up.
                        self.fs.writable(&place)?;
                        self.fs.touch(&place);
                        return Ok(place);
                    }
                    let (uid, gid, mode) = (self.user.uid, self.user.gid, self.file_mode());
                    self.fs.write(&place, Content::inline([]), mode, uid, gid).map(|()| place)
                });
                match made {
                    Ok(path) => {
                        let buffer = self.new_buffer();
                        opened.push(OpenedFile { path, buffer });
                        OutputTarget::Buffer(buffer)
                    }
                    Err(error) => return Err(self.open_error_message(name, error.errno, true)),
                }
            }
        };
        if let Some(slot) = usize::try_from(fd - 1).ok().and_then(|index| self.outputs.get_mut(index)) {
            *slot = sink;
        }
        Ok(())
    }

    fn is_file(&self, name: &str) -> bool {
        self.fs.stat(&self.cwd, name).is_ok_and(|(_, node)| node.content().is_some())
    }

    /// The message for an existing file under `set -C` (noclobber).
    fn noclobber_message(&self, name: &str) -> String {
        match self.language() {
            Language::Bash => format!("{}: {name}: cannot overwrite existing file\n", self.message_prefix()),
            _ => self.open_error_message(name, crate::fs::Errno::Eexist, true),
        }
    }

    fn open_error_message(&self, name: &str, errno: crate::fs::Errno, create: bool) -> String {
        let shell = self.message_prefix();
        let verb = if create { "create" } else { "open" };
        // ash and dash name a missing directory or file in words of their own.
        let is_missing = matches!(errno, crate::fs::Errno::Enoent | crate::fs::Errno::Enotdir);
        let reason = match (self.language(), create) {
            _ if !is_missing => errno.message(),
            (Language::Dash, true) => "Directory nonexistent",
            (Language::Dash, false) => "No such file",
            (_, true) => "nonexistent directory",
            (_, false) => "no such file",
        };
        match self.language() {
            Language::Bash => format!("{shell}: {name}: {}\n", errno.message()),
            Language::Ash => format!("{shell}: can't {verb} {name}: {reason}\n"),
            Language::Dash => format!("{shell}: cannot {verb} {name}: {reason}\n"),
        }
    }
}
