//! What is on this machine's disk, as core sees it: files and roots that are read where a question leads.

pub mod archive;
mod file;
mod folder;
mod part;

pub use file::content;
pub use folder::Folder;
pub use part::Part;

use stageplay_core::fs::Time;
use std::os::unix::fs::MetadataExt;

/// When a file was last written to.
pub fn modified(meta: &std::fs::Metadata) -> Time {
    Time::at(meta.mtime(), u32::try_from(meta.mtime_nsec()).unwrap_or(0))
}

/// Which of x86-64-v1 to v4 this machine's processor is.
pub fn processor_level() -> u8 {
    #[cfg(target_arch = "x86_64")]
    {
        let all = |features: &[bool]| features.iter().all(|has| *has);
        let v2 = [is_x86_feature_detected!("sse4.2"), is_x86_feature_detected!("popcnt")];
        let v3 = [is_x86_feature_detected!("avx2"), is_x86_feature_detected!("bmi2"), is_x86_feature_detected!("fma")];
        let v4 = [
            is_x86_feature_detected!("avx512f"),
            is_x86_feature_detected!("avx512bw"),
            is_x86_feature_detected!("avx512cd"),
            is_x86_feature_detected!("avx512dq"),
            is_x86_feature_detected!("avx512vl"),
        ];
        match (all(&v2), all(&v3), all(&v4)) {
            (true, true, true) => 4,
            (true, true, false) => 3,
            (true, false, _) => 2,
            _ => 1,
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    1
}
