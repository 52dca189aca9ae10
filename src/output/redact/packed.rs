//! What bytes say that are no plain text: gzip and zlib are unpacked and UTF-16 read. What cannot be looked into is taken for
//! secret.

use std::io::{self, Read};

use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::{allowance::Allowance, secrets_within};

/// What nobody here unpacks: zip, zstd, xz, 7z, lz4.
const ARCHIVES: [&[u8]; 5] =
    [b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"7z\xbc\xaf\x27\x1c", b"\x04\x22\x4d\x18"];

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
        } else if is_zlib(bytes) {
            match inflated(bytes, allowance) {
                // Two bytes are little to know it by.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                    return Self::Plain(plain(bytes));
                }
                other => other,
            }
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
    std::str::from_utf8(bytes).is_ok() || UTF_16.iter().any(|it| it.may_be(bytes))
}

fn is_packed(bytes: &[u8]) -> bool {
    let is_bzip2 =
        matches!(bytes, [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] if rest.starts_with(b"1AY&SY"));
    let is_archive = is_bzip2 || ARCHIVES.iter().any(|it| bytes.starts_with(it));
    is_archive || is_gzip(bytes) || is_zlib(bytes)
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1f\x8b\x08")
}

/// The four headers that are written, of which each is a multiple of 31 as it must be. `x^` may begin a text, too.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..]) && std::str::from_utf8(bytes).is_err()
}

/// An error as well where something follows that nobody would have looked at.
fn inflated(bytes: &[u8], allowance: &mut Allowance) -> io::Result<Vec<u8>> {
    let mut decoder = ZlibDecoder::new(bytes);
    let limit = allowance.of_packed(bytes.len());
    let unpacked = unpacked(&mut decoder, limit, allowance)?;
    let is_all = usize::try_from(decoder.total_in()) == Ok(bytes.len());
    if is_all { Ok(unpacked) } else { Err(io::ErrorKind::InvalidData.into()) }
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

/// An order of the two bytes of a unit.
struct Utf16 {
    mark: &'static [u8],
    /// The place of the first byte that is zero in ASCII.
    high: usize,
    unit: fn([u8; 2]) -> u16,
}

const UTF_16: [Utf16; 2] = [
    Utf16 { mark: b"\xff\xfe", high: 1, unit: u16::from_le_bytes },
    Utf16 { mark: b"\xfe\xff", high: 0, unit: u16::from_be_bytes },
];

impl Utf16 {
    /// By its mark, or since half of what is mostly ASCII is zeros.
    fn may_be(&self, bytes: &[u8]) -> bool {
        let zeros = bytes.iter().skip(self.high).step_by(2).filter(|it| **it == 0).count();
        bytes.starts_with(self.mark) || zeros * 4 > bytes.len()
    }

    fn read(&self, bytes: &[u8]) -> String {
        let pairs = bytes.as_chunks::<2>().0.iter();
        let units: Vec<u16> = pairs.map(|it| (self.unit)(*it)).collect();
        String::from_utf16_lossy(&units)
    }
}

/// Read as UTF-8, and where it may be UTF-16, once more as that.
fn plain(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    for order in UTF_16.iter().filter(|it| it.may_be(bytes)) {
        text.push('\n');
        text.push_str(&order.read(bytes));
    }
    text
}
