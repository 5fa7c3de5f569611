//! A simulated host: a file system, an image store, containers, a build cache, a command line.

mod completions;
mod container_mounts;
mod container_names;
mod containers;
mod docker;
mod host_commands;
mod session;
mod store;

use crate::base_images::Catalogue;
use crate::elf::Machine;
use crate::engine::{Builder, EngineProfile};
use crate::exec::Credentials;
use crate::fs::{Content, FsError, Kind, Tree, path};
use crate::image::{BaseFacts, Day};
use crate::shell::{self, Gap, Shell};
use crate::words::{Language, say};
pub use completions::Completions;
pub use session::SessionPlace;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex};
pub use store::Store;

/// The working directory of the terminal.
pub const WORK_DIR: &str = "/root/work";
/// The environment of a login shell on the host.
const ENVIRONMENT: [&str; 4] = [
    "HOME=/root",
    "USER=root",
    "SHELL=/bin/bash",
    "PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
];
/// The facts of its root, as `data/images.jsonl` has them; `None` if they cannot be read, and a test proves that they can.
static ROOT: LazyLock<Option<Arc<BaseFacts>>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../data/host.json")).ok().map(Arc::new));
/// The lines that `history` keeps.
const MAX_TYPED: usize = 500;
/// The longest command line that is run, in bytes.
const MAX_LINE: usize = 1 << 14;

/// The result of one command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandOutput {
    /// The terminal output: both streams in order.
    pub text: String,
    /// The exit code.
    pub status: i32,
    /// The gaps of the simulation that the command met, and what else it says in its own voice.
    pub gaps: Vec<Gap>,
    /// What the command asks the page to do.
    pub events: Vec<HostEvent>,
}

/// What a command asks the page to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostEvent {
    /// Open a file in the editor. The path is relative to the working directory; the file need not exist.
    OpenFile(String),
    /// Clear the terminal.
    Clear,
}

/// A simulated host. Its image store is shared with builds that run beside it.
#[allow(missing_debug_implementations, reason = "holds a shell with a host's commands")]
pub struct Host {
    shell: Shell,
    store: Arc<Mutex<Store>>,
    /// The shells in containers at which the terminal waits, the innermost last.
    sessions: Vec<session::Session>,
}

impl Host {
    /// A new host: Ubuntu 16.04 with Go 1.8.3 and a Docker engine, as in the first lessons.
    pub fn new(catalogue: Arc<Catalogue>, engine: Arc<EngineProfile>, builder: Builder) -> Self {
        let mut tree = ROOT.as_ref().map(|facts| catalogue.image_of(facts).tree.clone()).unwrap_or_default();
        let install = |tree: &mut Tree, place: &str, content: Content, mode: u32| {
            if let Ok(directory) = tree.mkdir_all(path::parent(place), 0o755, 0, 0) {
                let _ = tree.write(&path::join(&directory, path::file_name(place)), content, mode, 0, 0);
            }
        };
        let program = tree.get("/bin/cat").and_then(|node| node.content().cloned());
        for name in ["/usr/bin/file", "/usr/bin/docker", "/usr/local/go/bin/go"] {
            install(&mut tree, name, program.clone().unwrap_or_else(|| Content::inline([])), 0o755);
        }
        install(&mut tree, "/usr/local/go/VERSION", Content::inline(*b"go1.8.3\n"), 0o644);
        let _ = tree.mkdir_all(WORK_DIR, 0o755, 0, 0);
        let env: Vec<String> = ENVIRONMENT.iter().map(|pair| pair.to_string()).collect();
        let mut shell =
            crate::command_table::new_shell(tree.seal(), WORK_DIR, &env, Credentials::default(), Machine::X86_64);
        crate::packages::use_indexes(&mut shell, catalogue.packages.clone());
        shell.become_interactive("bash");
        let store = Arc::new(Mutex::new(Store::new(catalogue, engine, builder)));
        shell.host = Some(Box::new(docker::Docker { store: store.clone() }));
        Host { shell, store, sessions: Vec::new() }
    }

    /// The store, shared.
    pub fn store(&self) -> Arc<Mutex<Store>> {
        self.store.clone()
    }

    /// Whether builds take files to be there that their context lacks, and say so.
    pub fn set_assumes_context(&mut self, assumes: bool) {
        if let Ok(mut store) = self.store.lock() {
            store.assumes_context = assumes;
        }
    }

    /// Changes the day on which tags are looked up; `None` for the day of the engine.
    pub fn set_as_of(&mut self, day: Option<Day>) {
        if let Ok(mut store) = self.store.lock() {
            store.as_of = day;
        }
    }

