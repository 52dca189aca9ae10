//! JSON, field by field: what a value is depends on the names around it and on the kind of the object that it is in.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    LOOKS, Redactor,
    allowance::Allowance,
    commands, encoded, flags, keys, kinds, mark,
    names::{Secrecy, secrecy},
    nested, values,
};

pub(super) fn value(redactor: &Redactor, value: &mut Value) {
    Walk { redactor }.value(value, Secrecy::None, None);
}

/// What is in `passwords: {admin: x}` is a password, and what is in `password: {secretKeyRef: ...}` is not.
fn inherited(outer: Secrecy, name: &str, value: &Value, names_object: bool) -> Secrecy {
    match value {
        Value::String(text) if nested::is_key_name(name, text) => Secrecy::None,
        Value::String(_) => nested::text_below(outer, name, names_object),
        Value::Array(_) | Value::Object(_) => nested::fields_below(outer, name),
        Value::Number(_) | Value::Bool(_) | Value::Null => Secrecy::None,
    }
}

/// A scheme such as `Bearer`, and what follows it.
fn after_scheme(text: &str) -> (&'static str, &str) {
    let scheme = ["Bearer ", "Basic ", "Token "].into_iter().find(|it| text.starts_with(it));
    scheme.map_or(("", text), |it| (it, text.trim_start_matches(it)))
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
        let names_object = nested::OBJECT_NAMES.iter().any(|it| fields.contains_key(*it));
        let is_external = fields.contains_key("remoteRef");
        let items = kind.and_then(|it| it.strip_suffix("List"));
        for (name, value) in fields.iter_mut() {
            let kind = items.filter(|it| name == "items" && !it.is_empty());
            // An `ExternalSecret` says under which key it puts what it fetches.
            let own =
                if is_external && name == "secretKey" { Secrecy::None } else { secrecy(name) };
            self.value(value, own.max(inherited(outer, name, value, names_object)), kind);
        }
        self.command(fields);
        keys::redact(self.redactor, fields, outer);
    }

    /// An env variable, a header, a parameter, a patch: `{name: DB_PASSWORD, value: x}`.
    fn named_value(self, fields: &mut Map<String, Value>) {
        let name =
            ["name", "key", "path", "Name", "Key"].iter().find_map(|it| fields.get(*it)?.as_str());
        let secrecy = name.map_or(Secrecy::None, nested::of_name);
        if secrecy != Secrecy::None {
            for place in ["value", "Value", "values", "val", "Val"] {
                if let Some(value) = fields.get_mut(place) {
                    self.value(value, secrecy, None);
                }
            }
        }
    }

    /// A container's arguments are judged by its command.
    fn command(self, fields: &mut Map<String, Value>) {
        let Some(Value::Array(command)) = fields.get("command") else { return };
        let command: Vec<_> = command.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if let Some(Value::Array(args)) = fields.get_mut("args") {
            self.command_line(&command, args);
        }
    }

    /// As with texts there is another look at what has changed.
    fn command_line(self, command: &[String], args: &mut [Value]) {
        for _ in 0..LOOKS {
            if !commands::redact(self.redactor, command, args) {
                return;
            }
            for arg in args.iter_mut() {
                self.value(arg, Secrecy::None, None);
            }
        }
    }

    fn items(self, items: &mut [Value], secrecy: Secrecy, kind: Option<&str>) {
        let mut flag: Option<String> = None;
        for item in items.iter_mut() {
            let own = item.as_str().filter(|it| it.starts_with('-')).map(str::to_owned);
            match (std::mem::replace(&mut flag, own), &mut *item) {
                (Some(flag), Value::String(text)) if flags::is_value_of(&flag, text) => {
                    self.secret(text);
                }
                _ => self.value(item, secrecy, kind),
            }
        }
        self.command_line(&[], items);
    }

    fn text(self, text: &mut String, secrecy: Secrecy) {
        let (_, secret) = after_scheme(text);
        if values::is_secret(text, secrecy) && !values::is_placeholder(secret) {
            self.assigned(text);
        } else if values::may_be_base64(text)
            && encoded::holds_secret(text, &mut Allowance::of_text(text.len()))
        {
            self.secret(text);
        } else if let Cow::Owned(redacted) = self.redactor.text(text) {
            *text = redacted;
        }
    }

    /// A scheme such as `Bearer` stays readable.
    fn assigned(self, text: &mut String) {
        let (scheme, secret) = after_scheme(text);
        if !secret.is_empty() && !mark::is_all(secret) {
            *text = format!("{scheme}{}", self.redactor.mark(secret.as_bytes()));
        }
    }

    /// A whole text that is secret whatever it is.
    pub(super) fn secret(self, text: &mut String) {
        if !text.is_empty() && !mark::is_one(text) {
            *text = self.redactor.mark(text.as_bytes());
        }
    }
}
