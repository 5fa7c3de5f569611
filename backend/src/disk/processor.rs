//! The instruction sets of this machine's processor.

/// The x86-64 microarchitecture level of this machine's processor: 1 to 4 for x86-64-v1 to x86-64-v4. 1 on other
/// architectures.
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
