//! Both states, as they are and as they may be shown.

use serde_json::{Map, Value};

use crate::output::{plain, redact::Redactor};

/// A state of the object.
struct State {
    raw: Value,
    shown: Value,
    /// As it is redacted by its own kind, if that is not what is shown.
    own: Option<Value>,
}

pub(super) struct Sides {
    before: Option<State>,
    after: Option<State>,
}

/// A value, and what may be shown of it.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) raw: &'a Value,
    pub(super) shown: &'a Value,
}

impl Sides {
    pub(super) fn new(before: Option<Value>, after: Option<Value>, redactor: &Redactor) -> Self {
        let kinds = [kind(before.as_ref()), kind(after.as_ref())];
        let [first, second] = &kinds;
        // What was a Secret's is no less secret under another kind.
        let other: &[Option<Value>] = if first == second { &[] } else { &kinds };
        let state = |raw: Value| State::new(raw, other, redactor);
        Self { before: before.map(state), after: after.map(state) }
    }

    pub(super) fn before(&self) -> Option<Side<'_>> {
        self.before.as_ref().map(State::side)
    }

    /// Everything that something has been redacted in.
    pub(super) fn redacted(&self) -> impl Iterator<Item = Side<'_>> {
        let states = [&self.before, &self.after].into_iter().flatten();
        states.flat_map(|it| {
            let own = it.own.as_ref().map(|shown| Side { raw: &it.raw, shown });
            own.into_iter().chain([it.side()])
        })
    }

    pub(super) fn after(&self) -> Option<Side<'_>> {
        self.after.as_ref().map(State::side)
    }
}

impl State {
    fn new(raw: Value, kinds: &[Option<Value>], redactor: &Redactor) -> Self {
        let mut shown = raw.clone();
        plain::value(&mut shown);
        redactor.manifest(&mut shown);
        let kind = raw.get("kind");
        let others: Vec<&Value> = kinds.iter().flatten().filter(|it| Some(*it) != kind).collect();
        let own = (!others.is_empty()).then(|| shown.clone());
        for kind in others {
            under_kind(&mut shown, kind, redactor);
        }
        Self { raw, shown, own }
    }

    fn side(&self) -> Side<'_> {
        Side { raw: &self.raw, shown: &self.shown }
    }
}

fn kind(object: Option<&Value>) -> Option<Value> {
    object?.get("kind").cloned()
}

/// Redacts it as if it were of another kind.
fn under_kind(object: &mut Value, kind: &Value, redactor: &Redactor) {
    let Value::Object(fields) = object else { return };
    let own = fields.insert("kind".to_owned(), kind.clone());
    redactor.manifest(object);
    let Value::Object(fields) = object else { return };
    match own {
        Some(own) => drop(fields.insert("kind".to_owned(), own)),
        // It stands at the end, where nothing moves when it goes.
        None => drop(fields.remove("kind")),
    }
}

impl<'a> Side<'a> {
    /// The fields with their names as they are and as they may be shown; `None` if names that may not be shown have become one.
    pub(super) fn fields(self) -> Option<Vec<Field<'a>>> {
        let (raw, shown) = (self.raw.as_object()?, self.shown.as_object()?);
        (raw.len() == shown.len()).then(|| pairs(raw, shown))
    }

    pub(super) fn items(self) -> Option<Vec<Self>> {
        let (raw, shown) = (self.raw.as_array()?, self.shown.as_array()?);
        Some(raw.iter().zip(shown).map(|(raw, shown)| Self { raw, shown }).collect())
    }

    /// Whether what may be shown of it is a text of several lines.
    pub(super) fn has_lines(self) -> bool {
        self.shown.as_str().is_some_and(|it| it.contains('\n'))
    }

    /// How many values are in it that cannot be taken apart.
    pub(super) fn count(self) -> usize {
        leaves(self.raw)
    }

    /// Whether there is nothing in it that could be taken apart.
    pub(super) fn is_leaf(self) -> bool {
        match self.raw {
            Value::Object(fields) => fields.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => true,
        }
    }
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields.values().map(leaves).sum::<usize>().max(1),
        Value::Array(items) => items.iter().map(leaves).sum::<usize>().max(1),
        _ => 1,
    }
}

/// A field, and its name.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) shown: &'a str,
    pub(super) value: Side<'a>,
}

/// Redaction leaves fields where they are.
fn pairs<'a>(raw: &'a Map<String, Value>, shown: &'a Map<String, Value>) -> Vec<Field<'a>> {
    let pairs = raw.iter().zip(shown);
    pairs
        .map(|((name, raw), (shown_name, shown))| Field {
            name,
            shown: shown_name,
            value: Side { raw, shown },
        })
        .collect()
}
