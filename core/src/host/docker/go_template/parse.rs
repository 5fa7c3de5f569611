//! Parses the text of a Go template (`text/template/parse`).

use std::collections::BTreeSet;

/// The deepest nesting of parentheses and blocks.
const MAX_DEPTH: usize = 64;
/// The longest text of a template, in bytes.
const MAX_TEXT: usize = 1 << 14;

/// A part of a template.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Text(String),
    Print(Pipeline),
    /// `if`, `with` and `range`, with what is to be done otherwise.
    Block {
        kind: BlockKind,
        pipeline: Pipeline,
        body: Vec<Node>,
        otherwise: Vec<Node>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockKind {
    If,
    With,
    Range,
}

/// Commands, each of which gets the result of the one before as its last argument.
#[derive(Clone, Debug, Default)]
pub(super) struct Pipeline {
    /// The variables that it declares or sets.
    pub(super) variables: Vec<String>,
    /// `=` instead of `:=`.
    pub(super) is_assignment: bool,
    pub(super) commands: Vec<Vec<Operand>>,
}

/// An operand, with its offset in the template.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub(super) at: usize,
    pub(super) kind: OperandKind,
}

#[derive(Clone, Debug)]
pub(super) enum OperandKind {
    /// `.`, or `.A.B`.
    Field(Vec<String>),
    /// `$`, `$x`, `$x.A`.
    Variable(String, Vec<String>),
    Function(String),
    Text(String),
    Int(i64),
    Bool(bool),
    Nil,
    /// `(…)`, `(…).A`.
    Group(Box<Pipeline>, Vec<String>),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Field(String),
    Dot,
    Variable(String),
    Word(String),
    Text(String),
    Int(i64),
    Pipe,
    Open,
    Close,
    Comma,
    Declare,
    Assign,
    Blank,
}

/// Parses a template. `functions` are the names that it may call.
///
/// # Errors
/// Go's message behind `template: `.
pub(super) fn parse(text: &str, functions: &BTreeSet<&'static str>) -> Result<Vec<Node>, String> {
    if text.len() > MAX_TEXT {
        return Err(format!(":1: a template of more than {MAX_TEXT} bytes"));
    }
    let mut parser = Parser { parts: split(text)?, next: 0, functions, variables: vec!["$".into()], text };
    let (nodes, end) = parser.nodes(0)?;
    match end {
        None => Ok(nodes),
        Some((at, word)) => Err(parser.error(at, &format!("unexpected {{{{{word}}}}}"))),
    }
}

/// A part of the text: what is printed, or an action with its offset.
enum Part {
    Text(String),
    Action(usize, Vec<(usize, Token)>),
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or("").matches('\n').count() + 1
}

/// Splits the text into what is printed and the tokens of its actions; trims blanks at `{{-` and `-}}`.
fn split(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut at = 0;
    let mut trims = false;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find("{{")) {
        let start = at + found;
        let mut inside = start + 2;
        let rest = text.get(inside..).unwrap_or("");
        let trims_before =
            rest.starts_with('-') && rest.get(1..).is_some_and(|rest| rest.starts_with([' ', '\n', '\t']));
        let mut printed = text.get(at..start).unwrap_or("");
        printed = if trims { printed.trim_start() } else { printed };
        printed = if trims_before { printed.trim_end() } else { printed };
        if !printed.is_empty() {
            parts.push(Part::Text(printed.to_string()));
        }
        inside += usize::from(trims_before);
        let is_comment = text.get(inside..).unwrap_or("").trim_start().starts_with("/*");
        let (tokens, end) = if is_comment {
            let rest = text.get(inside..).unwrap_or("");
            let close = rest.find("*/").ok_or_else(|| format!(":{}: unclosed comment", line_of(text, start)))?;
            (Vec::new(), inside + close + 2)
        } else {
            tokens(text, inside)?
        };
        let rest = text.get(end..).unwrap_or("").trim_start();
        trims = rest.starts_with("-}}");
        let close = text.get(end..).and_then(|rest| rest.find("}}"));
        let close = close.ok_or_else(|| format!(":{}: unclosed action", line_of(text, end)))?;
        at = end + close + 2;
        if !is_comment {
            parts.push(Part::Action(start + 2, tokens));
        }
    }
    let rest = text.get(at..).unwrap_or("");
    let rest = if trims { rest.trim_start() } else { rest };
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_string()));
    }
    Ok(parts)
}