    /// Changes the catalogue from which images are pulled. Images in the store stay.
    pub fn set_catalogue(&mut self, catalogue: Arc<Catalogue>) {
        if let Ok(mut store) = self.store.lock() {
            store.catalogue = catalogue;
        }
    }

    /// Runs one command. It may have several lines: here-documents, continuation lines.
    pub fn run(&mut self, line: &str) -> CommandOutput {
        if line.len() > MAX_LINE {
            let text = format!("bash: the line is longer than {MAX_LINE} bytes\n");
            return CommandOutput { text, status: 2, ..CommandOutput::default() };
        }
        let mut answer = if self.sessions.is_empty() { self.run_on_host(line) } else { self.run_in_session(line) };
        if let Ok(mut store) = self.store.lock() {
            answer.events = std::mem::take(&mut store.events);
        }
        answer
    }

    fn run_on_host(&mut self, line: &str) -> CommandOutput {
        if let Ok(mut store) = self.store.lock() {
            store.typed.push(line.to_string());
            let more = store.typed.len().saturating_sub(MAX_TYPED);
            store.typed.drain(..more);
        }
        self.shell.output.clear();
        self.shell.gaps.clear();
        self.shell.reset_limits();
        let (status, ends) = self.shell.run_typed(line);
        let output = std::mem::take(&mut self.shell.output);
        let mut answer = take_output(&output, std::mem::take(&mut self.shell.gaps), status);
        for gap in &mut answer.gaps {
            // On the host there is no image that the command would change.
            if gap.code == "unmodelled-command" {
                gap.code = "not-available-here";
            }
        }
        if ends {
            answer.gaps.push(Gap { code: "host-exit", what: String::new() });
        }
        self.open_session();
        answer
    }

    /// The prompt: the folder on the host, or what the shell in a container shows.
    pub fn prompt(&self) -> String {
        if let Some(session) = self.sessions.last() {
            return session.prompt();
        }
        let cwd = &self.shell.cwd;
        match cwd.strip_prefix("/root") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("~{rest} $ "),
            _ => format!("{cwd} $ "),
        }
    }

    /// The shell that reads the next command.
    fn active_shell(&self) -> &Shell {
        self.sessions.last().map_or(&self.shell, |session| &session.shell)
    }

    /// Runs one command as [`Host::run`] does, unless it asks for data of the catalogue that is not loaded. Then the file
    /// system, the working directory, the variables and the engine are as before, so that it can be run again.
    ///
    /// # Errors
    /// What is not loaded, by the names of [`Catalogue::take_missing`].
    pub fn run_or_lack(&mut self, line: &str) -> Result<CommandOutput, BTreeSet<String>> {
        let state = |shell: &Shell| (shell.fs.clone(), shell.cwd.clone(), shell.vars.clone());
        let before = state(&self.shell);
        let sessions: Vec<_> = self.sessions.iter().map(|session| state(&session.shell)).collect();
        let store = self.store.lock().map(|store| store.clone()).ok();
        let catalogue = store.as_ref().map(|store| store.catalogue.clone());
        if let Some(catalogue) = &catalogue {
            catalogue.take_missing();
        }
        let output = self.run(line);
        let missing = catalogue.map(|catalogue| catalogue.take_missing()).unwrap_or_default();
        if missing.is_empty() {
            return Ok(output);
        }
        (self.shell.fs, self.shell.cwd, self.shell.vars) = before;
        self.sessions.truncate(sessions.len());
        for (session, before) in self.sessions.iter_mut().zip(sessions) {
            (session.shell.fs, session.shell.cwd, session.shell.vars) = before;
        }
        if let (Ok(mut own), Some(store)) = (self.store.lock(), store) {
            *own = store;
        }
        Err(missing)
    }

    /// Writes a file into the working directory, making directories as needed.
    ///
    /// # Errors
    /// The path leaves the working directory, or a file is in the place of a directory, or the reverse.
    pub fn write(&mut self, name: &str, content: Content, mode: u32) -> Result<(), FsError> {
        let full = path::join(WORK_DIR, name);
        if !path::is_within(&full, WORK_DIR) || full == WORK_DIR {
            return Err(FsError { errno: crate::fs::Errno::Einval, path: name.to_string() });
        }
        let directory = self.shell.fs.mkdir_all(path::parent(&full), 0o755, 0, 0)?;
        let place = path::join(&directory, path::file_name(&full));
        if self.shell.fs.get(&place).is_some_and(|node| node.content() == Some(&content)) {
            return Ok(());
        }
        self.shell.fs.write(&place, content, mode, 0, 0)
    }

    /// Removes a file of the working directory, and the directories that are empty then.
    ///
    /// # Errors
    /// There is no such file.
    pub fn remove(&mut self, name: &str) -> Result<(), FsError> {
        let mut full = path::join(WORK_DIR, name);
        if !path::is_within(&full, WORK_DIR) || full == WORK_DIR {
            return Err(FsError { errno: crate::fs::Errno::Enoent, path: name.to_string() });
        }
        self.shell.fs.remove(&full)?;
        loop {
            full = path::parent(&full).to_string();
            let is_empty = self.shell.fs.walk(&full).nth(1).is_none();
            if full == WORK_DIR || !is_empty || self.shell.fs.remove(&full).is_err() {
                return Ok(());
            }
        }
    }

    /// A regular file of the working directory.
    pub fn file(&self, name: &str) -> Option<&Content> {
        let full = path::join(WORK_DIR, name);
        self.shell.fs.get(&full).filter(|_| path::is_within(&full, WORK_DIR))?.content()
    }

    /// The working directory as a build context.
    pub fn context(&self) -> Tree {
        subtree(&self.shell.fs, WORK_DIR)
    }

    /// Whether a command goes on in the next line: an open quote, a here-document, a loop, a backslash at the end.
    pub fn is_unfinished(command: &str) -> bool {
        command.len() < MAX_LINE && (command.ends_with('\\') || shell::is_unfinished(command))
    }

    /// Splits a script into commands for [`Host::run`], as a shell reads them: open quotes, here-documents and loops
    /// continue on the next line. Comments and empty lines between commands are left out.
    pub fn commands(script: &str) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let mut lines = script.lines();
        while let Some(line) = lines.next() {
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            // Text copied from a terminal may have prompts.
            let mut command = line.strip_prefix("$ ").unwrap_or(line).to_string();
            while Self::is_unfinished(&command) {
                let Some(next) = lines.next() else { break };
                command.push('\n');
                command.push_str(next);
            }
            all.push(command);
        }
        all
    }
}

