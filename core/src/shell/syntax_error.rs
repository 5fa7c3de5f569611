//! Syntax errors of dash and busybox ash: the token that is not expected, and the one that is (`synexpect` in
//! `parser.c` of dash, of which both shells are).

use super::builtins::export_readonly::is_name;
use super::language::Language;
use brush_parser::{ParseError, Token, TokenizerError, TokenizerOptions};

/// A syntax error of a script.
#[derive(Debug)]
pub(super) struct SyntaxError {
    /// What is said after "syntax error", in dash's words.
    dash: String,
    /// The same in the words of busybox.
    ash: String,
    /// What bash names: the token, or the quote that has no end; `None` at the end of the file.
    bash: Option<Offence>,
    /// The 1-based line of the token.
    pub(super) line: usize,
}

/// What is wrong in bash's words.
#[derive(Debug)]
enum Offence {
    Token(String),
    Unmatched(&'static str),
}

impl SyntaxError {
    /// An error whose words are the same in both shells, apart from their first letter.
    fn plain(words: &str, line: usize) -> Self {
        let mut ash = words.to_string();
        if !words.starts_with("EOF") {
            ash = words.chars().take(1).flat_map(char::to_lowercase).chain(words.chars().skip(1)).collect();
        }
        SyntaxError { dash: words.to_string(), ash, bash: None, line }
    }

    fn unexpected(what: &str, wanted: Option<&str>, line: usize) -> Self {
        let wanted = wanted.map(|wanted| format!(" (expecting \"{wanted}\")")).unwrap_or_default();
        let (dash, ash) = (format!("{what} unexpected{wanted}"), format!("unexpected {what}{wanted}"));
        SyntaxError { dash, ash, bash: None, line }
    }

    /// The message, without the shell's name and line.
    pub(super) fn message(&self, language: Language) -> String {
        match language {
            Language::Ash => format!("syntax error: {}", self.ash),
            _ => format!("Syntax error: {}", self.dash),
        }
    }

    /// bash's lines about it. `name` is the script's, `base` the number of lines before `text`.
    pub(super) fn message_of_bash(&self, name: &str, base: usize, text: &str) -> String {
        let line = base + self.line;
        match &self.bash {
            Some(Offence::Token(token)) => {
                let shown = text.lines().nth(self.line.saturating_sub(1)).unwrap_or("");
                let near = format!("{name}: line {line}: syntax error near unexpected token `{token}'\n");
                format!("{near}{name}: line {line}: `{shown}'\n")
            }
            Some(Offence::Unmatched(sign)) => {
                format!("{name}: line {line}: unexpected EOF while looking for matching `{sign}'\n")
            }
            None => format!("{name}: line {}: syntax error: unexpected end of file\n", line + 1),
        }
    }
}

/// The error for a here-string, which only bash supports.
pub(super) fn here_string(text: &str) -> Option<SyntaxError> {
    let is_one = |token: &Token| matches!(token, Token::Operator(sign, _) if sign == "<<<");
    let tokens = text.contains("<<<").then(|| brush_parser::tokenize_str(text).ok())??;
    let token = tokens.iter().find(|token| is_one(token))?;
    Some(SyntaxError::unexpected("redirection", None, token.location().start.line))
}

/// The syntax error of a script that cannot be parsed. `sh_mode` is the mode that it was parsed in.
pub(super) fn syntax_error(text: &str, error: &ParseError, sh_mode: bool) -> SyntaxError {
    let last_line = text.lines().count().max(1);
    let options = TokenizerOptions { sh_mode, enable_extended_globbing: false, ..TokenizerOptions::default() };
    match error {
        ParseError::Tokenizing { inner, .. } => {
            use TokenizerError as E;
            let (error, sign, begin) = match inner {
                E::UnterminatedBackquote(place) => {
                    (SyntaxError::plain("EOF in backquote substitution", last_line), "`", place.line)
                }
                E::UnterminatedVariable => (SyntaxError::plain("Missing '}'", last_line), "}", 1),
                E::UnterminatedCommandSubstitution | E::UnterminatedExpansion => {
                    (SyntaxError::unexpected("end of file", Some(")"), last_line), ")", last_line + 1)
                }
                E::UnterminatedSingleQuote(place) | E::UnterminatedAnsiCQuote(place) => {
                    (SyntaxError::plain("Unterminated quoted string", last_line), "'", place.line)
                }
                _ => (SyntaxError::plain("Unterminated quoted string", last_line), "\"", 1),
            };
            let line = if sh_mode { last_line } else { begin };
            SyntaxError { bash: Some(Offence::Unmatched(sign)), line, ..error }
        }
        ParseError::ParsingAtEndOfInput => {
            let tokens = brush_parser::tokenize_str_with_options(text, &options).unwrap_or_default();
            let at = misplaced_word(&tokens, tokens.len()).unwrap_or(tokens.len());
            unexpected_token(&tokens, at, last_line)
        }
        ParseError::ParsingNear(place) => {
            let tokens = brush_parser::tokenize_str_with_options(text, &options).unwrap_or_default();
            let at = tokens.iter().position(|token| token.location().start.index >= place.index);
            let at = at.unwrap_or(tokens.len());
            unexpected_token(&tokens, misplaced_word(&tokens, at).unwrap_or(at), last_line)
        }
    }
}

/// The first construct of bash that busybox ash does not know, of a script that bash can parse. busybox knows `[[`,
/// `function`, `&>` and `<(…)`, but no arrays, `<<<`, `|&`, `&>>` and `;&`.
pub(super) fn unknown_to_ash(text: &str) -> Option<SyntaxError> {
    let tokens = brush_parser::tokenize_str(text).ok()?;
    let is_unknown = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        match tokens.get(at) {
            Some(Token::Operator(sign, place)) => match sign.as_str() {
                "<<<" | "&>>" | "|&" | ";&" => true,
                "(" => before.is_some_and(|before| {
                    let is_array = before.to_str().ends_with('=')
                        && matches!(before, Token::Word(..))
                        && before.location().end.index == place.start.index;
                    is_array || before.to_str() == "for"
                }),
                _ => false,
            },
            _ => false,
        }
    };
    let at = (0..tokens.len()).find(|at| is_unknown(*at))?;
    let line = tokens.get(at).map_or(1, |token| token.location().start.line);
    match tokens.get(at).map_or("", Token::to_str) {
        // Two operators to busybox, of which the second one is not expected.
        "|&" | ";&" => Some(SyntaxError::unexpected("\"&\"", None, line)),
        _ => Some(unexpected_token(&tokens, at, line)),
    }
}

