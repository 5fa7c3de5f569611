//! The limit of open files of this process. Each connection is one, and builds need some, too.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Open files that connections leave to builds, to the engine and to the program itself.
const RESERVED_FILES: u64 = 512;
/// Open connections.
const MAX_CONNECTIONS: u64 = 2_048;
/// One client may have one of this many parts of all connections. It is enough for a class behind one address, and
/// leaves connections for others.
const CLIENT_PARTS: usize = 4;

/// How many connections may be open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ConnectionLimits {
    pub(super) total: usize,
    /// Of one client address.
    pub(super) per_client: usize,
}

impl ConnectionLimits {
    /// The limits of a process that may have `files` open files.
    fn within(files: u64) -> Self {
        let total = MAX_CONNECTIONS.min(files.saturating_sub(RESERVED_FILES).max(files / 4));
        let total = usize::try_from(total).unwrap_or(usize::MAX).max(1);
        ConnectionLimits { total, per_client: (total / CLIENT_PARTS).max(1) }
    }

    /// The limits of this process, after it was allowed as many open files as it may be. Systems often give a process
    /// 1,024 and let it take more.
    pub(super) fn of_process() -> Self {
        let limit = getrlimit(Resource::Nofile);
        // An error leaves the limit as it is.
        let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
        let files = if raised.is_ok() { limit.maximum } else { limit.current };
        Self::within(files.unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_to_builds() {
        for (files, total, per_client) in
            [(u64::MAX, 2_048, 512), (2_560, 2_048, 512), (1_024, 512, 128), (256, 64, 16), (0, 1, 1)]
        {
            assert_eq!(ConnectionLimits::within(files), ConnectionLimits { total, per_client }, "{files}");
        }
    }
}