fn take_output(output: &[(shell::Stream, Vec<u8>)], gaps: Vec<Gap>, status: i32) -> CommandOutput {
    let bytes: Vec<u8> = output.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    CommandOutput { text, status, gaps, events: Vec::new() }
}

/// The commands of `docker` that the terminal has, each with its options.
pub fn docker_commands() -> Vec<(String, Vec<String>)> {
    let options =
        |spec: &docker::CommandSpec| spec.options.iter().map(|option| format!("--{}", option.name())).collect();
    let all = docker::Client::get().commands.iter();
    all.map(|spec| (spec.names.first().cloned().unwrap_or_default(), options(spec))).collect()
}

/// The terminal output for gaps of the simulation, one line each.
pub fn gap_lines(gaps: &[Gap], language: Language) -> String {
    gaps.iter()
        .map(|gap| format!("stageplay: {}\n", say(language, &format!("diag.{}", gap.code), &[("what", &gap.what)])))
        .collect()
}

/// A copy of a directory as a tree of its own. All owners become root, as in a build context that is sent.
fn subtree(tree: &Tree, top: &str) -> Tree {
    let mut own = Tree::new();
    let Ok(top) = tree.resolve("/", top, true) else {
        return own;
    };
    for (key, node) in tree.walk(&top) {
        let rest = key.get(top.len()..).unwrap_or("");
        let place = if top == "/" { key.as_ref() } else { rest };
        if place.is_empty() || place == "/" {
            continue;
        }
        let kind = match &node.kind {
            Kind::Dir { .. } => Kind::Dir { partial: false },
            kind => kind.clone(),
        };
        own.put(place, kind, node.mode, 0, 0);
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_images::newest_day;
    use crate::image::Reference;

    fn host(engine: &str) -> Host {
        let engine = EngineProfile::find(engine).unwrap();
        let builder = engine.default_builder();
        Host::new(Arc::new(Catalogue::builtin()), engine, builder)
    }

    #[test]
    fn a_build_can_be_listed_run_and_removed() {
        let mut host = host("docker-20.10");
        host.write("Dockerfile", Content::inline(*b"FROM alpine:3.17\nRUN echo hi > /f\nCMD cat /f\n"), 0o644).unwrap();
        let built = host.run("docker build -t one .");
        assert_eq!(built.status, 0, "{}", built.text);
        assert!(built.text.contains("Successfully tagged one:latest"));
        assert!(host.run("docker images").text.contains("one          latest"));
        assert_eq!(host.run("docker run one").text, "hi\n");
        assert!(host.run("docker history one").text.contains("echo hi"));
        assert_eq!(host.run("docker rmi one").status, 1, "its container is still there");
        assert_eq!(host.run("docker rm -f $(docker ps -aq)").status, 0);
        assert_eq!(host.run("docker rmi one").status, 0);
    }

    #[test]
    fn files_go_in_and_out_of_containers() {
        let mut host = host("docker-17.09");
        host.run("echo hello > f");
        let made = host.run("docker create --name cc alpine");
        assert_eq!(made.status, 0, "{}", made.text);
        assert_eq!(host.run("docker cp f cc:/tmp/g").status, 0);
        assert_eq!(host.run("docker cp cc:/tmp/g ./back").status, 0);
        assert_eq!(host.run("cat back").text, "hello\n");
        assert!(host.run("docker cp cc:/nope .").text.contains("No such"));
    }

    #[test]
    fn the_host_is_an_image_of_the_list() {
        let reference = Reference::parse("ubuntu:16.04").unwrap();
        let listed = Catalogue::builtin().find(&reference, newest_day()).unwrap();
        assert_eq!(ROOT.as_deref(), Some(&*listed));
    }

    #[test]
    fn pulls_and_lists_read_as_those_of_an_engine() {
        let mut now = host("docker-28");
        let pulled = now.run("docker pull python:3.9-slim").text;
        assert!(pulled.starts_with("3.9-slim: Pulling from library/python\n"), "{pulled}");
        let end = "Status: Downloaded newer image for python:3.9-slim\ndocker.io/library/python:3.9-slim\n";
        assert!(pulled.ends_with(end), "{pulled}");
        let again = now.run("docker pull python:3.9-slim").text;
        assert!(again.contains("\nStatus: Image is up to date for python:3.9-slim\n"), "{again}");
        assert!(now.run("docker images").text.contains("python       3.9-slim"), "{}", now.run("docker images").text);
        assert!(
            now.run("docker pull alpine")
                .text
                .starts_with("Using default tag: latest\nlatest: Pulling from library/alpine\n")
        );
        for (name, words) in [
            ("python:3.99", "manifest for python:3.99 not found: manifest unknown: manifest unknown"),
            ("nosuchimage", "pull access denied for nosuchimage, repository does not exist"),
        ] {
            let refused = now.run(&format!("docker pull {name}"));
            assert!(refused.text.contains(&format!("Error response from daemon: {words}")), "{}", refused.text);
            assert_eq!(refused.status, 1);
        }
        let unknown = now.run("docker pull ghcr.io/example/app:1");
        assert_eq!((unknown.status, unknown.gaps[0].code), (0, "pulled-image-not-known"), "{}", unknown.text);
        assert!(unknown.text.contains("1: Pulling from example/app\n"), "{}", unknown.text);
        // The client of 2017 did not print the full name.
        let then = host("docker-17.09").run("docker pull golang").text;
        assert!(then.ends_with("Status: Downloaded newer image for golang:latest\n"), "{then}");
    }

    #[test]
    fn a_command_that_lacks_data_leaves_nothing_behind() {
        let mut host = host("docker-28");
        host.set_catalogue(Arc::new(Catalogue::empty()));
        let line = "cd /tmp; echo a >> f; docker run alpine:3.17 echo hi";
        let missing = host.run_or_lack(line).unwrap_err();
        assert!(missing.contains("alpine"), "{missing:?}");
        assert_eq!(host.run("pwd; ls /tmp; docker ps -aq").text, "/root/work\n");
        host.set_catalogue(Arc::new(Catalogue::builtin()));
        assert!(host.run_or_lack(line).unwrap().text.ends_with("hi\n"));
        assert_eq!(host.run("pwd; cat f").text, "/tmp\na\n");
    }

    #[test]
    fn a_script_splits_into_commands() {
        let script = "# comment\necho a \\\n  b\n\ncat > f <<EOF\n# kept\nEOF\n$ for i in 1 2; do\n  echo $i\ndone\necho 'a\nb'\npwd\n";
        let commands =
            ["echo a \\\n  b", "cat > f <<EOF\n# kept\nEOF", "for i in 1 2; do\n  echo $i\ndone", "echo 'a\nb'", "pwd"];
        assert_eq!(Host::commands(script), commands);
    }

    #[test]
    fn a_write_stays_inside_the_working_directory() {
        let mut host = host("docker-28");
        assert!(host.write("../../etc/passwd", Content::inline([]), 0o644).is_err());
        assert!(host.write("a/b/c", Content::inline([]), 0o644).is_ok());
    }
}
