//! `stageplay exec` and `stageplay ldd`: what would start in a root.

use super::place::Place;
use super::{Format, Usage, engine, print};
use clap::Args;
use stageplay::disk::processor_level;
use stageplay_core::elf::Machine;
use stageplay_core::engine::RuntimeProfile;
use stageplay_core::exec::{Credentials, NoAnswer, Start, System};
use stageplay_core::launch::{Launcher, Process, launch};
use stageplay_core::report::{ExecReport, exec_report};
use stageplay_core::words::Language;
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Exec {
    /// The root: a folder, an image archive (docker save or OCI), or a tar of a root (docker export).
    #[arg(long, value_name = "DIR|ARCHIVE")]
    root: PathBuf,
    /// NAME=VALUE for the environment; may be given several times. An archive's image brings its own.
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// Who starts it: a name or number, either with :GROUP. [default: the image's, else root]
    #[arg(long)]
    user: Option<String>,
    /// The working directory. [default: the image's, else /]
    #[arg(long)]
    cwd: Option<String>,
    /// Whose words: an engine such as docker-28, a runtime alone (runc-1.1, crun-1.8), or chroot.
    #[arg(long, default_value = "docker-28")]
    engine: String,
    /// The root's processor: amd64 or arm64.
    #[arg(long, default_value = "amd64")]
    machine: String,
    /// A user-mode QEMU that binfmt_misc hands files of another processor to, such as qemu-aarch64 or
    /// qemu-aarch64-static; may be given several times.
    #[arg(long, value_name = "NAME")]
    emulator: Vec<String>,
    /// How to print the result.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The language of explanations: en or zh-CN.
    #[arg(long, default_value = "en")]
    lang: String,
    /// The program, in the root, and its arguments; a name without a slash is looked for in PATH.
    #[arg(value_name = "PATH", required = true, num_args = 1.., trailing_var_arg = true)]
    argv: Vec<String>,
}

fn machine(name: &str) -> Result<Machine, Usage> {
    match name {
        "amd64" | "x86_64" => Ok(Machine::X86_64),
        "arm64" | "aarch64" => Ok(Machine::Aarch64),
        other => Err(format!("--machine {other}: amd64 or arm64")),
    }
}

impl Exec {
    pub(crate) fn run(self) -> Result<u8, Usage> {
        let runtime = RuntimeProfile::find(&self.engine);
        let profile = match self.engine.as_str() {
            _ if runtime.is_some() => None,
            "chroot" => None,
            id => Some(engine(id, None)?.0),
        };
        let launcher = match (runtime, &profile) {
            (Some(runtime), _) => Launcher::Runtime(runtime),
            (None, Some(profile)) => Launcher::Engine(profile),
            (None, None) => Launcher::Chroot,
        };
        if let Some(pair) = self.env.iter().find(|pair| !pair.contains('=') || pair.starts_with('=')) {
            return Err(format!("--env {pair}: expected NAME=VALUE"));
        }
        let place = Place::open(&self.root)?;
        let config = place.image().map(|image| &image.config);
        let mut env = config.map(|config| config.env.clone()).unwrap_or_default();
        for pair in &self.env {
            let name = pair.split('=').next().unwrap_or("");
            env.retain(|known| known.split('=').next() != Some(name));
            env.push(pair.clone());
        }
        let set = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
        let cwd = self.cwd.clone().or_else(|| set(config.map(|config| &config.working_dir)));
        let user = self.user.clone().or_else(|| set(config.map(|config| &config.user)));
        // Engines mount /proc; chroot takes what is there.
        let has_proc = !matches!(launcher, Launcher::Chroot) || place.root().node("/proc/self").is_some();
        let mut system =
            System::new(place.root(), machine(&self.machine)?).with_level(processor_level()).with_proc(has_proc);
        for name in &self.emulator {
            if !["qemu-aarch64", "qemu-x86_64"].contains(&name.trim_end_matches("-static")) {
                return Err(format!("--emulator {name}: qemu-aarch64 or qemu-x86_64, either with -static behind it"));
            }
            system = system.with_emulator(name);
        }
        let process = Process {
            argv: &self.argv,
            env: &env,
            cwd: cwd.as_deref().unwrap_or("/"),
            user: user.as_deref().unwrap_or(""),
        };
        let report = exec_report(&launch(&system, &process, launcher), Language::from_tag(&self.lang));
        match self.format {
            Format::Json => print(&format!("{}\n", serde_json::to_string_pretty(&report).map_err(|e| e.to_string())?)),
            Format::Text => print(&text(&report)),
        }
        Ok(u8::from(report.verdict == "fails"))
    }
}

fn text(report: &ExecReport) -> String {
    let mut out = String::new();
    let width = report.trace.iter().map(|step| step.who.len()).max().unwrap_or(0);
    for step in &report.trace {
        let mark = if step.ok { "ok" } else { "--" };
        let _ = writeln!(out, "{mark} {:width$}  {}: {}", step.who, step.did, step.result);
    }
    let code = report.exit_code.map(|code| format!(", exit code {code}")).unwrap_or_default();
    let _ = writeln!(out, "\n{}{code}", report.verdict);
    if !report.stderr.is_empty() {
        for line in report.stderr.lines() {
            let _ = writeln!(out, "    {line}");
        }
    }
    for words in [&report.explanation, &report.why].into_iter().flatten() {
        let _ = writeln!(out, "{words}");
    }
    for missing in &report.missing {
        let by =
            if missing.needed_by.is_empty() { String::new() } else { format!(", needed by {}", missing.needed_by) };
        let _ = writeln!(out, "missing {}: {}{by}", missing.kind, missing.name);
    }
    out
}

#[derive(Debug, Args)]
pub(crate) struct Ldd {
    /// The root: a folder, an image archive (docker save or OCI), or a tar of a root (docker export).
    #[arg(long, value_name = "DIR|ARCHIVE")]
    root: PathBuf,
    /// NAME=VALUE for the environment, such as LD_LIBRARY_PATH; may be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// The working directory.
    #[arg(long, default_value = "/")]
    cwd: String,
    /// The program or library, in the root.
    path: String,
}

impl Ldd {
    pub(crate) fn run(self) -> Result<u8, Usage> {
        let place = Place::open(&self.root)?;
        let system = System::new(place.root(), Machine::X86_64).with_level(processor_level());
        let argv = [self.path.clone()];
        let who = Credentials::default();
        let start = Start { cwd: &self.cwd, path: &self.path, argv: &argv, env: &self.env, who: &who };
        match system.ldd(start) {
            Ok(printed) => {
                print(&printed.stdout);
                eprint!("{}", printed.stderr);
                Ok(u8::try_from(printed.code).unwrap_or(1))
            }
            Err(NoAnswer::NoLoader) => Err("this root has neither glibc's nor musl's loader, and so no ldd".into()),
            Err(NoAnswer::Unlisted(library)) => Err(format!("whether {library} is there is not known")),
        }
    }
}
