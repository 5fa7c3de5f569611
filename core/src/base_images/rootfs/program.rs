//! Programs of a base image of which no listing tells more: the shell's commands, compilers, package managers.

use super::{RootfsBuilder, started_content};
use crate::elf::{self, Elf, Machine, NeededVersions};
use crate::image::UNLISTED_LIBRARIES;
use std::sync::Arc;

impl RootfsBuilder<'_> {
    pub(super) fn program(&mut self, path: &str) {
        let head = match &self.shared {
            Some(head) => head.clone(),
            None => {
                let mut elf = Elf::new(Machine::X86_64, true);
                if let Some(loader) = self.facts.interp.first() {
                    let library = if self.is_musl() { "libc.musl-x86_64.so.1" } else { "libc.so.6" };
                    elf.interpreter = Some(loader.clone());
                    elf.needed = vec![library.to_string()];
                    if !self.is_musl() {
                        let versions = vec!["GLIBC_2.2.5".to_string()];
                        elf.needed_versions = vec![NeededVersions::strong(library, versions)];
                    }
                }
                let head: Arc<[u8]> = elf::write(&elf).into();
                self.shared = Some(head.clone());
                head
            }
        };
        let mut content = started_content(path, head);
        content.basis = Some(UNLISTED_LIBRARIES.into());
        self.file(path, content, 0o755);
    }

    pub(super) fn commands(&mut self) {
        let Some(shell) = self.facts.shell.clone() else {
            return;
        };
        let data = self.data;
        if shell.starts_with("busybox") {
            self.program("/bin/busybox");
            for name in &data.busybox_applets {
                let listed = ["/bin", "/sbin", "/usr/bin", "/usr/sbin"]
                    .iter()
                    .any(|folder| self.tree.get(&format!("{folder}/{name}")).is_some());
                if !listed {
                    self.link("/bin/busybox", &format!("/bin/{name}"));
                }
            }
            if self.facts.bash {
                self.program("/bin/bash");
            }
            if self.distro() == "alpine" {
                // Of musl-utils, which the minimal root file system has.
                for name in ["ldd", "getent", "iconv"] {
                    self.program(&format!("/usr/bin/{name}"));
                }
            }
        } else {
            let rpm = !matches!(self.distro(), "debian" | "ubuntu");
            let names = if rpm { &data.rpm_commands } else { &data.debian_commands };
            for name in names {
                let bin = [
                    "bash", "cat", "chgrp", "chmod", "chown", "cp", "date", "dash", "echo", "false", "grep", "gzip",
                    "ln", "ls", "mkdir", "mktemp", "mv", "pwd", "rm", "rmdir", "sed", "sleep", "tar", "touch", "true",
                    "uname", "which",
                ];
                let directory = if bin.contains(&name.as_str()) { "/bin" } else { "/usr/bin" };
                // A listing may have it among the administrator's.
                if self.tree.stat("/", &format!("/usr/sbin/{name}")).is_ok() {
                    continue;
                }
                self.program(&format!("{directory}/{name}"));
            }
            let target = match shell.as_str() {
                "bash" => "bash",
                _ => "dash",
            };
            self.link(target, "/bin/sh");
        }
        let manager = match self.facts.package_manager.as_deref() {
            Some("apt") => Some("/usr/bin/apt-get"),
            Some("apk") => Some("/sbin/apk"),
            Some("dnf") => Some("/usr/bin/dnf"),
            Some("microdnf") => Some("/usr/bin/microdnf"),
            _ => None,
        };
        if let Some(path) = manager {
            self.program(path);
        }
        if self.facts.c_compiler == Some(true) {
            for name in &data.compiler_commands {
                self.program(&format!("/usr/bin/{name}"));
            }
        }
    }
}
