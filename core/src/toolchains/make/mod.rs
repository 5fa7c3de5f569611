//! GNU make: rules, variables, patterns; recipes run in the shell.
//!
//! A target that is there is up to date, unless something that it needs is newer. `vpath`, `eval` and variables of a target are not followed; that is told.

mod conditions;
mod functions;
mod makefile;

use crate::commands::estimated_builds::estimate_build;
use crate::fs::path;
use crate::shell::Shell;
use makefile::{Makefile, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// The header of makefiles that the model of cmake writes.
pub(crate) const GENERATED_MAKEFILE_HEADER: &str =
    "# CMAKE generated file: DO NOT EDIT!\n# Its rules are Stageplay's.\n";

/// The deepest chain of prerequisites.
const MAX_DEPTH: u32 = 64;

/// The commonly used built-in variables and rules of make.
const BUILT_IN: &str = "CC = cc\nCXX = g++\nAR = ar\nARFLAGS = rv\nRM = rm -f\n\
    %.o: %.c\n\t$(CC) $(CFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c -o $@ $<\n\
    %.o: %.cpp\n\t$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c -o $@ $<\n\
    %: %.o\n\t$(CC) $(LDFLAGS) $(TARGET_ARCH) $^ $(LOADLIBES) $(LDLIBS) -o $@\n\
    %: %.c\n\t$(CC) $(CFLAGS) $(CPPFLAGS) $(LDFLAGS) $(TARGET_ARCH) $^ $(LOADLIBES) $(LDLIBS) -o $@\n";

/// A parsed command line.
#[derive(Debug, Default)]
struct MakeRequest {
    file: Option<String>,
    folder: Option<String>,
    targets: Vec<String>,
    /// `NAME=value`: these take precedence over the makefile's.
    variables: Vec<(String, String)>,
    silent: bool,
    keep_going: bool,
    dry: bool,
    always: bool,
    quiet_folders: bool,
}

pub(crate) fn make(shell: &mut Shell, argv: &[String]) -> i32 {
    let Some(request) = read(shell, argv) else { return 0 };
    let (cwd, who) = (shell.cwd.clone(), name(shell));
    if let Some(folder) = &request.folder {
        match shell.fs.stat(&shell.cwd, folder) {
            Ok((real, node)) if node.is_dir() => shell.cwd = real,
            _ => {
                shell.err(format!("{who}: *** {folder}: No such file or directory.  Stop.\n"));
                return 2;
            }
        }
    }
    let told = request.folder.is_some() && !request.silent && !request.quiet_folders;
    let here = shell.cwd.clone();
    if told {
        shell.out(format!("{who}: Entering directory '{here}'\n"));
    }
    let status = in_folder(shell, &request);
    if told {
        shell.out(format!("{who}: Leaving directory '{here}'\n"));
    }
    shell.cwd = cwd;
    status
}

/// The name in messages: `make`, with the level of recursion in brackets.
fn name(shell: &Shell) -> String {
    match shell.var("MAKELEVEL").and_then(|level| level.parse::<u32>().ok()).unwrap_or(0) {
        0 => "make".into(),
        level => format!("make[{level}]"),
    }
}

fn read(shell: &mut Shell, argv: &[String]) -> Option<MakeRequest> {
    let mut request = MakeRequest::default();
    // What the make that called this one was told.
    let inherited = shell.var("MAKEFLAGS").unwrap_or("").to_string();
    let letters = inherited.split(' ').next().filter(|word| !word.starts_with('-')).unwrap_or("");
    (request.silent, request.keep_going) = (letters.contains('s'), letters.contains('k'));
    (request.dry, request.always) = (letters.contains('n'), letters.contains('B'));
    request.quiet_folders = inherited.contains("--no-print-directory");
    let mut words = argv.iter().skip(1).peekable();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-f" | "--file" | "--makefile" => request.file = words.next().cloned(),
            "-C" | "--directory" => request.folder = words.next().cloned(),
            "-s" | "--silent" | "--quiet" => request.silent = true,
            "-k" | "--keep-going" => request.keep_going = true,
            "-n" | "--dry-run" => request.dry = true,
            "-B" | "--always-make" => request.always = true,
            "-v" | "--version" => {
                shell.gap("unknown-output", "make --version");
                return None;
            }
            "-j" | "-l" => {
                words.next_if(|next| next.parse::<u32>().is_ok());
            }
            "--no-print-directory" => request.quiet_folders = true,
            "-w" | "-r" | "-R" => {}
            word if word.starts_with("-j") || word.starts_with("-O") || word.starts_with("--jobs") => {}
            word if word.starts_with("-C") => request.folder = word.get(2..).map(str::to_string),
            word if word.starts_with('-') => shell.gap("unmodelled-option", format!("make {word}")),
            word => match word.split_once('=') {
                Some((name, value)) => {
                    request.variables.push((name.trim_end_matches([':', '?', '+']).to_string(), value.to_string()));
                }
                None => request.targets.push(word.to_string()),
            },
        }
    }
    Some(request)
}

