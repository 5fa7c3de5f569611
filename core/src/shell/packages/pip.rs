//! pip: packages of Python from PyPI, and virtual environments.
//!
//! What the index tells was measured with one release of Python on Linux x86-64; another one's files differ
//! little. A package that it does not have is told, and its size is not known.

use crate::fs::{Content, path};
use crate::measure::Size;
use crate::packages::{Row, Table};
use crate::shell::Shell;
use std::collections::BTreeSet;

/// Nesting of `-r` in files of requirements.
const MAX_NESTING: u32 = 8;
/// Requirements of one installation.
const MAX_REQUIREMENTS: usize = 2_000;

/// Options that take the next word.
const WITH_VALUE: [&str; 22] = [
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--platform",
    "--python-version",
    "--trusted-host",
    "--timeout",
    "--retries",
    "--cache-dir",
    "--progress-bar",
    "--root-user-action",
    "--only-binary",
];

/// What `pip install` is asked for.
#[derive(Debug, Default)]
struct Asked {
    /// Names as the index has them, with an extra where one is asked for, and the version that is pinned.
    wanted: Vec<(String, Option<String>)>,
    /// What is in no index: paths, addresses.
    elsewhere: Vec<String>,
    /// Files of requirements that cannot be read.
    missing: Vec<String>,
    /// `--target`.
    target: Option<String>,
    /// `--prefix`, or the home of `--user`.
    prefix: Option<String>,
    /// Words of the command line.
    flags: BTreeSet<String>,
}

/// A Python that packages are installed for.
struct Python {
    /// The folder that programs go into.
    programs: String,
    /// The folder that packages go into.
    packages: String,
    /// What scripts are read by.
    interpreter: String,
    /// The distribution keeps it for itself (PEP 668).
    managed: bool,
}

/// Installs; `None` if that is not for this model.
pub(super) fn install(shell: &mut Shell, program: &str, words: &[String]) -> Option<i32> {
    let table = super::table(shell, "pypi")?;
    let asked = read(shell, words);
    if let Some(file) = asked.missing.first() {
        shell.err(format!("ERROR: Could not open requirements file: [Errno 2] No such file or directory: '{file}'\n"));
        return Some(1);
    }
    let mut python = python(shell, program)?;
    if let Some(prefix) = &asked.prefix {
        let root = path::join(&shell.cwd, prefix);
        python.programs = format!("{root}/bin");
        python.packages = format!("{root}/lib/python{}/site-packages", version(shell));
    }
    let set = |name: &str| shell.var(name).is_some_and(|value| !value.is_empty() && value != "0");
    let breaks = asked.flags.contains("--break-system-packages") || set("PIP_BREAK_SYSTEM_PACKAGES");
    if python.managed
        && !breaks
        && asked.target.is_none()
        && !asked.flags.contains("--prefix")
        && !asked.flags.contains("--root")
    {
        shell.err(MANAGED);
        return Some(1);
    }
    let keeps = !asked.flags.contains("--no-cache-dir") && !set("PIP_NO_CACHE_DIR");
    bring(shell, &table, &asked, &python, keeps);
    Some(0)
}

/// What pip says where the distribution manages Python (pip 23.0).
const MANAGED: &str = "error: externally-managed-environment

× This environment is externally managed
╰─> To install Python packages system-wide, use the distribution's own packages, or make a virtual
    environment: python3 -m venv path/to/venv, and its path/to/venv/bin/pip.
";

