//! What the checks say of small builds. `docs/checks` holds an example of each, tested from outside.

use super::*;
use crate::build::NoImages;
use crate::engine::EngineProfile;
use crate::fs::{Content, Tree};
use crate::text::apply_edits;

fn request(text: &str, files: &[(&str, &str)]) -> Request {
    let engine = EngineProfile::find("docker-28").unwrap();
    let mut context = Tree::new();
    for (path, text) in files {
        context.mkdir_all(crate::fs::path::parent(path), 0o755, 0, 0).unwrap();
        context.write(path, Content::inline(text.as_bytes()), 0o644, 0, 0).unwrap();
    }
    Request::new(text, context, engine)
}

fn advised(text: &str, files: &[(&str, &str)]) -> Advised {
    advise(&request(text, files), &Catalogue::builtin(), &NoImages, &mut Cache::new())
}

fn of<'a>(advised: &'a Advised, code: &str) -> Vec<&'a Advice> {
    advised.findings.iter().filter(|one| one.rule.code == code).collect()
}

fn fixed(text: &str, advice: &Advice) -> String {
    apply_edits(text, &advice.fix.as_ref().expect("a fix").edits).expect("edits that fit")
}

#[test]
fn a_chmod_behind_a_copy_costs_the_file_again_and_moves_into_the_copy() {
    let text = "FROM alpine\nCOPY run.sh /run.sh\nRUN chmod +x /run.sh\nUSER 1\n";
    let found = advised(text, &[("/run.sh", "#!/bin/sh\necho hi\n")]);
    let [advice] = of(&found, "SP001")[..] else { panic!("{found:?}") };
    assert_eq!((advice.line, advice.cost.as_ref().unwrap()), (3, &Size::exact(18)));
    assert!(advice.fix.as_ref().unwrap().safe);
    assert_eq!(fixed(text, advice), "FROM alpine\nCOPY --chmod=755 run.sh /run.sh\nUSER 1\n");
}

#[test]
fn what_is_removed_one_step_later_ships_until_both_are_one() {
    let text = "FROM alpine\nRUN echo 12345 > /big\nRUN rm /big\n";
    let found = advised(text, &[]);
    let [advice] = of(&found, "SP002")[..] else { panic!("{found:?}") };
    assert_eq!(advice.cost.as_ref().unwrap(), &Size::exact(6));
    let text = fixed(text, advice);
    assert!(of(&advised(&text, &[]), "SP002").is_empty(), "{text}");
}

#[test]
fn a_cache_mount_or_a_clean_up_keeps_the_cache_out() {
    for run in [
        "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*",
        "RUN --mount=type=cache,target=/var/lib/apt apt-get update && apt-get install -y curl",
        "RUN --mount=type=cache,dst=/var/lib/apt/lists/ apt-get update",
        "RUN apt-get update && find /var/lib/apt/lists -type f -delete",
    ] {
        assert!(of(&advised(&format!("FROM debian\n{run}\n"), &[]), "SP003").is_empty(), "{run}");
    }
    let text = "FROM debian\nRUN apt-get update && apt-get install -y curl\n";
    let found = advised(text, &[]);
    assert!(fixed(text, of(&found, "SP003")[0]).ends_with("curl && rm -rf /var/lib/apt/lists/*\n"));
}

#[test]
fn only_layers_that_ship_are_looked_at() {
    let text = "FROM debian AS build\nRUN apt-get update\nRUN echo 1 > /a\nRUN rm /a\nFROM scratch\nCOPY --from=build /etc/passwd /\n";
    let found = advised(text, &[]);
    assert!(of(&found, "SP002").is_empty() && of(&found, "SP003").is_empty(), "{found:?}");
}

#[test]
fn a_stage_without_a_name_that_nobody_needs_can_go() {
    let text = "FROM debian\nRUN true\n\nFROM alpine\nCMD [\"true\"]\n";
    let found = advised(text, &[]);
    let [advice] = of(&found, "SP004")[..] else { panic!("{found:?}") };
    assert_eq!(fixed(text, advice), "FROM alpine\nCMD [\"true\"]\n");
    let named = advised("FROM debian AS test\nFROM alpine\n", &[]);
    assert!(!of(&named, "SP004")[0].fix.as_ref().unwrap().safe);
}