/// The beginning of a file, as far as it is at hand.
fn head(shell: &Shell, file: &str) -> String {
    let content = shell.fs.stat(&shell.cwd, file).ok().and_then(|(_, node)| node.content());
    content.map_or(String::new(), |content| String::from_utf8_lossy(content.head()).into_owned())
}

fn in_folder(shell: &mut Shell, request: &MakeRequest) -> i32 {
    let who = name(shell);
    let given = request.file.clone();
    let usual = ["GNUmakefile", "makefile", "Makefile"].map(str::to_string);
    let names: Vec<String> = given.clone().map_or_else(|| usual.to_vec(), |file| vec![file]);
    let file = names.iter().find(|name| shell.fs.stat(&shell.cwd, name).is_ok()).cloned();
    let text = match &file {
        Some(file) => match shell.read(file) {
            Ok(Some(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
            // One that cmake wrote: its rules are known, its length is not.
            Ok(None) if head(shell, file).starts_with(GENERATED_MAKEFILE_HEADER) => head(shell, file),
            _ => {
                shell.gap("unknown-content", file);
                return 0;
            }
        },
        None => {
            if names.iter().any(|name| shell.fs.may_hide(&shell.cwd, name)) {
                let variables = request.variables.iter().map(|(name, value)| format!("{name}={value}"));
                let words = std::iter::once("make".to_string()).chain(request.targets.iter().cloned());
                let words: Vec<String> = words.chain(variables).collect();
                if !estimate_build(shell, &words) {
                    shell.gap("unmodelled-command", "make");
                }
                return 0;
            }
            if let Some(given) = given {
                shell.err(format!("{who}: {given}: No such file or directory\n"));
                shell.err(format!("{who}: *** No rule to make target '{given}'.  Stop.\n"));
                return 2;
            }
            String::new()
        }
    };
    let mut makefile = Makefile::default();
    makefile.read(shell, BUILT_IN);
    makefile.end_of_built_in();
    for pair in shell.environment() {
        if let Some((name, value)) = pair.split_once('=') {
            makefile.set(name, value.to_string());
        }
    }
    makefile.pinned = request.variables.iter().cloned().collect();
    makefile.read(shell, &text);
    if let Some((line, why)) = makefile.wrong {
        let name = file.unwrap_or_default();
        shell.err(format!("{name}:{line}: *** {why}.  Stop.\n"));
        return 2;
    }
    if let Some((line, lacked)) = makefile.lacks {
        let name = file.unwrap_or_default();
        shell.err(format!("{name}:{line}: {lacked}: No such file or directory\n"));
        shell.err(format!("{who}: *** No rule to make target '{lacked}'.  Stop.\n"));
        return 2;
    }
    let targets = match (request.targets.is_empty(), makefile.first_target()) {
        (false, _) => request.targets.clone(),
        (true, Some(first)) => vec![first],
        (true, None) => {
            let words = if file.is_some() { "No targets" } else { "No targets specified and no makefile found" };
            shell.err(format!("{who}: *** {words}.  Stop.\n"));
            return 2;
        }
    };
    let mut run =
        MakeRun { makefile, request, made: BTreeMap::new(), open: BTreeSet::new(), file: file.unwrap_or_default() };
    for target in targets {
        match run.make(shell, &target, 0) {
            Ok(TargetResult::Anew) => {}
            Ok(TargetResult::Already { has_recipe }) => {
                let words = match has_recipe {
                    true => format!("{who}: '{target}' is up to date.\n"),
                    false => format!("{who}: Nothing to be done for '{target}'.\n"),
                };
                if !request.silent {
                    shell.out(words);
                }
            }
            Err(status) => return status,
        }
    }
    0
}

/// The result of making a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TargetResult {
    Anew,
    Already { has_recipe: bool },
}

struct MakeRun<'a> {
    makefile: Makefile,
    request: &'a MakeRequest,
    made: BTreeMap<String, TargetResult>,
    /// The targets that are being made; a circular prerequisite is dropped.
    open: BTreeSet<String>,
    file: String,
}

