//! A makefile: its variables, rules and pattern rules, and their expansion.

use super::conditions::Conditions;
use crate::fs;
use crate::shell::Shell;
use std::collections::{BTreeMap, BTreeSet};

/// The commonly used built-in variables and rules of make.
pub(super) const BUILT_IN: &str = "CC = cc\nCXX = g++\nAR = ar\nARFLAGS = rv\nRM = rm -f\n\
    %.o: %.c\n\t$(CC) $(CFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c -o $@ $<\n\
    %.o: %.cpp\n\t$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c -o $@ $<\n\
    %: %.o\n\t$(CC) $(LDFLAGS) $(TARGET_ARCH) $^ $(LOADLIBES) $(LDLIBS) -o $@\n\
    %: %.c\n\t$(CC) $(CFLAGS) $(CPPFLAGS) $(LDFLAGS) $(TARGET_ARCH) $^ $(LOADLIBES) $(LDLIBS) -o $@\n";

/// The deepest nesting of variables.
const MAX_DEPTH: u32 = 32;
/// Longest expansion, in bytes.
const MAX_TEXT: usize = 1 << 16;

/// The rule of one target.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rule {
    pub(crate) needs: Vec<String>,
    /// Order-only prerequisites, which stand after a bar.
    pub(crate) order_only: Vec<String>,
    /// Lines with their numbers.
    pub(crate) recipe: Vec<(usize, String)>,
    /// The stem: what `%` matched.
    pub(crate) stem: String,
}

#[derive(Debug)]
struct Variable {
    text: String,
    /// Expanded when it was set (`:=`), not when it is used.
    fixed: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Makefile {
    variables: BTreeMap<String, Variable>,
    /// Variables of the command line, which take precedence.
    pub(crate) pinned: BTreeMap<String, String>,
    rules: BTreeMap<String, Rule>,
    /// Targets in order.
    order: Vec<String>,
    patterns: Vec<(String, Rule)>,
    phony: BTreeSet<String>,
    exported: BTreeSet<String>,
    silent: bool,
    /// The number of built-in pattern rules.
    built_in: usize,
    /// The line of a fatal error, and its message.
    pub(crate) wrong: Option<(usize, String)>,
    /// A missing file of `include`, with the line of that directive.
    pub(crate) lacks: Option<(usize, String)>,
    /// The nesting of `include`.
    nesting: u32,
}

impl Makefile {
    /// Parses a text. Later definitions take precedence.
    pub(crate) fn read(&mut self, shell: &mut Shell, text: &str) {
        let mut open: Vec<String> = Vec::new();
        let mut define: Option<(String, Vec<String>)> = None;
        let mut conditions = Conditions::default();
        let mut last = 1;
        for (number, line) in joined(text) {
            last = number + 1;
            if let Some((name, lines)) = &mut define {
                match line.trim() == "endef" {
                    true => {
                        let text = lines.join("\n");
                        let variable = Variable { text, fixed: false };
                        self.variables.insert(std::mem::take(name), variable);
                        define = None;
                    }
                    false => lines.push(line.trim_start_matches('\t').to_string()),
                }
                continue;
            }
            if line.starts_with('\t') && !conditions.hold() {
                continue;
            }
            if let Some(recipe) = line.strip_prefix('\t').filter(|_| !open.is_empty()) {
                open.iter().for_each(|target| self.add_line(target, number, recipe));
                continue;
            }
            let line = without_comment(&line);
            let trimmed = line.trim();
            if trimmed.is_empty() {
                continue;
            }
            let word = trimmed.split_whitespace().next().unwrap_or("");
            match word {
                "ifeq" | "ifneq" | "ifdef" | "ifndef" | "else" | "endif" => {
                    if let Err(why) = conditions.follow(trimmed, |text| self.holds(shell, text)) {
                        self.wrong.get_or_insert((number, why));
                    }
                    continue;
                }
                _ if !conditions.hold() => continue,
                "include" | "-include" | "sinclude" => {
                    let rest = self.expand(shell, trimmed.get(word.len()..).unwrap_or(""), &[], 0);
                    self.include(shell, &rest, (word == "include").then_some(number));
                    continue;
                }
                "vpath" => {
                    shell.gap("unmodelled-option", "make's vpath");
                    continue;
                }
                "define" => {
                    let name = trimmed.get(word.len()..).unwrap_or("").trim_end_matches(['=', ':', ' ']).trim();
                    define = Some((name.to_string(), Vec::new()));
                    continue;
                }
                "export" | "unexport" | "override" | "private" => {
                    let rest = trimmed.get(word.len()..).unwrap_or("").trim();
                    let name = rest.split([' ', '=', ':', '?', '+']).next().unwrap_or("");
                    if word == "export" {
                        self.exported.insert(name.to_string());
                    }
                    self.assignment(shell, rest);
                    continue;
                }
                _ => {}
            }
            if self.assignment(shell, trimmed) {
                continue;
            }
            match self.header(shell, trimmed, number) {
                Some(targets) => open = targets,
                None => {
                    self.wrong.get_or_insert((number, "missing separator".into()));
                }
            }
        }
        if !conditions.is_closed() {
            self.wrong.get_or_insert((last, "missing 'endif'".into()));
        }
    }

