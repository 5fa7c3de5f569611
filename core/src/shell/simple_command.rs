//! Simple commands: assignments, redirections, and the call of a builtin, function or program (POSIX, 2.9.1).

use super::Shell;
use super::interpret::{Flow, SPECIAL_BUILTINS};
use super::language::Language;
use super::limits::MAX_DEPTH;
use super::variables::Variable;
use brush_parser::ast::{
    Assignment, AssignmentName, AssignmentValue, CommandPrefixOrSuffixItem as Item, SimpleCommand,
};

impl Shell {
    pub(super) fn assign(&mut self, assignment: &Assignment, export: bool) -> Result<(), String> {
        let (name, word) = match (&assignment.name, &assignment.value) {
            (AssignmentName::VariableName(name), AssignmentValue::Array(elements)) => {
                return self.assign_array(name, elements, assignment.append);
            }
            (AssignmentName::ArrayElementName(name, index), AssignmentValue::Scalar(word)) => {
                let value = self.expand_one(word)?;
                return self.set_element(name, index, value, assignment.append);
            }
            (AssignmentName::VariableName(name), AssignmentValue::Scalar(word)) => (name, word),
            (AssignmentName::ArrayElementName(name, _), AssignmentValue::Array(_)) => {
                return Err(format!("{}: {name}: cannot assign list to array member", self.message_prefix()));
            }
        };
        let mut value = self.expand_assigned(word)?;
        if assignment.append {
            value = self.var(name).unwrap_or("").to_string() + &value;
        }
        self.assign_var(name, value, export)
    }

    /// Whether a word that bash takes for an assignment is one here: `a[0]=x`, `a+=x` and `a=(x)` are bash's own.
    fn is_assignment(&self, assignment: &Assignment) -> bool {
        let is_plain = matches!(assignment.name, AssignmentName::VariableName(_)) && !assignment.append;
        is_plain || self.language() == Language::Bash || matches!(assignment.value, AssignmentValue::Array(_))
    }

    pub(super) fn simple(&mut self, simple: &SimpleCommand) -> Flow {
        let result = self.try_simple(simple);
        if !self.exec_files.is_empty() {
            self.flush_exec_files();
        }
        match result {
            Ok(flow) => flow,
            Err(text) => {
                // An expansion error ends a shell that is not interactive.
                self.err(text + "\n");
                self.last_status = match self.language() {
                    Language::Bash if self.options.nounset && !self.from_file && !self.in_subshell => 127,
                    Language::Bash => 1,
                    _ => 2,
                };
                Flow::Exit
            }
        }
    }

