//! The interpreter of awk programs.

use super::parser::{Expr, Pattern, Program, Source, Statement, Target, unescape};
use super::value::Value;
use crate::fs::Content;
use crate::shell::Shell;
use crate::shell::regex;
use std::collections::{BTreeMap, VecDeque};

/// Statements and expressions that one program may run: a loop without end must end.
const MAX_STEPS: u32 = 400_000;
/// Calls within calls.
pub(crate) const MAX_CALLS: usize = 60;
/// Expressions within expressions, over all calls.
const MAX_DEPTH: u32 = 400;
/// Bytes that one value may have, and fields of a record.
pub(crate) const MAX_TEXT: usize = 1 << 20;
const MAX_FIELDS: usize = 100_000;

/// Where a statement leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Go,
    Next,
    Exit,
    Break,
    Continue,
    Return,
}

pub(crate) type Array = BTreeMap<String, Value>;

/// A function's own variables. An array that is handed over goes by its name outside.
#[derive(Default)]
pub(crate) struct Frame {
    pub(crate) values: BTreeMap<String, Value>,
    pub(crate) arrays: BTreeMap<String, String>,
    pub(crate) result: Value,
}

/// A file or command that is read by `getline`, or written.
struct Stream {
    lines: VecDeque<String>,
}

pub(crate) struct Machine<'a> {
    pub(crate) shell: &'a mut Shell,
    pub(crate) program: &'a Program,
    /// It is gawk that runs.
    pub(crate) is_gnu: bool,
    pub(crate) globals: BTreeMap<String, Value>,
    pub(crate) arrays: BTreeMap<String, Array>,
    pub(crate) frames: Vec<Frame>,
    record: String,
    fields: Vec<String>,
    /// The record is to be made of its fields again.
    stale: bool,
    /// Files that are left to read, and what is left of the one at work.
    operands: VecDeque<String>,
    lines: VecDeque<String>,
    opened: bool,
    readers: BTreeMap<String, Stream>,
    writers: BTreeMap<String, (Target, Vec<u8>)>,
    /// Ranges that are open.
    ranges: BTreeMap<usize, bool>,
    compiled: BTreeMap<String, Option<regex::Regex>>,
    pub(crate) steps: u32,
    status: i32,
    made: usize,
    depth: u32,
}

pub(crate) fn run(
    shell: &mut Shell,
    program: &Program,
    is_gnu: bool,
    variables: &[(String, String)],
    operands: &[String],
) -> i32 {
    let mut machine = Machine {
        shell,
        program,
        is_gnu,
        globals: BTreeMap::new(),
        arrays: BTreeMap::new(),
        frames: Vec::new(),
        record: String::new(),
        fields: Vec::new(),
        stale: false,
        operands: operands.iter().cloned().collect(),
        lines: VecDeque::new(),
        opened: false,
        readers: BTreeMap::new(),
        writers: BTreeMap::new(),
        ranges: BTreeMap::new(),
        compiled: BTreeMap::new(),
        steps: MAX_STEPS,
        status: 0,
        made: 0,
        depth: 0,
    };
    for (name, value) in [("FS", " "), ("OFS", " "), ("ORS", "\n"), ("RS", "\n"), ("SUBSEP", "\u{1c}")] {
        machine.globals.insert(name.into(), Value::Text(value.into()));
    }
    for (name, value) in variables {
        machine.globals.insert(name.clone(), Value::Input(value.clone()));
    }
    let environment = machine.shell.environment();
    let pairs = environment.iter().filter_map(|pair| pair.split_once('='));
    let environment = pairs.map(|(name, value)| (name.to_string(), Value::Input(value.to_string()))).collect();
    machine.arrays.insert("ENVIRON".into(), environment);
    machine.globals.insert("ARGC".into(), Value::Number(operands.len() as f64 + 1.0));
    let words = std::iter::once("awk".to_string()).chain(operands.iter().cloned()).enumerate();
    let words = words.map(|(at, word)| (at.to_string(), Value::Input(word))).collect();
    machine.arrays.insert("ARGV".into(), words);
    machine.all();
    machine.close_all();
    machine.status
}

