//! Values that fields have when nobody sets them.

use serde_json::Value;

use super::Fields;

#[derive(Debug, Clone, Copy)]
pub(super) enum Preset {
    Text(&'static str),
    Number(i64),
    Flag(bool),
    /// An empty map, list or string, or null.
    Nothing,
    Null,
}

impl Preset {
    fn is(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text(text), Value::String(it)) => text == it,
            (Self::Number(number), Value::Number(it)) => it.as_i64() == Some(number),
            (Self::Flag(flag), Value::Bool(it)) => flag == *it,
            (Self::Nothing | Self::Null, Value::Null) => true,
            (Self::Nothing, Value::Object(it)) => it.is_empty(),
            (Self::Nothing, Value::Array(it)) => it.is_empty(),
            (Self::Nothing, Value::String(it)) => it.is_empty(),
            _ => false,
        }
    }
}

/// Removes the fields that have their default.
pub(super) fn drop_defaults(fields: &mut Fields, defaults: &[(&str, Preset)]) {
    fields.retain(|name, value| {
        !defaults.iter().any(|(it, default)| it == name && default.is(value))
    });
}

/// The same for a field of a field, which goes itself if nothing is left of it.
pub(super) fn drop_defaults_in(fields: &mut Fields, name: &str, defaults: &[(&str, Preset)]) {
    if let Some(Value::Object(inner)) = fields.get_mut(name) {
        drop_defaults(inner, defaults);
        if inner.is_empty() {
            fields.retain(|it, _| it != name);
        }
    }
}

/// All maps in a list.
pub(super) fn each<'a>(fields: &'a mut Fields, name: &str) -> impl Iterator<Item = &'a mut Fields> {
    let items = fields.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten();
    items.filter_map(Value::as_object_mut)
}
