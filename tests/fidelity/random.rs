//! Dockerfiles made up at random, over few paths so that the instructions get in each other's way.
//!
//! What differs is made as small as it can be before it is shown: instructions and commands are left
//! out for as long as engine and simulator still differ.
//! `cargo xtask fidelity --random SEED:COUNT` makes others than the test does.

use crate::case::Case;
use crate::compare::{Local, base, compare};
use crate::engine::{BASE, Engine};
use stageplay_core::engine::Builder;
use stageplay_tests::skipped;

/// What the test makes up: always the same, so that a change is what makes it fail.
const USUAL: &str = "1:12";
const FOLDERS: [&str; 9] = ["/l", "/a", "/b", "/a/x", "/b/y", "/c", "/a/x/z", "/tmp/t", "/usr/local/k"];
const FILES: [&str; 4] = ["f", "g", "h", ".i"];
const OWNERS: [&str; 6] = ["1:2", "5", "0:7", "worker", "worker:crew", ":crew"];
const MODES: [&str; 9] = ["600", "755", "4755", "1777", "u+x", "g-r", "a=rx", "+t", "go=u-w"];

/// Numbers that look random and are the same on every machine (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn of<T: Copy>(&mut self, these: &[T]) -> T {
        these[self.below(these.len())]
    }

    /// True in so many cases of a hundred.
    fn happens(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn folder(&mut self) -> &'static str {
        self.of(&FOLDERS)
    }

    fn file(&mut self) -> String {
        format!("{}/{}", self.folder(), self.of(&FILES))
    }

    fn place(&mut self) -> String {
        if self.happens(50) { self.folder().into() } else { self.file() }
    }
}

