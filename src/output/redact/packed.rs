//! What bytes say that are no plain text: gzip is unpacked and UTF-16 read. What cannot be looked into is taken for secret.

use std::io::Read;

use flate2::read::MultiGzDecoder;

/// What nobody here unpacks: zip, zstd, xz, bzip2, 7z, lz4.
const ARCHIVES: [&[u8]; 6] = [
    b"PK\x03\x04",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ\0",
    b"BZh",
    b"7z\xbc\xaf\x27\x1c",
    b"\x04\x22\x4d\x18",
];

/// So often within each other things are unpacked; a text can be made that unpacks to itself.
pub(super) const DEEPEST: u8 = 3;

/// Settings, logs and manifests become at most this many times as long, and a bomb becomes longer.
const TIMES: usize = 64;
const LONGEST: usize = 4 * 1024 * 1024;

/// The text that bytes are; `None` if they are packed in a way that cannot be looked into.
pub(super) fn text_of(bytes: &[u8]) -> Option<String> {
    if is_gzip(bytes) {
        let unpacked = unpacked(bytes)?;
        return (!is_packed(&unpacked)).then(|| plain(&unpacked));
    }
    (!is_packed(bytes)).then(|| plain(bytes))
}

pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1f\x8b\x08")
}

fn is_packed(bytes: &[u8]) -> bool {
    is_gzip(bytes) || ARCHIVES.iter().any(|it| bytes.starts_with(it))
}

/// `None` if it is torn, or longer than anything that is packed for its length.
fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let most = (bytes.len() * TIMES).min(LONGEST);
    let mut unpacked = Vec::new();
    let limit = u64::try_from(most).ok()?;
    MultiGzDecoder::new(bytes).take(limit + 1).read_to_end(&mut unpacked).ok()?;
    (unpacked.len() <= most).then_some(unpacked)
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
