//! What a text may cost: whatever it asks for, it is answered soon, or refused with the line and a way out.
//!
//! Nothing here looks at a clock. Each of these texts took minutes or gigabytes when the test was written.

use stageplay_core::base_images::{Catalogue, newest_day};
use stageplay_core::build::{BuildError, Built, Cache, NoImages, Request, build};
use stageplay_core::dockerfile::{format, parse, syntax};
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::fs::{Content, Tree};
use stageplay_core::language::{
    CatalogueImages, Surroundings, complete, definition, folds, hover, occurrences, rename, tokens,
};
use stageplay_core::lint::{Options, check, fix_all};
use stageplay_core::plan::{Wish, plan};

fn built_with(text: &str, context: Tree, builder: Builder) -> Built {
    let engine = EngineProfile::find("docker-28").unwrap();
    let request = Request { builder, ..Request::new(text, context, engine) };
    build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new())
}

fn built(text: &str) -> Built {
    built_with(text, Tree::new(), Builder::Buildkit)
}

/// Why a build and the checks refuse a text: both on this line, with these words.
fn refused(text: &str, line: usize, words: &str) {
    for builder in [Builder::Buildkit, Builder::Classic] {
        let error: BuildError = built_with(text, Tree::new(), builder).error.unwrap();
        assert_eq!(error.line, Some(line), "{}", error.message);
        assert!(error.message.contains(words), "{}", error.message);
    }
    let error = check(text, &Options::default()).error.unwrap();
    assert_eq!(error.line, line, "{}", error.message);
    assert!(error.message.contains(words), "{}", error.message);
}

/// A quarter of a mebibyte of lines.
fn many(line: impl Fn(usize) -> String) -> String {
    let mut text = String::from("FROM scratch\n");
    for number in 0.. {
        text.push_str(&line(number));
        text.push('\n');
        if text.len() > 1 << 18 {
            break;
        }
    }
    text
}

#[test]
fn values_longer_than_a_program_may_have_are_refused_with_their_line() {
    let copies: String = (0..400).map(|n| format!("ARG c{n}=$B\n")).collect();
    let long = "x".repeat(60_000);
    refused(
        &format!("FROM scratch\nARG A={long}\nARG B={}\n{copies}", "$A".repeat(17)),
        3,
        "the variable B is 1020002 bytes long",
    );
    refused(&format!("ARG A={long}\nARG B={}\n{copies}FROM scratch\n", "$A".repeat(17)), 2, "put it into a file");
}

#[test]
fn all_variables_together_are_bounded_as_those_of_a_program_are() {
    let copies: String = (0..400).map(|n| format!("ENV c{n}=$A$A\n")).collect();
    let text = format!("FROM scratch\nARG A={}\n{copies}", "x".repeat(64_000));
    refused(&text, 18, "the variables up to c15 are more than 2 MiB together");
}

#[test]
fn a_value_that_doubles_is_stopped_with_its_line() {
    let text = format!("FROM scratch\nENV A=0123456789\n{}", "ENV A=$A$A\n".repeat(22));
    refused(&text, 16, "the variable A is 163842 bytes long");
    let text = format!("ARG A=0123456789\n{}FROM scratch\n", "ARG A=$A$A\n".repeat(22));
    refused(&text, 15, "the variable A is 163842 bytes long");
    let file = parse(&text).unwrap();
    let wish = Wish { platform: "linux/amd64", ..Wish::default() };
    assert_eq!(plan(&file, &wish, Builder::Buildkit, 28).unwrap_err().line, Some(15));
}

#[test]
fn patterns_of_many_stars_are_answered() {
    let value = "a".repeat(4_000);
    let pattern = "*a".repeat(1_000);
    let text =
        format!("ARG a={value}\nARG b=x${{a//{pattern}b/}}\nARG c=${{a//{pattern}/y}}\nFROM ${{b%%a*}}\nFROM $c\n");
    let findings = check(&text, &Options::default());
    assert_eq!(findings.error, None);
    let file = parse(&text).unwrap();
    let wish = Wish { platform: "linux/amd64", ..Wish::default() };
    let planned = plan(&file, &wish, Builder::Buildkit, 28).unwrap();
    let bases: Vec<&str> = planned.stages.iter().map(|stage| stage.base_name.as_str()).collect();
    assert_eq!(bases, ["x", "y"]);
}

