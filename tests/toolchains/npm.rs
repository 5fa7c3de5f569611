//! npm held against the real one: what installations weigh, and what is refused.
//!
//! The real one chooses among the versions there were when the table was made, so that a newer release changes
//! nothing. Needs npm and its registry; says "skipped" without one of them.

use super::{in_app, weight};
use stageplay_core::shell::Stream;
use stageplay_tests::{bytes, folder, program, skipped, write};
use std::path::Path;
use std::process::Output;

/// When the table was made.
const BEFORE: &str = "--before=2026-11-26T13:00:00Z";

/// How far a modelled size may be from the real one, in percent.
const BOUND: f64 = 5.0;

fn real(place: &Path, command: &str) -> Output {
    let mut run = program("sh");
    run.args(["-c", command]).current_dir(place).env("NPM_CONFIG_CACHE", place.join("../cache")).env_remove("NODE_ENV");
    run.env("NPM_CONFIG_AUDIT", "false").env("NPM_CONFIG_FUND", "false").env("NPM_CONFIG_UPDATE_NOTIFIER", "false");
    run.output().expect("a shell")
}

#[test]
fn installations_weigh_what_npm_makes_them_weigh() {
    let work = folder("npm-real");
    let mut wrong = Vec::new();
    let cases = [
        ("older", "{\"dependencies\":{\"express\":\"^4.18.0\",\"mongoose\":\"6\",\"cors\":\"2\",\"dotenv\":\"*\"}}"),
        (
            "react",
            "{\"dependencies\":{\"react\":\"^19\",\"react-dom\":\"^19\"},\"devDependencies\":{\"vite\":\"*\",\"typescript\":\"*\",\"@vitejs/plugin-react\":\"*\"}}",
        ),
        ("jest", "{\"devDependencies\":{\"jest\":\"*\",\"eslint\":\"*\",\"prettier\":\"*\"}}"),
    ];
    for (name, manifest) in cases {
        let place = work.join(name);
        write(&place, &[("package.json", manifest)]);
        let _ = std::fs::remove_dir_all(work.join("cache"));
        let output = real(&place, &format!("npm install --ignore-scripts {BEFORE}"));
        if !output.status.success() {
            return skipped(&format!(
                "npm: {}",
                String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or("not there")
            ));
        }
        let files = [("package.json", manifest)];
        let (status, shell) = in_app("node:24", &files, "npm install --ignore-scripts");
        assert_eq!(status, 0, "{name}: {}", shell.printed(Stream::Stderr));
        assert!(shell.gaps.is_empty(), "{name}: {:?}", shell.gaps);
        let mut compare = |what: &str, ours: u64, real: u64| {
            let off = (ours as f64 - real as f64) * 100.0 / real.max(1) as f64;
            println!("  {off:6.1} % off ({ours} for {real} bytes): {what} of {name}");
            // What is nothing but a note is compared by nobody.
            if real > 1_000 && off.abs() > BOUND {
                wrong.push(format!("{what} of {name}: {ours} bytes, really {real}"));
            }
        };
        let modules = place.join("node_modules");
        compare("npm install", weight(&shell, "/app/node_modules"), bytes(&modules));
        // With the real lock file the very same is installed, and without what is for development less.
        let lock = std::fs::read_to_string(place.join("package-lock.json")).expect("a lock file");
        let files = [("package.json", manifest), ("package-lock.json", lock.as_str())];
        for command in ["npm ci --ignore-scripts", "npm ci --ignore-scripts --omit=dev"] {
            let cache = work.join("cache");
            let _ = std::fs::remove_dir_all(&cache);
            let output = real(&place, command);
            if !output.status.success() {
                return skipped(&format!("npm ci: {}", String::from_utf8_lossy(&output.stderr)));
            }
            let (status, shell) = in_app("node:24", &files, command);
            assert_eq!(status, 0, "{name}: {}", shell.printed(Stream::Stderr));
            compare(command, weight(&shell, "/app/node_modules"), bytes(&modules));
            // Asked for versions of a day npm fetches more of what the registry tells, so it is here that its cache
            // can be compared.
            compare("the cache", weight(&shell, "/root/.npm/_cacache"), bytes(&cache.join("_cacache")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What files weigh, each once though it has several names.
fn linked_bytes(places: &[&Path]) -> u64 {
    use std::os::unix::fs::MetadataExt;
    fn below(place: &Path, seen: &mut std::collections::BTreeMap<u64, u64>) {
        for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(about) if about.is_dir() => below(&entry.path(), seen),
                Ok(about) if about.is_file() => drop(seen.insert(about.ino(), about.len())),
                _ => {}
            }
        }
    }
    let mut seen = std::collections::BTreeMap::new();
    places.iter().for_each(|place| below(place, &mut seen));
    seen.values().sum()
}

#[test]
fn yarn_and_pnpm_bring_what_their_lock_files_pin() {
    let work = folder("yarn-real");
    let tools = "npm install --no-save --ignore-scripts yarn@1.22.22 pnpm@9.15.9";
    write(&work, &[("tools/package.json", "{}")]);
    if !real(&work.join("tools"), tools).status.success() {
        return skipped("no npm, or no registry with yarn and pnpm");
    }
    let home = work.join("home");
    let bin = work.join("tools/node_modules/.bin");
    let run = |place: &Path, command: &str| {
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        let mut run = program("sh");
        run.args(["-c", command]).current_dir(place).env("PATH", path).env("HOME", &home).env_remove("CI");
        run.env("YARN_CACHE_FOLDER", home.join("yarn")).env("PNPM_HOME", home.join("pnpm")).output().expect("a shell")
    };
    let mut wrong = Vec::new();
    // yarn would fetch the builds for all systems that there are of vite.
    for (tool, lock, flag, needs) in
        [("yarn", "yarn.lock", "--production", "eslint"), ("pnpm", "pnpm-lock.yaml", "--prod", "vite")]
    {
        let manifest = &format!(
            r#"{{"license":"MIT","dependencies":{{"express":"^4.18.0","lodash":"4"}},"devDependencies":{{"{needs}":"*","typescript":"5"}}}}"#
        );
        let place = work.join(tool);
        write(&place, &[("package.json", manifest)]);
        let locks =
            real(&place, &format!("npm install --package-lock-only --lockfile-version=2 {BEFORE}")).status.success();
        if !locks || !run(&place, &format!("{tool} import")).status.success() {
            return skipped(&format!("{tool}: no lock file could be made"));
        }
        let _ = std::fs::remove_file(place.join("package-lock.json"));
        let text = std::fs::read_to_string(place.join(lock)).expect("a lock file");
        for command in [
            format!("{tool} install --frozen-lockfile --ignore-scripts"),
            format!("{tool} install --frozen-lockfile --ignore-scripts {flag}"),
        ] {
            let _ = std::fs::remove_dir_all(&home);
            let _ = std::fs::remove_dir_all(place.join("node_modules"));
            let output = run(&place, &command);
            if !output.status.success() {
                return skipped(&format!("{command}: {}", String::from_utf8_lossy(&output.stderr)));
            }
            let (status, shell) = in_app("node:22", &[("package.json", manifest), (lock, &text)], &command);
            assert_eq!(status, 0, "{command}: {}", shell.printed(Stream::Stderr));
            // pnpm is nothing that the image has.
            assert!(shell.gaps.iter().all(|gap| gap.code == "unlisted-program"), "{command}: {:?}", shell.gaps);
            let kept = if tool == "yarn" { home.join("yarn") } else { home.join("pnpm") };
            let (ours, really) = match tool {
                "yarn" => (
                    [weight(&shell, "/app/node_modules"), weight(&shell, "/usr/local/share/.cache/yarn")],
                    [bytes(&place.join("node_modules")), bytes(&kept)],
                ),
                // The files in its store are those in node_modules.
                _ => (
                    [weight(&shell, "/app/node_modules") + weight(&shell, "/root/.local/share/pnpm"), 0],
                    [linked_bytes(&[&place.join("node_modules"), &kept]), 0],
                ),
            };
            for (ours, real) in ours.into_iter().zip(really).filter(|(_, real)| *real > 0) {
                let off = (ours as f64 - real as f64) * 100.0 / real as f64;
                println!("  {off:6.1} % off ({ours} for {real} bytes): {command}");
                if off.abs() > BOUND {
                    wrong.push(format!("{command}: {ours} bytes, really {real}"));
                }
            }
        }
        // Scripts run as each tool runs them.
        let scripts = r#"{"name":"x","version":"1.0.0","license":"MIT","scripts":{"prebuild":"echo before","build":"echo made","fail":"exit 3"}}"#;
        write(
            &work,
            &[(&format!("{tool}-scripts/package.json"), scripts), (&format!("{tool}-scripts/node_modules/x"), "")],
        );
        let scripted = work.join(format!("{tool}-scripts"));
        for command in ["run build", "run build extra 'a b'", "build", "run fail", "run nothing", "test"] {
            let command = format!("{tool} {command}");
            let real = run(&scripted, &command);
            let (status, shell) = in_app("node:22", &[("package.json", scripts)], &command);
            // How long it took, and what is above the folder, is another matter.
            let lines = |text: &str| {
                let of_itself = |line: &&str| !line.starts_with("Done in") && !line.contains("../package.json");
                text.lines()
                    .filter(of_itself)
                    .map(|line| line.replace(&*scripted.to_string_lossy(), "/app"))
                    .collect::<Vec<_>>()
            };
            let ours = [shell.printed(Stream::Stdout), shell.printed(Stream::Stderr)];
            let told = [real.stdout, real.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
            assert_eq!(
                (Some(status), ours.map(|text| lines(&text))),
                (real.status.code(), told.map(|text| lines(&text))),
                "{command}"
            );
        }
        // What the file does not have is refused in the same words.
        let asks = manifest.replace(r#""lodash""#, r#""cors":"2","lodash""#);
        write(&place, &[("package.json", &asks)]);
        let command = format!("{tool} install --frozen-lockfile");
        let real = run(&place, &command);
        let (status, shell) = in_app("node:24", &[("package.json", &asks), (lock, &text)], &command);
        assert_eq!((status, real.status.code()), (1, Some(1)), "{command}");
        let ours = shell.printed(Stream::Stdout) + &shell.printed(Stream::Stderr);
        let told = String::from_utf8_lossy(&real.stdout).into_owned() + &String::from_utf8_lossy(&real.stderr);
        let line = told.lines().find(|line| line.contains("frozen-lockfile")).expect("its words");
        // pnpm says where package.json is.
        let line = line.replace("<ROOT>/", "");
        assert!(ours.contains(&line), "{ours}\nreally: {line}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn scripts_run_and_are_refused_as_npm_does_it() {
    // Not below this project: npm looks for a package.json above.
    let place = std::env::temp_dir().join(format!("stageplay-npm-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place).expect("a folder");
    if !real(&place, "npm --version").status.success() {
        return skipped("no npm");
    }
    let scripts = "{\"name\":\"x\",\"version\":\"1.0.0\",\"scripts\":{\"prebuild\":\"echo before\",\"build\":\"mkdir -p dist && echo made > dist/a\",\"postbuild\":\"cat dist/a\",\"fail\":\"exit 3\",\"args\":\"echo $npm_lifecycle_event\"}}";
    let asks = "{\"name\":\"x\",\"version\":\"1.0.0\",\"dependencies\":{\"once\":\"1\"}}";
    let lock = "{\"name\":\"x\",\"version\":\"1.0.0\",\"lockfileVersion\":3,\"requires\":true,\"packages\":{\"\":{\"name\":\"x\",\"version\":\"1.0.0\"}}}";
    let cases: [(&[(&str, &str)], &str); 11] = [
        (&[("package.json", scripts)], "npm run build"),
        (&[("package.json", scripts)], "npm run -s build && ls dist"),
        (&[("package.json", scripts)], "npm run fail"),
        (&[("package.json", scripts)], "npm run nothing"),
        (&[("package.json", scripts)], "npm test"),
        (&[("package.json", scripts)], "npm run args"),
        (&[("package.json", asks)], "npm ci"),
        (&[], "npm ci"),
        (&[], "npm install"),
        (&[], "npm run build"),
        (&[("package.json", asks), ("package-lock.json", lock)], "npm ci"),
    ];
    let mut wrong = Vec::new();
    for (index, (files, command)) in cases.into_iter().enumerate() {
        let place = place.join(format!("{index}/app"));
        std::fs::create_dir_all(&place).expect("a folder");
        write(&place, files);
        let output = real(&place, command);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&place.display().to_string(), "/app");
        let (status, shell) = in_app("node:24", files, command);
        if Some(status) != output.status.code() {
            wrong.push(format!(
                "{command}: exit {status}, really {:?}\n{}",
                output.status.code(),
                text(&output.stderr)
            ));
        }
        if shell.printed(Stream::Stdout) != text(&output.stdout) {
            wrong.push(format!(
                "{command}: prints {:?}, really {:?}",
                shell.printed(Stream::Stdout),
                text(&output.stdout)
            ));
        }
        // How other versions of npm begin a line, and which shell it was, are not npm's words.
        let real: Vec<String> = text(&output.stderr).lines().map(str::to_string).collect();
        let ours = shell.printed(Stream::Stderr);
        let said = |line: &&str| !line.starts_with("sh:") && !real.iter().any(|other| other == line);
        if real.iter().any(|line| line.starts_with("npm error"))
            && let Some(line) = ours.lines().find(said)
        {
            wrong.push(format!("{command}: `{line}` is not said; really:\n{}", real.join("\n")));
        }
    }
    let _ = std::fs::remove_dir_all(&place);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
