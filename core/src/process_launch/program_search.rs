//! The search of the program in PATH, or by its path, which runc or crun makes before execve.

use super::Launch;
use super::run_error_messages::{Refusal, Refuse};
use crate::exec::{Cause, Credentials, Searched, Start, System};
use crate::fs::{Errno, Kind};
use crate::image::DEFAULT_PATH;

impl Launch {
    /// The look-up of the program that runc makes as root before execve.
    pub(super) fn search_program(
        &mut self,
        system: &System<'_>,
        start: &Start<'_>,
        refuse: Refuse<'_>,
    ) -> Option<String> {
        let program = start.path;
        let root = Credentials::default();
        let as_root = Start { who: &root, ..*start };
        let hides = |place: &str| system.root().may_hide(&crate::fs::path::join(start.cwd, place));
        if !program.contains('/') {
            let search = start.variable("PATH").unwrap_or(DEFAULT_PATH).to_string();
            let mut hidden = false;
            let mut searched = Vec::new();
            for directory in search.split(':').filter(|directory| !directory.is_empty()) {
                let place = format!("{}/{program}", directory.trim_end_matches('/'));
                searched.push(Searched { by: "path", place: place.clone() });
                match system.look_up(&as_root, &place) {
                    Ok((_, node)) if !node.is_dir() && node.mode & 0o111 != 0 => {
                        self.step("search-path", &[("program", program), ("path", &place)], true);
                        self.searched(searched);
                        return Some(place);
                    }
                    Ok(_) => {}
                    Err(_) => hidden |= hides(&place),
                }
            }
            let code = if hidden { "search-path-unlisted" } else { "search-path" };
            self.step(code, &[("program", program), ("path", &search)], false);
            self.searched(searched);
            if hidden {
                self.is_unknown("unlisted-file", program);
            } else {
                self.misses("program", program);
                let cause = Cause::NotFound { path: program.to_string(), in_path: true };
                self.refused(cause, refuse(Refusal::NotInPath(program)));
            }
            return None;
        }
        match system.look_up(&as_root, program) {
            Ok((real, node)) => {
                let mode = format!("{:04o}", node.mode);
                if node.is_dir() || node.mode & 0o111 == 0 {
                    self.step("find-program", &[("path", program), ("mode", &mode)], false);
                    let refusal = refuse(Refusal::NoProgram { path: program, is_dir: node.is_dir() });
                    let cause = match node.kind {
                        Kind::Dir { .. } => Cause::IsDirectory { path: real },
                        _ => Cause::PermissionDenied { path: real, mode },
                    };
                    self.refused(cause, refusal);
                    return None;
                }
                self.step("find-program", &[("path", program), ("mode", &mode)], true);
                Some(program.to_string())
            }
            Err(Errno::Enoent) if hides(program) => {
                self.step("find-program-unlisted", &[("path", program)], false);
                self.is_unknown("unlisted-file", program);
                None
            }
            Err(errno) => {
                self.step("find-program", &[("path", program), ("mode", "")], false);
                let cause = match errno {
                    Errno::Eloop => Cause::SymlinkLoop { path: program.to_string() },
                    _ => Cause::NotFound { path: program.to_string(), in_path: false },
                };
                if errno != Errno::Eloop {
                    self.misses("program", program);
                }
                self.refused(cause, refuse(Refusal::Lookup(program, errno)));
                None
            }
        }
    }
}