/// A name as indexes compare it (PEP 503).
fn canonical(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

fn read(shell: &Shell, words: &[String]) -> Asked {
    let mut asked = Asked::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_string())),
            _ => (word.as_str(), None),
        };
        if !name.starts_with('-') {
            if word != "install" {
                requirement(word, &mut asked);
            }
            continue;
        }
        asked.flags.insert(name.to_string());
        // `-rfile` in one word.
        let glued = word.strip_prefix("-r").filter(|rest| !rest.is_empty() && !word.starts_with("--"));
        let value = match (value, glued) {
            (Some(value), _) => Some(value),
            (None, Some(rest)) => Some(rest.to_string()),
            (None, None) if WITH_VALUE.contains(&name) => words.next().cloned(),
            (None, None) => None,
        };
        match (name, value) {
            ("-r" | "--requirement", Some(file)) => requirements(shell, &file, &mut asked, 0),
            ("-t" | "--target", value) => asked.target = value,
            ("--prefix" | "--root", value) => asked.prefix = value,
            ("--user", _) => asked.prefix = Some(format!("{}/.local", shell.var("HOME").unwrap_or("/root"))),
            ("-e" | "--editable", _) => {
                let what = words.next().cloned().unwrap_or_default();
                asked.elsewhere.push(what);
            }
            (_, Some(file)) if glued.is_some() => requirements(shell, &file, &mut asked, 0),
            _ => {}
        }
    }
    asked
}

