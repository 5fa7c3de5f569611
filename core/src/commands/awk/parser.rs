//! The parser of awk programs.

use crate::shell::escapes::{numbered, push_escaped, replace_escapes};
use std::ops::ControlFlow;

/// Nesting of expressions and statements, and operators in a row: what is read is walked by recursion.
const MAX_DEPTH: u32 = 40;
const MAX_CHAIN: u32 = 100;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    Number(f64),
    Text(String),
    /// `/…/`: matched against the record where it stands alone.
    Regex(String),
    Field(Box<Expr>),
    Variable(String),
    Element(String, Vec<Expr>),
    /// An operator for `+=` and its kin.
    Assign(Box<Expr>, Option<char>, Box<Expr>),
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    In(Vec<Expr>, String),
    /// `~`; the flag is `!~`.
    Matches(Box<Expr>, Box<Expr>, bool),
    Compare(&'static str, Box<Expr>, Box<Expr>),
    Join(Box<Expr>, Box<Expr>),
    Binary(char, Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Positive(Box<Expr>),
    /// Step, and whether the new value counts.
    Step(Box<Expr>, f64, bool),
    Call(String, Vec<Expr>),
    Group(Box<Expr>),
    /// Where to, and where from.
    Getline(Option<Box<Expr>>, Option<(Source, Box<Expr>)>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Source {
    File,
    Command,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    File,
    Append,
    Command,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Statement {
    Expr(Expr),
    /// The flag is `printf`.
    Print(Vec<Expr>, bool, Option<(Target, Expr)>),
    If(Expr, Box<Statement>, Option<Box<Statement>>),
    While(Expr, Box<Statement>),
    Do(Box<Statement>, Expr),
    For(Option<Box<Statement>>, Option<Expr>, Option<Box<Statement>>, Box<Statement>),
    ForIn(String, String, Box<Statement>),
    Block(Vec<Statement>),
    Next,
    Exit(Option<Expr>),
    Break,
    Continue,
    Return(Option<Expr>),
    /// Of an array, or one element of it.
    Delete(String, Option<Vec<Expr>>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pattern {
    Begin,
    End,
    Always,
    When(Expr),
    /// From one record to another; the number tells ranges apart.
    Range(Expr, Expr, usize),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) parameters: Vec<String>,
    pub(crate) body: Vec<Statement>,
}

#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) rules: Vec<(Pattern, Vec<Statement>)>,
    pub(crate) functions: Vec<Function>,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Text(String),
    Regex(String),
    Name(String),
    /// A name with `(` right behind it.
    Function(String),
    Symbol(&'static str),
    Newline,
}

const SYMBOLS: [&str; 43] = [
    "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "==", "<=", ">=", "!=", ">>", "!~", "{", "}", "(", ")",
    "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", "<", ">", "|", "?", ":", "~", "$", "=", "&", "@", "\\", "'",
];

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut all: Vec<Token> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("\\\n") {
            rest = after;
        } else if c == '\n' {
            all.push(Token::Newline);
            rest = rest.get(1..)?;
        } else if c.is_whitespace() {
            rest = rest.get(c.len_utf8()..)?;
        } else if c == '#' {
            rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or("");
        } else if c == '"' {
            let (text, after) = quoted(rest.get(1..)?, '"')?;
            all.push(Token::Text(unescape(&text)));
            rest = after;
        } else if c == '/' && regex_may_follow(all.last()) {
            let (text, after) = quoted(rest.get(1..)?, '/')?;
            all.push(Token::Regex(text.replace("\\/", "/")));
            rest = after;
        } else if c.is_ascii_digit() || (c == '.' && rest.get(1..)?.starts_with(|c: char| c.is_ascii_digit())) {
            let end = number_end(rest);
            all.push(Token::Number(rest.get(..end)?.parse().ok()?));
            rest = rest.get(end..)?;
        } else if c.is_ascii_alphabetic() || c == '_' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let name = rest.get(..end)?.to_string();
            rest = rest.get(end..)?;
            all.push(if rest.starts_with('(') { Token::Function(name) } else { Token::Name(name) });
        } else {
            let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol))?;
            all.push(Token::Symbol(symbol));
            rest = rest.get(symbol.len()..)?;
        }
    }
    Some(all)
}

