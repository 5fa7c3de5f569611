//! How `make` brings targets up to date: which rule makes one, whether it is older than what it needs, and how its
//! recipe
//! runs; "No rule to make target", "Circular … dependency dropped", "Error 1 (ignored)".

use super::makefile::{Makefile, Rule};
use super::{MakeRequest, name};
use crate::fs::path;
use crate::shell::Shell;
use std::collections::{BTreeMap, BTreeSet};

/// The deepest chain of prerequisites.
const MAX_DEPTH: u32 = 64;

/// The result of making a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TargetResult {
    Anew,
    Already { has_recipe: bool },
}

pub(super) struct MakeRun<'a> {
    pub(super) makefile: Makefile,
    pub(super) request: &'a MakeRequest,
    pub(super) made: BTreeMap<String, TargetResult>,
    /// The targets that are being made; a circular prerequisite is dropped.
    pub(super) open: BTreeSet<String>,
    pub(super) file: String,
}

impl MakeRun<'_> {
    pub(super) fn make(&mut self, shell: &mut Shell, target: &str, depth: u32) -> Result<TargetResult, i32> {
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