/// A stage of tests shares the sources with the target and is built by `--target test`.
#[test]
fn a_stage_that_shares_others_with_the_target_is_not_offered_to_go() {
    let shared = "FROM alpine AS base\nRUN true\nFROM base AS test\nRUN false\nFROM base\nCMD [\"true\"]\n";
    let found = advised(shared, &[]);
    let [advice] = of(&found, "SP004")[..] else { panic!("{found:?}") };
    assert!(advice.id == "advice.SP004.target" && advice.fix.is_none(), "{advice:?}");
}

#[test]
fn an_install_behind_the_whole_context_is_found_by_trying_and_moved_before_it() {
    let lock = "{\"lockfileVersion\": 3, \"packages\": {}}";
    let files = [("/package.json", "{}"), ("/package-lock.json", lock), ("/src/a.js", "1")];
    let text = "FROM node:24\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD [\"node\", \"src/a.js\"]\n";
    let found = advised(text, &files);
    let [advice] = of(&found, "SP005")[..] else { panic!("{found:?}") };
    let text = fixed(text, advice);
    assert!(text.contains("COPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n"), "{text}");
    assert!(of(&advised(&text, &files), "SP005").is_empty());
}

#[test]
fn an_ignored_folder_breaks_no_cache() {
    let files = [("/package.json", "{}"), ("/.dockerignore", "*\n!package.json\n")];
    let found = advised("FROM node:24\nCOPY . .\nRUN npm ci\n", &files);
    assert!(of(&found, "SP005").is_empty(), "{found:?}");
}

#[test]
fn a_secret_argument_is_told_only_where_its_value_stays() {
    let places = |text: &str| {
        let found = advised(text, &[]);
        of(&found, "SP006").iter().map(|one| one.params[1].1.clone()).collect::<Vec<_>>()
    };
    assert_eq!(places("FROM alpine\nARG API_TOKEN\nRUN echo building\n"), ["history"]);
    assert_eq!(places("FROM alpine\nARG API_TOKEN\nRUN echo $API_TOKEN > /t\n"), ["/t"]);
    assert_eq!(places("FROM alpine\nARG API_TOKEN\nENV T=$API_TOKEN\n"), ["config"]);
    assert_eq!(
        places("FROM alpine AS b\nARG API_TOKEN\nRUN echo hi > /x\nFROM scratch\nCOPY --from=b /x /\n"),
        [""; 0]
    );
}

#[test]
fn a_key_stays_in_the_lower_layer() {
    let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n";
    let found = advised("FROM alpine\nCOPY deploy /k\nRUN rm /k\n", &[("/deploy", key)]);
    assert_eq!(of(&found, "SP006")[0].id, "advice.SP006.file-removed");
}

#[test]
fn root_is_told_where_this_file_says_what_runs() {
    let count = |text: &str| of(&advised(text, &[]), "SP007").len();
    assert_eq!(count("FROM alpine\nCMD [\"true\"]\n"), 1);
    assert_eq!(count("FROM alpine\nUSER nobody\nCMD [\"true\"]\n"), 0);
    assert_eq!(count("FROM nginx\nCOPY . /usr/share/nginx/html\n"), 0);
    assert_eq!(count("FROM nobody/knows\nCMD [\"true\"]\n"), 0);
}

#[test]
fn a_glibc_program_on_alpine_is_a_mismatch_with_a_proven_way_out() {
    let main = "package main\nimport \"net/http\"\nfunc main() { http.ListenAndServe(\":80\", nil) }\n";
    let text = "FROM golang AS b\nWORKDIR /s\nCOPY main.go .\nRUN go build -o /server main.go\n\
                FROM alpine\nCOPY --from=b /server /server\nENTRYPOINT [\"/server\"]\n";
    let found = advised(text, &[("/main.go", main)]);
    let [advice] = of(&found, "SP008")[..] else { panic!("{found:?}") };
    let text = fixed(text, advice);
    assert!(of(&advised(&text, &[("/main.go", main)]), "SP008").is_empty(), "{text}");
    // Not what starts, and still told.
    let other = text.replace("CGO_ENABLED=0 ", "").replace("ENTRYPOINT [\"/server\"]", "CMD [\"true\"]");
    assert_eq!(of(&advised(&other, &[("/main.go", main)]), "SP008").len(), 1, "{other}");
}