/// What a RUN may do; every command may fail, and the RUN goes on.
const COMMANDS: &[fn(&mut Dice) -> String] = &[
    |dice| format!("mkdir -p {}", dice.folder()),
    |dice| format!("mkdir {}", dice.folder()),
    |dice| format!("mkdir -p -m {} {}", dice.of(&MODES[..4]), dice.folder()),
    |dice| format!("echo {} > {}", dice.below(99), dice.file()),
    |dice| format!("echo more >> {}", dice.place()),
    |dice| format!("touch {}", dice.place()),
    |dice| format!("truncate -s {} {}", dice.below(9), dice.file()),
    |dice| format!("rm -rf {}", dice.folder()),
    |dice| format!("rm -f {}", dice.file()),
    |dice| format!("rm -rf {}/*", dice.folder()),
    |dice| format!("rmdir {}", dice.folder()),
    |dice| format!("mv {} {}", dice.folder(), dice.folder()),
    |dice| format!("mv {} {}", dice.file(), dice.place()),
    |dice| format!("mv {}/* {}", dice.folder(), dice.folder()),
    |dice| format!("ln -s {} {}", dice.place(), dice.place()),
    |dice| format!("ln -s ../{} {}", dice.of(&FILES), dice.file()),
    |dice| format!("ln -sfn {} {}", dice.folder(), dice.folder()),
    |dice| format!("ln {} {}", dice.file(), dice.place()),
    |dice| format!("ln -f {} {}", dice.file(), dice.file()),
    |dice| format!("cp -r {} {}", dice.folder(), dice.folder()),
    |dice| format!("cp -a {} {}", dice.folder(), dice.folder()),
    |dice| format!("cp -a {}/. {}", dice.folder(), dice.folder()),
    |dice| format!("cp -l {} {}", dice.file(), dice.file()),
    |dice| format!("cp {} {}", dice.file(), dice.place()),
    |dice| format!("cp -p {} {} {}", dice.file(), dice.file(), dice.folder()),
    |dice| format!("chmod {} {}", dice.of(&MODES), dice.place()),
    |dice| format!("chmod -R {} {}", dice.of(&["700", "go-w", "+X", "a-x"]), dice.folder()),
    |dice| format!("chown {} {}", dice.of(&OWNERS), dice.place()),
    |dice| format!("chown -h {} {}", dice.of(&OWNERS), dice.place()),
    |dice| format!("chown -R {} {}", dice.of(&OWNERS), dice.folder()),
    |dice| format!("chgrp crew {}", dice.place()),
    |dice| format!("tar cf /t.tar {} && tar xf /t.tar -C {}; rm -f /t.tar", &dice.folder()[1..], dice.folder()),
    |dice| format!("tar -c -C {} . | tar -x -C {}", dice.folder(), dice.folder()),
    |dice| format!("gzip {0} && gunzip {0}.gz", dice.file()),
    |dice| format!("sed -i s/1/2/ {}", dice.file()),
    |dice| format!("find {} -type f -name '{}' -exec rm {{}} +", dice.folder(), dice.of(&FILES)),
    |dice| format!("find {} -type d | xargs -r chmod {}", dice.folder(), dice.of(&MODES[..4])),
    |dice| format!("mkfifo {}", dice.file()),
    |dice| format!("mknod {} c 1 3", dice.file()),
    |dice| format!("umask {}; echo u > {}", dice.of(&["077", "002", "0"]), dice.file()),
    |dice| format!("cd {} && echo here > {} && mkdir sub", dice.folder(), dice.of(&FILES)),
    |dice| format!("for f in {}/*; do [ -f $f ] && cp $f $f.bak; done", dice.folder()),
    |dice| format!("cat {} {} | sort -u | tee {}", dice.file(), dice.file(), dice.file()),
    |dice| format!("readlink -f {} >> {}", dice.place(), dice.file()),
    |dice| format!("stat -c '%a %u:%g %F %n' {}", dice.place()),
    |dice| format!("ls -a {}", dice.place()),
    |dice| format!("find {} | sort", dice.folder()),
    |dice| format!("test -e {0} && echo {0}; [ -L {1} ] && readlink {1}", dice.place(), dice.place()),
    |dice| format!("grep -r {} {} | sort", dice.below(9), dice.folder()),
    |dice| format!("wc -c {}", dice.file()),
    |dice| format!("ls -l {} | cut -c1-10", dice.folder()),
    |dice| format!("basename \"$(pwd)\"; cat {} | head -1", dice.file()),
];

/// An instruction; a RUN keeps its commands apart, so that they can be left out one by one.
#[derive(Clone)]
enum Line {
    Other(String),
    Run { mounts: String, commands: Vec<String> },
}

impl Line {
    fn text(&self) -> String {
        match self {
            Line::Other(text) => text.clone(),
            Line::Run { mounts, commands } => format!("RUN {mounts}{}; true", commands.join("; ")),
        }
    }
}

/// A Dockerfile that was made up.
#[derive(Clone)]
struct Made {
    lines: Vec<Line>,
    /// `.dockerignore`.
    ignored: Option<&'static str>,
    /// It asks for what the classic builder does not have.
    buildkit_only: bool,
}

fn commands(dice: &mut Dice) -> Vec<String> {
    (0..1 + dice.below(4)).map(|_| dice.of(COMMANDS)(dice)).collect()
}

fn run(dice: &mut Dice, mounts: &str) -> Line {
    Line::Run { mounts: mounts.into(), commands: commands(dice) }
}

fn mounts(dice: &mut Dice, first: bool) -> String {
    let target = dice.folder();
    let all = [
        format!("--mount=type=cache,target={target} "),
        format!("--mount=type=cache,target={target},uid=5,mode=0700 "),
        format!("--mount=type=tmpfs,target={target} "),
        format!("--mount=type=bind,target={target} "),
        format!("--mount=type=bind,source=dir,target={target},rw "),
        format!("--mount=type=bind,source=a.txt,target={target}/m "),
        format!("--mount=type=bind,from=first,source={},target={target} ", dice.folder()),
    ];
    all[dice.below(if first { 7 } else { 6 })].clone()
}

