//! Starts held against real ones: programs of one system in the root of another, by `chroot`.
//!
//! Each pair of a program and a root is started for real and simulated by `stageplay exec` on the
//! same files; verdict, exit code and error text must be equal. Needs root, `chroot` and overlay
//! mounts; says "skipped" without them.
//!
//! Roots are this machine's own, and those that STAGEPLAY_ROOTS names (folders, joined by colons);
//! STAGEPLAY_STARTS bounds the programs taken of each root (80).

mod libraries;
mod pieces;
mod roots;
mod shell_starts;

use roots::Root;
use serde_json::Value;
use stageplay_tests::{program, skipped, stageplay};
use std::path::Path;

/// Whom programs are started as: somebody who can do no harm.
const NOBODY: &str = "65534:65534";
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const MUSL: &str = "/lib/ld-musl-x86_64.so.1";
const GLIBC: &str = "/lib64/ld-linux-x86-64.so.2";

/// A start to compare.
struct Pair<'a> {
    root: &'a Root,
    program: String,
    env: Vec<String>,
    user: &'a str,
}

/// What came of it.
#[derive(Debug)]
struct Real {
    code: i32,
    stderr: String,
}

impl Pair<'_> {
    fn real(&self) -> Real {
        let mut start = program("timeout");
        start.args(["-s", "KILL", "10", "chroot"]).arg(format!("--userspec={}", self.user)).arg(&self.root.place);
        start.args([&self.program, "--help"]).env_clear().env("PATH", PATH.trim_start_matches("PATH="));
        start.envs(self.env.iter().filter_map(|pair| pair.split_once('=')));
        let output = start.output().expect("timeout and chroot run");
        let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
        let code = output.status.code().unwrap_or_else(|| 128 + signal.unwrap_or(0));
        Real { code, stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
    }

    fn simulated(&self) -> Value {
        let mut start = stageplay();
        start.args(["exec", "--engine", "chroot", "--format", "json", "--user", self.user, "--root"]);
        start.arg(&self.root.place).args(["--env", PATH]);
        for pair in &self.env {
            start.args(["--env", pair]);
        }
        let output = start.args([&self.program, "--help"]).output().expect("stageplay runs");
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}: {}", self.program, String::from_utf8_lossy(&output.stderr)))
    }

    /// Whether it is refused, as really; or the difference, in words.
    fn compare(&self) -> Result<bool, String> {
        let (real, ours) = (self.real(), self.simulated());
        let stderr = ours["stderr"].as_str().unwrap_or("");
        let differs = match ours["verdict"].as_str() {
            Some("fails") => (ours["exit_code"] != real.code || stderr != real.stderr)
                .then(|| format!("exit code {} and {stderr:?}", ours["exit_code"])),
            Some("starts") => {
                (!real.stderr.starts_with(stderr) || real.refused(stderr)).then(|| "it starts".to_string())
            }
            _ => Some(format!("it is not known: {}", ours["explanation"])),
        };
        let env = self.env.join(" ");
        let difference = differs.map(|said| {
            format!("{} in {} {env}\n    we say: {said}\n    really: {real:?}", self.program, self.root.name)
        });
        difference.map_or(Ok(ours["verdict"] == "fails"), Err)
    }
}

impl Real {
    /// Whether kernel or loader refused it, behind the words of a loader that went on.
    fn refused(&self, warnings: &str) -> bool {
        let said = self.stderr.get(warnings.len()..).unwrap_or("");
        let loader =
            ["error while loading shared libraries", "symbol lookup error", "Error loading shared", "Error relocating"];
        said.starts_with("chroot: failed to run") || loader.iter().any(|words| said.lines().next().is_some_and(|line| line.contains(words)))
            || (said.contains("version `") && said.contains("not found (required by"))
            // Killed before anything was printed.
            || [135, 139].contains(&self.code)
    }
}

