//! What runs in Debian's own root, held against the real thing: debootstrap makes a root, programs run in
//! it by chroot on an overlay, and what the overlay has then is the layer that Docker would have made.
//!
//! Needs root, debootstrap and Debian's packages; says "skipped" without one of them.

mod packages;
mod pip;
mod root;
mod scripts;
