//! What is too large to be shown at all is shown with its longest parts cut.

use serde_json::{Map, Value};

use super::{number::grouped, tokens::Cost};

/// The most that is kept of each string, list and map.
#[derive(Clone, Copy)]
struct Limits {
    chars: usize,
    items: usize,
    fields: usize,
}

/// Tried in this order, so that no more is cut than must be.
const LIMITS: [Limits; 8] = [
    Limits { chars: 4000, items: 200, fields: 500 },
    Limits { chars: 2000, items: 100, fields: 250 },
    Limits { chars: 1000, items: 50, fields: 120 },
    Limits { chars: 500, items: 25, fields: 60 },
    Limits { chars: 250, items: 12, fields: 40 },
    Limits { chars: 120, items: 6, fields: 25 },
    Limits { chars: 60, items: 3, fields: 15 },
    Limits { chars: 30, items: 1, fields: 8 },
];

/// Text of a manifest: everything may be cut, and a marker says how much was.
pub(super) fn object(object: &Value, limit: Cost, write: &impl Fn(&Value) -> String) -> Value {
    let mut shortened = object.clone();
    for limits in LIMITS {
        shortened = limits.of_text(object);
        if Cost::of(&write(&shortened)) <= limit {
            break;
        }
    }
    shortened
}

/// An object with a declared schema: strings get a marker, lists of strings too; other lists are only cut, since a
/// marker among their items would be no valid item. Maps stay whole: a missing field can be a required one.
pub(super) fn structured(object: &Value, limit: Cost) -> Value {
    let mut shortened = object.clone();
    for limits in LIMITS {
        shortened = limits.of_data(object);
        if Cost::of(&shortened.to_string()) <= limit {
            break;
        }
    }
    shortened
}

/// The beginning of a line and how much more there was.
pub(super) fn line(line: &str, limit: Cost) -> String {
    let mut chars = Cost::of(line).scale(line.chars().count(), limit);
    let mut shortened = cut(line, chars);
    while Cost::of(&shortened) > limit && chars > 0 {
        chars = chars * 4 / 5;
        shortened = cut(line, chars);
    }
    shortened
}

impl Limits {
    fn of_text(self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(cut(text, self.chars)),
            Value::Array(items) => {
                let mut kept: Vec<Value> =
                    items.iter().take(self.items).map(|it| self.of_text(it)).collect();
                kept.extend(more(items.len(), self.items).map(Value::String));
                Value::Array(kept)
            }
            Value::Object(fields) => {
                let kept = fields.iter().take(self.fields);
                let mut kept: Map<String, Value> =
                    kept.map(|(name, value)| (name.clone(), self.of_text(value))).collect();
                kept.extend(more(fields.len(), self.fields).map(|it| ("…".to_owned(), it.into())));
                Value::Object(kept)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn of_data(self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(cut(text, self.chars)),
            Value::Array(items) => {
                let of_strings = items.iter().all(Value::is_string);
                let kept = items.iter().take(self.items).map(|it| self.of_data(it));
                let marker = more(items.len(), self.items).filter(|_| of_strings);
                Value::Array(kept.chain(marker.map(Value::String)).collect())
            }
            Value::Object(fields) => {
                let kept = fields.iter().map(|(name, value)| (name.clone(), self.of_data(value)));
                Value::Object(kept.collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }
}

/// `[45 more]`, if there are more than are kept.
fn more(length: usize, kept: usize) -> Option<String> {
    (length > kept).then(|| format!("[{} more]", grouped(length - kept)))
}

/// Cuts a text after so many characters, and marks it: `beginning…`.
pub fn clip(text: &mut String, chars: usize) {
    if let Some((end, _)) = text.char_indices().nth(chars) {
        text.truncate(end);
        text.push('…');
    }
}

/// `beginning… [12,034 more chars]`; never longer than the text itself.
fn cut(text: &str, chars: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(chars) else { return text.to_owned() };
    let (kept, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let marked = format!("{kept}… [{} more chars]", grouped(rest.chars().count()));
    if marked.len() < text.len() { marked } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_longest_parts_of_an_object_are_cut_and_the_short_ones_stay() {
        let large = json!({"kind": "ConfigMap", "data": {"file": "x y ".repeat(9000), "flag": "on"}, "list": vec![1; 900]});
        let limit = Cost::of_tokens(1000);
        let shortened = object(&large, limit, &Value::to_string);
        assert!(Cost::of(&shortened.to_string()) <= limit);
        assert_eq!(shortened["data"]["flag"], "on");
        assert!(shortened["data"]["file"].as_str().unwrap().ends_with(" more chars]"));
        assert!(
            shortened["list"]
                .as_array()
                .unwrap()
                .last()
                .unwrap()
                .as_str()
                .unwrap()
                .ends_with(" more]")
        );
    }

    #[test]
    fn items_of_structured_lists_keep_their_type() {
        let large = json!({"objects": vec![json!({"name": "x"}); 900], "names": vec!["name"; 900]});
        let shortened = structured(&large, Cost::of_tokens(1000));
        assert!(shortened["objects"].as_array().unwrap().iter().all(Value::is_object));
        assert!(
            shortened["names"]
                .as_array()
                .unwrap()
                .last()
                .unwrap()
                .as_str()
                .unwrap()
                .ends_with(" more]")
        );
    }

    #[test]
    fn a_long_line_keeps_its_beginning() {
        let shortened = line(&"word ".repeat(5000), Cost::of_tokens(100));
        assert!(Cost::of(&shortened) <= Cost::of_tokens(100));
        assert!(
            shortened.starts_with("word word ") && shortened.ends_with(" more chars]"),
            "{shortened}"
        );
    }
}