#[test]
fn an_ignore_file_of_many_stars_is_answered_for_a_deep_file() {
    let mut context = Tree::new();
    let rules = format!("{}b\n", "*a".repeat(17)).repeat(100);
    context.write("/.dockerignore", Content::inline(rules.into_bytes()), 0o644, 0, 0).unwrap();
    let mut folder = String::new();
    for _ in 0..500 {
        folder.push_str("/a");
        context.mkdir(&folder, 0o755, 0, 0).unwrap();
    }
    context.write(&format!("{folder}/f"), Content::inline(*b"x"), 0o644, 0, 0).unwrap();
    let built = built_with("FROM scratch\nCOPY . /\n", context, Builder::Buildkit);
    assert_eq!(built.error, None);
    assert!(built.image.unwrap().tree.get(&format!("{folder}/f")).is_some());
}

#[test]
fn folders_that_are_left_out_cost_one_look_each() {
    let mut context = Tree::new();
    context.write("/.dockerignore", Content::inline(*b"*\n!.dockerignore\n"), 0o644, 0, 0).unwrap();
    let mut folder = String::new();
    for _ in 0..1_000 {
        folder.push_str("/a");
        context.mkdir(&folder, 0o755, 0, 0).unwrap();
    }
    let built = built_with("FROM scratch\nCOPY . /\n", context, Builder::Buildkit);
    assert_eq!(built.image.unwrap().tree.walk("/").count(), 2);
}

#[test]
fn ranges_of_ports_are_bounded() {
    let error = built(&format!("FROM scratch\nEXPOSE {}\n", "1-65535 ".repeat(7_000))).error.unwrap();
    assert_eq!(error.line, Some(2));
    assert!(error.message.contains("steps"), "{}", error.message);
}

#[test]
fn settings_without_number_are_refused() {
    let text = format!("FROM scratch\nENV{}\n", (0..30_000).map(|n| format!(" \\\n a{n}=b")).collect::<String>());
    let error = built(&text).error.unwrap();
    assert_eq!(error.line, Some(2));
    let text: String = (0..4_900).map(|n| format!("LABEL a{n}=b\n")).collect();
    for builder in [Builder::Buildkit, Builder::Classic] {
        let error = built_with(&format!("FROM scratch\n{text}"), Tree::new(), builder).error.unwrap();
        assert!(error.line > Some(1_000) && error.message.contains("steps"), "{}", error.message);
    }
}

#[test]
fn triggers_do_not_multiply_without_bound() {
    let triggers = "ONBUILD USER a\n".repeat(1_500);
    let stages: String = (0..1_500).map(|n| format!("FROM a AS b{n}\n")).collect();
    let copies: String = (0..1_500).map(|n| format!("COPY --from=b{n} /x /\n")).collect();
    let text = format!("FROM scratch AS a\n{triggers}{stages}FROM scratch\n{copies}");
    let error = built(&text).error.unwrap();
    assert!(error.message.contains("steps"), "{}", error.message);
    let error = check(&text, &Options::default()).error.unwrap();
    assert!(error.message.contains("steps"), "{}", error.message);
}

#[test]
fn names_that_nobody_declared_are_looked_for_within_bounds() {
    let text = many(|number| format!("ENV ab{number}=$bc{number}"));
    let error = check(&text, &Options::default()).error.unwrap();
    assert!(error.line > 1_000 && error.message.contains("steps"), "{}", error.message);
}

