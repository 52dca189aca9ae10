//! One object as text.

use std::fmt::Write;

use serde_json::Value;

use super::{document::Format, plain::is_hidden, yaml};

/// Without a newline at the end; hidden characters come out as escapes.
pub(super) fn write(object: &Value, format: Format) -> String {
    match format {
        Format::Yaml => {
            let mut text = yaml::write(object);
            text.truncate(text.trim_end_matches('\n').len());
            text
        }
        Format::Json => escaped(object.to_string()),
    }
}

/// Outside of strings JSON has no such characters, so an escape can stand for each.
fn escaped(json: String) -> String {
    if json.is_ascii() || !json.chars().any(is_hidden) {
        return json;
    }
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if is_hidden(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let written = write!(escaped, "\\u{unit:04x}");
                debug_assert!(written.is_ok(), "writing to a String cannot fail");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_with_hidden_characters_is_the_same_json() {
        let object = json!({"a\u{200b}": "x\u{202e}y\u{e0041}\u{7f}支"});
        let text = write(&object, Format::Json);
        assert_eq!(text, r#"{"a\u200b":"x\u202ey\udb40\udc41\u007f支"}"#);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), object);
    }
}
