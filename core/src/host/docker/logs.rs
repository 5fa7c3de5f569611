//! `docker logs`.

use super::{Call, Docker, note};
use crate::shell::{Shell, Stream};

impl Docker {
    pub(super) fn logs(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let name = call.words.operand();
        let number = match self.container_or_error(shell, name, "Error: ") {
            Ok(number) => number,
            Err(status) => return status,
        };
        let store = self.lock();
        let Some(container) = store.containers.get(&number) else { return 1 };
        let mut lines: Vec<(Stream, Vec<u8>)> = Vec::new();
        for (stream, bytes) in &container.log {
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                match lines.last_mut() {
                    Some((last, begun)) if last == stream && !begun.ends_with(b"\n") => begun.extend_from_slice(line),
                    _ => lines.push((*stream, line.to_vec())),
                }
            }
        }
        // A number below zero, or no number, is all of them.
        let tail = call.words.last("tail").and_then(|tail| tail.parse::<usize>().ok()).unwrap_or(usize::MAX);
        let skipped = lines.len().saturating_sub(tail);
        for (stream, line) in lines.into_iter().skip(skipped) {
            match stream {
                Stream::Stdout => shell.out(line),
                Stream::Stderr => shell.err(line),
            }
        }
        let id = container.name.clone();
        if !container.log_known {
            note(shell, "log-not-known", id.clone());
        }
        if call.words.has("follow") && container.state.is_up() {
            note(shell, "follow-ends", id.clone());
        }
        if call.words.has("timestamps") {
            note(shell, "no-clock", "docker logs --timestamps");
        }
        0
    }
}
