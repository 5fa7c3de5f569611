//! `cargo install`.

use super::cargo::cargo_home;
use super::cargo_build::build;
use super::cargo_profile::Profile;
use super::cargo_request::{CargoError, Request};
use super::link_elf::write_program;
use super::program_size::content;
use super::rust_source::Source;
use super::target_triple::Target;
use crate::fs::{Content, path};
use crate::packages::language_managers::run_language_manager;
use crate::shell::Shell;

/// `cargo install --path`: the programs, copied.
pub(crate) fn install(shell: &mut Shell, request: &Request) -> Result<(), CargoError> {
    let built = build(shell, request)?;
    let root = request.root.clone().map_or_else(|| cargo_home(shell), |root| path::join(&shell.cwd, &root));
    for program in built {
        let place = format!("{root}/bin/{}", program.name);
        write_program(shell, &place, program.content).map_err(|error| (format!("error: {error}\n"), 101))?;
    }
    write_install_records(shell, &root);
    Ok(())
}

/// The files in which cargo keeps what it installed.
fn write_install_records(shell: &mut Shell, root: &str) {
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
    for (name, len) in [(".crates.toml", 60), (".crates2.json", 430)] {
        let content = Content::modelled([], len, "as long as cargo 1.95 writes it for one program");
        let _ = shell.fs.write(&format!("{root}/{name}"), content, mode, uid, gid);
    }
}

/// `cargo install NAME`: a program of that name from crates.io.
pub(crate) fn install_named(shell: &mut Shell, argv: &[String], request: &Request) -> i32 {
    if request.names.is_empty() {
        return run_language_manager(shell, argv);
    }
    let target = Target::decide(shell, request.target.as_deref(), "");
    let root = request.root.clone().map_or_else(|| cargo_home(shell), |root| path::join(&shell.cwd, &root));
    for name in &request.names {
        let name = name.split('@').next().unwrap_or(name);
        let content = content(shell, &target, &Profile::default(), &Source::default(), Some(&[]));
        let _ = write_program(shell, &format!("{root}/bin/{name}"), content);
    }
    write_install_records(shell, &root);
    let home = cargo_home(shell);
    shell.make_partial_folder(&format!("{home}/registry"));
    shell.gap("unknown-files", format!("cargo install {}", request.names.join(" ")));
    0
}
