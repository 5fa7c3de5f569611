//! Models of programs: what each does to the file system and what it prints.
//!
//! A file is named after the program, a folder after the package that people know it by. To add one: a function
//! in a file here, and a row in `command_table.rs`; docs/coverage.md is made of that table.

pub(crate) mod accounts;
pub(crate) mod archives;
pub(crate) mod awk;
pub(crate) mod c_library;
pub(crate) mod configure_make_estimate;
pub(crate) mod coreutils;
pub(crate) mod crontab;
pub(crate) mod debian;
pub(crate) mod df_du_free_ps;
pub(crate) mod diffutils;
pub(crate) mod dos2unix;
pub(crate) mod envsubst;
pub(crate) mod estimated_files;
pub(crate) mod file;
pub(crate) mod findutils;
pub(crate) mod glibc;
pub(crate) mod gosu;
pub(crate) mod gpg;
pub(crate) mod grep;
pub(crate) mod hostname;
pub(crate) mod init_process;
pub(crate) mod interpreters;
pub(crate) mod long_option_names;
pub(crate) mod mountpoint;
pub(crate) mod network;
pub(crate) mod openssl;
pub(crate) mod os_release;
pub(crate) mod piped_installers;
pub(crate) mod replace_file;
pub(crate) mod sed;
pub(crate) mod setcap;
pub(crate) mod strings;
pub(crate) mod sudo;
pub(crate) mod text_inputs;
pub(crate) mod unmodelled_doubt;
pub(crate) mod unreadable_file_messages;
pub(crate) mod update_ca_certificates;
pub(crate) mod util_linux;
pub(crate) mod xxd;