fn copied_from_context(dice: &mut Dice) -> Line {
    let sources = [
        "a.txt",
        "b.bin",
        "dir",
        "dir/",
        "dir/*",
        "*.txt",
        ".",
        "link",
        "dirlink",
        "a.txt b.bin",
        "dir a.txt",
        "dir/sub",
    ];
    let source = dice.of(&sources);
    let word = if dice.happens(30) { "ADD" } else { "COPY" };
    let source =
        if word == "ADD" && dice.happens(40) { dice.of(&["plain.tar", "packed.tar.gz", "text.gz"]) } else { source };
    let several = source.contains([' ', '*']);
    let end = if several { dice.of(&["/", "/new/"]) } else { dice.of(&["", "/", "/new", "/new/", "/f"]) };
    let owner = if dice.happens(30) { format!("--chown={} ", dice.of(&OWNERS[..5])) } else { String::new() };
    Line::Other(format!("{word} {owner}{source} {}{end}", dice.folder()))
}

fn copied_from_stage(dice: &mut Dice) -> Line {
    let source = match dice.below(4) {
        0 => dice.of(&["/usr/local", "/a/x/.", "/etc", "/a/*", "/bin/busybox"]).to_string(),
        1 => dice.file(),
        _ => dice.folder().into(),
    };
    let end = if source.contains('*') { "/" } else { dice.of(&["", "/", "/n"]) };
    let owner = if dice.happens(25) { format!("--chown={} ", dice.of(&OWNERS[..5])) } else { String::new() };
    Line::Other(format!("COPY --from=first {owner}{source} {}{end}", dice.folder()))
}

fn setting(dice: &mut Dice) -> Line {
    Line::Other(match dice.below(13) {
        0..4 => format!("WORKDIR {}", dice.of(&["/a", "/a/x/z", "sub", "../up", "/c/new", "/l/w", "$X", "/b/y/"])),
        4..6 => format!("USER {}", dice.of(&["0", "worker", "1234:5", "worker:crew"])),
        6 => format!("VOLUME {}", dice.folder()),
        7 => format!("ENV X={} Y=\"$X more\"", dice.of(&FOLDERS)),
        8 => "ARG X=/b\nLABEL x=$X".into(),
        9 => format!("CMD [\"ls\", \"{}\"]", dice.folder()),
        10 => "EXPOSE 80 81/udp\nSTOPSIGNAL 9".into(),
        11 => "HEALTHCHECK --interval=3s CMD true".into(),
        _ => "SHELL [\"/bin/sh\", \"-c\"]\nONBUILD RUN true".into(),
    })
}

fn made_up(dice: &mut Dice) -> Made {
    let mut lines = Vec::new();
    let buildkit_only = dice.happens(25);
    let first = dice.happens(40);
    if first {
        lines.push(Line::Other(format!("FROM {BASE} AS first")));
        lines.push(Line::Other(format!("RUN mkdir -p {} && touch /a/f /b/g", FOLDERS.join(" "))));
        for _ in 0..1 + dice.below(2) {
            lines.push(if dice.happens(70) { run(dice, "") } else { copied_from_context(dice) });
        }
    }
    lines.push(Line::Other(format!("FROM {BASE}")));
    let used: Vec<&str> = (0..2 + dice.below(4)).map(|_| dice.folder()).collect();
    let (one, other) = (used[0], used[used.len() - 1]);
    lines.push(Line::Other(format!(
        "RUN for d in {}; do mkdir -p $d; echo $d > $d/f; echo 2 > $d/.i; done; ln -s f {one}/g; ln {one}/f {other}/h; ln -s {other} /l",
        used.join(" ")
    )));
    for _ in 0..3 + dice.below(5) {
        let line = match dice.below(100) {
            0..25 if first => copied_from_stage(dice),
            0..60 if buildkit_only && dice.happens(50) => {
                let mounts = mounts(dice, first);
                run(dice, &mounts)
            }
            0..65 => run(dice, ""),
            65..84 => copied_from_context(dice),
            _ => setting(dice),
        };
        lines.push(line);
    }
    let ignored = dice
        .happens(15)
        .then(|| dice.of(&["dir/sub\n", "*\n!dir\n!*.txt\n", "**/*.txt\n!dir/b.txt\n", "dir/*\n!dir/sub/c.txt\n"]));
    Made { lines, ignored, buildkit_only }
}

