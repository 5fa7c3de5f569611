//! The Python interpreter that packages are installed for: the image's own, or a virtual environment's.

use super::externally_managed::{Managed, of_distribution};
use crate::commands::os_release::os_release;
use crate::shell::Shell;

/// A Python that packages are installed for.
#[derive(Clone)]
pub(crate) struct Python {
    /// The folder of programs.
    pub(crate) programs: String,
    /// The folder of packages.
    pub(crate) packages: String,
    /// The interpreter of console scripts.
    pub(crate) interpreter: String,
    /// Whether the environment is externally managed by the distribution (PEP 668).
    pub(crate) managed: Managed,
}

impl Python {
    /// The Python of a virtual environment or of another prefix with the same layout.
    pub(crate) fn in_prefix(shell: &Shell, root: &str) -> Python {
        Python {
            programs: format!("{root}/bin"),
            packages: format!("{root}/lib/python{}/site-packages", python_version(shell)),
            interpreter: format!("{root}/bin/python"),
            managed: Managed::No,
        }
    }

    /// The image's own Python; `None` if the distribution's layout is not known.
    pub(crate) fn of_image(shell: &Shell) -> Option<Python> {
        if shell.fs.lstat("/", "/usr/local/bin/python3").is_ok() {
            return Some(Python {
                interpreter: format!("/usr/local/bin/python{}", python_version(shell)),
                ..Python::in_prefix(shell, "/usr/local")
            });
        }
        let id = os_release(shell, "ID").unwrap_or_default();
        let managed = of_distribution(shell);
        let interpreter = "/usr/bin/python3".to_string();
        match id.as_str() {
            "alpine" => Some(Python { interpreter, managed, ..Python::in_prefix(shell, "/usr") }),
            "debian" | "ubuntu" => Some(Python {
                programs: "/usr/local/bin".into(),
                packages: format!("/usr/local/lib/python{}/dist-packages", python_version(shell)),
                interpreter,
                managed,
            }),
            _ => None,
        }
    }
}

/// Whether a folder is a virtual environment.
pub(crate) fn is_environment(shell: &Shell, root: &str) -> bool {
    shell.fs.stat("/", &format!("{root}/pyvenv.cfg")).is_ok()
}

/// Major and minor number of the image's Python: from the variable `PYTHON_VERSION`, or from the names of its
/// programs.
pub(crate) fn python_version(shell: &Shell) -> String {
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
