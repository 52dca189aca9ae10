//! What bytes say that are no plain text: gzip is unpacked and UTF-16 read. What cannot be looked into is taken for secret.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use super::{allowance::Allowance, secrets_within};

/// What nobody here unpacks: zip, zstd, xz, bzip2, 7z, lz4.
const ARCHIVES: [&[u8]; 6] = [
    b"PK\x03\x04",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ\0",
    b"BZh",
    b"7z\xbc\xaf\x27\x1c",
    b"\x04\x22\x4d\x18",
];

pub(super) enum Content {
    Plain(String),
    Unpacked(String),
    /// Packed in a way that cannot be looked into, or that would be too much.
    Sealed,
}

impl Content {
    pub(super) fn of(bytes: &[u8], allowance: &mut Allowance) -> Self {
        let unpacked = if is_gzip(bytes) {
            let limit = allowance.of_packed(bytes.len());
            unpacked(MultiGzDecoder::new(bytes), limit, allowance)
        } else if is_packed(bytes) {
            return Self::Sealed;
        } else {
            return Self::Plain(plain(bytes));
        };
        match unpacked {
            Ok(bytes) if !is_packed(&bytes) => Self::Unpacked(plain(&bytes)),
            _ => Self::Sealed,
        }
    }

    pub(super) fn holds_secret(&self, allowance: &mut Allowance) -> bool {
        match self {
            Self::Plain(text) => !secrets_within(text, allowance).is_empty(),
            Self::Unpacked(text) => {
                allowance.deeper(|it| !secrets_within(text, it).is_empty()).unwrap_or(true)
            }
            Self::Sealed => true,
        }
    }
}

/// Random letters are base64 as well, and what they hold is no text.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok()
}

fn is_packed(bytes: &[u8]) -> bool {
    is_gzip(bytes) || ARCHIVES.iter().any(|it| bytes.starts_with(it))
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1f\x8b\x08")
}

/// An error if it is torn or longer than `limit`. Counts what was unpacked, also in vain.
fn unpacked(packed: impl Read, limit: usize, allowance: &mut Allowance) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    let outcome = packed.take(most.saturating_add(1)).read_to_end(&mut unpacked);
    allowance.spend(unpacked.len());
    outcome?;
    if unpacked.len() <= limit { Ok(unpacked) } else { Err(io::ErrorKind::FileTooLarge.into()) }
}

/// Read as UTF-8, and where it may be UTF-16, with its mark or without, once more as that.
fn plain(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    let swapped = bytes.starts_with(b"\xfe\xff");
    let zeros = bytes.iter().skip(1).step_by(2).filter(|it| **it == 0).count();
    if swapped || bytes.starts_with(b"\xff\xfe") || zeros * 4 > bytes.len() {
        let pairs = bytes.as_chunks::<2>().0.iter();
        let units: Vec<u16> = pairs
            .map(|it| if swapped { u16::from_be_bytes(*it) } else { u16::from_le_bytes(*it) })
            .collect();
        text.push('\n');
        text.push_str(&String::from_utf16_lossy(&units));
    }
    text
}