/// What stands up to a closing mark, escapes kept, and what follows.
fn quoted(text: &str, mark: char) -> Option<(String, &str)> {
    let mut escaped = false;
    let mut bracket = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' if mark == '/' => bracket = true,
            ']' => bracket = false,
            '\n' => return None,
            c if c == mark && !bracket => return Some((text.get(..at)?.to_string(), text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

/// A string's escapes; others stay, for a string may become a regular expression.
pub(crate) fn unescape(text: &str) -> String {
    replace_escapes(text, |chars, out| {
        match chars.next() {
            Some('/') => out.push('/'),
            Some(first @ '0'..='7') => out.extend(numbered(chars, first.to_digit(8), 8, 2)),
            other => push_escaped(other, out),
        }
        ControlFlow::Continue(())
    })
}

/// Where the number ends that a text starts with.
pub(crate) fn number_end(text: &str) -> usize {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or("");
        from + rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())
    };
    let mut end = digits(0);
    if text.get(end..).is_some_and(|rest| rest.starts_with('.')) {
        end = digits(end + 1);
    }
    let exponent = text.get(end..).unwrap_or("");
    if exponent.starts_with(['e', 'E']) {
        let sign = usize::from(exponent.get(1..).unwrap_or("").starts_with(['+', '-']));
        let after = digits(end + 1 + sign);
        if after > end + 1 + sign {
            end = after;
        }
    }
    end
}

/// A slash behind an operand divides.
fn regex_may_follow(last: Option<&Token>) -> bool {
    match last {
        Some(Token::Number(_) | Token::Text(_) | Token::Regex(_) | Token::Function(_)) => false,
        Some(Token::Name(name)) => ["print", "printf", "return", "in", "else", "do"].contains(&name.as_str()),
        Some(Token::Symbol(symbol)) => ![")", "]", "++", "--", "$"].contains(symbol),
        Some(Token::Newline) | None => true,
    }
}

/// Reads a program; nothing if it is malformed.
pub(crate) fn parse(text: &str) -> Option<Program> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, ranges: 0 };
    parser.program()
}

/// Counts the operators of a row.
#[derive(Default)]
struct Chain(u32);

