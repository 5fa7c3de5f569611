use super::*;

fn one(text: &str) -> Kind {
    parse(&format!("FROM a\n{text}")).unwrap().instructions.remove(1).kind
}

fn refused(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn continued_lines_become_one_and_comments_between_them_vanish() {
    let file = parse("# a comment\nFROM alpine AS one\n\nRUN echo a \\\n  # inside\n  && echo b\n").unwrap();
    assert_eq!(file.instructions[1].line, 4);
    assert_eq!(file.instructions[1].original, "RUN echo a   && echo b");
    let Kind::From { image, name, .. } = &file.instructions[0].kind else { panic!() };
    assert_eq!((image.as_str(), name.as_deref()), ("alpine", Some("one")));
}

#[test]
fn the_escape_directive_changes_the_continuation() {
    let file = parse("# escape=`\nFROM a\nRUN x `\n y\n").unwrap();
    assert_eq!(file.instructions[1].original, "RUN x  y");
}

#[test]
fn json_is_exec_form_and_anything_else_shell_form() {
    assert_eq!(one("CMD [\"a\", \"b\"]"), Kind::Cmd(Command::Exec(vec!["a".into(), "b".into()])));
    assert_eq!(one("CMD ['a']"), Kind::Cmd(Command::Shell("['a']".into())));
    assert_eq!(one("ENTRYPOINT echo hi"), Kind::Entrypoint(Command::Shell("echo hi".into())));
}

#[test]
fn name_value_pairs_come_in_both_forms() {
    let pair = |k: &str, v: &str| (k.to_string(), v.to_string());
    assert_eq!(
        one("ENV a=1 b=\"x y\" c=d\\ e"),
        Kind::Env(vec![pair("a", "1"), pair("b", "\"x y\""), pair("c", "d\\ e")])
    );
    assert_eq!(one("ENV a b c"), Kind::Env(vec![pair("a", "b c")]));
}

#[test]
fn copy_takes_flags_and_heredocs() {
    let Kind::Copy { sources, destination, .. } = one("COPY --from=x --chown=1:2 a b /c/") else { panic!() };
    assert_eq!((sources.len(), destination.as_str()), (2, "/c/"));
    let file = parse("FROM a\nCOPY <<E /x\nhello\nE\nRUN true\n").unwrap();
    assert_eq!(file.instructions[1].heredocs[0].content, "hello\n");
    assert_eq!(file.instructions[2].line, 5);
}

#[test]
fn refusals_use_buildkits_words() {
    assert_eq!(refused(""), "file with no instructions");
    assert_eq!(refused("RUN x"), "no build stage in current context");
    assert_eq!(refused("FROM"), "dockerfile parse error on line 1: FROM requires either one or three arguments");
    assert_eq!(refused("FROM a\nWORKDIR"), "dockerfile parse error on line 2: WORKDIR requires exactly one argument");
    assert_eq!(
        refused("FROM a\nCOPY x"),
        "dockerfile parse error on line 2: COPY requires at least two arguments, but only one was provided. Destination could not be determined"
    );
    assert_eq!(
        refused("FROM a\nCOPY --fron=x a b"),
        "dockerfile parse error on line 2: unknown flag: --fron (did you mean from?)"
    );
    assert_eq!(
        refused("FROM a AS 1x"),
        "dockerfile parse error on line 1: invalid name for build stage: \"1x\", name can't start with a number or contain symbols"
    );
}

#[test]
fn any_bytes_are_answered() {
    for text in [
        "\u{feff}FROM a\r\nRUN x \\\r\n y\r\n",
        "FROM \\",
        "\\",
        "FROM a\nRUN <<",
        "FROM a\nENV =",
        "FROM a\nENV a='",
        "ONBUILD",
        "FROM a\nONBUILD ONBUILD RUN x",
    ] {
        let _ = parse(text);
    }
}
