//! Users and groups: lines of passwd, group, shadow and gshadow, and homes.
//!
//! Three families of programs, each with rules of its own: shadow's, busybox's, and Debian's scripts on top
//! of shadow's. Seen with shadow 4.8 and 4.13, busybox 1.35 and 1.37, adduser 3.118 and 3.134.

pub(crate) mod adduser_busybox;
pub(crate) mod adduser_debian;
pub(crate) mod chsh;
pub(crate) mod getent;
pub(crate) mod gpasswd;
pub(crate) mod groupadd;
pub(crate) mod groupdel;
pub(crate) mod groupmod;
pub(crate) mod groups;
mod home_directory;
pub(crate) mod next_free_id;
pub(crate) mod passwd;
pub(crate) mod passwd_and_group_files;
pub(crate) mod shadow_utils;
pub(crate) mod useradd;
pub(crate) mod userdel;
pub(crate) mod usermod;

use crate::shell::Shell;

/// The programs that busybox and Debian both call so.
macro_rules! by_family {
    ($($name:ident),*) => {$(
        pub(crate) fn $name(shell: &mut Shell, argv: &[String]) -> i32 {
            if shell.dialect() == "ash" { adduser_busybox::$name(shell, argv) } else { adduser_debian::$name(shell, argv) }
        }
    )*};
}
by_family!(adduser, addgroup, deluser, delgroup, passwd, chpasswd);
