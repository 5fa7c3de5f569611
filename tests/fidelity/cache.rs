//! What is taken from the build cache after an edit, held against the engine's.
//!
//! Each case is built anew, and then again after each of its edits; compared is which steps the
//! builder took from its cache, and how it shows them.

use crate::compare::{Local, base, request};
use crate::engine::{self, Engine};
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{self, Cache};
use stageplay_core::engine::Builder;
use stageplay_tests::{skipped, write};
use std::path::Path;

/// A Dockerfile and what is done to it, one after the other: `OLD => NEW` in its text,
/// `arg NAME=VALUE` for that build, `file NAME=TEXT`, `mode NAME=OCTAL`, `touch NAME`, `nothing`.
struct Case {
    dockerfile: &'static str,
    edits: &'static [&'static str],
}

const CASES: [Case; 7] = [
    Case {
        dockerfile: "FROM stageplay-base\nARG X=1\nCOPY a.txt /a\nRUN echo $X > /x\nENV E=1\nCOPY b.txt /b\nRUN echo done\n",
        edits: &["nothing", "arg X=2", "ARG X=1 => ARG X=7", "file b.txt=other", "touch a.txt", "mode a.txt=600"],
    },
    Case {
        dockerfile: "FROM stageplay-base\nLABEL a=b\nRUN echo one\nEXPOSE 80\nENV Q=1\nUSER 5\nRUN echo two\nWORKDIR /w\nCOPY a.txt .\nCMD [\"a\"]\n",
        edits: &[
            "LABEL a=b => LABEL a=c",
            "EXPOSE 80 => EXPOSE 81",
            "CMD [\"a\"] => CMD [\"b\"]",
            "USER 5 => USER 6",
            "ENV Q=1 => ENV Q=2",
        ],
    },
    Case {
        dockerfile: "ARG G=glob\nFROM stageplay-base\nARG X=1\nARG G\nARG N\nRUN echo \"$X\" $G '$X' \\$X ${UNSET}\nCOPY a.txt /a$X\nRUN [\"echo\", \"$G\"]\n",
        edits: &["nothing", "ARG G=glob => ARG G=globb", "ARG N => ARG N=n", "arg X=3", "arg N=n"],
    },
    Case {
        dockerfile: "FROM stageplay-base AS s\nCOPY a.txt b.txt /in/\nRUN cat /in/* | wc -l > /lines; cp /in/a.txt /out\nFROM stageplay-base\nRUN echo before\nCOPY --from=s /out /out\nRUN echo after\n",
        edits: &["file b.txt=more", "file a.txt=changed", "RUN echo before => RUN echo else"],
    },
    Case {
        dockerfile: "FROM stageplay-base AS s\nENV A=env\nARG A=arg B=b\nRUN echo $A $B\nFROM s\nRUN echo $A $B\nENV B=env\nARG B\nRUN echo $A $B\n",
        edits: &["arg B=c", "ENV A=env => ENV A=envv"],
    },
    Case {
        dockerfile: "FROM stageplay-base\nCOPY --chown=1:2 dir /dir\nCOPY dir/. /other/\nWORKDIR /w\nADD a.txt b.txt ./\nRUN true\n",
        edits: &["file dir/new=x", "--chown=1:2 => --chown=1:3", "WORKDIR /w => WORKDIR /ww", "touch dir/one"],
    },
    Case {
        dockerfile: "FROM stageplay-base\nSHELL [\"/bin/sh\", \"-ec\"]\nRUN echo shell\nHEALTHCHECK CMD true\nVOLUME /v\nSTOPSIGNAL 9\nRUN echo end\n",
        edits: &[
            "\"-ec\" => \"-c\"",
            "STOPSIGNAL 9 => STOPSIGNAL 2",
            "HEALTHCHECK CMD true => HEALTHCHECK NONE",
            "VOLUME /v => VOLUME /vv",
        ],
    },
];

/// A step and whether it came from the cache.
type Shown = (String, bool);