impl Machine<'_> {
    fn all(&mut self) {
        let program = self.program;
        let rules = |wanted: Pattern| program.rules.iter().filter(move |(pattern, _)| *pattern == wanted);
        for (_, body) in rules(Pattern::Begin) {
            if self.block(body) == Flow::Exit {
                return self.end();
            }
        }
        if program.rules.iter().any(|(pattern, _)| *pattern != Pattern::Begin) {
            while let Some(record) = self.next_record() {
                self.set_record(record);
                for (pattern, body) in &program.rules {
                    if !self.applies(pattern) {
                        continue;
                    }
                    match self.block(body) {
                        Flow::Exit => return self.end(),
                        Flow::Next => break,
                        _ => {}
                    }
                }
                if self.steps == 0 {
                    return;
                }
            }
        }
        self.end();
    }

    fn end(&mut self) {
        let program = self.program;
        for (_, body) in program.rules.iter().filter(|(pattern, _)| *pattern == Pattern::End) {
            if self.block(body) == Flow::Exit {
                return;
            }
        }
    }

    fn applies(&mut self, pattern: &Pattern) -> bool {
        match pattern {
            Pattern::Begin | Pattern::End => false,
            Pattern::Always => true,
            Pattern::When(condition) => self.eval(condition).is_true(),
            Pattern::Range(first, last, id) => {
                let open = self.ranges.get(id).copied().unwrap_or(false) || self.eval(first).is_true();
                if open {
                    let ends = self.eval(last).is_true();
                    self.ranges.insert(*id, !ends);
                }
                open
            }
        }
    }

    /// The next record of the input, counted.
    fn next_record(&mut self) -> Option<String> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                for name in ["NR", "FNR"] {
                    let count = self.get(name).number() + 1.0;
                    self.globals.insert(name.into(), Value::Number(count));
                }
                return Some(line);
            }
            let Some(operand) = self.operands.pop_front() else {
                if self.opened {
                    return None;
                }
                self.opened = true;
                let bytes = std::mem::take(&mut self.shell.stdin);
                self.lines = self.records(&bytes);
                continue;
            };
            let is_name = |name: &str| {
                name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            };
            if let Some((name, value)) = operand.split_once('=').filter(|(name, _)| is_name(name)) {
                self.globals.insert(name.into(), Value::Input(unescape(value)));
                continue;
            }
            self.opened = true;
            let (found, status) =
                crate::commands::text_inputs::inputs(self.shell, "awk", std::slice::from_ref(&operand));
            self.status = self.status.max(status);
            for (_, bytes) in found {
                self.lines = self.records(&bytes);
            }
            self.globals.insert("FILENAME".into(), Value::Input(operand));
            self.globals.insert("FNR".into(), Value::Number(0.0));
        }
    }

    /// Splits input at RS.
    fn records(&mut self, bytes: &[u8]) -> VecDeque<String> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mark = self.get("RS").text();
        let split = |mark: &str| -> VecDeque<String> {
            let body = text.strip_suffix(mark).unwrap_or(&text);
            if body.is_empty() && text.is_empty() {
                return VecDeque::new();
            }
            body.split(mark).map(str::to_string).collect()
        };
        match mark.chars().count() {
            // Paragraphs.
            0 => {
                let parts = text.trim_matches('\n').split("\n\n").map(|part| part.trim_matches('\n').to_string());
                parts.filter(|part| !part.is_empty()).collect()
            }
            1 => split(&mark),
            _ => {
                self.shell.gap("unmodelled-option", "awk: RS as a regular expression");
                split("\n")
            }
        }
    }

    fn set_record(&mut self, record: String) {
        self.fields = self.split(&record, None);
        self.record = record;
        self.stale = false;
        self.count_fields();
    }

    fn count_fields(&mut self) {
        self.globals.insert("NF".into(), Value::Number(self.fields.len() as f64));
    }

    /// The parts of a text, by FS or another separator.
    pub(crate) fn split(&mut self, text: &str, by: Option<&Expr>) -> Vec<String> {
        let separator = match by {
            Some(Expr::Regex(pattern)) => Separator::Pattern(pattern.clone()),
            Some(other) => Separator::of(&self.eval(other).text()),
            None => Separator::of(&self.get("FS").text()),
        };
        if text.is_empty() {
            return Vec::new();
        }
        match separator {
            Separator::Blanks => text.split_ascii_whitespace().map(str::to_string).collect(),
            Separator::Character(c) => {
                // In paragraphs a newline separates as well.
                let lines = by.is_none() && self.get("RS").text().is_empty();
                text.split(|found| found == c || (lines && found == '\n')).map(str::to_string).collect()
            }
            Separator::Letters => text.chars().map(String::from).collect(),
            Separator::Pattern(pattern) => match self.regex(&pattern) {
                Some(regex) => {
                    let (mut parts, mut at) = (Vec::new(), 0);
                    for found in regex.find_iter(text).filter(|found| !found.is_empty()) {
                        parts.push(text.get(at..found.start()).unwrap_or("").to_string());
                        at = found.end();
                    }
                    parts.push(text.get(at..).unwrap_or("").to_string());
                    parts
                }
                None => vec![text.to_string()],
            },
        }
    }

    pub(crate) fn regex(&mut self, pattern: &str) -> Option<regex::Regex> {
        if let Some(known) = self.compiled.get(pattern) {
            return known.clone();
        }
        let made = regex::compile(&self.shell.effort, pattern, true, false);
        if made.is_none() {
            self.shell.gap("unmodelled-option", format!("awk: the expression {pattern}"));
        }
        self.compiled.insert(pattern.to_string(), made.clone());
        made
    }

    pub(crate) fn block(&mut self, body: &[Statement]) -> Flow {
        for statement in body {
            let flow = self.statement(statement);
            if flow != Flow::Go {
                return flow;
            }
        }
        Flow::Go
    }

    /// Counts a step; whether there is one left.
    fn step(&mut self) -> bool {
        if self.steps == 0 {
            self.shell.gap("too-many-steps", "awk");
            return false;
        }
        self.steps -= 1;
        true
    }

    fn statement(&mut self, statement: &Statement) -> Flow {
        if !self.step() {
            return Flow::Exit;
        }
        match statement {
            Statement::Expr(expr) => {
                self.eval(expr);
                Flow::Go
            }
            Statement::Print(values, formatted, target) => {
                self.print(values, *formatted, target.as_ref());
                Flow::Go
            }
            Statement::If(condition, yes, no) => {
                if self.eval(condition).is_true() {
                    self.statement(yes)
                } else {
                    no.as_ref().map_or(Flow::Go, |no| self.statement(no))
                }
            }
            Statement::While(condition, body) => {
                while self.step() && self.eval(condition).is_true() {
                    match self.statement(body) {
                        Flow::Go | Flow::Continue => {}
                        Flow::Break => break,
                        flow => return flow,
                    }
                }
                self.go_on()
            }
            Statement::Do(body, condition) => {
                loop {
                    match self.statement(body) {
                        Flow::Go | Flow::Continue => {}
                        Flow::Break => break,
                        flow => return flow,
                    }
                    if !self.step() || !self.eval(condition).is_true() {
                        break;
                    }
                }
                self.go_on()
            }
            Statement::For(first, condition, step, body) => {
                if let Some(first) = first {
                    self.statement(first);
                }
                while self.step() && condition.as_ref().is_none_or(|condition| self.eval(condition).is_true()) {
                    match self.statement(body) {
                        Flow::Go | Flow::Continue => {}
                        Flow::Break => break,
                        flow => return flow,
                    }
                    if let Some(step) = step {
                        self.statement(step);
                    }
                }
                self.go_on()
            }
            Statement::ForIn(variable, array, body) => {
                let name = self.array_name(array);
                let keys: Vec<String> =
                    self.arrays.get(&name).map(|all| all.keys().cloned().collect()).unwrap_or_default();
                for key in keys {
                    self.set(variable, Value::Input(key));
                    match self.statement(body) {
                        Flow::Go | Flow::Continue => {}
                        Flow::Break => break,
                        flow => return flow,
                    }
                }
                self.go_on()
            }
            Statement::Block(body) => self.block(body),
            Statement::Next => Flow::Next,
            Statement::Break => Flow::Break,
            Statement::Continue => Flow::Continue,
            Statement::Exit(code) => {
                if let Some(code) = code {
                    self.status = self.eval(code).number() as i32 & 255;
                }
                Flow::Exit
            }
            Statement::Return(value) => {
                let value = value.as_ref().map(|value| self.eval(value)).unwrap_or_default();
                if let Some(frame) = self.frames.last_mut() {
                    frame.result = value;
                }
                Flow::Return
            }
            Statement::Delete(array, index) => {
                let name = self.array_name(array);
                let key = index.as_ref().map(|index| self.key(index));
                let all = self.arrays.entry(name).or_default();
                match key {
                    Some(key) => {
                        all.remove(&key);
                    }
                    None => all.clear(),
                }
                Flow::Go
            }
        }
    }

    fn go_on(&self) -> Flow {
        if self.steps == 0 { Flow::Exit } else { Flow::Go }
    }

    fn print(&mut self, values: &[Expr], is_formatted: bool, target: Option<&(Target, Expr)>) {
        let text = if is_formatted {
            let all: Vec<Value> = values.iter().map(|value| self.eval(value)).collect();
            self.format(&all)
        } else if values.is_empty() {
            self.whole() + &self.get("ORS").text()
        } else {
            let all: Vec<String> = values.iter().map(|value| self.eval(value).text()).collect();
            all.join(&self.get("OFS").text()) + &self.get("ORS").text()
        };
        let Some((target, place)) = target else { return self.shell.out(text) };
        let place = self.eval(place).text();
        match place.as_str() {
            "/dev/stdout" | "-" => self.shell.out(text),
            "/dev/stderr" => self.shell.err(text),
            _ => self.writers.entry(place).or_insert_with(|| (*target, Vec::new())).1.extend(text.into_bytes()),
        }
    }

    /// `$0`.
    pub(crate) fn whole(&mut self) -> String {
        if self.stale {
            self.record = self.fields.join(&self.get("OFS").text());
            self.stale = false;
        }
        self.record.clone()
    }

    pub(crate) fn close_all(&mut self) {
        let names: Vec<String> = self.writers.keys().cloned().collect();
        for name in names {
            self.close(&name);
        }
    }

    pub(crate) fn close(&mut self, name: &str) -> f64 {
        let mut known = self.readers.remove(name).is_some();
        if let Some((target, bytes)) = self.writers.remove(name) {
            known = true;
            match target {
                Target::Command => {
                    let outer = std::mem::replace(&mut self.shell.stdin, bytes);
                    let positional = self.shell.positional.clone();
                    self.shell.nested(positional, |shell| shell.run_script(name));
                    self.shell.stdin = outer;
                }
                Target::File | Target::Append => {
                    let before = if target == Target::Append { self.shell.read(name).ok().flatten() } else { None };
                    let content = [before.unwrap_or_default(), bytes].concat();
                    if let Err(error) = self.shell.put_file(name, Content::inline(content)) {
                        self.status = 2;
                        self.shell.complain("awk", name, &error);
                    }
                }
            }
        }
        if known { 0.0 } else { -1.0 }
    }

    fn get(&self, name: &str) -> Value {
        let local = self.frames.last().and_then(|frame| frame.values.get(name));
        local.or_else(|| self.globals.get(name)).cloned().unwrap_or_default()
    }

    fn set(&mut self, name: &str, value: Value) {
        if let Some(slot) = self.frames.last_mut().and_then(|frame| frame.values.get_mut(name)) {
            *slot = value;
            return;
        }
        if name == "NF" {
            let count = (value.number().max(0.0) as usize).min(MAX_FIELDS);
            self.fields.resize(count, String::new());
            self.stale = true;
        }
        self.globals.insert(name.into(), value);
    }

    /// The name of an array outside of the function that is running.
    pub(crate) fn array_name(&mut self, name: &str) -> String {
        let Some(frame) = self.frames.last_mut() else { return name.to_string() };
        if let Some(outside) = frame.arrays.get(name) {
            return outside.clone();
        }
        if frame.values.remove(name).is_none() {
            return name.to_string();
        }
        // A parameter without an argument is the function's own array.
        self.made += 1;
        let own = format!("{name} {}", self.made);
        frame.arrays.insert(name.to_string(), own.clone());
        own
    }

    fn key(&mut self, index: &[Expr]) -> String {
        let parts: Vec<String> = index.iter().map(|part| self.eval(part).text()).collect();
        parts.join(&self.get("SUBSEP").text())
    }

    pub(crate) fn assign(&mut self, place: &Expr, value: Value) {
        let value = match value {
            Value::Text(text) if text.len() > MAX_TEXT => {
                self.steps = 0;
                self.shell.gap("too-much-output", "awk");
                Value::Unset
            }
            other => other,
        };
        match place {
            Expr::Variable(name) => self.set(name, value),
            Expr::Element(name, index) => {
                let (key, name) = (self.key(index), self.array_name(name));
                self.arrays.entry(name).or_default().insert(key, value);
            }
            Expr::Field(index) => {
                let index = self.eval(index).number();
                if index == 0.0 {
                    return self.set_record(value.text());
                }
                let index = index.max(0.0) as usize;
                if index == 0 || index > MAX_FIELDS {
                    return;
                }
                if index > self.fields.len() {
                    self.fields.resize(index, String::new());
                    self.count_fields();
                }
                if let Some(field) = self.fields.get_mut(index - 1) {
                    *field = value.text();
                }
                self.stale = true;
            }
            _ => {}
        }
    }

    pub(crate) fn eval(&mut self, expr: &Expr) -> Value {
        if !self.step() {
            return Value::Unset;
        }
        if self.depth >= MAX_DEPTH {
            self.steps = 0;
            return Value::Unset;
        }
        self.depth += 1;
        let value = self.value_of(expr);
        self.depth -= 1;
        value
    }

    fn value_of(&mut self, expr: &Expr) -> Value {
        match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Regex(pattern) => {
                let record = self.whole();
                Value::truth(self.regex(pattern).is_some_and(|regex| regex.is_match(&record)))
            }
            Expr::Field(index) => {
                let index = self.eval(index).number();
                if index == 0.0 {
                    return Value::Input(self.whole());
                }
                let found = self.fields.get((index.max(0.0) as usize).wrapping_sub(1));
                found.map_or(Value::Unset, |field| Value::Input(field.clone()))
            }
            Expr::Variable(name) => self.get(name),
            Expr::Element(name, index) => {
                let (key, name) = (self.key(index), self.array_name(name));
                self.arrays.entry(name).or_default().entry(key).or_default().clone()
            }
            Expr::Assign(place, operator, value) => {
                let value = self.eval(value);
                let value = match operator {
                    Some(operator) => {
                        let old = self.eval(place).number();
                        Value::Number(calculate(*operator, old, value.number()))
                    }
                    None => value,
                };
                self.assign(place, value.clone());
                value
            }
            Expr::Choose(condition, yes, no) => {
                if self.eval(condition).is_true() {
                    self.eval(yes)
                } else {
                    self.eval(no)
                }
            }
            Expr::Or(a, b) => Value::truth(self.eval(a).is_true() || self.eval(b).is_true()),
            Expr::And(a, b) => Value::truth(self.eval(a).is_true() && self.eval(b).is_true()),
            Expr::In(index, array) => {
                let (key, name) = (self.key(index), self.array_name(array));
                Value::truth(self.arrays.get(&name).is_some_and(|all| all.contains_key(&key)))
            }
            Expr::Matches(text, pattern, negative) => {
                let text = self.eval(text).text();
                let pattern = self.pattern(pattern);
                let found = self.regex(&pattern).is_some_and(|regex| regex.is_match(&text));
                Value::truth(found != *negative)
            }
            Expr::Compare(symbol, a, b) => {
                let (a, b) = (self.eval(a), self.eval(b));
                let order = match (a.as_number(), b.as_number()) {
                    (Some(a), Some(b)) => a.partial_cmp(&b),
                    _ => Some(a.text().cmp(&b.text())),
                };
                Value::truth(match *symbol {
                    "<" => order.is_some_and(|order| order.is_lt()),
                    "<=" => order.is_some_and(|order| order.is_le()),
                    "==" => order.is_some_and(|order| order.is_eq()),
                    "!=" => order.is_none_or(|order| order.is_ne()),
                    ">" => order.is_some_and(|order| order.is_gt()),
                    _ => order.is_some_and(|order| order.is_ge()),
                })
            }
            Expr::Join(a, b) => {
                let (a, b) = (self.eval(a).text(), self.eval(b).text());
                if !self.shell.effort.spend(a.len() + b.len()) {
                    self.steps = 0;
                }
                Value::Text(a + &b)
            }
            Expr::Binary(operator, a, b) => {
                let (a, b) = (self.eval(a).number(), self.eval(b).number());
                if b == 0.0 && matches!(operator, '/' | '%') {
                    self.shell.err("awk: division by zero\n");
                    self.status = 2;
                }
                Value::Number(calculate(*operator, a, b))
            }
            Expr::Not(inner) => Value::truth(!self.eval(inner).is_true()),
            Expr::Negative(inner) => Value::Number(-self.eval(inner).number()),
            Expr::Positive(inner) => Value::Number(self.eval(inner).number()),
            Expr::Step(place, step, new) => {
                let old = self.eval(place).number();
                self.assign(place, Value::Number(old + step));
                Value::Number(if *new { old + step } else { old })
            }
            Expr::Group(inner) => self.eval(inner),
            Expr::Getline(into, from) => self.getline(into.as_deref(), from.as_ref()),
            Expr::Call(name, arguments) => self.call(name, arguments),
        }
    }

    /// A regular expression, or text that is one.
    pub(crate) fn pattern(&mut self, expr: &Expr) -> String {
        match expr {
            Expr::Regex(pattern) => pattern.clone(),
            other => self.eval(other).text(),
        }
    }

    fn getline(&mut self, into: Option<&Expr>, from: Option<&(Source, Box<Expr>)>) -> Value {
        let line = match from {
            None => self.next_record(),
            Some((source, place)) => {
                let place = self.eval(place).text();
                if !self.readers.contains_key(&place) {
                    let bytes = match source {
                        Source::File => match self.shell.read(&place) {
                            Ok(Some(bytes)) => bytes,
                            Ok(None) => {
                                self.shell.gap("unknown-content", place);
                                return Value::Number(0.0);
                            }
                            Err(_) => return Value::Number(-1.0),
                        },
                        Source::Command => {
                            let positional = self.shell.positional.clone();
                            self.shell.capture(|shell| {
                                shell.nested(positional, |shell| shell.run_script(&place));
                            })
                        }
                    };
                    let lines = self.records(&bytes);
                    self.readers.insert(place.clone(), Stream { lines });
                }
                self.readers.get_mut(&place).and_then(|stream| stream.lines.pop_front())
            }
        };
        let Some(line) = line else { return Value::Number(0.0) };
        match into {
            Some(place) => self.assign(place, Value::Input(line)),
            None => self.set_record(line),
        }
        Value::Number(1.0)
    }
}

/// How a text is split.
enum Separator {
    Blanks,
    Character(char),
    Letters,
    Pattern(String),
}

impl Separator {
    fn of(text: &str) -> Self {
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (None, _) => Separator::Letters,
            (Some(' '), None) => Separator::Blanks,
            (Some(c), None) if c != '\\' => Separator::Character(c),
            _ => Separator::Pattern(text.to_string()),
        }
    }
}

fn calculate(operator: char, a: f64, b: f64) -> f64 {
    match operator {
        '+' => a + b,
        '-' => a - b,
        '*' => a * b,
        '/' => a / b,
        '%' => a % b,
        _ => a.powf(b),
    }
}