/// The first construct of a script that a shell refuses although its grammar, as the parser has it, does not: a
/// function whose name is no variable's, and in dash a file behind `>&`.
pub(super) fn refused(text: &str, language: Language, options: &TokenizerOptions) -> Option<SyntaxError> {
    let tokens = brush_parser::tokenize_str_with_options(text, options).ok()?;
    let word = |at: usize| tokens.get(at).filter(|token| matches!(token, Token::Word(..))).map(Token::to_str);
    let sign = |at: usize| tokens.get(at).filter(|token| matches!(token, Token::Operator(..))).map(Token::to_str);
    (0..tokens.len()).find_map(|at| {
        let line = tokens.get(at)?.location().start.line;
        if language == Language::Dash && matches!(sign(at), Some(">&" | "<&")) {
            let is_number = |word: &str| word == "-" || word.chars().all(|c| c.is_ascii_digit());
            let wrong =
                word(at + 1).is_some_and(|word| !is_number(word) && !word.contains(['$', '`', '"', '\'', '\\']));
            return wrong.then(|| SyntaxError::plain("Bad fd number", line));
        }
        let is_function = sign(at + 1) == Some("(") && sign(at + 2) == Some(")");
        let name = word(at).filter(|name| is_function && !name.ends_with('='))?;
        let (_, at_command) = read_commands(tokens.get(..at)?);
        (at_command && !is_name(name)).then(|| SyntaxError::plain("Bad function name", line))
    })
}

/// The script with a backslash before each word `function`, which dash takes for the name of a command.
pub(super) fn without_function_keyword(text: &str, sh_mode: TokenizerOptions) -> Option<String> {
    let tokens = brush_parser::tokenize_str_with_options(text, &sh_mode).ok()?;
    let mut places = tokens.iter().filter(|token| token.to_str() == "function").peekable();
    places.peek()?;
    let starts: Vec<usize> = places.map(|token| token.location().start.index).collect();
    let mut out = String::with_capacity(text.len() + starts.len());
    for (index, c) in text.chars().enumerate() {
        if starts.binary_search(&index).is_ok() {
            out.push('\\');
        }
        out.push(c);
    }
    Some(out)
}

/// A redirection is one token, whatever its operator.
fn is_redirection(token: &Token) -> bool {
    matches!(token, Token::Operator(sign, _) if sign.contains(['<', '>']))
}

/// What a token is called where it is not expected.
fn token_name(token: &Token) -> String {
    const RESERVED: [&str; 16] = [
        "!", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "in", "then", "until", "while", "{", "}",
    ];
    match token {
        Token::Operator(sign, _) if sign == "\n" => "newline".into(),
        token if is_redirection(token) => "redirection".into(),
        Token::Operator(sign, _) => format!("\"{sign}\""),
        Token::Word(word, _) if RESERVED.contains(&word.as_str()) => format!("\"{word}\""),
        Token::Word(..) => "word".into(),
    }
}

/// What of a compound command is being read.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Commands,
    /// A pattern of `case`.
    Pattern,
    /// The brackets behind the name of a function.
    Brackets,
}

/// A compound command that is open.
struct Open {
    /// The word that ends the part that is being read.
    wanted: &'static str,
    part: Part,
    /// The index of the token before that part.
    at: usize,
}