/// The tokens of one action, up to its `}}`, and where it ends.
fn tokens(text: &str, start: usize) -> Result<(Vec<(usize, Token)>, usize), String> {
    let mut all = Vec::new();
    let mut at = start;
    let error = |at: usize, words: String| format!(":{}: {words}", line_of(text, at));
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let name = |from: usize| -> String { text.get(from..).unwrap_or("").chars().take_while(|c| is_name(*c)).collect() };
    loop {
        let rest = text.get(at..).unwrap_or("");
        let Some(letter) = rest.chars().next() else {
            return Err(error(at, "unclosed action".into()));
        };
        if rest.starts_with("}}") || rest.trim_start().starts_with("-}}") && letter.is_whitespace() {
            return Ok((all, at));
        }
        let (token, len) = match letter {
            blank if blank.is_whitespace() => {
                let len = rest.len() - rest.trim_start().len();
                (Token::Blank, len)
            }
            '|' => (Token::Pipe, 1),
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '=' => (Token::Assign, 1),
            ':' if rest.starts_with(":=") => (Token::Declare, 2),
            '.' => match name(at + 1) {
                name if name.is_empty() => (Token::Dot, 1),
                name => (Token::Field(name.clone()), 1 + name.len()),
            },
            '$' => {
                let name = name(at + 1);
                (Token::Variable(format!("${name}")), 1 + name.len())
            }
            '"' => {
                let (value, len) = quoted(rest).ok_or_else(|| error(at, "unterminated quoted string".into()))?;
                (Token::Text(value), len)
            }
            '`' => {
                let end = rest.get(1..).and_then(|rest| rest.find('`'));
                let end = end.ok_or_else(|| error(at, "unterminated raw quoted string".into()))?;
                (Token::Text(rest.get(1..=end).unwrap_or("").to_string()), end + 2)
            }
            '\'' => {
                let inner = rest.chars().nth(1).filter(|_| rest.chars().nth(2) == Some('\''));
                let inner = inner.ok_or_else(|| error(at, "unterminated character constant".into()))?;
                (Token::Int(i64::from(u32::from(inner))), 2 + inner.len_utf8())
            }
            digit if digit.is_ascii_digit() || matches!(digit, '-' | '+') => {
                let len = 1 + rest
                    .chars()
                    .skip(1)
                    .take_while(|c| is_name(*c) || *c == '.')
                    .map(char::len_utf8)
                    .sum::<usize>();
                let word = rest.get(..len).unwrap_or("");
                let number = word.parse().map_err(|_| error(at, format!("bad number syntax: {word:?}")))?;
                (Token::Int(number), len)
            }
            letter if is_name(letter) => {
                let name = name(at);
                (Token::Word(name.clone()), name.len())
            }
            other => return Err(error(at, format!("unexpected {other:?} in command"))),
        };
        all.push((at, token));
        at += len;
    }
}

/// A string in quotes with Go's escapes, and its length in the text.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, at + 1)),
            '\n' => return None,
            '\\' => value.push(match letters.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

struct Parser<'a> {
    parts: Vec<Part>,
    next: usize,
    functions: &'a BTreeSet<&'static str>,
    variables: Vec<String>,
    text: &'a str,
}

/// The tokens of an action that are still to be read.
struct Tokens<'a> {
    all: &'a [(usize, Token)],
    end: usize,
}

impl Tokens<'_> {
    fn peek(&self) -> Option<&Token> {
        self.all.first().map(|(_, token)| token)
    }

    fn at(&self) -> usize {
        self.all.first().map_or(self.end, |(at, _)| *at)
    }

    fn take(&mut self) -> Option<Token> {
        let (first, rest) = self.all.split_first()?;
        self.all = rest;
        Some(first.1.clone())
    }

    fn skip_blanks(&mut self) {
        while self.peek() == Some(&Token::Blank) {
            self.take();
        }
    }

    /// The names of fields that follow without a blank.
    fn fields(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        while let Some(Token::Field(name)) = self.peek() {
            names.push(name.clone());
            self.take();
        }
        names
    }
}