fn is_root() -> bool {
    program("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

#[test]
fn programs_of_one_system_start_in_another_as_we_say() {
    if !is_root() {
        return skipped("chroot needs root");
    }
    let mut folders: Vec<String> = vec!["/".into()];
    let named = std::env::var("STAGEPLAY_ROOTS").unwrap_or_default();
    folders.extend(named.split(':').filter(|folder| !folder.is_empty()).map(str::to_string));
    let most = std::env::var("STAGEPLAY_STARTS").ok().and_then(|most| most.parse().ok()).unwrap_or(80);
    let roots: Vec<Root> = match folders.iter().map(|folder| Root::over(Path::new(folder))).collect() {
        Ok(roots) => roots,
        Err(why) => return skipped(&why),
    };
    let (mut count, mut fails, mut wrong) = (0, 0, Vec::new());
    let mut try_one = |target: &Root, source: &Root, program: &str, env: &[&str]| {
        let own = std::ptr::eq(source, target);
        let place = if own { program.to_string() } else { target.bring(source, program) };
        let env = env.iter().map(|pair| pair.to_string()).collect();
        let pair = Pair { root: target, program: place.clone(), env, user: NOBODY };
        count += 1;
        match pair.compare() {
            Ok(refused) => fails += usize::from(refused),
            Err(difference) => wrong.push(difference),
        }
        if !own {
            target.remove(&place);
        }
    };
    for target in &roots {
        for source in &roots {
            for (index, program) in source.programs(most).iter().enumerate() {
                // Every other one with all its functions looked up at the start.
                let env: &[&str] = if index % 2 == 0 { &[] } else { &["LD_BIND_NOW=1"] };
                try_one(target, source, program, env);
            }
        }
    }
    // musl's loader under the name of glibc's: programs made for glibc start, or miss symbols.
    // A system with both, such as Debian with musl-tools, has glibc's there already.
    let has = |root: &Root, place: &str| root.place.join(&place[1..]).exists();
    for target in roots.iter().filter(|root| has(root, MUSL) && !has(root, GLIBC)) {
        target.link(MUSL, GLIBC);
        for source in roots.iter().filter(|source| !std::ptr::eq(*source, target)) {
            for program in source.programs(most / 2) {
                try_one(target, source, &program, &[]);
            }
        }
    }
    println!("{count} starts, {fails} of them refused; {} differ", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn roots_with_pieces_missing_fail_as_we_say() {
    if !is_root() {
        return skipped("chroot needs root");
    }
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in match pieces::all() {
        Ok(cases) => cases,
        Err(why) => return skipped(&why),
    } {
        let user = case.user;
        for program in &case.programs {
            let pair = Pair { root: &case.root, program: program.clone(), env: case.env.clone(), user };
            count += 1;
            wrong.extend(pair.compare().err());
        }
    }
    println!("{count} starts in roots made of pieces; {} differ", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ldd_lists_what_the_roots_own_ldd_lists() {
    if !is_root() {
        return skipped("chroot needs root");
    }
    let named = std::env::var("STAGEPLAY_ROOTS").unwrap_or_default();
    let folders = std::iter::once("/").chain(named.split(':').filter(|folder| !folder.is_empty()));
    let mut wrong = Vec::new();
    for folder in folders {
        let root = match Root::over(Path::new(folder)) {
            Ok(root) => root,
            Err(why) => return skipped(&why),
        };
        if !root.place.join("usr/bin/ldd").exists() {
            continue;
        }
        for path in root.programs(40) {
            let real = program("chroot").arg(&root.place).args(["ldd", &path]).env("LC_ALL", "C").output();
            let real = real.expect("chroot runs");
            let ours =
                stageplay().args(["ldd", "--root"]).arg(&root.place).arg(&path).output().expect("stageplay runs");
            let text = |bytes: &[u8]| without_addresses(&String::from_utf8_lossy(bytes));
            let answer =
                |output: &std::process::Output| (text(&output.stdout), text(&output.stderr), output.status.code());
            if answer(&real) != answer(&ours) {
                wrong.push(format!(
                    "{path} in {folder}\n    we say: {:?}\n    really: {:?}",
                    answer(&ours),
                    answer(&real)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lines of `ldd` without the addresses at their ends.
fn without_addresses(text: &str) -> String {
    let lines = text.lines().map(|line| line.split(" (0x").next().unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}
