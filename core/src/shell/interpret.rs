//! Walks the syntax tree that brush-parser makes of a script.

use super::state::{Language, Variable};
use super::{MAX_DEPTH, MAX_SCRIPT, Shell, case_patterns};
use brush_parser::ast::{
    AndOr, AndOrList, Assignment, AssignmentName, AssignmentValue, Command, CommandPrefixOrSuffixItem as Item,
    CompoundCommand, CompoundList, IoRedirect, Pipeline, RedirectList, SeparatorOperator, SimpleCommand,
    SourceLocation as _,
};
use brush_parser::{Parser, ParserOptions};
use std::sync::Arc;

/// The special builtins (POSIX, 2.14).
pub(crate) const SPECIAL: [&str; 14] = [
    "break", "continue", ":", ".", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "trap",
    "unset",
];

/// Why a list stops early. Exit codes are in `last_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Next,
    Exit,
    Return,
    Break(u32),
    Continue(u32),
}

impl Shell {
    /// Parses and runs a script; returns its exit code.
    pub fn run_script(&mut self, text: &str) -> i32 {
        self.run_text(text);
        self.last_status
    }

    /// The same; where its last command leads.
    pub(super) fn run_text(&mut self, text: &str) -> Flow {
        if text.len() > MAX_SCRIPT || nesting(text) > 40 {
            self.gap("script-too-large", "");
            self.last_status = 0;
            return Flow::Next;
        }
        // A text within a script begins at the line that it stands in.
        let base = std::mem::replace(&mut self.line_base, self.line.saturating_sub(1));
        let flow = self.run_parsed(text);
        self.line_base = base;
        flow
    }

    fn run_parsed(&mut self, text: &str) -> Flow {
        self.effort.spend(super::STEPS_OF_LETTER * text.len());
        let grammar = self.grammar();
        let parsed = Parser::new(text.as_bytes(), &grammar).parse_program();
        let parsed = parsed.or_else(|error| match text.contains("case") && text.contains("$(") {
            true => Parser::new(case_patterns::with_brackets(text).as_bytes(), &grammar).parse_program(),
            false => Err(error),
        });
        let program = match parsed {
            Ok(_) if self.language() != Language::Bash && has_here_string(text) => {
                let prefix = self.message_prefix();
                self.err(match self.language() {
                    Language::Ash => format!("{prefix}: syntax error: unexpected redirection\n"),
                    _ => format!("{prefix}: Syntax error: redirection unexpected\n"),
                });
                self.last_status = 2;
                return Flow::Exit;
            }
            Ok(program) => program,
            Err(_) => {
                let prefix = self.message_prefix();
                self.err(match self.language() {
                    Language::Ash => format!("{prefix}: syntax error\n"),
                    Language::Bash => format!("{}: -c: line 1: syntax error\n", self.name),
                    Language::Dash => format!("{prefix}: Syntax error\n"),
                });
                self.last_status = 2;
                return Flow::Exit;
            }
        };
        if program.complete_commands.is_empty() {
            self.last_status = 0;
        }
        let mut lists = program.complete_commands.iter().peekable();
        while let Some(list) = lists.next() {
            let flow = self.list(list);
            if flow != Flow::Next {
                return flow;
            }
            if lists.peek().is_some() {
                self.note_ignored_failure();
            }
        }
        Flow::Next
    }

    /// What the language at work knows: extended patterns are bash's.
    fn grammar(&self) -> ParserOptions {
        ParserOptions { enable_extended_globbing: self.language() == Language::Bash, ..ParserOptions::default() }
    }

    /// Runs commands that were parsed; their status.
    pub(super) fn run_list(&mut self, list: &CompoundList) -> i32 {
        self.list(list);
        self.last_status
    }

    pub(super) fn list(&mut self, list: &CompoundList) -> Flow {
        for (index, item) in list.0.iter().enumerate() {
            if matches!(item.1, SeparatorOperator::Async) {
                // It is done before the next command begins, which is one of the orders there are.
                let (positional, input) = (self.positional.clone(), std::mem::take(&mut self.stdin));
                self.in_background = self.nested(positional, |shell| {
                    shell.and_or(&item.0);
                    shell.last_status
                });
                self.stdin = input;
                self.last_status = 0;
                continue;
            }
            let flow = self.and_or(&item.0);
            if flow != Flow::Next {
                return flow;
            }
            if index + 1 < list.0.len() {
                self.note_ignored_failure();
            }
        }
        Flow::Next
    }

