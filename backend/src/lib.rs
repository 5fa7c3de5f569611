//! What connects the simulator with a machine: its disk, its container engine, its network. The program
//! `stageplay` stands on it.

pub mod disk;
pub mod engine;
pub mod server;
