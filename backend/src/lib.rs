//! What connects the simulator with a machine: its disk. The program `stageplay` stands on it.

pub mod disk;
