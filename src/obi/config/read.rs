//! The text of a variable as the value that its key would have in a file.

use serde_json::Value;

use super::{keys::Key, kind::Kind};
use crate::tree::{Content, Node, Place};

/// A text knows no places.
const NOWHERE: Place = Place { line: 1, column: 1 };

impl Key {
    /// The value that the variable stands for. What cannot be read stays the text that it is, for `wrong` to tell of.
    pub(in crate::obi) fn read(&self, text: &str) -> Node {
        let content = match self.kind {
            Kind::Bool => truth(text).map_or_else(|| Content::Text(text.to_owned()), Content::Bool),
            Kind::Int => number(text, |it| it.parse::<i64>().ok().map(Into::into)),
            Kind::Float => {
                number(text, |it| it.parse().ok().and_then(serde_json::Number::from_f64))
            }
            Kind::Strings
            | Kind::Features
            | Kind::Instrumentations
            | Kind::Exports
            | Kind::Cidrs => Content::List(items(text, |it| Content::Text(it.to_owned()))),
            Kind::Floats | Kind::Numbers => Content::List(items(text, |it| {
                number(it, |it| it.parse().ok().and_then(serde_json::Number::from_f64))
            })),
            _ => Content::Text(text.to_owned()),
        };
        Node { content, place: NOWHERE }
    }

    /// The text of a variable that stands for the value; `None` where no text does.
    pub(in crate::obi) fn write(&self, value: &Value) -> Option<String> {
        match value {
            Value::Null | Value::Object(_) => None,
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) => Some(text.clone()),
            Value::Array(items) => self.write_all(items),
        }
    }

    /// Commas separate items, so that none may be in one.
    fn write_all(&self, items: &[Value]) -> Option<String> {
        let texts: Option<Vec<String>> = items.iter().map(|it| self.write(it)).collect();
        let texts = texts.filter(|it| it.iter().all(|it| !it.is_empty() && !it.contains(',')))?;
        (!texts.is_empty()).then(|| texts.join(","))
    }
}

/// As Go reads a truth outside of YAML.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn number(text: &str, read: impl Fn(&str) -> Option<serde_json::Number>) -> Content {
    read(text).map_or_else(|| Content::Text(text.to_owned()), Content::Number)
}

fn items(text: &str, read: impl Fn(&str) -> Content) -> Vec<Node> {
    let texts = text.split(',').map(str::trim).filter(|it| !it.is_empty());
    texts.map(|it| Node { content: read(it), place: NOWHERE }).collect()
}
