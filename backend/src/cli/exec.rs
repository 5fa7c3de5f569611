//! `stageplay exec`: predicts the start of a program in a root file system.

use super::engine_profile::find_engine;
use super::output::{Format, print};
use super::rootfs::Rootfs;
use super::usage_error::UsageError;
use clap::Args;
use stageplay::disk::processor_level;
use stageplay_core::elf::Machine;
use stageplay_core::engine::RuntimeProfile;
use stageplay_core::exec::System;
use stageplay_core::process_launch::{Launcher, Process, launch};
use stageplay_core::report::{ExecReport, exec_report};
use stageplay_core::words::Language;
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Exec {
    /// The root file system: a folder, an image archive (docker save or OCI), or a tar of docker export
    #[arg(long, value_name = "DIR|ARCHIVE")]
    root: PathBuf,
    /// An environment variable, in addition to those of the image; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// The user who starts the program, as a name or an id [default: the user of the image, or root]
    #[arg(long, value_name = "USER[:GROUP]")]
    user: Option<String>,
    /// The working directory [default: that of the image, or /]
    #[arg(long, value_name = "DIR")]
    cwd: Option<String>,
    /// What starts the program: an engine such as docker-28, a container runtime (runc-1.1, crun-1.8), or chroot. It
    /// decides the error messages and exit codes
    #[arg(long, value_name = "ENGINE", default_value = "docker-28")]
    engine: String,
    /// The architecture of the machine: amd64 or arm64
    #[arg(long, value_name = "ARCH", default_value = "amd64")]
    machine: String,
    /// A user-mode emulator that is registered with binfmt_misc for another architecture: qemu-aarch64 or
    /// qemu-x86_64, with or without -static. May be repeated
    #[arg(long, value_name = "NAME")]
    emulator: Vec<String>,
    /// The output format
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The language of explanations: en or zh-CN
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    lang: String,
    /// The program in the root file system, and its arguments; a name without a slash is searched in PATH
    #[arg(value_name = "PATH", required = true, num_args = 1.., trailing_var_arg = true)]
    argv: Vec<String>,
}

fn machine(name: &str) -> Result<Machine, UsageError> {
    match name {
        "amd64" | "x86_64" => Ok(Machine::X86_64),
        "arm64" | "aarch64" => Ok(Machine::Aarch64),
        other => Err(format!("--machine {other}: expected amd64 or arm64")),
    }
}

impl Exec {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let runtime = RuntimeProfile::find(&self.engine);
        let profile = match self.engine.as_str() {
            _ if runtime.is_some() => None,
            "chroot" => None,
            id => Some(find_engine(id, None)?.0),
        };
        let launcher = match (runtime, &profile) {
            (Some(runtime), _) => Launcher::Runtime(runtime),
            (None, Some(profile)) => Launcher::Engine(profile),
            (None, None) => Launcher::Chroot,
        };
        if let Some(pair) = self.env.iter().find(|pair| !pair.contains('=') || pair.starts_with('=')) {
            return Err(format!("--env {pair}: expected NAME=VALUE"));
        }
        let rootfs = Rootfs::open(&self.root)?;
        let config = rootfs.image().map(|image| &image.config);
        let mut env = config.map(|config| config.env.clone()).unwrap_or_default();
        for pair in &self.env {
            let name = pair.split('=').next().unwrap_or("");
            env.retain(|known| known.split('=').next() != Some(name));
            env.push(pair.clone());
        }
        let set = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
        let cwd = self.cwd.clone().or_else(|| set(config.map(|config| &config.working_dir)));
        let user = self.user.clone().or_else(|| set(config.map(|config| &config.user)));
        // Engines mount /proc. With chroot it exists only if the root file system has it.
        let has_proc = !matches!(launcher, Launcher::Chroot) || rootfs.root().node("/proc/self").is_some();
        let mut system =
            System::new(rootfs.root(), machine(&self.machine)?).with_level(processor_level()).with_proc(has_proc);
        for name in &self.emulator {
            if !["qemu-aarch64", "qemu-x86_64"].contains(&name.trim_end_matches("-static")) {
                return Err(format!(
                    "--emulator {name}: expected qemu-aarch64 or qemu-x86_64, with or without -static"
                ));
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
