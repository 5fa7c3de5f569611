//! Debian's own tools, which its packages' scripts and people's RUN lines ask for.

mod alternatives;
mod debconf;
mod divert;
mod locales;
mod services;
mod shells;
mod systemctl;

pub(in crate::shell) use alternatives::update_alternatives;
pub(in crate::shell) use debconf::debconf_set_selections;
pub(in crate::shell) use divert::divert;
pub(in crate::shell) use locales::{locale_gen, localedef, update_locale};
pub(in crate::shell) use services::{invoke, service, update_rc};
pub(in crate::shell) use shells::{add_shell, remove_shell};
pub(in crate::shell) use systemctl::systemctl;
