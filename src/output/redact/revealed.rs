//! Keys of Secrets that the operator lets be read. They are read in the Secret itself and nowhere else: not in a copy of it,
//! and not where the same value stands.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Map, Value};

/// `shop/web-tls:tls.crt`: namespace, name and key.
#[derive(Clone, Default)]
pub(super) struct Revealed(Arc<BTreeSet<String>>);

/// What was taken out, and from where.
pub(super) struct Taken(Vec<(String, Value)>);

impl Revealed {
    pub(super) fn new(entries: &[String]) -> Self {
        Self(Arc::new(entries.iter().cloned().collect()))
    }

    /// Leaves null in the place of what may be read, for as long as the rest is redacted.
    pub(super) fn take(&self, object: &mut Value) -> Taken {
        let mut taken = Vec::new();
        if self.0.is_empty() {
            return Taken(taken);
        }
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        // Other objects may hold copies, whatever somebody calls their kind.
        let is_list =
            text("apiVersion") == Some("v1") && matches!(text("kind"), Some("List" | "SecretList"));
        match object.get_mut("items").filter(|_| is_list) {
            Some(Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.take_from(item, &format!("/items/{index}"), &mut taken);
                }
            }
            _ => self.take_from(object, "", &mut taken),
        }
        Taken(taken)
    }

    fn take_from(&self, object: &mut Value, place: &str, taken: &mut Vec<(String, Value)>) {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let is_secret = text("/kind") == Some("Secret") && text("/apiVersion") == Some("v1");
        let (Some(namespace), Some(name)) = (text("/metadata/namespace"), text("/metadata/name"))
        else {
            return;
        };
        if !is_secret {
            return;
        }
        let secret = format!("{namespace}/{name}");
        for part in ["data", "stringData"] {
            let Some(Value::Object(fields)) = object.get_mut(part) else { continue };
            self.take_fields(fields, &secret, &format!("{place}/{part}"), taken);
        }
    }

    fn take_fields(
        &self,
        fields: &mut Map<String, Value>,
        secret: &str,
        place: &str,
        taken: &mut Vec<(String, Value)>,
    ) {
        for (key, value) in fields {
            // Slashes and tildes, which pointers would have to escape, are in no key of a Secret.
            if value.is_string() && self.0.contains(&format!("{secret}:{key}")) {
                taken.push((format!("{place}/{key}"), value.take()));
            }
        }
    }
}

impl Taken {
    pub(super) fn put_back(self, object: &mut Value) {
        for (place, value) in self.0 {
            if let Some(empty) = object.pointer_mut(&place) {
                *empty = value;
            }
        }
    }
}
