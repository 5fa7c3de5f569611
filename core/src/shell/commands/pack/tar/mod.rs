//! tar: reads and writes archives, packed or not.

mod create;
mod extract;
mod options;

use crate::shell::Shell;
use options::Tar;

pub(in super::super) fn tar(shell: &mut Shell, argv: &[String]) -> i32 {
    let tar = Tar::read(shell, argv);
    if let Some(unknown) = &tar.unknown {
        shell.gap("unmodelled-option", format!("tar {unknown}"));
    }
    match tar.verb {
        'x' | 't' => extract::read(shell, &tar),
        'c' | 'r' => create::create(shell, &tar),
        _ => {
            shell.err(match shell.dialect() {
                "ash" => "tar: must specify one of -c, -x, -t\n",
                _ => {
                    "tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\n\
                      Try 'tar --help' or 'tar --usage' for more information.\n"
                }
            });
            if shell.dialect() == "ash" { 1 } else { 2 }
        }
    }
}