    pub(super) fn try_simple(&mut self, simple: &SimpleCommand) -> Result<Flow, String> {
        let mut redirects = Vec::new();
        let (mut assignments, mut lists, mut pipes) = (Vec::new(), Vec::new(), Vec::new());
        let mut argv: Vec<String> = Vec::new();
        self.substituted = None;
        self.swept_folders.clear();
        for item in simple.prefix.iter().flat_map(|prefix| &prefix.0) {
            match item {
                Item::IoRedirect(redirect) => redirects.push(redirect),
                Item::AssignmentWord(assignment, word) if !argv.is_empty() || !self.is_assignment(assignment) => {
                    argv.extend(self.expand_word(word)?);
                }
                Item::AssignmentWord(assignment, _) => assignments.push(assignment),
                Item::Word(word) => argv.extend(self.expand_word(word)?),
                Item::ProcessSubstitution(..) => self.gap("unmodelled-shell", "process substitution"),
            }
        }
        if let Some(word) = &simple.word_or_name {
            let words = self.aliased(&word.value);
            argv.extend(words.map_or_else(|| self.expand_word(word), Ok)?);
        }
        for item in simple.suffix.iter().flat_map(|suffix| &suffix.0) {
            match item {
                Item::IoRedirect(redirect) => redirects.push(redirect),
                Item::Word(word) => argv.extend(self.expand_word(word)?),
                Item::ProcessSubstitution(way, script) => {
                    let place = self.substituted_file(way, script)?;
                    argv.push(place.clone());
                    pipes.push(place);
                }
                // `declare a=(x y)`: the builtin gets the name, and the elements follow.
                Item::AssignmentWord(assignment, _) if matches!(assignment.value, AssignmentValue::Array(_)) => {
                    if let AssignmentName::VariableName(name) = &assignment.name {
                        argv.push(name.clone());
                    }
                    lists.push(assignment);
                }
                // `export A=$B`: an assignment in argument position is not split.
                Item::AssignmentWord(assignment, word) => argv.push(match (&assignment.name, &assignment.value) {
                    (AssignmentName::VariableName(name), AssignmentValue::Scalar(value)) if !assignment.append => {
                        format!("{name}={}", self.expand_assigned(value)?)
                    }
                    _ => self.expand_one(word)?,
                }),
            }
        }
        if argv.is_empty() {
            let traced = self.options.xtrace && !assignments.is_empty();
            let mut shown = Vec::new();
            for assignment in assignments {
                self.assign(assignment, false)?;
                if traced {
                    shown.extend(self.assignment_text(assignment));
                }
            }
            if traced {
                self.trace(&shown);
            }
            let status = self.substituted.take().unwrap_or(0);
            self.last_status = self.redirected(&redirects, |_| status);
            return Ok(Flow::Next);
        }
        let mut hidden: Vec<(String, Option<Variable>)> = Vec::new();
        for assignment in assignments {
            if let AssignmentName::VariableName(name) = &assignment.name {
                hidden.push((name.clone(), self.vars.get(name).cloned()));
            }
            self.assign(assignment, true)?;
        }
        if self.options.xtrace {
            self.trace_command(hidden.iter().map(|(name, _)| name.as_str()), &argv);
        }
        let name = argv.first().cloned().unwrap_or_default();
        let words = simple.suffix.iter().flat_map(|suffix| &suffix.0).filter_map(|item| match item {
            Item::Word(word) => Some(word),
            _ => None,
        });
        self.note_words(simple.word_or_name.iter().chain(words), &argv);
        let mut flow = Flow::Next;
        let outcome = match name.as_str() {
            "exit" | "return" | "break" | "continue" => {
                let Some((after, status)) = self.flow_of_builtin(&name, &argv) else { return Ok(Flow::Exit) };
                flow = after;
                self.try_redirected(&redirects, |_| status)
            }
            "exec" => {
                flow = if argv.len() > 1 { Flow::Exit } else { Flow::Next };
                self.exec(&argv, &redirects)
            }
            _ => match self.functions.get(&name).cloned() {
                Some(body) => self.try_redirected(&redirects, |shell| shell.function(&body, &argv)),
                None => self.try_redirected(&redirects, |shell| shell.call(&argv)),
            },
        };
        // A special builtin ends the shell where its file cannot be opened, and keeps what is assigned
        // before it; not so in bash.
        let special = SPECIAL_BUILTINS.contains(&name.as_str()) && self.language() != Language::Bash;
        let status = outcome.unwrap_or_else(|unopened| {
            flow = if special { Flow::Exit } else { Flow::Next };
            unopened
        });
        for place in pipes {
            let _ = self.fs.remove(&place);
        }
        for assignment in lists {
            self.assign(assignment, false)?;
        }
        self.last_status = status;
        if !special {
            self.restore_hidden(hidden);
        }
        if let Some(pending_flow) = self.pending_flow.take() {
            flow = pending_flow;
        }
        Ok(flow)
    }

    pub(super) fn function(&mut self, body: &brush_parser::ast::FunctionBody, argv: &[String]) -> i32 {
        if self.depth >= MAX_DEPTH || self.steps_left == 0 {
            self.gap("too-many-steps", "nesting");
            return 0;
        }
        self.steps_left -= 1;
        let arguments = argv.get(1..).unwrap_or(&[]).to_vec();
        let saved = std::mem::replace(&mut self.positional, arguments);
        self.depth += 1;
        self.locals.push(Vec::new());
        if self.language() == Language::Bash {
            self.hide("FUNCNAME");
            let outer = self.vars.get("FUNCNAME").and_then(|var| var.array.as_ref()).map(|array| array.values());
            let names = argv.iter().take(1).cloned().chain(outer.unwrap_or_default()).collect();
            let _ = self.set_array("FUNCNAME", names);
        }
        let flow = self.without_err_trap(|shell| shell.with_redirects(&body.1, |shell| shell.compound(&body.0)));
        if let Some(frame) = self.locals.pop() {
            self.restore_hidden(frame);
        }
        self.depth -= 1;
        self.positional = saved;
        if flow == Flow::Exit {
            self.pending_flow = Some(flow);
        }
        self.last_status
    }
}