impl MakeRun<'_> {
    fn make(&mut self, shell: &mut Shell, target: &str, depth: u32) -> Result<TargetResult, i32> {
        if let Some(made) = self.made.get(target) {
            return Ok(*made);
        }
        if depth > MAX_DEPTH || shell.steps_left == 0 {
            shell.gap("too-many-steps", "make");
            return Ok(TargetResult::Already { has_recipe: false });
        }
        shell.steps_left -= 1;
        let who = name(shell);
        let there = shell.fs.stat(&shell.cwd, target).is_ok();
        let Some(rule) = self.rule(shell, target, depth) else {
            if there || shell.fs.may_hide(&shell.cwd, target) {
                return Ok(TargetResult::Already { has_recipe: false });
            }
            shell.err(format!("{who}: *** No rule to make target '{target}'.  Stop.\n"));
            return Err(2);
        };
        self.open.insert(target.to_string());
        let mut anew = self.request.always;
        // What `$?` stands for.
        let mut newer = Vec::new();
        for need in rule.needs.iter().chain(&rule.order_only) {
            if self.open.contains(need) {
                shell.err(format!("{who}: Circular {target} <- {need} dependency dropped.\n"));
                continue;
            }
            let there = shell.fs.stat(&shell.cwd, need).is_ok();
            if !there && self.rule(shell, need, depth + 1).is_none() && !shell.fs.may_hide(&shell.cwd, need) {
                shell.err(format!("{who}: *** No rule to make target '{need}', needed by '{target}'.  Stop.\n"));
                return Err(2);
            }
            let made = self.make(shell, need, depth + 1)?;
            if rule.needs.contains(need) && (made == TargetResult::Anew || self.is_newer(shell, need, target)) {
                anew = true;
                newer.push(need.clone());
            }
        }
        self.open.remove(target);
        let phony = self.makefile.is_phony(target);
        let made = match rule.recipe.is_empty() {
            // Nothing to do but what it needs.
            true if anew => TargetResult::Anew,
            true => TargetResult::Already { has_recipe: false },
            false if there && !phony && !anew => TargetResult::Already { has_recipe: true },
            false => {
                let newer = if there && !self.request.always { newer } else { rule.needs.clone() };
                self.recipe(shell, target, &rule, &newer)?;
                TargetResult::Anew
            }
        };
        self.made.insert(target.to_string(), made);
        Ok(made)
    }

    /// The rule for a target: its own, with a pattern's recipe where it has none.
    fn rule(&self, shell: &Shell, target: &str, depth: u32) -> Option<Rule> {
        let own = self.makefile.rule(target);
        if own.as_ref().is_some_and(|rule| !rule.recipe.is_empty()) || self.makefile.is_phony(target) {
            return own;
        }
        let can_be = |need: &str| {
            shell.fs.stat(&shell.cwd, need).is_ok()
                || self.makefile.rule(need).is_some()
                || depth < 4
                    && self
                        .makefile
                        .patterns(need)
                        .iter()
                        .any(|rule| rule.needs.iter().all(|need| shell.fs.stat(&shell.cwd, need).is_ok()))
        };
        let pattern =
            self.makefile.patterns(target).into_iter().find(|rule| rule.needs.iter().all(|need| can_be(need)));
        match (own, pattern) {
            (Some(mut own), Some(pattern)) => {
                let more: Vec<String> =
                    pattern.needs.iter().filter(|need| !own.needs.contains(need)).cloned().collect();
                own.needs = more.into_iter().chain(own.needs).collect();
                // `$<` is the pattern's own need.
                own.needs.sort_by_key(|need| !pattern.needs.contains(need));
                Some(Rule { recipe: pattern.recipe, stem: pattern.stem, ..own })
            }
            (own, pattern) => own.or(pattern),
        }
    }

    /// Whether one file was modified after another; both must exist.
    fn is_newer(&self, shell: &Shell, name: &str, than: &str) -> bool {
        let time = |name: &str| shell.fs.stat(&shell.cwd, name).ok().map(|(_, node)| node.modified);
        time(name).zip(time(than)).is_some_and(|(a, b)| a > b)
    }

    fn recipe(&mut self, shell: &mut Shell, target: &str, rule: &Rule, newer: &[String]) -> Result<(), i32> {
        let mut automatic = vec![
            ("@", target.to_string()),
            ("<", rule.needs.first().cloned().unwrap_or_default()),
            ("^", unique(&rule.needs).join(" ")),
            ("+", rule.needs.join(" ")),
            ("?", unique(newer).join(" ")),
            ("*", rule.stem.clone()),
        ];
        let folder = |name: &str| match path::parent(name) {
            "/" if !name.starts_with('/') => ".".to_string(),
            folder => folder.to_string(),
        };
        let first = rule.needs.first().cloned().unwrap_or_default();
        automatic.extend([
            ("@D", folder(target)),
            ("@F", path::file_name(target).to_string()),
            ("<D", folder(&first)),
            ("<F", path::file_name(&first).to_string()),
        ]);
        let who = name(shell);
        for (line, text) in &rule.recipe {
            let text = self.makefile.expand(shell, text, &automatic, 0);
            let text = text.trim_start();
            let marks = text.len() - text.trim_start_matches(['@', '-', '+', ' ']).len();
            let (marks, command) = text.split_at(marks);
            if command.is_empty() {
                continue;
            }
            if self.request.dry || !(marks.contains('@') || self.request.silent || self.makefile.is_silent()) {
                shell.out(format!("{command}\n"));
            }
            if self.request.dry {
                continue;
            }
            let status = self.run(shell, command);
            if status != 0 && marks.contains('-') {
                shell.err(format!("{who}: [{}:{line}: {target}] Error {status} (ignored)\n", self.file));
            } else if status != 0 {
                shell.err(format!("{who}: *** [{}:{line}: {target}] Error {status}\n", self.file));
                return Err(2);
            }
        }
        Ok(())
    }

    /// Runs one line of a recipe in a shell of its own, with the exported variables.
    fn run(&self, shell: &mut Shell, command: &str) -> i32 {
        let level = shell.var("MAKELEVEL").and_then(|level| level.parse::<u32>().ok()).unwrap_or(0);
        let request = self.request;
        let letters = [(request.silent, 's'), (request.keep_going, 'k'), (request.dry, 'n'), (request.always, 'B')];
        let mut flags: String = letters.iter().filter(|(on, _)| *on).map(|(_, letter)| letter).collect();
        if request.quiet_folders {
            flags.push_str(" --no-print-directory");
        }
        let level = format!("MAKELEVEL={}", level.saturating_add(1));
        let mut words = vec!["env".to_string(), level, format!("MAKEFLAGS={flags}")];
        words.extend(self.makefile.exported(&self.request.variables));
        words.extend(["/bin/sh".to_string(), "-c".into(), command.to_string()]);
        shell.call(&words)
    }
}

fn unique(names: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.iter().filter(|name| seen.insert((*name).clone())).cloned().collect()
}
