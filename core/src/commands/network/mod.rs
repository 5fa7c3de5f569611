//! Programs that talk to other machines: `curl`, `wget`, `git`, and OpenSSH.

pub(crate) mod curl;
pub(crate) mod download;
pub(crate) mod git;
pub(crate) mod ssh_keygen;
pub(crate) mod ssh_keyscan;
pub(crate) mod wget;