/// The error for the token at an index, or for the end of the file.
fn unexpected_token(tokens: &[Token], at: usize, last_line: usize) -> SyntaxError {
    /// The words that end a list of commands.
    const CLOSING: [&str; 11] = ["}", ")", ";;", "done", "fi", "esac", "do", "then", "else", "elif", "in"];
    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
    let token = tokens.get(at);
    let line = token.map_or(last_line, |token| token.location().start.line);
    let (word, word_before) = (token.map_or("", Token::to_str), before.map_or("", Token::to_str));
    if word_before == "for" && word == "(" {
        return SyntaxError::plain("Bad for loop variable", line);
    }
    let name = token.map_or("end of file".to_string(), token_name);
    let open = open_commands(tokens.get(..at).unwrap_or(&[]));
    // Where a command has to come, no other word is expected.
    let needs_command = matches!(word_before, "&&" | "||" | "|" | "!") || before.is_some_and(is_redirection);
    let begins = |open: &Open| open.at + 1 == at && open.part == Part::Commands;
    let may_end = match token {
        None => true,
        Some(_) if open.last().is_some_and(begins) => false,
        Some(_) if matches!(word_before, ";" | "&" | "\n") => CLOSING.contains(&word),
        Some(_) => true,
    };
    let wanted = open.last().filter(|_| may_end && !needs_command).map(|open| open.wanted);
    let bash = match token.map(Token::to_str) {
        Some("\n") => Some("newline".to_string()),
        // A redirection ends with its line.
        None => before.filter(|token| is_redirection(token)).map(|_| "newline".to_string()),
        Some(text) => Some(text.to_string()),
    };
    SyntaxError { bash: bash.map(Offence::Token), ..SyntaxError::unexpected(&name, wanted, line) }
}

/// The reserved word before a token, if it may not stand there: the parser fails one token too late.
fn misplaced_word(tokens: &[Token], at: usize) -> Option<usize> {
    let at = at.checked_sub(1)?;
    let word = tokens.get(at).map(Token::to_str)?;
    let accepted = match word {
        "then" => ["then", ""],
        "elif" | "else" | "fi" => ["fi", ""],
        "do" => ["do", ""],
        "done" => ["done", ""],
        "}" => ["}", ""],
        "esac" => [";;", "in"],
        _ => return None,
    };
    let (open, at_command) = read_commands(tokens.get(..at)?);
    let fits = open.last().is_some_and(|open| {
        let is_empty = open.at + 1 == at && open.part == Part::Commands && !["esac", "do"].contains(&word);
        open.part == Part::Pattern || accepted.contains(&open.wanted) && !is_empty
    });
    (at_command && !fits).then_some(at)
}

/// The compound commands that are open after some tokens, the innermost last.
fn open_commands(tokens: &[Token]) -> Vec<Open> {
    read_commands(tokens).0
}

/// The open compound commands, and whether the next word would be a command's.
fn read_commands(tokens: &[Token]) -> (Vec<Open>, bool) {
    let mut open: Vec<Open> = Vec::new();
    let mut at_command = true;
    for (at, token) in tokens.iter().enumerate() {
        let (part, innermost) = open.last().map_or((Part::Commands, ""), |open| (open.part, open.wanted));
        let commands = |wanted| Open { wanted, part: Part::Commands, at };
        let next = match (token, token.to_str()) {
            (Token::Operator(..), "(") if part == Part::Pattern => None,
            (Token::Operator(..), "(") if at_command => Some(commands(")")),
            (Token::Operator(..), "(") => Some(Open { wanted: ")", part: Part::Brackets, at }),
            (Token::Operator(..), ")") => {
                open.pop();
                (part == Part::Pattern).then(|| commands(";;"))
            }
            (Token::Operator(..), ";;") if innermost == ";;" => {
                open.pop();
                Some(Open { wanted: ")", part: Part::Pattern, at })
            }
            (Token::Operator(..), _) => None,
            (_, "in") if innermost == "in" => {
                open.pop();
                Some(Open { wanted: ")", part: Part::Pattern, at })
            }
            (_, "esac") if at_command || part == Part::Pattern => {
                open.pop();
                None
            }
            (_, _) if !at_command || part == Part::Pattern => None,
            (_, "if") => Some(commands("then")),
            (_, "while" | "until" | "for") => Some(commands("do")),
            (_, "case") => Some(commands("in")),
            (_, "{") => Some(commands("}")),
            (_, "then" | "else") => {
                open.pop();
                Some(commands("fi"))
            }
            (_, "elif") => {
                open.pop();
                Some(commands("then"))
            }
            (_, "do") => {
                open.pop();
                Some(commands("done"))
            }
            (_, "fi" | "done" | "}") => {
                open.pop();
                None
            }
            _ => None,
        };
        open.extend(next);
        at_command = match token {
            Token::Operator(sign, _) => !sign.contains(['<', '>']),
            Token::Word(word, _) => {
                let opens = ["if", "then", "else", "elif", "do", "while", "until", "{", "!"];
                at_command && opens.contains(&word.as_str())
            }
        };
    }
    (open, at_command)
}