/// What a builder's plain output says.
fn told(log: &str, builder: Builder) -> Vec<Shown> {
    let mut steps: Vec<Shown> = Vec::new();
    if builder == Builder::Classic {
        for line in log.lines() {
            if let Some((_, text)) = line.strip_prefix("Step ").and_then(|rest| rest.split_once(" : ")) {
                steps.push((text.trim_end().to_string(), false));
            } else if line.trim_end() == " ---> Using cache"
                && let Some(last) = steps.last_mut()
            {
                last.1 = true;
            }
        }
        return steps
            .into_iter()
            .filter(|(text, _)| !text.starts_with("FROM ") && !text.starts_with("ARG G="))
            .collect();
    }
    // "#6 [2/5] COPY a.txt /a", later "#6 CACHED".
    let mut numbers: Vec<(&str, Shown)> = Vec::new();
    for line in log.lines() {
        let Some((number, rest)) = line.strip_prefix('#').and_then(|rest| rest.split_once(' ')) else { continue };
        let place = rest.strip_prefix('[').and_then(|rest| rest.split_once("] "));
        match place.filter(|(place, _)| place.contains('/')) {
            Some((place, text)) if !numbers.iter().any(|(known, _)| *known == number) => {
                numbers.push((number, (format!("[{place}] {}", text.trim_end()), false)));
            }
            _ if rest.trim_end() == "CACHED" => {
                numbers.iter_mut().filter(|(known, _)| *known == number).for_each(|(_, shown)| shown.1 = true);
            }
            _ => {}
        }
    }
    let mut steps: Vec<Shown> = numbers.into_iter().map(|(_, shown)| shown).collect();
    steps.retain(|(text, _)| !text.contains("] FROM "));
    // Stages are built side by side.
    steps.sort();
    steps
}

/// Carries an edit out; the build arguments of the next build.
fn edit(edit: &str, directory: &Path, dockerfile: &mut String) -> Vec<(String, String)> {
    use std::os::unix::fs::PermissionsExt;
    let pair = |text: &str| {
        let (name, value) = text.split_once('=').expect("NAME=VALUE");
        (name.to_string(), value.to_string())
    };
    if let Some(arg) = edit.strip_prefix("arg ") {
        return vec![pair(arg)];
    }
    if let Some((old, new)) = edit.split_once(" => ") {
        assert!(dockerfile.contains(old), "{old}");
        *dockerfile = dockerfile.replacen(old, new, 1);
        write(directory, &[("Dockerfile", dockerfile)]);
    } else if let Some(file) = edit.strip_prefix("file ") {
        let (name, text) = pair(file);
        write(directory, &[(&name, &text)]);
    } else if let Some(mode) = edit.strip_prefix("mode ") {
        let (name, mode) = pair(mode);
        let mode = u32::from_str_radix(&mode, 8).expect("an octal mode");
        std::fs::set_permissions(directory.join(name), std::fs::Permissions::from_mode(mode)).expect("a file");
    } else if let Some(name) = edit.strip_prefix("touch ") {
        let file = std::fs::File::options().write(true).open(directory.join(name)).expect("a file");
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).expect("a time");
    } else {
        assert_eq!(edit, "nothing");
    }
    Vec::new()
}

/// The differences in one case.
fn differences(engine: &Engine, base: &Local, case: &Case, builder: Builder) -> Vec<String> {
    let directory = engine.folder("fidelity-cache");
    write(&directory, &[("a.txt", "a\n"), ("b.txt", "b\n"), ("dir/one", "1"), ("dir/two", "2")]);
    let mut dockerfile = case.dockerfile.to_string();
    write(&directory, &[("Dockerfile", &dockerfile)]);
    let mut cache = Cache::new();
    let mut wrong = Vec::new();
    for (index, change) in std::iter::once("nothing").chain(case.edits.iter().copied()).enumerate() {
        let args = edit(change, &directory, &mut dockerfile);
        let mut options: Vec<String> = args.iter().map(|(name, value)| format!("--build-arg={name}={value}")).collect();
        // What earlier runs left must not answer.
        options.extend((index == 0).then(|| "--no-cache".to_string()));
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let (code, log) = engine.rebuild(&directory, builder, &options);
        assert_eq!(code, 0, "{log}");
        let mut request = request(engine, &dockerfile, engine::read_context(&directory), builder);
        request.build_args = args.into_iter().collect();
        let built = build::build(&request, &Catalogue::builtin(), base, &mut cache);
        let (terminal, _) = build::progress(&request, &built);
        let (real, ours) = (told(&log, builder), told(&terminal, builder));
        if real != ours && index > 0 {
            wrong.push(format!(
                "{builder:?} after {change:?} of {:?}\n  real {real:?}\n  ours {ours:?}",
                case.dockerfile
            ));
        }
    }
    wrong
}

#[test]
fn an_edit_reruns_what_it_reruns_in_the_engine() {
    let Some(engine) = Engine::find() else {
        return skipped("no Docker engine");
    };
    let base = base(&engine);
    let mut wrong = Vec::new();
    let mut builds = 0;
    for case in &CASES {
        for builder in [Builder::Classic, Builder::Buildkit] {
            wrong.extend(differences(&engine, &base, case, builder));
            builds += case.edits.len();
        }
    }
    println!("  {builds} builds after an edit: {} differ in what came from the cache", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
