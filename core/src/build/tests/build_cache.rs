//! Which steps run again after an edit, and the reason that is given.

use crate::base_images::{Catalogue, newest_day};
use crate::build::{Cache, NoImages, Request, build};
use crate::engine::{Builder, EngineProfile};
use crate::fs::{Content, Tree};

const TEXT: &str = "FROM alpine:3.22\nARG X=1\nCOPY src /src\nRUN echo $X\nLABEL a=b\nCOPY last /last\nRUN echo end\n";

/// A Dockerfile, files that are other than usual, and what ARG X is if it is given.
type Asked<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

/// Builds one after the other; of the last: each step's line and why it runs anew, if it does.
fn reruns(builder: Builder, builds: &[Asked<'_>]) -> Vec<(usize, String)> {
    let mut cache = Cache::new();
    let mut last = Vec::new();
    for (text, files, arg) in builds {
        let mut context = Tree::new();
        for (path, content) in [("/src/a", "a"), ("/src/b", "b"), ("/last", "l")].iter().chain(*files) {
            context.mkdir_all(crate::fs::path::parent(path), 0o755, 0, 0).unwrap();
            context.write(path, Content::inline(content.as_bytes()), 0o644, 0, 0).unwrap();
        }
        let mut request = Request::new(*text, context, EngineProfile::find("docker-20.10").unwrap());
        request.builder = builder;
        request.as_of = Some(newest_day());
        request.build_args.extend((!arg.is_empty()).then(|| ("X".to_string(), (*arg).to_string())));
        let built = build(&request, &Catalogue::builtin(), &NoImages, &mut cache);
        assert!(built.error.is_none(), "{:?}", built.error);
        let why = |step: &crate::build::Step| {
            let rerun = step.rerun.as_ref()?;
            Some((step.line, format!("{} {}", rerun.why, rerun.what).trim_end().to_string()))
        };
        last = built.steps.iter().filter_map(why).collect();
    }
    last
}

fn said(builder: Builder, second: Asked<'_>) -> Vec<(usize, String)> {
    reruns(builder, &[(TEXT, &[], ""), second])
}

#[test]
fn nothing_runs_anew_where_nothing_changed() {
    for builder in [Builder::Classic, Builder::Buildkit] {
        assert_eq!(said(builder, (TEXT, &[], "")), []);
    }
}

#[test]
fn the_first_step_says_why_and_the_others_follow_it() {
    let files = [("/src/b", "new"), ("/src/c", "c")];
    let [first, rest @ ..] = &said(Builder::Buildkit, (TEXT, &files, ""))[..] else { panic!() };
    assert_eq!(first, &(3, "rerun.files src/b, src/c".to_string()));
    assert_eq!(
        rest.iter().map(|(line, why)| (*line, why.as_str())).collect::<Vec<_>>(),
        [(4, "rerun.parent"), (6, "rerun.parent"), (7, "rerun.parent")]
    );
    let [first, ..] = &said(Builder::Buildkit, (TEXT, &[], "2"))[..] else { panic!() };
    assert_eq!(first, &(4, "rerun.arguments |1 X=2".to_string()));
}

#[test]
fn builders_differ_in_what_a_label_costs() {
    let text = TEXT.replace("a=b", "a=c");
    assert_eq!(said(Builder::Buildkit, (&text, &[], "")), []);
    let classic = said(Builder::Classic, (&text, &[], ""));
    assert_eq!(classic[0], (5, "rerun.instruction".to_string()));
    assert_eq!(classic.len(), 3);
}

#[test]
fn a_step_put_between_is_new_and_the_others_follow_it() {
    let text = TEXT.replace("LABEL", "RUN echo between\nLABEL");
    let all = said(Builder::Buildkit, (&text, &[], ""));
    assert_eq!(all[0], (5, "rerun.new".to_string()));
    assert_eq!(all[1..], [(7, "rerun.parent".to_string()), (8, "rerun.parent".to_string())]);
    // Taken out again, all is as it was.
    assert_eq!(reruns(Builder::Buildkit, &[(TEXT, &[], ""), (&text, &[], ""), (TEXT, &[], "")]), []);
}