    /// Reads the files that a text names. `line`: they must be there.
    fn include(&mut self, shell: &mut Shell, names: &str, line: Option<usize>) {
        let files: Vec<String> = names
            .split_whitespace()
            .flat_map(|name| match name.contains(['*', '?', '[']) {
                true => globbed(shell, name),
                false => vec![name.to_string()],
            })
            .collect();
        for file in files {
            match shell.read(&file) {
                Ok(Some(bytes)) if self.nesting < MAX_DEPTH => {
                    self.nesting += 1;
                    self.read(shell, &String::from_utf8_lossy(&bytes));
                    self.nesting -= 1;
                }
                Ok(_) => shell.gap("unknown-content", file),
                Err(_) if shell.fs.may_hide(&shell.cwd, &file) => shell.gap("unlisted-file", file),
                Err(_) => {
                    if let Some(line) = line {
                        self.lacks.get_or_insert((line, file));
                    }
                }
            }
        }
    }

    /// Whether a condition holds, such as `ifeq (a,b)` or `ifdef NAME`; `None` if it is not a condition.
    fn holds(&self, shell: &mut Shell, text: &str) -> Option<bool> {
        let (word, rest) =
            text.split_once([' ', '\t', '(']).map(|(word, _)| (word, text.get(word.len()..).unwrap_or("").trim()))?;
        if word == "ifdef" || word == "ifndef" {
            let name = self.expand(shell, rest, &[], 0);
            let is_set = self.pinned.contains_key(&name)
                || self.variables.get(&name).is_some_and(|variable| !variable.text.is_empty());
            return Some(is_set == (word == "ifdef"));
        }
        let (left, right) = match rest.strip_prefix('(') {
            Some(inside) => {
                let parts = commas(inside.strip_suffix(')')?);
                let [left, right] = parts.as_slice() else { return None };
                (left.trim_end().to_string(), right.trim_start().to_string())
            }
            None => {
                let quote = rest.chars().next().filter(|c| "'\"".contains(*c))?;
                let (left, tail) = rest.get(1..)?.split_once(quote)?;
                let tail = tail.trim();
                let quote = tail.chars().next().filter(|c| "'\"".contains(*c))?;
                (left.to_string(), tail.get(1..)?.strip_suffix(quote)?.to_string())
            }
        };
        let same = self.expand(shell, &left, &[], 0) == self.expand(shell, &right, &[], 0);
        match word {
            "ifeq" => Some(same),
            "ifneq" => Some(!same),
            _ => None,
        }
    }

    pub(crate) fn end_of_built_in(&mut self) {
        self.built_in = self.patterns.len();
    }

    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.variables.insert(name.to_string(), Variable { text: value, fixed: true });
    }