#[test]
fn a_missing_program_will_not_start() {
    let found = advised("FROM alpine\nUSER 1\nCMD [\"/nowhere\"]\n", &[]);
    assert_eq!(of(&found, "SP009").len(), 1, "{found:?}");
}

#[test]
fn checks_are_skipped_by_code_or_name() {
    for directive in ["# check=skip=SP007", "# check=skip=RootUser,Other", "# check=skip=all"] {
        let found = advised(&format!("{directive}\nFROM alpine\nCMD [\"true\"]\n"), &[]);
        assert!(of(&found, "SP007").is_empty(), "{directive}");
    }
}

#[test]
fn what_is_not_known_is_assumed_and_said() {
    let found = advised("FROM nobody/knows\nCOPY a.txt dir/ /x/\nRUN ls\n", &[]);
    let file = |path: &str| Assumption::File { path: path.into(), line: 2 };
    assert_eq!(found.assumed, [file("a.txt"), file("dir/"), Assumption::Image("nobody/knows:latest".into())]);
    assert!(found.error.is_none(), "{:?}", found.error);
}

#[test]
fn applying_all_safe_fixes_leaves_no_safe_fix() {
    let text =
        "FROM debian\nRUN true\nFROM alpine\nCOPY a b /x/\nRUN chmod 700 /x/a\nRUN chmod 711 /x/b\nCMD [\"ls\"]\n";
    let request = request(text, &[("/a", "1"), ("/b", "22")]);
    let mut cache = Cache::new();
    let fixed = fix_all(&request, &Catalogue::builtin(), &NoImages, &mut cache);
    let again = Request { dockerfile: fixed.clone(), ..request };
    let left = advise(&again, &Catalogue::builtin(), &NoImages, &mut cache);
    assert!(left.findings.iter().all(|one| one.fix.as_ref().is_none_or(|fix| !fix.safe)), "{fixed}\n{left:?}");
    assert!(!fixed.contains("debian"), "{fixed}");
}

#[test]
fn a_health_check_whose_program_is_known_to_be_missing_is_told() {
    let found = |text: &str| advised(text, &[]).findings.iter().filter(|one| one.rule.code == "SP010").count();
    let with = |base: &str, check: &str| format!("FROM {base}\nHEALTHCHECK {check}\nCMD [\"sleep\", \"9\"]\n");
    for check in [
        "CMD curl -f http://localhost/ || exit 1",
        "CMD [\"curl\", \"-f\", \"http://localhost/\"]",
        "CMD /usr/bin/nope",
    ] {
        assert_eq!(found(&with("alpine", check)), 1, "{check}");
    }
    for check in ["CMD wget -q -O - http://localhost/", "CMD test -e /x", "NONE", "CMD \"$PROBE\" x", "CMD A=1 true"] {
        assert_eq!(found(&with("alpine", check)), 0, "{check}");
    }
    assert_eq!(
        found(&with("example.com/unknown:1", "CMD curl -f http://localhost/")),
        0,
        "nothing is known of the image"
    );
    assert_eq!(
        found("FROM alpine\nRUN apk add curl\nHEALTHCHECK CMD curl -f http://localhost/\nCMD [\"sleep\", \"9\"]\n"),
        0
    );
}

#[test]
fn the_package_database_of_an_official_image_tells_whether_it_has_curl() {
    let found = |base: &str| {
        let text = format!("FROM {base}\nHEALTHCHECK CMD curl -f http://localhost/\nCMD [\"sleep\", \"9\"]\n");
        advised(&text, &[]).findings.iter().filter(|one| one.rule.code == "SP010").count()
    };
    assert_eq!((found("node:20-alpine"), found("python:3.12-slim")), (1, 1));
    assert_eq!((found("nginx:alpine"), found("node:20")), (0, 0));
}
