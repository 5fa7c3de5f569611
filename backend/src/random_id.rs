//! Random ids from the operating system's random number generator.

/// Returns a new id of 26 lower-case letters and digits (130 random bits). It cannot be guessed, so it also
/// serves as a token and as a nonce.
///
/// # Panics
/// The operating system gives no random bytes.
pub fn random_id() -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut random = [0u8; 26];
    // Without random bytes no token is safe, so the program must not go on.
    getrandom::fill(&mut random).expect("the system gives random bytes");
    random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}
