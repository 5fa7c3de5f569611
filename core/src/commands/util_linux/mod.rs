//! Programs of util-linux.

pub(crate) mod fallocate;
pub(crate) mod flock;
pub(crate) mod hexdump;
pub(crate) mod more;
pub(crate) mod rev;
pub(crate) mod setpriv;
pub(crate) mod su;
