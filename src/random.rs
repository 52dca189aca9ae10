//! What nobody outside can guess.

/// Bytes from the operating system.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    bytes
}

/// Eight hexadecimal digits, to tell one from another.
pub(crate) fn mark() -> String {
    format!("{:08x}", u32::from_ne_bytes(bytes()))
}

pub(crate) fn number() -> u64 {
    u64::from_ne_bytes(bytes())
}
