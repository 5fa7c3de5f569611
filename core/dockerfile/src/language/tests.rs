use super::*;
use crate::path;
use crate::reference::Reference;
use crate::text::apply_edits;

/// Images by repository and tags.
#[derive(Debug)]
struct Images(Vec<(&'static str, Vec<String>)>);

impl BaseImages for Images {
    fn repositories(&self) -> Vec<&str> {
        self.0.iter().map(|(repository, _)| *repository).collect()
    }

    fn tags(&self, repository: &str, typed: &str, most: usize) -> Vec<String> {
        let own = self.0.iter().filter(|(name, _)| *name == repository).flat_map(|(_, tags)| tags);
        own.filter(|tag| tag.starts_with(typed)).take(most).cloned().collect()
    }

    fn find(&self, reference: &Reference) -> ImageLookup {
        match self.0.iter().any(|(name, tags)| *name == reference.repository && tags.contains(&reference.tag)) {
            true => ImageLookup::Found(ImageSummary {
                resolved: format!("{}:3.22.1", reference.repository),
                day: Some("2026-09-24".into()),
                size: "8.42MB".into(),
                basis: "a listing".into(),
            }),
            false => ImageLookup::NotFound(vec!["alpine:latest".into()]),
        }
    }
}

fn images() -> Images {
    let tags = |tags: &[&str]| tags.iter().map(|tag| tag.to_string()).collect();
    Images(vec![("alpine", tags(&["latest", "3.22", "3.21", "edge"])), ("traefik", tags(&["latest"]))])
}

/// Empty files, by their absolute paths.
#[derive(Debug)]
struct Files(&'static [&'static str]);

impl SourceFiles for Files {
    fn list(&self, directory: &str) -> Vec<DirectoryEntry> {
        let below = if directory == "/" { "" } else { directory };
        let inside = |path: &&str| path.strip_prefix(below)?.strip_prefix('/').map(str::to_string);
        let mut entries: Vec<DirectoryEntry> = self
            .0
            .iter()
            .filter_map(inside)
            .map(|rest| match rest.split_once('/') {
                Some((name, _)) => DirectoryEntry { name: name.to_string(), is_dir: true },
                None => DirectoryEntry { name: rest, is_dir: false },
            })
            .collect();
        entries.dedup();
        entries
    }

    fn measure(&self, source: &str) -> Option<SourceSummary> {
        let source = path::join("/", source);
        let files = self.0.iter().filter(|path| path::is_within(path, &source)).count();
        (files > 0).then(|| SourceSummary { files, size: "0B".into() })
    }
}

/// A text with `|` where the cursor is.
fn at(marked: &str) -> (String, usize) {
    let at = marked.find('|').unwrap();
    (marked.replacen('|', "", 1), at)
}

fn with<T>(marked: &str, ask: impl Fn(&str, usize, &Surroundings) -> T) -> T {
    let (text, place) = at(marked);
    let (images, context) = (images(), Files(&["/main.go", "/web/index.html"]));
    let built = Files(&["/src/server"]);
    let stages: [Option<&dyn SourceFiles>; 1] = [Some(&built)];
    ask(&text, place, &Surroundings { images: &images, context: &context, stages: &stages })
}

fn offered(marked: &str) -> Vec<String> {
    with(marked, |text, at, around| complete(text, at, around).into_iter().map(|one| one.insert).collect())
}

#[test]
fn completions_fit_the_place() {
    assert_eq!(offered("FROM a\nENT|"), ["ENTRYPOINT "]);
    assert_eq!(offered("from a\nwo|"), ["workdir "]);
    assert_eq!(offered("FROM a\nCOPY --fr|"), ["--from="]);
    assert_eq!(offered("FROM a AS one\nFROM b AS two\nFROM c\nCOPY --from=t|"), ["two", "traefik"]);
    assert_eq!(offered("FROM a\nCOPY w|"), ["web/"]);
    assert_eq!(offered("FROM a\nCOPY web/|"), ["web/index.html"]);
    assert_eq!(offered("FROM a AS b\nFROM c\nCOPY --from=b /src/|"), ["/src/server"]);
    assert_eq!(offered("ARG VERSION=1\nFROM a:$V|"), ["VERSION"]);
    assert_eq!(offered("FROM a\nENV COLOUR=1\nRUN echo ${C|"), ["COLOUR"]);
    assert_eq!(offered("FROM a\nRUN --mount=type=ca|"), ["cache"]);
    assert!(offered("FROM alp|").contains(&"alpine".to_string()));
    assert!(offered("FROM alpine:3|").iter().all(|name| name.starts_with("alpine:3")));
    assert_eq!(offered("# FRO|"), Vec::<String>::new());
    assert_eq!(offered("FROM a\nRUN x \\\n  --y|"), Vec::<String>::new());
}

#[test]
fn names_are_found_and_renamed() {
    let go = |marked: &str| {
        let (text, place) = at(marked);
        definition(&text, place).map(|span| text[span].to_string())
    };
    assert_eq!(go("FROM a AS one\nFROM on|e\n").as_deref(), Some("one"));
    assert_eq!(go("FROM a\nCOPY --from=al|pine /a /b\n"), None);
    let renamed = |marked: &str, new: &str| {
        let (text, place) = at(marked);
        rename(&text, place, new).map(|edits| apply_edits(&text, &edits).unwrap())
    };
    assert_eq!(
        renamed("FROM a AS o|ne\nFROM one\nCOPY --from=ONE x y\nRUN --mount=from=one,target=/x z\n", "two").unwrap(),
        "FROM a AS two\nFROM two\nCOPY --from=two x y\nRUN --mount=from=two,target=/x z\n"
    );
    assert_eq!(
        renamed("ARG V=1\nFROM a:$V\nARG V\nRUN echo \\\n  ${V:-2} $VV $|V\n", "W").unwrap(),
        "ARG W=1\nFROM a:$W\nARG W\nRUN echo \\\n  ${W:-2} $VV $W\n"
    );
    assert_eq!(renamed("FROM a AS o|ne\nFROM b AS two\n", "two"), Err("name-taken"));
    assert_eq!(renamed("FROM a AS o|ne\n", "Two"), Err("bad-name"));
    assert_eq!(renamed("FR|OM a\n", "x"), Err("nothing-to-rename"));
}

#[test]
fn hovers_say_what_is_known() {
    let code =
        |marked: &str| with(marked, |text, at, around| hover(text, at, around).map(|one| (one.code, one.params)));
    assert_eq!(code("FR|OM a").unwrap().0, "instruction.from");
    let (id, params) = code("FROM a\nARG V=1\nENV P=/x/$V\nWORKDIR $|P\n").unwrap();
    assert_eq!((id.as_str(), params[1].1.as_str()), ("hover.variable", "/x/1"));
    assert_eq!(code("FROM a\nWORKDIR $|P\n").unwrap().0, "hover.unset");
    assert_eq!(code("FROM alp|ine\n").unwrap().0, "hover.image-on");
    assert_eq!(code("FROM alpi|n\n").unwrap().0, "hover.unknown-image");
}

#[test]
fn stages_and_long_instructions_fold() {
    let text = "FROM a\nRUN x \\\n  y\nFROM b\n";
    let folded: Vec<&str> = folds(text).into_iter().map(|fold| &text[fold.span]).collect();
    assert_eq!(folded, ["\nRUN x \\\n  y", "\n  y"]);
}

#[test]
fn tokens_come_in_order() {
    let text = "# syntax=x\nFROM --platform=$BUILDPLATFORM alpine AS one\n# c\nRUN echo $A\n";
    let shown: Vec<(&str, TokenKind)> = tokens(text).into_iter().map(|one| (&text[one.span], one.kind)).collect();
    assert_eq!(
        shown,
        [
            ("# syntax=x", TokenKind::Directive),
            ("FROM", TokenKind::Keyword),
            ("--platform", TokenKind::Flag),
            ("$BUILDPLATFORM", TokenKind::Variable),
            ("alpine", TokenKind::Image),
            ("AS", TokenKind::Keyword),
            ("one", TokenKind::Stage),
            ("# c", TokenKind::Comment),
            ("RUN", TokenKind::Keyword),
            ("$A", TokenKind::Variable),
        ]
    );
}

#[test]
fn any_place_of_any_text_is_answered() {
    for text in ["FROM é$\nCOPY --from=\\\n", "RUN <<E\n$A", "ONBUILD", "\u{feff}FROM a AS", "ARG $\nENV =$", "--"] {
        for place in 0..=text.len() + 2 {
            let marked = Surroundings { images: &images(), context: &Files(&[]), stages: &[] };
            let _ = (complete(text, place, &marked), hover(text, place, &marked), occurrences(text, place));
        }
        let _ = (tokens(text), folds(text));
    }
}

#[test]
fn a_copy_tells_what_it_weighs() {
    let said = |marked: &str| {
        let hover = with(marked, hover).unwrap();
        (hover.code, hover.params)
    };
    let (code, params) = said("FROM a\nCOPY ma|in.go /x/\n");
    assert_eq!((code.as_str(), params[1].1.as_str(), params[2].1.as_str()), ("hover.copy", "1", "0B"));
    assert_eq!(said("FROM a AS b\nFROM c\nCOPY --from=b /s|rc /x/\n").1[1].1, "1");
    assert_eq!(said("FROM a\nCOPY no|pe /x/\n").0, "hover.copy-missing");
}
