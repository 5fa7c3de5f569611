//! Debian's own tools, which its packages' scripts and people's RUN lines ask for.

mod alternatives;
mod divert;
mod locales;
mod services;

pub(in crate::shell) use alternatives::update_alternatives;
pub(in crate::shell) use divert::divert;
pub(in crate::shell) use locales::{locale_gen, localedef, update_locale};
pub(in crate::shell) use services::{invoke, service, update_rc};
