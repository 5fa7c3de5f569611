//! systemctl where no systemd runs: units are switched by links, nothing starts.

use crate::fs::path;
use crate::shell::Shell;

const UNITS: &str = "/etc/systemd/system";

pub(crate) fn systemctl(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words = argv.iter().skip(1).filter(|word| !word.starts_with('-'));
    let verb = words.next().map_or("", String::as_str);
    let units: Vec<String> =
        words.map(|name| if name.contains('.') { name.clone() } else { format!("{name}.service") }).collect();
    match verb {
        "mask" => {
            for unit in &units {
                let link = format!("{UNITS}/{unit}");
                let _ = shell.fs.mkdir_all(path::parent(&link), 0o755, 0, 0);
                if shell.fs.symlink("/dev/null", &link, 0, 0).is_ok() {
                    shell.err(format!("Created symlink {link} \u{2192} /dev/null.\n"));
                }
            }
            0
        }
        // Which target wants a unit stands in the unit.
        "enable" | "disable" | "unmask" | "set-default" | "preset" | "preset-all" | "add-wants" => {
            shell.make_partial_folder(UNITS);
            shell.gap("unknown-files", format!("systemctl {verb}"));
            0
        }
        "is-enabled" | "is-active" | "is-failed" | "list-units" | "list-unit-files" | "cat" | "show" => {
            shell.gap("unknown-output", format!("systemctl {verb}"));
            0
        }
        "daemon-reload" | "start" | "stop" | "restart" | "reload" | "status" | "try-restart" | "kill" => {
            shell.err(
                "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect to \
                 bus: Host is down\n",
            );
            1
        }
        _ => {
            shell.gap("unknown-output", "systemctl");
            0
        }
    }
}