fn requirements(shell: &Shell, file: &str, asked: &mut Asked, depth: u32) {
    if depth > MAX_NESTING {
        return;
    }
    let text = match shell.read(file) {
        Ok(Some(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        Ok(None) => return asked.elsewhere.push(file.to_string()),
        Err(_) if shell.fs.may_hide(&shell.cwd, file) => return asked.elsewhere.push(file.to_string()),
        Err(_) => return asked.missing.push(file.to_string()),
    };
    // A line that ends with a backslash goes on.
    for line in text.replace("\\\n", " ").lines() {
        let line = line.split(" #").next().unwrap_or("").trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(inner) = line.strip_prefix("-r ").or(line.strip_prefix("--requirement ")) {
            let inner = path::join(&format!("/{}", path::parent(&path::join(&shell.cwd, file))), inner.trim());
            requirements(shell, &inner, asked, depth + 1);
        } else if let Some(local) = line.strip_prefix("-e ") {
            asked.elsewhere.push(local.trim().to_string());
        } else if !line.starts_with('-') {
            // Hashes and markers say nothing of which package it is.
            requirement(line.split([';', ' ']).next().unwrap_or(line), asked);
        }
    }
}

/// `flask`, `Flask==2.0`, `uvicorn[standard]>=0.2`, `./local`, `git+https://…`.
fn requirement(word: &str, asked: &mut Asked) {
    if asked.wanted.len() >= MAX_REQUIREMENTS {
        return;
    }
    if word.contains(['/', '@', ':']) || word == "." || word.ends_with(".whl") || word.ends_with(".tar.gz") {
        asked.elsewhere.push(word.to_string());
        return;
    }
    let end = word.find(['=', '<', '>', '~', '!']).unwrap_or(word.len());
    let (name, rest) = word.split_at(end);
    let (name, extra) = name.split_once('[').map_or((name, ""), |(name, extra)| (name, extra.trim_end_matches(']')));
    let name = canonical(name.trim());
    let name = if extra.is_empty() { name } else { format!("{name}[{extra}]") };
    let pinned = rest.strip_prefix("==").map(|version| version.trim_start_matches('=').to_string());
    asked.wanted.push((name, pinned));
}

fn python(shell: &Shell, program: &str) -> Option<Python> {
    let place = if program.contains('/') { Some(program.to_string()) } else { shell.which(program).0 };
    let place = place.map(|place| path::join(&shell.cwd, &place));
    // An environment of its own is known by the file beside its programs.
    let by_program = place.as_deref().map(|place| path::parent(path::parent(place)).to_string());
    let of_env = |root: &String| shell.fs.stat("/", &format!("{root}/pyvenv.cfg")).is_ok();
    let by_variable = shell.var("VIRTUAL_ENV").map(str::to_string);
    let version = version(shell);
    if let Some(root) = by_program.into_iter().chain(by_variable).find(of_env) {
        return Some(Python {
            programs: format!("{root}/bin"),
            packages: format!("{root}/lib/python{version}/site-packages"),
            interpreter: format!("{root}/bin/python"),
            managed: false,
        });
    }
    let is_own = shell.fs.lstat("/", "/usr/local/bin/python3").is_ok();
    let id = super::os_release(shell, "ID").unwrap_or_default();
    let release = super::os_version(shell);
    Some(match (is_own, id.as_str()) {
        (true, _) => Python {
            programs: "/usr/local/bin".into(),
            packages: format!("/usr/local/lib/python{version}/site-packages"),
            interpreter: format!("/usr/local/bin/python{version}"),
            managed: false,
        },
        (false, "alpine") => Python {
            programs: "/usr/bin".into(),
            packages: format!("/usr/lib/python{version}/site-packages"),
            interpreter: "/usr/bin/python3".into(),
            managed: release >= Some((3, 19)),
        },
        (false, "debian" | "ubuntu") => Python {
            programs: "/usr/local/bin".into(),
            packages: format!("/usr/local/lib/python{version}/dist-packages"),
            interpreter: "/usr/bin/python3".into(),
            managed: release >= Some(if id == "debian" { (12, 0) } else { (23, 4) }),
        },
        _ => return None,
    })
}

/// Major and minor number of the Python at hand: the image's variable, else its library's folder.
fn version(shell: &Shell) -> String {
    let short = |text: &str| text.split('.').take(2).collect::<Vec<_>>().join(".");
    if let Some(version) = shell.var("PYTHON_VERSION") {
        return short(version);
    }
    let mut found: Vec<String> = ["/usr/local/bin", "/usr/bin"]
        .iter()
        .flat_map(|folder| shell.fs.children(folder))
        .filter_map(|(name, _)| name.strip_prefix("python3.").map(|minor| format!("3.{minor}")))
        .filter(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
        .collect();
    found.sort_by_key(|version| version.len());
    found.pop().unwrap_or_else(|| "3.12".into())
}

/// All rows that a list of names needs, each once; those that the table does not have come second.
fn closure<'t>(table: &'t Table, wanted: &[(String, Option<String>)]) -> (Vec<Row<'t>>, Vec<String>) {
    let (mut rows, mut missing): (Vec<Row<'t>>, Vec<String>) = (Vec::new(), Vec::new());
    let mut open: Vec<String> = Vec::new();
    for (name, _) in wanted {
        match table.find(name) {
            Some(_) => open.push(name.clone()),
            None => {
                // Without the extra a part is known.
                open.extend(name.split_once('[').map(|(base, _)| base.to_string()));
                missing.push(name.clone());
            }
        }
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if let Some(row) = table.find(&name) {
            open.extend(row.depends().map(str::to_string));
            rows.push(row);
        }
    }
    (rows, missing)
}

fn bring(shell: &mut Shell, table: &Table, asked: &Asked, python: &Python, keeps: bool) {
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let (rows, missing) = closure(table, &asked.wanted);
    let packages = asked.target.as_ref().map_or(python.packages.clone(), |folder| path::join(&shell.cwd, folder));
    let programs = if asked.target.is_some() { format!("{packages}/bin") } else { python.programs.clone() };
    let folder = |shell: &mut Shell, place: &str| {
        let mode = shell.folder_mode();
        shell.fs.mkdir_all(place, mode, uid, gid).unwrap_or_else(|_| place.to_string())
    };
    let packages = folder(shell, &packages);
    let mut wheels = 0_u64;
    for row in &rows {
        let pinned = asked.wanted.iter().find(|(name, _)| name == row.name).and_then(|(_, version)| version.as_deref());
        let taken = match pinned.filter(|version| *version != row.version) {
            Some(version) => format!(", taken for {version}"),
            None => String::new(),
        };
        let basis = format!("{} {} as pip installs it{taken} ({})", row.name, row.version, table.source());
        // One that an earlier step brought is there already.
        let stem = format!("{}-", row.name.replace('-', "_"));
        let is_it = |name: &str| name.starts_with(&stem) && name.ends_with(".dist-info");
        if row.bytes == 0 || shell.fs.children(&packages).iter().any(|(name, _)| is_it(name)) {
            continue;
        }
        let mark = format!("{packages}/{stem}{}.dist-info", pinned.unwrap_or(row.version));
        let _ = shell.fs.mkdir_all(&mark, 0o755, uid, gid);
        shell.fs.hold_weighed(&mark);
        wheels = wheels.saturating_add(row.records);
        let mut bytes = row.bytes;
        for file in row.files() {
            if let crate::packages::Listed::File(_, name) = file {
                let folder = folder(shell, &programs);
                if write_script(shell, &format!("{folder}/{name}"), &python.interpreter) {
                    bytes = bytes.saturating_sub(SCRIPT);
                }
            }
        }
        shell.fs.weigh_whole(&packages, row.name, Size::modelled(bytes, basis));
    }
    if keeps && wheels > 0 {
        let cache = format!("{}/.cache/pip", shell.var("HOME").unwrap_or("/root"));
        let cache = folder(shell, &cache);
        let size = Size::modelled(wheels, "the wheels of these packages, kept by pip's cache");
        shell.fs.weigh_whole(&cache, &format!("pip's cache of {}", rows.len()), size);
    }
    for what in missing {
        shell.fs.set_partial(&packages);
        shell.gap("unlisted-package", what);
    }
    for what in &asked.elsewhere {
        for place in [&packages, &programs] {
            let place = folder(shell, place);
            shell.fs.set_partial(&place);
        }
        shell.gap("unknown-files", format!("pip install {what}"));
    }
}

/// Bytes of a script that starts a package's program, as pip writes it.
const SCRIPT: u64 = 240;

fn write_script(shell: &mut Shell, place: &str, interpreter: &str) -> bool {
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let script = format!("#!{interpreter}\n").into_bytes();
    shell.fs.write(place, Content::modelled(script, SCRIPT, "as long as pip writes it"), 0o755, uid, gid).is_ok()
}

/// `python -m venv FOLDER`: links to Python, pip, and the file that marks it.
pub(super) fn venv(shell: &mut Shell, place: &str) -> bool {
    let Some(table) = super::table(shell, "pypi") else { return false };
    let Some(pip) = table.find("pip") else { return false };
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let root = path::join(&shell.cwd, place);
    let version = version(shell);
    let home = if shell.fs.lstat("/", "/usr/local/bin/python3").is_ok() { "/usr/local/bin" } else { "/usr/bin" };
    let packages = format!("{root}/lib/python{version}/site-packages");
    for folder in [format!("{root}/bin"), format!("{root}/include"), packages.clone()] {
        let _ = shell.fs.mkdir_all(&folder, 0o755, uid, gid);
    }
    let config = format!("home = {home}\ninclude-system-site-packages = false\nversion = {version}\n");
    let _ = shell.fs.write(&format!("{root}/pyvenv.cfg"), Content::inline(config.into_bytes()), 0o644, uid, gid);
    let _ = shell.fs.symlink(&format!("{home}/python3"), &format!("{root}/bin/python3"), uid, gid);
    for name in ["python".to_string(), format!("python{version}")] {
        let _ = shell.fs.symlink("python3", &format!("{root}/bin/{name}"), uid, gid);
    }
    let _ = shell.fs.symlink("lib", &format!("{root}/lib64"), uid, gid);
    let activate = format!("VIRTUAL_ENV={root}\nexport VIRTUAL_ENV\nPATH=\"$VIRTUAL_ENV/bin:$PATH\"\nexport PATH\n");
    let content = Content::modelled(activate.into_bytes(), 2_000, "as long as CPython 3.11 writes it");
    let _ = shell.fs.write(&format!("{root}/bin/activate"), content, 0o644, uid, gid);
    for name in ["pip".to_string(), "pip3".to_string(), format!("pip{version}")] {
        write_script(shell, &format!("{root}/bin/{name}"), &format!("{root}/bin/python3"));
    }
    let _ = shell.fs.mkdir_all(&format!("{packages}/pip"), 0o755, uid, gid);
    shell.fs.hold_weighed(&format!("{packages}/pip"));
    let basis = format!("pip {} as it is installed ({})", pip.version, table.source());
    shell.fs.weigh_whole(&packages, "pip", Size::modelled(pip.bytes, basis));
    true
}
