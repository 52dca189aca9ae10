/// For each first letter, a bit for each second letter that often follows it in words of English and of code.
const COMMON: [u32; 26] = [
    0x37e_bfef, 0x16_4911, 0x11e_4d95, 0x116_4919, 0x3ff_ffff, 0x1a_4931, 0x16_69d1, 0x11a_4911,
    0x2be_fe7f, 0x10_4011, 0x1e_4911, 0x11c_5919, 0x14_d113, 0x33c_65fd, 0x17e_ff7f, 0x1e_c991,
    0x10_0000, 0x13e_fd7f, 0x15c_dd95, 0x11e_4995, 0xe_bd7f, 0x4111, 0x6191, 0x8_8110, 0x4_e011,
    0x4111,
];

/// How many neighbouring letters of an ASCII word seldom stand side by side.
pub(super) fn rare_pairs(word: &str) -> usize {
    let pairs = word.bytes().zip(word.bytes().skip(1));
    pairs.filter(|(one, next)| !is_common(*one, *next)).count()
}

fn is_common(one: u8, next: u8) -> bool {
    let place = |letter: u8| usize::from(letter.to_ascii_lowercase().wrapping_sub(b'a'));
    COMMON.get(place(one)).is_some_and(|it| it >> place(next) & 1 == 1)
}

/// What a character outside ASCII costs, in hundredths of a token, by its script.
pub(super) fn foreign(character: char) -> usize {
    match u32::from(character) {
        // Latin with accents, and what rulers, boxes and bars are drawn with.
        0x80..=0x24F | 0x2500..=0x259F => 60,
        // Greek, Cyrillic, Hebrew and Arabic, the scripts of India.
        0x370..=0x3FF => 46,
        0x400..=0x52F => 33,
        0x590..=0x6FF => 40,
        0x900..=0xDFF => 44,
        // Punctuation, arrows, mathematics.
        0x2000..=0x23FF | 0x2600..=0x27BF | 0x3000..=0x303F => 100,
        // Kana, Han and Hangul.
        0x3040..=0x30FF => 74,
        0x4E00..=0x9FFF => 88,
        0xAC00..=0xD7AF => 78,
        0xFE00..=0xFE0F => 80,
        // Emoji.
        0x1F000..=0x1FAFF => 190,
        _ => 300,
    }
}