    /// Parses an assignment such as `NAME = value` or `NAME := value`; false if the line is not one.
    fn assignment(&mut self, shell: &mut Shell, line: &str) -> bool {
        let Some(at) = line.find('=') else { return false };
        let (left, right) = (line.get(..at).unwrap_or(""), line.get(at + 1..).unwrap_or("").trim_start());
        let kind = left.trim_end_matches(':').chars().last().filter(|c| "?+!".contains(*c));
        let fixed = left.ends_with(':');
        let name = left.trim_end_matches([':', '?', '+', '!']).trim();
        if name.is_empty() || name.contains([' ', ':', '\t']) || name.contains("$(") {
            return false;
        }
        let known = self.variables.contains_key(name);
        match kind {
            Some('?') if known => {}
            Some('+') => {
                let added = match self.variables.get(name).is_some_and(|old| old.fixed) {
                    true => self.expand(shell, right, &[], 0),
                    false => right.to_string(),
                };
                match self.variables.get_mut(name) {
                    Some(old) => {
                        if !old.text.is_empty() {
                            old.text.push(' ');
                        }
                        old.text.push_str(&added);
                    }
                    None => {
                        self.variables.insert(name.to_string(), Variable { text: added, fixed: false });
                    }
                }
            }
            Some('!') => {
                let text = self.printed(shell, right);
                self.set(name, text);
            }
            _ => {
                let text = if fixed { self.expand(shell, right, &[], 0) } else { right.to_string() };
                self.variables.insert(name.to_string(), Variable { text, fixed });
            }
        }
        true
    }

    /// Parses a rule `targets: prerequisites | order-only ; recipe`. Returns the targets to which the following
    /// recipe lines belong.
    fn header(&mut self, shell: &mut Shell, line: &str, number: usize) -> Option<Vec<String>> {
        let (line, inline) = line.split_once(';').map_or((line, None), |(line, recipe)| (line, Some(recipe.trim())));
        let text = self.expand(shell, line, &[], 0);
        let (targets, needs) = text.split_once(':')?;
        let (needs, others) =
            needs.trim_start_matches(':').split_once('|').unwrap_or((needs.trim_start_matches(':'), ""));
        if needs.contains('=') {
            shell.gap("unmodelled-option", "make's variables of a target");
            return Some(Vec::new());
        }
        let words = |text: &str| -> Vec<String> {
            let plain = text.split_whitespace().map(|word| word.trim_start_matches("./").to_string());
            plain.flat_map(|word| if word.contains(['*', '?']) { globbed(shell, &word) } else { vec![word] }).collect()
        };
        let (targets, needs, others) = (words(targets), words(needs), words(others));
        match targets.first().map(String::as_str) {
            Some(".PHONY") => {
                self.phony.extend(needs);
                return Some(Vec::new());
            }
            Some(".SILENT") => {
                self.silent = true;
                return Some(Vec::new());
            }
            Some(special)
                if special.starts_with('.') && special.chars().skip(1).all(|c| c.is_ascii_uppercase() || c == '_') =>
            {
                return Some(Vec::new());
            }
            _ => {}
        }
        for target in &targets {
            if target.contains('%') {
                let rule = Rule { needs: needs.clone(), order_only: others.clone(), ..Rule::default() };
                self.patterns.push((target.clone(), rule));
                continue;
            }
            if !self.order.contains(target) {
                self.order.push(target.clone());
            }
            let rule = self.rules.entry(target.clone()).or_default();
            rule.needs.extend(needs.iter().cloned());
            rule.order_only.extend(others.iter().cloned());
        }
        if let Some(recipe) = inline.filter(|recipe| !recipe.is_empty()) {
            targets.iter().for_each(|target| self.add_line(target, number, recipe));
        }
        Some(targets)
    }

