//! Plain text: without what a terminal obeys, and without what a model reads and a person does not see.

use std::borrow::Cow;

use serde_json::Value;

/// Makes an emoji of the sign before it.
const EMOJI_STYLE: char = '\u{fe0f}';

/// Lines and tabs stay; escape sequences, control, invisible and direction-changing characters go.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if is_plain(text) { Cow::Borrowed(text) } else { Cow::Owned(Plain::of(text)) }
}

/// The same on one line, without tabs.
pub(super) fn cell(text: &str) -> Cow<'_, str> {
    let plain = self::text(text);
    if plain.bytes().any(|it| matches!(it, b'\n' | b'\t')) {
        Cow::Owned(plain.split_whitespace().collect::<Vec<_>>().join(" "))
    } else {
        plain
    }
}

/// The same for every string of a JSON value.
pub(super) fn value(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(plain) = self::text(text) {
                *text = plain;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(self::value),
        Value::Object(fields) => fields.values_mut().for_each(self::value),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a character shows nothing of itself, or changes the order of others.
pub(super) fn is_hidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        _ if character.is_ascii() => character.is_ascii_control(),
        _ => matches!(
            u32::from(character),
            0x80..=0x9F | 0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5
            | 0x180B..=0x180F | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F
            | 0x2800 | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB
            | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF
        ),
    }
}

/// Says yes only when there is nothing to do; most texts are such.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|it| matches!(it, b' '..=b'~' | b'\n' | b'\t'))
}

/// The text so far, and what the characters read last have begun.
struct Plain {
    text: String,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// After ESC.
    Escape,
    /// In a control sequence, up to its last letter.
    Sequence,
    /// In an operating system command or another string, up to BEL or ESC `\`.
    Command,
    CommandEscape,
    /// After a carriage return.
    Return,
}

impl Plain {
    fn of(text: &str) -> String {
        let mut plain = Self { text: String::with_capacity(text.len()), state: State::Text };
        text.chars().for_each(|it| plain.read(it));
        plain.text
    }

    fn read(&mut self, character: char) {
        self.state = match (self.state, character) {
            (State::Escape, '[') | (State::Sequence, ' '..='?') => State::Sequence,
            (State::Escape, ']' | 'P' | 'X' | '^' | '_') => State::Command,
            (State::Escape, ' '..='/') => State::Escape,
            (State::Escape, '0'..='~')
            | (State::Sequence, '@'..='~')
            | (State::Command, '\u{7}' | '\u{9c}')
            | (State::CommandEscape, '\\') => State::Text,
            (State::Command, '\u{1b}') => State::CommandEscape,
            // A command that nobody ends is no reason to lose the lines after it.
            (State::Command, it) if it != '\n' => State::Command,
            _ => self.write(character),
        };
    }

    fn write(&mut self, character: char) -> State {
        match character {
            '\u{1b}' => return State::Escape,
            '\u{9b}' => return State::Sequence,
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => return State::Command,
            '\r' => {
                self.text.push('\n');
                return State::Return;
            }
            '\n' if self.state == State::Return => {}
            '\u{85}' | '\u{2028}' | '\u{2029}' => self.text.push('\n'),
            // It turns a sign into an emoji, once and after a sign; anything else could carry hidden bytes.
            EMOJI_STYLE if self.text.chars().last().is_some_and(takes_emoji_style) => {
                self.text.push(character);
            }
            _ if is_hidden(character) => {}
            _ => self.text.push(character),
        }
        State::Text
    }
}

fn takes_emoji_style(character: char) -> bool {
    matches!(u32::from(character), 0x203C..=0x3299 | 0x1F000..=0x1FAFF)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn colours_titles_and_cursor_movements_are_gone() {
        let coloured =
            "\u{1b}[1;31mERROR\u{1b}[0m \u{1b}]0;owned\u{7}disk\u{1b}[2K full\u{1b}(B\u{9b}5mx";
        assert_eq!(text(coloured), "ERROR disk fullx");
    }

    #[test]
    fn a_command_without_an_end_hides_no_line() {
        assert_eq!(text("\u{1b}]0;never ended\nnext line"), "\nnext line");
    }

    #[test]
    fn what_nobody_sees_is_gone() {
        let tags: String =
            "do evil".chars().map(|it| char::from_u32(0xE0000 + u32::from(it)).unwrap()).collect();
        assert_eq!(text(&format!("a{tags}b\u{200b}c\u{202e}d\u{ad}e\u{feff}")), "abcde");
    }

    #[test]
    fn a_variation_selector_stays_only_where_it_makes_an_emoji() {
        assert_eq!(text("⚠\u{fe0f}\u{fe0f}\u{fe01} a\u{fe0f}"), "⚠\u{fe0f} a");
    }

    #[test]
    fn carriage_returns_end_lines() {
        assert_eq!(text("one\r\ntwo\rthree\u{2028}four"), "one\ntwo\nthree\nfour");
    }

    #[test]
    fn a_cell_is_one_line_without_tabs() {
        assert_eq!(cell("a\tb\r\n  c"), "a b c");
        assert_eq!(cell("two  spaces"), "two  spaces");
    }

    #[test]
    fn other_languages_stay_as_they_are() {
        let languages = "支付服务 결제 خدمة शॉपिंग Größe — “quoted” 🚀";
        assert_eq!(text(languages), languages);
    }

    proptest! {
        #[test]
        fn plain_text_holds_nothing_hidden(wild in any::<String>()) {
            let plain = text(&wild);
            let hidden = plain.chars().any(|it| is_hidden(it) && it != EMOJI_STYLE);
            prop_assert!(!hidden);
            prop_assert_eq!(text(&plain), plain.clone());
        }
    }
}