#[test]
fn a_working_directory_grows_as_long_as_a_path_may_be() {
    let text = format!("FROM scratch\nWORKDIR {}\n", "a/".repeat(25_000));
    assert_eq!(built(&text).error.unwrap().line, Some(2));
    let error = check(&many(|number| format!("WORKDIR {number}")), &Options::default()).error;
    assert!(error.unwrap().message.contains("steps"));
}

#[test]
fn editors_are_answered_on_texts_of_any_shape() {
    let catalogue = Catalogue::builtin();
    let images = CatalogueImages { catalogue: &catalogue, day: newest_day() };
    let around = Surroundings { images: &images, context: &Tree::new(), stages: &[] };
    let document = format!("FROM scratch\nCOPY <<A /x\n{}A\n", "abc $x\n".repeat(40_000));
    let nested = many(|_| format!("ENV a={}", "${a:-".repeat(10_000)));
    let words = format!("FROM scratch\nENV{}\n", (0..20_000).map(|n| format!(" \\\n a{n}=$a")).collect::<String>());
    let flags = format!(
        "FROM scratch\nRUN{} x\n",
        (0..12_000).map(|n| format!(" \\\n --mount=\"from=a{n}\"")).collect::<String>()
    );
    let stages: String = (0..10_000).map(|n| format!("FROM scratch AS a{n}\n")).collect();
    for text in [document, nested, words, flags, stages] {
        let at = text.rfind('a').unwrap();
        let _ = (tokens(&text), folds(&text), format(&text), syntax::parse(&text).pieces());
        let _ = (complete(&text, at, &around), hover(&text, at, &around));
        let _ = (occurrences(&text, at), definition(&text, at), rename(&text, at, "a"), rename(&text, at, "b"));
    }
}

#[test]
fn fixes_of_many_warnings_are_made_at_once() {
    let text = many(|_| "MAINTAINER a".into());
    assert!(!fix_all(&text, &Options::default()).contains("MAINTAINER"));
    let skips = format!("# check=skip={}\n{}", "a,".repeat(30_000), many(|_| "# check=skip=b\nMAINTAINER a".into()));
    assert!(check(&skips, &Options::default()).warnings.len() > 5_000);
}

/// A script of one line each that once ran for minutes, or took gigabytes.
const SCRIPTS: [&str; 14] = [
    "a=$(seq 9000); while :; do b=$a; c=$(echo $a); done",
    "f() { f; f; }; f",
    "while :; do echo /../*/../*/../*/../*/../*; done",
    "yes aaaaaaaaaaaaaaaaaaaaaaaa | head -n 40000 > /x; while :; do grep -E '(a{1,100}){1,100}b' /x; done",
    "yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | head -n 20000 > /x; while :; do sed 's/\\(a*\\)*\\1b/x/g' /x; done",
    "while :; do echo a | sed ':a;s/a/aa/;ta'; done",
    "echo a | sed ':a;G;h;ba'",
    "awk 'BEGIN{a=\"x\";for(i=0;i<19;i++)a=a a;while(1)b=a \"x\"}'",
    "bash -c 'shopt -s extglob; a=$(printf %060000d 0); while :; do [[ $a == +(0|00|*0)b ]]; done'",
    "bash -c 'a=$(printf %04000d 0); while :; do b=${a//*0*0*0*0b/x}; done'",
    "seq 20000 > /a; sort /a > /b; while :; do diff /a /b; done",
    "truncate -s 4G /x; tar cf /y /x",
    "mkdir /d; cp -r /usr /d/0; for i in $(seq 30); do cp -r /d /e; mv /e /d/$i; done",
    "while :; do yes | head -n 100000 | sort -R | tail -n 1; done",
];

#[test]
fn scripts_end_with_a_gap_where_they_would_not_end() {
    for script in SCRIPTS {
        let built = built(&format!("FROM debian\nRUN <<EOF\n{script}\nEOF\n"));
        let codes: Vec<&str> = built.diagnostics.iter().map(|one| one.code).collect();
        assert!(codes.iter().any(|code| code.starts_with("too-")), "{script}: {codes:?} {:?}", built.error);
    }
}