    fn add_line(&mut self, target: &str, number: usize, text: &str) {
        let rule = match target.contains('%') {
            true => self.patterns.iter_mut().rev().find(|(name, _)| name == target).map(|(_, rule)| rule),
            false => self.rules.get_mut(target),
        };
        if let Some(rule) = rule {
            rule.recipe.push((number, text.to_string()));
        }
    }

    pub(crate) fn first_target(&self) -> Option<String> {
        self.order.iter().find(|name| !name.starts_with('.') || name.contains('/')).cloned()
    }

    pub(crate) fn is_phony(&self, target: &str) -> bool {
        self.phony.contains(target)
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.silent
    }

    pub(crate) fn rule(&self, target: &str) -> Option<Rule> {
        self.rules.get(target).cloned()
    }

    /// The pattern rules that match a target: those of the makefile first, the most specific before the others.
    pub(crate) fn patterns(&self, target: &str) -> Vec<Rule> {
        let fitting = |(index, (pattern, rule)): (usize, &(String, Rule))| {
            let stem = stem(pattern, target)?;
            let filled = |need: &String| need.replacen('%', &stem, 1);
            let rule = Rule {
                needs: rule.needs.iter().map(filled).collect(),
                order_only: rule.order_only.iter().map(filled).collect(),
                stem: stem.clone(),
                recipe: rule.recipe.clone(),
            };
            (!rule.recipe.is_empty()).then_some(((index < self.built_in, stem.len(), index), rule))
        };
        let mut found: Vec<_> = self.patterns.iter().enumerate().filter_map(fitting).collect();
        found.sort_by_key(|(key, _)| *key);
        found.into_iter().map(|(_, rule)| rule).collect()
    }

    /// The variables that recipes get in their environment.
    pub(crate) fn exported(&self, command_line: &[(String, String)]) -> Vec<String> {
        let named =
            self.exported.iter().filter_map(|name| Some((name.clone(), self.variables.get(name)?.text.clone())));
        named.chain(command_line.iter().cloned()).map(|(name, value)| format!("{name}={value}")).collect()
    }

    /// The output of a command, its lines joined.
    pub(crate) fn printed(&self, shell: &mut Shell, command: &str) -> String {
        let bytes = shell.capture(|shell| {
            shell.call(&["/bin/sh".to_string(), "-c".into(), command.to_string()]);
        });
        String::from_utf8_lossy(&bytes).trim_end_matches('\n').replace('\n', " ")
    }

    /// Variables and functions of a text.
    pub(crate) fn expand(&self, shell: &mut Shell, text: &str, automatic: &[(&str, String)], depth: u32) -> String {
        if depth > MAX_DEPTH {
            shell.gap("too-many-steps", "make");
            return String::new();
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(rest.get(..at).unwrap_or(""));
            rest = rest.get(at + 1..).unwrap_or("");
            let Some(first) = rest.chars().next() else { break };
            let (inner, length) = match first {
                '(' | '{' => match closing(rest) {
                    Some(end) => (rest.get(1..end).unwrap_or(""), end + 1),
                    None => break,
                },
                c => (rest.get(..c.len_utf8()).unwrap_or(""), c.len_utf8()),
            };
            let value = if first == '$' { "$".to_string() } else { self.value(shell, inner, automatic, depth) };
            out.push_str(&value);
            rest = rest.get(length..).unwrap_or("");
            if out.len() > MAX_TEXT {
                shell.gap("too-much-output", "make");
                return String::new();
            }
        }
        out.push_str(rest);
        out
    }

