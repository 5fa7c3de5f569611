//! The builds that have ended and are kept, with their reports and image archives: the oldest are forgotten first.

use super::build::Build;
use std::collections::VecDeque;
use std::sync::Arc;

/// Bytes in memory of all builds that are kept. Image archives are on disk and do not count.
const MAX_BYTES: usize = 32 << 20;
/// Builds that are kept.
const MAX_BUILDS: usize = 200;
/// Image archives that are kept on disk.
const MAX_ARCHIVES: usize = 8;

/// The builds that have ended and are kept, the oldest first.
#[derive(Debug, Default)]
pub(super) struct KeptBuilds(VecDeque<Arc<Build>>);

impl KeptBuilds {
    /// Keeps a build, and removes the oldest archives. Returns the builds that are not kept any more; the last one is
    /// kept whatever its size.
    pub(super) fn add(&mut self, build: Arc<Build>) -> Vec<Arc<Build>> {
        self.0.push_back(build);
        let mut bytes: usize = self.0.iter().map(|build| build.bytes()).sum();
        let mut forgotten = Vec::new();
        while (bytes > MAX_BYTES || self.0.len() > MAX_BUILDS) && self.0.len() > 1 {
            let Some(oldest) = self.0.pop_front() else { break };
            bytes = bytes.saturating_sub(oldest.bytes());
            forgotten.push(oldest);
        }
        let with_archive = self.0.iter().rev().filter(|build| build.archive().is_some());
        for old in with_archive.skip(MAX_ARCHIVES) {
            old.remove_archive();
        }
        forgotten
    }

    /// Forgets a build.
    pub(super) fn remove(&mut self, id: &str) {
        self.0.retain(|build| build.id != id);
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
