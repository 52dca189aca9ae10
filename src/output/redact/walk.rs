//! JSON, field by field: what a value is depends on the names around it and on the kind of the object that it is in.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    Redactor, flags, kinds, mark,
    names::{Secrecy, is_reference, secrecy},
    values,
};

pub(super) fn value(redactor: &Redactor, value: &mut Value) {
    Walk { redactor }.value(value, Secrecy::None, None);
}

/// What is in `passwords: {admin: x}` is a password, and what is in `password: {secretKeyRef: ...}` is not.
fn inherited(outer: Secrecy, name: &str, value: &Value) -> Secrecy {
    let is_secret = outer == Secrecy::Sure && value.is_string() && !is_reference(name);
    if is_secret { Secrecy::Sure } else { Secrecy::None }
}

/// A string under a name of this secrecy.
pub(super) fn cell(redactor: &Redactor, cell: &mut String, secrecy: Secrecy) {
    Walk { redactor }.text(cell, secrecy);
}

#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    pub(super) redactor: &'a Redactor,
}

impl Walk<'_> {
    /// `secrecy` is that of the name that the value stands under, `kind` that of the list that it is an item of.
    pub(super) fn value(self, value: &mut Value, secrecy: Secrecy, kind: Option<&str>) {
        match value {
            Value::Object(fields) => self.object(fields, secrecy, kind),
            Value::Array(items) => self.items(items, secrecy, kind),
            Value::String(text) => self.text(text, secrecy),
            Value::Number(number) if secrecy == Secrecy::Sure => {
                *value = Value::String(self.redactor.mark(number.to_string().as_bytes()));
            }
            Value::Number(_) | Value::Bool(_) | Value::Null => {}
        }
    }

    fn object(self, fields: &mut Map<String, Value>, outer: Secrecy, kind: Option<&str>) {
        let own = fields.get("kind").and_then(Value::as_str).map(str::to_owned);
        let kind = own.as_deref().or(kind);
        kinds::redact(self, fields, kind);
        self.named_value(fields);
        let items = kind.and_then(|it| it.strip_suffix("List"));
        for (name, value) in fields {
            let kind = items.filter(|it| name == "items" && !it.is_empty());
            self.value(value, secrecy(name).max(inherited(outer, name, value)), kind);
        }
    }

    /// An env variable, a header, a parameter, a patch: `{name: DB_PASSWORD, value: x}`.
    fn named_value(self, fields: &mut Map<String, Value>) {
        let name =
            ["name", "key", "path", "Name", "Key"].iter().find_map(|it| fields.get(*it)?.as_str());
        let secrecy = name.map_or(Secrecy::None, secrecy);
        if secrecy != Secrecy::None {
            for place in ["value", "Value", "values"] {
                if let Some(value) = fields.get_mut(place) {
                    self.value(value, secrecy, None);
                }
            }
        }
    }

    fn items(self, items: &mut [Value], secrecy: Secrecy, kind: Option<&str>) {
        let mut flag: Option<String> = None;
        for item in items {
            let own = item.as_str().filter(|it| it.starts_with('-')).map(str::to_owned);
            match (std::mem::replace(&mut flag, own), &mut *item) {
                (Some(flag), Value::String(text)) if flags::is_value_of(&flag, text) => {
                    self.secret(text);
                }
                _ => self.value(item, secrecy, kind),
            }
        }
    }

    fn text(self, text: &mut String, secrecy: Secrecy) {
        if values::is_secret(text, secrecy) {
            self.assigned(text);
        } else if let Cow::Owned(redacted) = self.redactor.text(text) {
            *text = redacted;
        }
    }

    /// A scheme such as `Bearer` stays readable.
    fn assigned(self, text: &mut String) {
        let scheme = ["Bearer ", "Basic ", "Token "].iter().find(|it| text.starts_with(**it));
        let secret = scheme.map_or(text.as_str(), |it| text.trim_start_matches(*it));
        if !secret.is_empty() && !mark::is_one(secret) {
            *text = format!("{}{}", scheme.unwrap_or(&""), self.redactor.mark(secret.as_bytes()));
        }
    }

    /// A whole text that is secret whatever it is.
    pub(super) fn secret(self, text: &mut String) {
        if !text.is_empty() && !mark::is_one(text) {
            *text = self.redactor.mark(text.as_bytes());
        }
    }
}