    fn value(&self, shell: &mut Shell, inner: &str, automatic: &[(&str, String)], depth: u32) -> String {
        if let Some((_, value)) = automatic.iter().find(|(name, _)| *name == inner) {
            return value.clone();
        }
        if let Some((name, arguments)) = inner.split_once([' ', '\t']) {
            let arguments: Vec<String> = commas(arguments.trim_start());
            if let Some(value) = self.function(shell, name, &arguments, automatic, depth) {
                return value;
            }
        }
        // `$(NAME:.c=.o)`.
        if let Some((name, (from, to))) =
            inner.split_once(':').and_then(|(name, rest)| Some((name, rest.split_once('=')?)))
        {
            let value = self.value(shell, name, automatic, depth + 1);
            let (from, to) = match from.contains('%') {
                true => (from.to_string(), to.to_string()),
                false => (format!("%{from}"), format!("%{to}")),
            };
            return substituted(&value, &from, &to);
        }
        let name = self.expand(shell, inner, automatic, depth + 1);
        if let Some(value) = self.pinned.get(&name) {
            return value.clone();
        }
        match self.variables.get(&name) {
            Some(variable) if variable.fixed => variable.text.clone(),
            Some(variable) => self.expand(shell, &variable.text, automatic, depth + 1),
            None => match name.as_str() {
                "MAKE" => "make".into(),
                "CURDIR" => shell.cwd.clone(),
                "SHELL" => "/bin/sh".into(),
                _ => String::new(),
            },
        }
    }
}

/// Lines with the numbers that they begin at; a backslash at the end joins the next one.
fn joined(text: &str) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let (number, before) = open.take().unwrap_or((index + 1, String::new()));
        match line.strip_suffix('\\') {
            // In a recipe the shell sees both.
            Some(part) if before.starts_with('\t') || line.starts_with('\t') => {
                open = Some((number, format!("{before}{part}\\\n")));
            }
            Some(part) => open = Some((number, format!("{before}{} ", part.trim_end()))),
            None if before.starts_with('\t') => all.push((number, before + line.trim_start_matches('\t'))),
            None if before.is_empty() => all.push((number, line.to_string())),
            None => all.push((number, before + line.trim_start())),
        }
    }
    all.extend(open);
    all
}

fn without_comment(line: &str) -> String {
    match line.find('#') {
        Some(at) if !line.get(..at).unwrap_or("").ends_with('\\') => line.get(..at).unwrap_or("").to_string(),
        _ => line.replace("\\#", "#"),
    }
}

/// The stem of a name that matches a pattern.
pub(crate) fn stem(pattern: &str, name: &str) -> Option<String> {
    let (before, behind) = pattern.split_once('%')?;
    let rest = name.strip_prefix(before)?.strip_suffix(behind)?;
    (!rest.is_empty()).then(|| rest.to_string())
}

/// Rewrites the words that match a pattern to another pattern, as `patsubst` does.
pub(crate) fn substituted(text: &str, from: &str, to: &str) -> String {
    let change = |word: &str| match stem(from, word) {
        Some(stem) => to.replacen('%', &stem, 1),
        None if word == from => to.to_string(),
        None => word.to_string(),
    };
    text.split_whitespace().map(change).collect::<Vec<_>>().join(" ")
}

/// The bracket that closes the first one.
fn closing(text: &str) -> Option<usize> {
    let (open, close) = if text.starts_with('(') { ('(', ')') } else { ('{', '}') };
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// Arguments at their commas, those in brackets left out.
fn commas(text: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0_u32);
    for c in text.chars() {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match parts.last_mut() {
            Some(last) if c != ',' || depth > 0 => last.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts
}

/// The paths that match a glob pattern, in order.
pub(crate) fn globbed(shell: &Shell, pattern: &str) -> Vec<String> {
    if !pattern.contains(['*', '?', '[']) {
        return if shell.fs.stat(&shell.cwd, pattern).is_ok() { vec![pattern.to_string()] } else { Vec::new() };
    }
    let (folder, name) = pattern.rsplit_once('/').map_or((".", pattern), |(folder, name)| (folder, name));
    let Ok(real) = shell.fs.resolve(&shell.cwd, folder, true) else { return Vec::new() };
    let children = shell.fs.children(&real);
    let found = children.into_iter().filter(|(child, _)| fs::glob_matches(name, child) && !child.starts_with('.'));
    found.map(|(child, _)| if folder == "." { child.to_string() } else { format!("{folder}/{child}") }).collect()
}