impl Chain {
    /// One more; nothing if that is too many.
    fn longer(&mut self) -> Option<()> {
        self.0 += 1;
        (self.0 <= MAX_CHAIN).then_some(())
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
    ranges: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Some(Token::Symbol(found)) if *found == symbol)
    }

    fn is_name(&self, name: &str) -> bool {
        matches!(self.peek(), Some(Token::Name(found) | Token::Function(found)) if found == name)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        self.at += usize::from(found);
        found
    }

    fn take_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Option<()> {
        self.take(symbol).then_some(())
    }

    fn newlines(&mut self) {
        while matches!(self.peek(), Some(Token::Newline)) {
            self.at += 1;
        }
    }

    fn terminators(&mut self) {
        while matches!(self.peek(), Some(Token::Newline)) || self.is(";") {
            self.at += 1;
        }
    }

    fn name(&mut self) -> Option<String> {
        let Some(Token::Name(name) | Token::Function(name)) = self.peek().cloned() else { return None };
        self.at += 1;
        Some(name)
    }

    fn program(&mut self) -> Option<Program> {
        let mut program = Program::default();
        self.terminators();
        while self.peek().is_some() {
            if self.take_name("function") || self.take_name("func") {
                let name = self.name()?;
                self.expect("(")?;
                let mut parameters = Vec::new();
                while !self.take(")") {
                    parameters.push(self.name()?);
                    self.take(",");
                    self.newlines();
                }
                self.newlines();
                let body = self.block()?;
                program.functions.push(Function { name, parameters, body });
            } else {
                let pattern = if self.take_name("BEGIN") {
                    Pattern::Begin
                } else if self.take_name("END") {
                    Pattern::End
                } else if self.is("{") {
                    Pattern::Always
                } else {
                    let first = self.expr(false)?;
                    if self.take(",") {
                        self.newlines();
                        self.ranges += 1;
                        Pattern::Range(first, self.expr(false)?, self.ranges)
                    } else {
                        Pattern::When(first)
                    }
                };
                let body = if self.is("{") { self.block()? } else { vec![Statement::Print(Vec::new(), false, None)] };
                program.rules.push((pattern, body));
            }
            self.terminators();
        }
        Some(program)
    }

    fn block(&mut self) -> Option<Vec<Statement>> {
        self.expect("{")?;
        let mut all = Vec::new();
        self.terminators();
        while !self.take("}") {
            self.peek()?;
            all.push(self.statement()?);
            self.terminators();
        }
        Some(all)
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        let result = if self.depth > MAX_DEPTH { None } else { read(self) };
        self.depth -= 1;
        result
    }

    /// The body of a loop or condition; an empty one is a semicolon.
    fn body(&mut self) -> Option<Box<Statement>> {
        self.newlines();
        if self.take(";") {
            return Some(Box::new(Statement::Block(Vec::new())));
        }
        Some(Box::new(self.statement()?))
    }

    fn statement(&mut self) -> Option<Statement> {
        self.nested(|parser| parser.statement_here())
    }

    fn statement_here(&mut self) -> Option<Statement> {
        if self.is("{") {
            return self.block().map(Statement::Block);
        }
        if self.take_name("if") {
            self.expect("(")?;
            let condition = self.expr(false)?;
            self.expect(")")?;
            let yes = self.body()?;
            let before = self.at;
            self.terminators();
            if self.take_name("else") {
                return Some(Statement::If(condition, yes, Some(self.body()?)));
            }
            self.at = before;
            return Some(Statement::If(condition, yes, None));
        }
        if self.take_name("while") {
            self.expect("(")?;
            let condition = self.expr(false)?;
            self.expect(")")?;
            return Some(Statement::While(condition, self.body()?));
        }
        if self.take_name("do") {
            let body = self.body()?;
            self.terminators();
            self.take_name("while").then_some(())?;
            self.expect("(")?;
            let condition = self.expr(false)?;
            self.expect(")")?;
            return Some(Statement::Do(body, condition));
        }
        if self.take_name("for") {
            return self.for_loop();
        }
        if self.take_name("next") {
            return Some(Statement::Next);
        }
        if self.take_name("break") {
            return Some(Statement::Break);
        }
        if self.take_name("continue") {
            return Some(Statement::Continue);
        }
        if self.take_name("exit") {
            return Some(Statement::Exit(self.value_before_end()?));
        }
        if self.take_name("return") {
            return Some(Statement::Return(self.value_before_end()?));
        }
        self.simple()
    }

    fn value_before_end(&mut self) -> Option<Option<Expr>> {
        let ends = matches!(self.peek(), None | Some(Token::Newline)) || self.is(";") || self.is("}");
        if ends { Some(None) } else { self.expr(false).map(Some) }
    }

    fn for_loop(&mut self) -> Option<Statement> {
        self.expect("(")?;
        if let [Token::Name(variable), Token::Name(word), Token::Name(array), Token::Symbol(")"), ..] =
            self.tokens.get(self.at..)?
            && word == "in"
        {
            let (variable, array) = (variable.clone(), array.clone());
            self.at += 4;
            return Some(Statement::ForIn(variable, array, self.body()?));
        }
        let first = if self.is(";") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(";")?;
        self.newlines();
        let condition = if self.is(";") { None } else { Some(self.expr(false)?) };
        self.expect(";")?;
        self.newlines();
        let step = if self.is(")") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(")")?;
        Some(Statement::For(first, condition, step, self.body()?))
    }

    fn simple(&mut self) -> Option<Statement> {
        let formatted = self.is_name("printf");
        if self.take_name("print") || self.take_name("printf") {
            let ends = |parser: &Self| {
                matches!(parser.peek(), None | Some(Token::Newline))
                    || [";", "}", ">", ">>", "|"].iter().any(|symbol| parser.is(symbol))
            };
            let mut values = Vec::new();
            while !ends(self) {
                values.push(self.expr(true)?);
                if !self.take(",") {
                    break;
                }
                self.newlines();
            }
            // `print (a, b)`: a list in brackets.
            if let [Expr::Call(name, list)] = values.as_slice()
                && name.is_empty()
            {
                values = list.clone();
            }
            let target = match () {
                () if self.take(">") => Some(Target::File),
                () if self.take(">>") => Some(Target::Append),
                () if self.take("|") => Some(Target::Command),
                () => None,
            };
            let target = match target {
                Some(target) => Some((target, self.joined()?)),
                None => None,
            };
            return Some(Statement::Print(values, formatted, target));
        }
        if self.take_name("delete") {
            let name = self.name()?;
            let index = if self.take("[") { Some(self.list("]")?) } else { None };
            return Some(Statement::Delete(name, index));
        }
        self.expr(false).map(Statement::Expr)
    }

    /// Values up to a closing symbol.
    fn list(&mut self, close: &str) -> Option<Vec<Expr>> {
        let mut all = Vec::new();
        self.newlines();
        while !self.take(close) {
            all.push(self.expr(false)?);
            self.newlines();
            if !self.take(",") && !self.is(close) {
                return None;
            }
            self.newlines();
        }
        Some(all)
    }

    /// An expression; `printing`: a `>` is where it is printed to.
    fn expr(&mut self, printing: bool) -> Option<Expr> {
        self.nested(|parser| parser.assignment(printing))
    }

    fn assignment(&mut self, printing: bool) -> Option<Expr> {
        let left = self.choice(printing)?;
        if !matches!(left, Expr::Variable(_) | Expr::Field(_) | Expr::Element(..)) {
            return Some(left);
        }
        let operator = match self.peek() {
            Some(Token::Symbol("=")) => None,
            Some(Token::Symbol(symbol @ ("+=" | "-=" | "*=" | "/=" | "%=" | "^="))) => symbol.chars().next(),
            _ => return Some(left),
        };
        self.at += 1;
        self.newlines();
        let right = self.expr(printing)?;
        Some(Expr::Assign(Box::new(left), operator, Box::new(right)))
    }

    fn choice(&mut self, printing: bool) -> Option<Expr> {
        let condition = self.or(printing)?;
        if !self.take("?") {
            return Some(condition);
        }
        self.newlines();
        let yes = self.expr(printing)?;
        self.newlines();
        self.expect(":")?;
        self.newlines();
        let no = self.expr(printing)?;
        Some(Expr::Choose(Box::new(condition), Box::new(yes), Box::new(no)))
    }

    fn or(&mut self, printing: bool) -> Option<Expr> {
        let mut left = self.and(printing)?;
        let mut chain = Chain::default();
        while self.take("||") {
            chain.longer()?;
            self.newlines();
            left = Expr::Or(Box::new(left), Box::new(self.and(printing)?));
        }
        Some(left)
    }

    fn and(&mut self, printing: bool) -> Option<Expr> {
        let mut left = self.member(printing)?;
        let mut chain = Chain::default();
        while self.take("&&") {
            chain.longer()?;
            self.newlines();
            left = Expr::And(Box::new(left), Box::new(self.member(printing)?));
        }
        Some(left)
    }

    fn member(&mut self, printing: bool) -> Option<Expr> {
        let mut left = self.matching(printing)?;
        let mut chain = Chain::default();
        while self.take_name("in") {
            chain.longer()?;
            let array = self.name()?;
            let index = match left {
                Expr::Call(name, list) if name.is_empty() => list,
                other => vec![other],
            };
            left = Expr::In(index, array);
        }
        Some(left)
    }

    fn matching(&mut self, printing: bool) -> Option<Expr> {
        let mut left = self.comparison(printing)?;
        let mut chain = Chain::default();
        loop {
            chain.longer()?;
            let negative = self.is("!~");
            if !negative && !self.is("~") {
                return Some(left);
            }
            self.at += 1;
            left = Expr::Matches(Box::new(left), Box::new(self.comparison(printing)?), negative);
        }
    }

    fn comparison(&mut self, printing: bool) -> Option<Expr> {
        let mut left = self.joined()?;
        let mut chain = Chain::default();
        loop {
            chain.longer()?;
            if self.is("|") && matches!(self.tokens.get(self.at + 1), Some(Token::Name(name)) if name == "getline") {
                self.at += 2;
                let into = self.place()?;
                left = Expr::Getline(into.map(Box::new), Some((Source::Command, Box::new(left))));
                continue;
            }
            let symbol = match self.peek() {
                Some(Token::Symbol(symbol @ ("<" | "<=" | "==" | "!=" | ">=" | ">"))) => *symbol,
                _ => return Some(left),
            };
            if symbol == ">" && printing {
                return Some(left);
            }
            self.at += 1;
            left = Expr::Compare(symbol, Box::new(left), Box::new(self.joined()?));
        }
    }

    fn joined(&mut self) -> Option<Expr> {
        let mut left = self.sum()?;
        let mut chain = Chain::default();
        loop {
            chain.longer()?;
            let goes_on = match self.peek() {
                Some(Token::Number(_) | Token::Text(_) | Token::Function(_)) => true,
                Some(Token::Name(name)) => name != "in" && name != "getline",
                Some(Token::Symbol("$" | "(" | "++" | "--")) => true,
                _ => false,
            };
            if !goes_on {
                return Some(left);
            }
            left = Expr::Join(Box::new(left), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Option<Expr> {
        let mut left = self.product()?;
        let mut chain = Chain::default();
        loop {
            chain.longer()?;
            let operator = match self.peek() {
                Some(Token::Symbol("+")) => '+',
                Some(Token::Symbol("-")) => '-',
                _ => return Some(left),
            };
            self.at += 1;
            left = Expr::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Option<Expr> {
        let mut left = self.unary()?;
        let mut chain = Chain::default();
        loop {
            chain.longer()?;
            let operator = match self.peek() {
                Some(Token::Symbol("*")) => '*',
                Some(Token::Symbol("/")) => '/',
                Some(Token::Symbol("%")) => '%',
                _ => return Some(left),
            };
            self.at += 1;
            left = Expr::Binary(operator, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Option<Expr> {
        self.nested(|parser| {
            if parser.take("!") {
                return Some(Expr::Not(Box::new(parser.unary()?)));
            }
            if parser.take("-") {
                return Some(Expr::Negative(Box::new(parser.unary()?)));
            }
            if parser.take("+") {
                return Some(Expr::Positive(Box::new(parser.unary()?)));
            }
            let base = parser.postfix()?;
            if parser.take("^") {
                let power = parser.unary()?;
                return Some(Expr::Binary('^', Box::new(base), Box::new(power)));
            }
            Some(base)
        })
    }

    fn postfix(&mut self) -> Option<Expr> {
        for (symbol, step) in [("++", 1.0), ("--", -1.0)] {
            if self.take(symbol) {
                return Some(Expr::Step(Box::new(self.primary()?), step, true));
            }
        }
        let base = self.primary()?;
        if matches!(base, Expr::Variable(_) | Expr::Field(_) | Expr::Element(..)) {
            for (symbol, step) in [("++", 1.0), ("--", -1.0)] {
                if self.take(symbol) {
                    return Some(Expr::Step(Box::new(base), step, false));
                }
            }
        }
        Some(base)
    }

    /// A variable, field or element, if one comes next.
    fn place(&mut self) -> Option<Option<Expr>> {
        match self.peek() {
            Some(Token::Name(name)) if name != "in" => self.primary().map(Some),
            Some(Token::Symbol("$")) => self.primary().map(Some),
            _ => Some(None),
        }
    }

    fn primary(&mut self) -> Option<Expr> {
        let token = self.peek()?.clone();
        self.at += 1;
        Some(match token {
            Token::Number(value) => Expr::Number(value),
            Token::Text(text) => Expr::Text(text),
            Token::Regex(text) => Expr::Regex(text),
            Token::Symbol("$") => {
                let inner = self.nested(|parser| match parser.peek() {
                    Some(Token::Symbol("-")) => parser.unary(),
                    _ => parser.postfix_of_field(),
                });
                Expr::Field(Box::new(inner?))
            }
            Token::Symbol("(") => {
                let mut list = self.list(")")?;
                match list.len() {
                    0 => return None,
                    1 => Expr::Group(Box::new(list.pop()?)),
                    // `(a, b) in array`, or what print gets.
                    _ => Expr::Call(String::new(), list),
                }
            }
            Token::Name(name) if name == "getline" => {
                let into = self.place()?;
                let from = if self.take("<") { Some((Source::File, Box::new(self.postfix()?))) } else { None };
                Expr::Getline(into.map(Box::new), from)
            }
            Token::Name(name) if name == "length" => Expr::Call(name, Vec::new()),
            Token::Name(name) => {
                if self.take("[") {
                    return Some(Expr::Element(name, self.list("]")?));
                }
                Expr::Variable(name)
            }
            Token::Function(name) => {
                self.expect("(")?;
                Expr::Call(name, self.list(")")?)
            }
            Token::Symbol(_) | Token::Newline => return None,
        })
    }

    /// `$i++` steps the field, `$++i` the index.
    fn postfix_of_field(&mut self) -> Option<Expr> {
        for (symbol, step) in [("++", 1.0), ("--", -1.0)] {
            if self.take(symbol) {
                return Some(Expr::Step(Box::new(self.primary()?), step, true));
            }
        }
        self.primary()
    }
}
