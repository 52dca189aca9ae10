//! YAML as short as it can be and still mean the same to every reader, of YAML 1.1 as of 1.2.
//!
//! serde-saphyr's writer would indent lists and quote by YAML 1.2 alone; kubectl and people do neither.

mod scalar;

use serde_json::{Map, Value};

use self::scalar::{block, inline};

/// One document in block style, ending in a newline; hidden characters come out as escapes.
pub fn write(value: &Value) -> String {
    let mut yaml = Yaml { text: String::new() };
    match value {
        Value::Object(fields) if !fields.is_empty() => yaml.fields(fields, 0),
        Value::Array(items) if !items.is_empty() => yaml.items(items, 0),
        scalar => yaml.line(&inline(scalar)),
    }
    yaml.text
}

struct Yaml {
    text: String,
}

impl Yaml {
    /// The first line goes where the cursor stands, behind a list's dash perhaps.
    fn fields(&mut self, fields: &Map<String, Value>, indent: usize) {
        for (place, (key, value)) in fields.iter().enumerate() {
            if place > 0 {
                self.indent(indent);
            }
            self.text.push_str(&scalar::string(key));
            self.text.push(':');
            self.field(value, indent);
        }
    }

    /// What stands after a key's colon. Lists are not indented below their key.
    fn field(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                self.text.push('\n');
                self.indent(indent + 2);
                self.fields(fields, indent + 2);
            }
            Value::Array(items) if !items.is_empty() => {
                self.text.push('\n');
                self.indent(indent);
                self.items(items, indent);
            }
            scalar => {
                self.text.push(' ');
                self.scalar(scalar, indent + 2);
            }
        }
    }

    fn items(&mut self, items: &[Value], indent: usize) {
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                self.indent(indent);
            }
            self.text.push_str("- ");
            match item {
                Value::Object(fields) if !fields.is_empty() => self.fields(fields, indent + 2),
                Value::Array(items) if !items.is_empty() => self.items(items, indent + 2),
                scalar => self.scalar(scalar, indent + 2),
            }
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        match value.as_str().and_then(block) {
            Some(block) => self.block(&block, indent),
            None => self.line(&inline(value)),
        }
    }

    fn block(&mut self, block: &scalar::Block<'_>, indent: usize) {
        self.line(block.header);
        for line in block.lines() {
            if !line.is_empty() {
                self.indent(indent);
            }
            self.line(line);
        }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn indent(&mut self, width: usize) {
        self.text.extend(std::iter::repeat_n(' ', width));
    }
}

#[cfg(test)]
mod tests;