    /// A command that failed in the middle of a script is told: the script goes on, and the step is
    /// as good as its last command. A test that decides what comes next is no failure.
    fn note_ignored_failure(&mut self) {
        let argv = self.called.last().cloned().unwrap_or_default();
        let is_test = matches!(argv.first().map(String::as_str), None | Some("[" | "test" | "false" | "read"));
        let ignored = self.ran_last && self.tested == 0 && self.last_status != 0 && !self.options.errexit;
        if ignored && !is_test && self.depth <= 1 {
            let what: Vec<&str> = argv.iter().take(4).map(String::as_str).collect();
            self.gap("ignored-failure", what.join(" "));
        }
    }

    /// Runs something whose failure is an answer.
    pub(super) fn testing<T>(&mut self, run: impl FnOnce(&mut Shell) -> T) -> T {
        self.tested += 1;
        let result = run(self);
        self.tested = self.tested.saturating_sub(1);
        result
    }

    fn and_or(&mut self, list: &AndOrList) -> Flow {
        let last = list.additional.len();
        let mut flow = match last {
            0 => self.pipeline(&list.first),
            _ => self.testing(|shell| shell.pipeline(&list.first)),
        };
        let mut ran = (last == 0).then_some(&list.first);
        for (index, next) in list.additional.iter().enumerate() {
            if flow != Flow::Next {
                return flow;
            }
            let (wanted, pipeline) = match next {
                AndOr::And(pipeline) => (self.last_status == 0, pipeline),
                AndOr::Or(pipeline) => (self.last_status != 0, pipeline),
            };
            if !wanted {
                continue;
            }
            if index + 1 == last {
                ran = Some(pipeline);
                flow = self.pipeline(pipeline);
            } else {
                flow = self.testing(|shell| shell.pipeline(pipeline));
            }
        }
        let counted = ran.filter(|pipeline| !pipeline.bang);
        self.ran_last = counted.is_some();
        let fails = self.tested == 0 && self.last_status != 0;
        if flow != Flow::Next || !fails || !counted.is_some_and(ends_a_shell) {
            return flow;
        }
        match self.on_failure() {
            Flow::Next if self.options.errexit => Flow::Exit,
            flow => flow,
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Flow {
        // `time` is bash's own word; to the others it is a program.
        if pipeline.timed.is_some() && self.language() != Language::Bash && self.which("time") == (None, false) {
            self.last_status = self.not_found("time");
            return Flow::Next;
        }
        if pipeline.bang {
            let flow = self.testing(|shell| shell.commands(&pipeline.seq));
            if flow == Flow::Next {
                self.last_status = i32::from(self.last_status == 0);
            }
            return flow;
        }
        self.commands(&pipeline.seq)
    }

    /// The commands of a pipeline, one after the other: each a child with what the one before printed.
    fn commands(&mut self, commands: &[Command]) -> Flow {
        if let [only] = commands {
            return self.command(only);
        }
        let (mut input, file) = (std::mem::take(&mut self.stdin), self.stdin_file);
        let mut outer = Vec::new();
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
                input = self.capture(child);
            }
            if index == 0 {
                // What the first one left of the shell's own input is there for the next command.
                outer = std::mem::take(&mut self.stdin);
            }
            if self.last_status != 0 {
                worst = self.last_status;
            }
            statuses.push(self.last_status);
        }
        (self.stdin, self.stdin_file) = (outer, file);
        if self.language() == Language::Bash {
            let _ = self.set_array("PIPESTATUS", statuses.iter().map(i32::to_string).collect());
        }
        if self.options.pipefail {
            self.last_status = worst;
        }
        Flow::Next
    }

    fn command(&mut self, command: &Command) -> Flow {
        self.effort.spend(super::execute::STEPS_OF_COMMAND);
        if self.steps_left == 0 || self.effort.is_over() {
            self.gap("too-many-steps", "");
            return Flow::Exit;
        }
        if self.options.noexec {
            return Flow::Next;
        }
        match command {
            Command::Simple(simple) => {
                if let Some(place) = simple.location() {
                    self.line = self.line_base + place.start.line.max(1);
                }
                self.simple(simple)
            }
            Command::Compound(compound, redirects) => self.with_redirects(redirects, |shell| shell.compound(compound)),
            Command::Function(function) => {
                self.functions.insert(function.fname.value.clone(), Arc::new(function.body.clone()));
                self.last_status = 0;
                Flow::Next
            }
            // dash and `[[`: a command that there is not.
            Command::ExtendedTest(_, redirects) if self.language() == Language::Dash => {
                self.with_redirects(redirects, |shell| {
                    shell.last_status = shell.not_found("[[");
                    Flow::Next
                })
            }
            Command::ExtendedTest(test, redirects) => self.with_redirects(redirects, |shell| {
                match shell.extended_test(&test.expr) {
                    Ok(yes) => shell.last_status = i32::from(!yes),
                    Err(text) => {
                        shell.err(text + "\n");
                        shell.last_status = 2;
                    }
                }
                Flow::Next
            }),
        }
    }

