//! The program of the Web Worker.

fn main() {
    #[cfg(target_arch = "wasm32")]
    stageplay_simulator::worker::start();
}
