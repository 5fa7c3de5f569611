//! Virtual environments of Python's own venv, of virtualenv, which poetry uses, and of uv.

use super::install_packages::{is_set, make_folder, write_console_script};
use super::interpreter::{Python, python_version};
use crate::fs::{Content, path};
use crate::measure::Size;
use crate::packages::index_lookup::language_index;
use crate::shell::Shell;

/// The tool that creates an environment. It decides which files are there beside Python, and whether pip is
/// installed.
pub(crate) enum EnvironmentMaker {
    /// `python -m venv`.
    Venv,
    /// virtualenv 21, as poetry 2.5 calls it.
    Virtualenv,
    /// uv 0.13, without pip.
    Uv,
}

impl EnvironmentMaker {
    /// The files beside those that Python itself requires, with their sizes in bytes, measured for CPython 3.11 on
    /// 2026-11-26.
    fn files(&self) -> &'static [(&'static str, u64)] {
        match self {
            EnvironmentMaker::Venv => &[
                ("bin/Activate.ps1", 9_033),
                ("bin/activate", 1_672),
                ("bin/activate.csh", 896),
                ("bin/activate.fish", 2_176),
            ],
            EnvironmentMaker::Virtualenv => &[
                (".gitignore", 40),
                ("CACHEDIR.TAG", 194),
                ("bin/activate", 7_974),
                ("bin/activate.csh", 3_665),
                ("bin/activate.fish", 3_998),
                ("bin/activate.nu", 3_511),
                ("bin/activate.ps1", 9_345),
                ("bin/activate.xsh", 4_696),
                ("bin/activate_this.py", 5_470),
                ("bin/deactivate.csh", 1_291),
            ],
            EnvironmentMaker::Uv => &[
                (".gitignore", 1),
                ("CACHEDIR.TAG", 43),
                ("bin/activate", 4_221),
                ("bin/activate.bat", 2_649),
                ("bin/activate.csh", 2_600),
                ("bin/activate.fish", 4_311),
                ("bin/activate.nu", 3_928),
                ("bin/activate.ps1", 2_767),
                ("bin/activate.xsh", 3_868),
                ("bin/activate_this.py", 2_384),
                ("bin/deactivate.bat", 1_730),
                ("bin/pydoc.bat", 1_219),
            ],
        }
    }
}

/// `python -m venv FOLDER`.
pub(crate) fn venv(shell: &mut Shell, place: &str) -> bool {
    let root = path::join(&shell.cwd, place);
    make_environment(shell, &root, &EnvironmentMaker::Venv).is_some()
}

/// Whether uv links to a Python that it downloads, of which the place is not known: the image has none, or uv is told to
/// take no other (uv's documentation, "Python versions").
fn brings_python(shell: &Shell, home: &str) -> bool {
    shell.var("UV_PYTHON_PREFERENCE") == Some("only-managed")
        || is_set(shell, "UV_MANAGED_PYTHON")
        || shell.fs.stat("/", &format!("{home}/python3")).is_err()
}

/// Creates an environment: links to Python, pyvenv.cfg, scripts, and pip; `None` if the index with pip's size is not
/// loaded.
pub(crate) fn make_environment(shell: &mut Shell, root: &str, maker: &EnvironmentMaker) -> Option<Python> {
    let table = language_index(shell, "pypi")?;
    let pip = table.find("pip")?;
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let version = python_version(shell);
    let home = if shell.fs.lstat("/", "/usr/local/bin/python3").is_ok() { "/usr/local/bin" } else { "/usr/bin" };
    let packages = make_folder(shell, &format!("{root}/lib/python{version}/site-packages"));
    make_folder(shell, &format!("{root}/bin"));
    if !matches!(maker, EnvironmentMaker::Uv) {
        make_folder(shell, &format!("{root}/include"));
    }
    let config = format!("home = {home}\ninclude-system-site-packages = false\nversion = {version}\n");
    let _ = shell.fs.write(&format!("{root}/pyvenv.cfg"), Content::inline(config.into_bytes()), 0o644, uid, gid);
    if matches!(maker, EnvironmentMaker::Uv) && brings_python(shell, home) {
        shell.make_partial_folder(&format!("{root}/bin"));
    } else {
        let _ = shell.fs.symlink(&format!("{home}/python3"), &format!("{root}/bin/python3"), uid, gid);
        for name in ["python".to_string(), format!("python{version}")] {
            let _ = shell.fs.symlink("python3", &format!("{root}/bin/{name}"), uid, gid);
        }
    }
    let _ = shell.fs.symlink("lib", &format!("{root}/lib64"), uid, gid);
    let activate = format!("VIRTUAL_ENV={root}\nexport VIRTUAL_ENV\nPATH=\"$VIRTUAL_ENV/bin:$PATH\"\nexport PATH\n");
    for (name, bytes) in maker.files() {
        // The content of `activate` is written; of the other files only the length is known.
        let head = if *name == "bin/activate" { activate.as_bytes() } else { &[] };
        let content = Content::modelled(head, *bytes, "as long as it was written for CPython 3.11");
        let _ = shell.fs.write(&format!("{root}/{name}"), content, 0o644, uid, gid);
    }
    if matches!(maker, EnvironmentMaker::Uv) {
        return Some(Python::in_prefix(shell, root));
    }
    for name in ["pip".to_string(), "pip3".to_string(), format!("pip{version}")] {
        write_console_script(shell, &format!("{root}/bin/{name}"), &format!("{root}/bin/python3"));
    }
    let _ = shell.fs.mkdir_all(&format!("{packages}/pip"), 0o755, uid, gid);
    shell.fs.hold_weighed(&format!("{packages}/pip"));
    let basis = format!("pip {} as it is installed ({})", pip.version, table.source());
    let bytes = match maker {
        EnvironmentMaker::Virtualenv => pip.bytes.saturating_sub(pip.compiled),
        _ => pip.bytes,
    };
    shell.fs.weigh_whole(&packages, "pip", Size::modelled(bytes, basis));
    Some(Python::in_prefix(shell, root))
}