    fn with_redirects(&mut self, redirects: &Option<RedirectList>, run: impl FnOnce(&mut Shell) -> Flow) -> Flow {
        let list: Vec<&IoRedirect> = redirects.iter().flat_map(|list| &list.0).collect();
        let mut flow = Flow::Next;
        let mut ran = false;
        let status = self.redirected(&list, |shell| {
            flow = run(shell);
            ran = true;
            shell.last_status
        });
        if !ran {
            self.last_status = status;
        }
        flow
    }

    fn assign(&mut self, assignment: &Assignment, export: bool) -> Result<(), String> {
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

    fn simple(&mut self, simple: &SimpleCommand) -> Flow {
        let result = self.try_simple(simple);
        if !self.kept.is_empty() {
            self.flush_kept();
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

    fn try_simple(&mut self, simple: &SimpleCommand) -> Result<Flow, String> {
        let mut redirects = Vec::new();
        let (mut assignments, mut lists, mut pipes) = (Vec::new(), Vec::new(), Vec::new());
        let mut argv: Vec<String> = Vec::new();
        self.substituted = None;
        for item in simple.prefix.iter().flat_map(|prefix| &prefix.0) {
            match item {
                Item::IoRedirect(redirect) => redirects.push(redirect),
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
                    shown.extend(self.traced(assignment));
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
        let mut flow = Flow::Next;
        let outcome = match name.as_str() {
            "exit" | "return" | "break" | "continue" => {
                let number = argv.get(1).and_then(|text| text.parse::<i32>().ok());
                flow = match name.as_str() {
                    "exit" => Flow::Exit,
                    "return" => Flow::Return,
                    "break" => Flow::Break(number.unwrap_or(1).max(1) as u32),
                    _ => Flow::Continue(number.unwrap_or(1).max(1) as u32),
                };
                let status = match flow {
                    Flow::Exit | Flow::Return => number.map_or(self.last_status, |code| code & 255),
                    _ => 0,
                };
                self.opened(&redirects, |_| status)
            }
            "exec" if argv.len() > 1 => {
                flow = Flow::Exit;
                let rest = argv.get(1..).unwrap_or(&[]).to_vec();
                self.opened(&redirects, |shell| shell.call(&rest))
            }
            "exec" => self.redirect_itself(&redirects),
            _ => match self.functions.get(&name).cloned() {
                Some(body) => self.opened(&redirects, |shell| shell.function(&body, &argv)),
                None => self.opened(&redirects, |shell| shell.call(&argv)),
            },
        };
        // A special builtin ends the shell where its file cannot be opened, and keeps what is assigned
        // before it; not so in bash.
        let special = SPECIAL.contains(&name.as_str()) && self.language() != Language::Bash;
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
            self.unhide(hidden);
        }
        if let Some(leaving) = self.leaving.take() {
            flow = leaving;
        }
        Ok(flow)
    }

    fn function(&mut self, body: &brush_parser::ast::FunctionBody, argv: &[String]) -> i32 {
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
            self.unhide(frame);
        }
        self.depth -= 1;
        self.positional = saved;
        if flow == Flow::Exit {
            self.leaving = Some(flow);
        }
        self.last_status
    }
}

/// Whether `set -e` minds that a pipeline failed: inside other compound commands it was minded already.
fn ends_a_shell(pipeline: &Pipeline) -> bool {
    match pipeline.seq.as_slice() {
        [Command::Compound(compound, _)] => {
            matches!(compound, CompoundCommand::Subshell(_) | CompoundCommand::Arithmetic(_))
        }
        _ => true,
    }
}

/// Whether a script ends inside something: a quote, a here-document, a loop.
pub(crate) fn is_unfinished(text: &str) -> bool {
    use brush_parser::ParseError;
    if text.len() > MAX_SCRIPT || nesting(text) > 40 {
        return false;
    }
    match Parser::new(text.as_bytes(), &ParserOptions::default()).parse_program() {
        Ok(_) | Err(ParseError::ParsingNear(_)) => false,
        Err(ParseError::ParsingAtEndOfInput) => true,
        Err(ParseError::Tokenizing { inner, .. }) => format!("{inner:?}").starts_with("Unterminated"),
    }
}

/// How deep brackets and compound commands nest at most: the parser recurses on them.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    for c in text.chars() {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let words = text.split(|c: char| !c.is_alphanumeric());
    let (mut blocks, mut most) = (0usize, 0usize);
    for word in words {
        match word {
            "if" | "for" | "while" | "until" | "case" => blocks += 1,
            "fi" | "done" | "esac" => blocks = blocks.saturating_sub(1),
            _ => {}
        }
        most = most.max(blocks);
    }
    deepest.max(most)
}

/// Whether a script has a here-string, which is bash's alone.
fn has_here_string(text: &str) -> bool {
    let is_one = |token: &brush_parser::Token| matches!(token, brush_parser::Token::Operator(sign, _) if sign == "<<<");
    text.contains("<<<") && brush_parser::tokenize_str(text).is_ok_and(|tokens| tokens.iter().any(is_one))
}

#[cfg(test)]
mod tests {
    use super::super::Stream;
    use crate::elf::Machine;
    use crate::exec::Credentials;
    use crate::fs::Tree;

    fn run(script: &str) -> (i32, String, String) {
        let mut tree = Tree::new();
        for dir in ["/tmp", "/etc", "/bin"] {
            tree.mkdir(dir, 0o755, 0, 0).unwrap();
        }
        let program = crate::elf::write(&crate::elf::Elf::new(Machine::X86_64, false));
        for name in ["cat", "touch"] {
            let content = crate::fs::Content::inline(program.clone());
            tree.write(&format!("/bin/{name}"), content, 0o755, 0, 0).unwrap();
        }
        let env = vec!["PATH=/bin".to_string(), "HOME=/root".into(), "A=a b".into()];
        let mut shell =
            crate::command_table::new_shell(tree.seal(), "/tmp", &env, Credentials::default(), Machine::X86_64);
        let status = shell.run_script(script);
        (status, shell.printed(Stream::Stdout), shell.printed(Stream::Stderr))
    }

    fn out(script: &str) -> String {
        run(script).1
    }

    #[test]
    fn lists_and_conditions() {
        assert_eq!(out("true && echo a || echo b; false && echo c || echo d"), "a\nd\n");
        assert_eq!(run("false; true").0, 0);
        assert_eq!(run("set -e; false; echo no").0, 1);
        assert_eq!(out("set -e; false || echo yes; if false; then :; fi; echo end"), "yes\nend\n");
        assert_eq!(run("exit 3").0, 3);
        assert_eq!(out("if [ -d /tmp ]; then echo dir; else echo no; fi"), "dir\n");
        assert_eq!(out("! false && echo ok"), "ok\n");
    }

    #[test]
    fn loops_and_cases() {
        assert_eq!(out("for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done"), "1\n3\n");
        assert_eq!(out("i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i"), "3\n");
        assert_eq!(out("case foo.go in *.c) echo c;; *.go|*.rs) echo go;; esac"), "go\n");
    }

    #[test]
    fn words_expand() {
        assert_eq!(out("echo $A \"$A\" '$A' \\$A"), "a b a b $A $A\n");
        assert_eq!(out("X=${U:-def}; echo ${X%f} ${#X} ${U:+no}"), "de 3\n");
        assert_eq!(out("echo $(echo sub) `echo tick`"), "sub tick\n");
        assert_eq!(out("touch b.go a.go; echo *.go '*.go' *.c"), "a.go b.go *.go *.c\n");
        assert_eq!(out("f() { echo \"$1-$#\"; }; f x y"), "x-2\n");
    }

    #[test]
    fn redirections_write_files() {
        assert_eq!(out("echo a > f; echo b >> f; cat f; cat < f; echo x 2>/dev/null >&2"), "a\nb\na\nb\n");
        assert_eq!(out("cat <<E\nhi $A\nE"), "hi a b\n");
        assert_eq!(out("echo one | cat"), "one\n");
        assert_eq!(run("echo a > /no/such").0, 2);
    }

    #[test]
    fn a_command_that_does_not_exist_is_127() {
        let (status, _, err) = run("nope");
        assert_eq!((status, err.as_str()), (127, "/bin/sh: 1: nope: not found\n"));
    }

    #[test]
    fn endless_scripts_end() {
        run("while true; do :; done");
        run("f() { f; }; f");
        run(&"(".repeat(10_000));
        run(&format!("{}{}", "(".repeat(39), ")".repeat(39)));
        run(&"if true; then ".repeat(35));
        run("$(($(");
        run("A=x; for i in 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9; do A=$A$A$A; done");
        run(&"a|".repeat(20_000));
        run(&"\"$(".repeat(30));
    }
}
