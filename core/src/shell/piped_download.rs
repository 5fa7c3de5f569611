//! A download of which nothing is known, in a pipe: `curl … | tar xz`.

use super::Shell;
use super::redirection::OutputTarget;
use crate::fs::Doubt;

/// A download that goes through a pipe.
pub(super) struct PipedDownload {
    address: String,
    /// The doubt before.
    doubt: Doubt,
}

impl PipedDownload {
    pub(super) fn address(&self) -> &str {
        &self.address
    }
}

impl Shell {
    /// Prints a download of which nothing is known but its address.
    pub(crate) fn pipe_download(&mut self, address: &str) {
        self.piped_download = Some(PipedDownload { address: address.to_string(), doubt: self.fs.doubt() });
        self.gap("unknown-download", address);
    }

    /// The address of the download that the current command reads from a pipe, if there is one.
    pub(crate) fn piped_address(&self) -> Option<&str> {
        self.piped_download.as_ref().filter(|_| self.is_input_incomplete).map(PipedDownload::address)
    }

    /// Whether no other command reads what the current one prints.
    pub(crate) fn is_end_of_pipe(&self) -> bool {
        matches!(self.outputs[0], OutputTarget::Null | OutputTarget::Terminal(_))
    }

    /// As [`Shell::piped_address`], for a command of which it is known what it does with the download.
    pub(crate) fn claim_download(&mut self) -> Option<String> {
        let download = self.piped_download.take().filter(|_| self.is_input_incomplete)?;
        self.gaps.retain(|gap| gap.code != "unknown-download" || gap.what != download.address);
        self.fs.set_doubt(download.doubt);
        Some(download.address)
    }
}
