//! What is written for an engine is read as it was meant: by core's reader, which knows all of the language, and by a
//! second one that knows only the strict subset and shares no code with it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stageplay_core::build::Request;
use stageplay_core::canonical::{BaseImage, CONTEXT, Canonical, ContextIndex, HANDED_PREFIX, INLINE, Known, canonical, images};
use stageplay_core::dockerfile::{self, Budget, Command, Instruction, Kind, Lex, NoVariables};
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::fs::Tree;
use stageplay_core::image::Config;
use stageplay_core::real_build::plan_of;
use std::collections::BTreeMap;

fuzz_target!(|input: (&str, &str)| {
    let (text, value) = input;
    for builder in [Builder::Buildkit, Builder::Classic] {
        let engine = EngineProfile::find("docker-28").expect("a profile");
        let mut request = Request::new(text, Tree::new(), engine);
        request.builder = builder;
        request.build_args = BTreeMap::from([("A".to_string(), value.to_string())]);
        let Ok(plan) = plan_of(&request) else { continue };
        let Ok(asked) = images(&plan, &request, "linux/amd64") else { continue };
        let base = |name: String| BaseImage {
            name,
            config: Config { env: vec!["PATH=/bin".into(), format!("E={value}")], ..Config::default() },
        };
        let bases = asked.into_iter().map(|asked| (asked.key(), base(asked.reference.exact()))).collect();
        let known = Known { bases: &bases, platform: "linux/amd64", context: &ContextIndex::default(), network: false, stopped: &|| false };
        if let Ok(written) = canonical(&plan, &request, known) {
            check(&written);
        }
    }
});

fn check(written: &Canonical) {
    // The only variables are those that the engine gets beside the text.
    let text = written.text.replace(&format!("=\"${HANDED_PREFIX}"), &format!("=\"{HANDED_PREFIX}"));
    let file = dockerfile::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(file.escape, '\\');
    assert_eq!(file.instructions.len(), text.split_terminator('\n').count());
    assert_eq!(file.instructions.len(), written.lines.len());
    for (instruction, line) in file.instructions.iter().zip(text.split_terminator('\n')) {
        assert!(line.len() < 65_535 && !line.contains(['\r', '\0', '\u{b}', '\u{c}']), "{line:?}");
        assert!(instruction.heredocs.is_empty() && instruction.line == instruction.end_line, "{line:?}");
        let (keyword, rest) = line.split_once(' ').expect("a keyword and more");
        assert_eq!(keyword, instruction.keyword);
        assert_eq!(strict(keyword, rest), meant(instruction), "{line}");
        if let Kind::Add { sources, .. } = &instruction.kind {
            for source in sources {
                let source = Lex::new('\\').word(source, &NoVariables, &Budget::default()).expect("a word").text;
                assert!(source.starts_with(CONTEXT) || source.starts_with(INLINE), "ADD reaches out: {line}");
            }
        }
    }
}

/// The words of an instruction as core reads them.
fn meant(instruction: &Instruction) -> Vec<String> {
    let plain = |word: &String| {
        let found = Lex::new('\\').word(word, &NoVariables, &Budget::default()).expect("a word");
        assert!(found.matched.is_empty() && found.unmatched.is_empty(), "a variable in {word}");
        found.text.into_owned()
    };
    let command = |command: &Command| match command {
        Command::Exec(words) => words.clone(),
        Command::Shell(text) => vec![text.clone()],
    };
    match &instruction.kind {
        Kind::From { image, name } => [Some(image.clone()), name.clone()].into_iter().flatten().collect(),
        Kind::Run(one) | Kind::Cmd(one) | Kind::Entrypoint(one) => command(one),
        Kind::Copy { sources, destination } | Kind::Add { sources, destination } => {
            sources.iter().chain([destination]).map(plain).collect()
        }
        Kind::Env(pairs) | Kind::Label(pairs) => {
            pairs.iter().flat_map(|(name, value)| [plain(name), plain(value)]).collect()
        }
        Kind::Arg(args) => args
            .iter()
            .flat_map(|(name, value)| [Some(name.clone()), value.as_ref().map(plain)])
            .flatten()
            .collect(),
        Kind::Workdir(word) | Kind::User(word) | Kind::Stopsignal(word) => vec![plain(word)],
        Kind::Expose(words) => words.clone(),
        Kind::Volume(words) => words.iter().map(plain).collect(),
        Kind::Shell(words) => words.clone(),
        // Texts up to the end of the line.
        Kind::Onbuild(text) | Kind::Maintainer(text) => vec![text.clone()],
        Kind::Healthcheck(_) => Vec::new(),
    }
}

/// The words of a line as the strict subset has them.
fn strict(keyword: &str, mut rest: &str) -> Vec<String> {
    while let Some(flag) = rest.strip_prefix("--").filter(|_| !matches!(keyword, "ONBUILD" | "MAINTAINER")) {
        let (flag, after) = flag.split_once(' ').expect("more behind a flag");
        assert!(!flag.contains(['$', '"', '\'', '\\', '`']), "{flag}");
        rest = after;
    }
    let json = |text: &str| serde_json::from_str::<Vec<String>>(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    match keyword {
        "RUN" | "CMD" | "ENTRYPOINT" | "SHELL" => {
            assert!(!rest.contains(['$', '<']), "{rest}");
            json(rest)
        }
        "COPY" | "ADD" | "VOLUME" => {
            assert!(!rest.contains(['$', '<']), "{rest}");
            json(rest).iter().map(|word| word_of(word)).collect()
        }
        "FROM" => rest.split(" AS ").map(str::to_string).collect(),
        "EXPOSE" => {
            let mut words: Vec<String> = rest.split(' ').map(str::to_string).collect();
            words.sort_unstable();
            words
        }
        "ENV" | "LABEL" | "ARG" | "WORKDIR" | "USER" | "STOPSIGNAL" => words(rest),
        "HEALTHCHECK" => Vec::new(),
        _ => vec![rest.to_string()],
    }
}

/// Plain and quoted words, parted by blanks and equal signs.
fn words(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let end = rest.find([' ', '=']).unwrap_or(rest.len());
                (rest[..end].to_string(), &rest[end..])
            }
        };
        assert!(!word.is_empty() || rest.starts_with('"'), "{text}");
        all.push(word);
        rest = after.strip_prefix([' ', '=']).unwrap_or(after);
    }
    all
}

fn word_of(text: &str) -> String {
    match text.strip_prefix('"') {
        Some(quoted) => {
            let (word, rest) = unquoted(quoted);
            assert_eq!(rest, "");
            word
        }
        None => {
            assert!(!text.contains(['$', '"', '\'', '\\']), "{text}");
            text.to_string()
        }
    }
}

/// What stands before the closing quote, and what stands behind it.
fn unquoted(text: &str) -> (String, &str) {
    let mut word = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (word, &text[at + 1..]),
            '\\' => {
                let (_, next) = chars.next().expect("a character behind a backslash");
                assert!(matches!(next, '"' | '\\' | '$'), "{text}");
                word.push(next);
            }
            '$' => panic!("a bare dollar sign in {text}"),
            c => word.push(c),
        }
    }
    panic!("no closing quote in {text}")
}
