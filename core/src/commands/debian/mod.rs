//! Debian's own tools, which its packages' scripts and people's RUN lines ask for.

pub(crate) mod a2enmod;
pub(crate) mod add_shell;
pub(crate) mod debconf_set_selections;
pub(crate) mod dpkg_divert;
pub(crate) mod invoke_rc_d;
pub(crate) mod locale_gen;
pub(crate) mod lsb_release;
pub(crate) mod service;
pub(crate) mod systemctl;
pub(crate) mod update_alternatives;
pub(crate) mod update_rc_d;
pub(crate) mod which;