/// The keyword at which a list of nodes ended: its offset and the rest of its action.
type End = Option<(usize, String)>;

impl Parser<'_> {
    fn error(&self, at: usize, words: &str) -> String {
        format!(":{}: {words}", line_of(self.text, at))
    }

    /// Nodes up to `end` or `else`.
    fn nodes(&mut self, depth: usize) -> Result<(Vec<Node>, End), String> {
        let mut nodes = Vec::new();
        if depth > MAX_DEPTH {
            return Err(self.error(0, "blocks are nested too deeply"));
        }
        while let Some(part) = self.parts.get_mut(self.next) {
            self.next += 1;
            let (at, tokens) = match part {
                Part::Text(text) => {
                    nodes.push(Node::Text(std::mem::take(text)));
                    continue;
                }
                Part::Action(at, tokens) => (*at, std::mem::take(tokens)),
            };
            let mut tokens = Tokens { all: &tokens, end: at };
            tokens.skip_blanks();
            let word = match tokens.peek() {
                Some(Token::Word(word)) => word.clone(),
                Some(_) => String::new(),
                None => return Err(self.error(at, "missing value for command")),
            };
            let kind = match word.as_str() {
                "end" => return Ok((nodes, Some((at, "end".into())))),
                "else" => {
                    // `else if` is kept for the block that it belongs to.
                    tokens.take();
                    tokens.skip_blanks();
                    let rest = tokens.all.to_vec();
                    self.next -= 1;
                    if let Some(part) = self.parts.get_mut(self.next) {
                        *part = Part::Action(at, rest);
                    }
                    self.next += 1;
                    return Ok((nodes, Some((at, "else".into()))));
                }
                "if" => BlockKind::If,
                "with" => BlockKind::With,
                "range" => BlockKind::Range,
                "template" | "block" | "define" | "break" | "continue" => {
                    return Err(self.error(at, &format!("{{{{{word}}}}} is not part of this playground")));
                }
                _ => {
                    let pipeline = self.pipeline(&mut tokens, 0)?;
                    nodes.push(Node::Print(pipeline));
                    continue;
                }
            };
            tokens.take();
            nodes.push(self.block(kind, &mut tokens, depth)?);
        }
        Ok((nodes, None))
    }

    fn block(&mut self, kind: BlockKind, tokens: &mut Tokens<'_>, depth: usize) -> Result<Node, String> {
        let known = self.variables.len();
        let pipeline = self.pipeline(tokens, 0)?;
        let (body, mut end) = self.nodes(depth + 1)?;
        let mut otherwise = Vec::new();
        if end.as_ref().is_some_and(|(_, word)| word == "else") {
            let rest = match self.parts.get_mut(self.next.saturating_sub(1)) {
                Some(Part::Action(_, rest)) => std::mem::take(rest),
                _ => Vec::new(),
            };
            let mut rest = Tokens { all: &rest, end: tokens.end };
            if matches!(rest.peek(), Some(Token::Word(word)) if word == "if") {
                rest.take();
                if depth > MAX_DEPTH {
                    return Err(self.error(rest.end, "blocks are nested too deeply"));
                }
                otherwise.push(self.block(BlockKind::If, &mut rest, depth + 1)?);
                // The inner block read the `end`.
                self.variables.truncate(known);
                return Ok(Node::Block { kind, pipeline, body, otherwise });
            }
            (otherwise, end) = self.nodes(depth + 1)?;
        }
        self.variables.truncate(known);
        match end {
            Some((_, word)) if word == "end" => Ok(Node::Block { kind, pipeline, body, otherwise }),
            Some((at, word)) => Err(self.error(at, &format!("expected end; found {{{{{word}}}}}"))),
            None => Err(self.error(self.text.len(), "unexpected EOF")),
        }
    }

    /// A pipeline up to the end of the action, or to the parenthesis that closes it.
    fn pipeline(&mut self, tokens: &mut Tokens<'_>, depth: usize) -> Result<Pipeline, String> {
        if depth > MAX_DEPTH {
            return Err(self.error(tokens.at(), "parentheses are nested too deeply"));
        }
        let mut pipeline = Pipeline::default();
        tokens.skip_blanks();
        self.declarations(tokens, &mut pipeline)?;
        loop {
            let at = tokens.at();
            let command = self.command(tokens, depth)?;
            if command.is_empty() {
                return Err(self.error(at, "missing value for command"));
            }
            pipeline.commands.push(command);
            if tokens.peek() != Some(&Token::Pipe) {
                break;
            }
            tokens.take();
        }
        match tokens.peek() {
            Some(Token::Close) if depth == 0 => Err(self.error(tokens.at(), "unexpected right paren")),
            Some(Token::Close) | None => Ok(pipeline),
            Some(_) => Err(self.error(tokens.at(), "unexpected token in operand")),
        }
    }

    /// `$x :=`, `$i, $x :=` and `$x =`.
    fn declarations(&mut self, tokens: &mut Tokens<'_>, pipeline: &mut Pipeline) -> Result<(), String> {
        let mut ahead = Tokens { all: tokens.all, end: tokens.end };
        let mut names = Vec::new();
        while let Some(Token::Variable(name)) = ahead.peek().cloned() {
            ahead.take();
            ahead.skip_blanks();
            names.push(name);
            if ahead.peek() != Some(&Token::Comma) {
                break;
            }
            ahead.take();
            ahead.skip_blanks();
        }
        pipeline.is_assignment = ahead.peek() == Some(&Token::Assign);
        if names.is_empty() || !pipeline.is_assignment && ahead.peek() != Some(&Token::Declare) {
            pipeline.is_assignment = false;
            return Ok(());
        }
        if names.len() > 2 {
            return Err(self.error(tokens.at(), "too many declarations"));
        }
        ahead.take();
        ahead.skip_blanks();
        tokens.all = ahead.all;
        if !pipeline.is_assignment {
            self.variables.extend(names.iter().cloned());
        }
        pipeline.variables = names;
        Ok(())
    }

    /// The operands of one command.
    fn command(&mut self, tokens: &mut Tokens<'_>, depth: usize) -> Result<Vec<Operand>, String> {
        let mut operands = Vec::new();
        loop {
            tokens.skip_blanks();
            let at = tokens.at();
            let Some(token) = tokens.peek().cloned() else { break };
            if matches!(token, Token::Pipe | Token::Close) {
                break;
            }
            tokens.take();
            let mut place = at;
            let kind = match token {
                Token::Dot => OperandKind::Field(Vec::new()),
                Token::Field(first) => {
                    // Go reports a chain of fields at its second one.
                    if matches!(tokens.peek(), Some(Token::Field(_))) {
                        place = tokens.at();
                    }
                    OperandKind::Field(std::iter::once(first).chain(tokens.fields()).collect())
                }
                Token::Variable(name) => {
                    if !self.variables.contains(&name) {
                        return Err(self.error(at, &format!("undefined variable {name:?}")));
                    }
                    OperandKind::Variable(name, tokens.fields())
                }
                Token::Text(text) => OperandKind::Text(text),
                Token::Int(number) => OperandKind::Int(number),
                Token::Word(word) => match word.as_str() {
                    "true" | "false" => OperandKind::Bool(word == "true"),
                    "nil" => OperandKind::Nil,
                    name if self.functions.contains(name) => OperandKind::Function(word),
                    _ => return Err(self.error(at, &format!("function {word:?} not defined"))),
                },
                Token::Open => {
                    let inner = self.pipeline(tokens, depth + 1)?;
                    if tokens.take() != Some(Token::Close) {
                        return Err(self.error(at, "unclosed left paren"));
                    }
                    OperandKind::Group(Box::new(inner), tokens.fields())
                }
                other => return Err(self.error(at, &format!("unexpected {other:?} in operand"))),
            };
            operands.push(Operand { at: place, kind });
        }
        Ok(operands)
    }
}