impl Made {
    fn case(&self, name: &str) -> Case {
        let dockerfile = self.lines.iter().map(|line| line.text() + "\n").collect();
        let files = self.ignored.iter().map(|text| (".dockerignore".to_string(), text.to_string())).collect();
        Case { name: name.into(), dockerfile, files, start: true, known: Vec::new() }
    }

    /// What is left when one instruction or one command is left out; FROMs stay.
    fn smaller(&self) -> Vec<Made> {
        let mut all = Vec::new();
        for (at, line) in self.lines.iter().enumerate().rev() {
            if !matches!(line, Line::Other(text) if text.starts_with("FROM")) {
                let mut lines = self.lines.clone();
                lines.remove(at);
                all.push(Made { lines, ..self.clone() });
            }
            if let Line::Run { mounts, commands } = line {
                for out in (0..commands.len()).filter(|_| commands.len() > 1) {
                    let (mut lines, mut commands) = (self.lines.clone(), commands.clone());
                    commands.remove(out);
                    lines[at] = Line::Run { mounts: mounts.clone(), commands };
                    all.push(Made { lines, ..self.clone() });
                }
            }
        }
        all
    }
}

/// The smallest that still differs, and how.
fn smallest(engine: &Engine, base: &Local, made: Made, builder: Builder, difference: String) -> (Case, String) {
    let (mut made, mut difference) = (made, difference);
    'smaller: loop {
        for smaller in made.smaller() {
            if let Some(found) = compare(engine, base, &smaller.case("random"), builder) {
                (made, difference) = (smaller, found);
                continue 'smaller;
            }
        }
        return (made.case("random"), difference);
    }
}

#[test]
fn random_builds_are_as_the_engine_has_them() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let asked = std::env::var("STAGEPLAY_RANDOM").unwrap_or_else(|_| USUAL.into());
    let numbers = asked.split_once(':').and_then(|(seed, count)| Some((seed.parse().ok()?, count.parse().ok()?)));
    let (seed, count): (u64, u64) = numbers.expect("STAGEPLAY_RANDOM is SEED:COUNT");
    let base = base(&engine);
    let mut wrong = Vec::new();
    let mut equal = 0;
    // Each has a seed of its own: the one that fails is made again alone, as `SEED:1`.
    let all: Vec<(u64, Made)> = (seed..seed + count).map(|seed| (seed, made_up(&mut Dice(seed)))).collect();
    for builder in [Builder::Classic, Builder::Buildkit] {
        let made: Vec<&(u64, Made)> =
            all.iter().filter(|(_, made)| builder == Builder::Buildkit || !made.buildkit_only).collect();
        let results = engine.in_lanes(builder, &made, |engine, (_, made)| {
            let difference = compare(engine, &base, &made.case("random"), builder)?;
            Some(smallest(engine, &base, made.clone(), builder, difference))
        });
        for ((seed, _), result) in made.iter().zip(results) {
            let Some((case, difference)) = result else {
                equal += 1;
                continue;
            };
            let files: String = case.files.iter().map(|(name, text)| format!("{name}:\n{text}")).collect();
            let place = format!("{seed}:1 ({})", builder.as_str());
            println!("  DIFFERS  {place}\n{}{files}           {difference}\n", case.dockerfile);
            wrong.push(format!("{place}: {difference}"));
        }
    }
    println!("\n{equal:5} random builds equal\n{:5} differ", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
