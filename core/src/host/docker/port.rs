//! `docker port`.

use super::{Call, Docker};
use crate::shell::Shell;

impl Docker {
    pub(super) fn port(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let name = call.words.operand();
        let number = match self.container_or_error(shell, name, "Error: ") {
            Ok(number) => number,
            Err(status) => return status,
        };
        let store = self.lock();
        let Some(container) = store.containers.get(&number) else { return 1 };
        let wanted = call.words.operands.get(1).map(|port| port.split_once('/').unwrap_or((port, "tcp")));
        let mut found = false;
        for port in container.ports.iter().filter(|_| container.state.is_up()) {
            let fits =
                |(number, protocol): (&str, &str)| number == port.container.to_string() && protocol == port.protocol;
            if wanted.is_some_and(|wanted| !fits(wanted)) {
                continue;
            }
            found = true;
            for address in port.addresses(store.engine.major()) {
                match wanted {
                    Some(_) => shell.out(format!("{address}:{}\n", port.host)),
                    None => shell.out(format!("{}/{} -> {address}:{}\n", port.container, port.protocol, port.host)),
                }
            }
        }
        match (call.words.operands.get(1), found) {
            (Some(port), false) => {
                // Before 23.0 the client names the protocol too.
                let protocol = if store.engine.major() < 23 && !port.contains('/') { "/tcp" } else { "" };
                shell.err(format!("Error: No public port '{port}{protocol}' published for {name}\n"));
                1
            }
            _ => 0,
        }
    }
}
