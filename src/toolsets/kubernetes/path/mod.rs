//! Paths into objects, in kubectl's dialect of `JSONPath`: `.spec.containers[*].image`, `{.metadata.labels['a.b/c']}`,
//! `.status.conditions[?(@.type=="Ready")].status`.

mod parse;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

/// A way into an object; it may lead to several places.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Field(String),
    /// From the end when negative.
    Index(i64),
    Every,
    Where(Condition),
}

/// `@.type=="Ready"`, or `@.type` alone: that it is there.
#[derive(Debug, Clone, PartialEq)]
struct Condition {
    path: Path,
    compare: Option<(Comparison, Value)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Path {
    /// Everything that the path leads to, in the object's order.
    pub(super) fn find<'a>(&self, object: &'a Value) -> Vec<&'a Value> {
        self.steps.iter().fold(vec![object], |found, step| {
            found.into_iter().flat_map(|it| step.children(it)).collect()
        })
    }

    /// What is found, as one cell.
    pub(super) fn text(&self, object: &Value) -> String {
        self.find(object).into_iter().map(plain).collect::<Vec<_>>().join(",")
    }

    pub(super) fn is_below(&self, field: &str) -> bool {
        matches!(self.steps.first(), Some(Step::Field(first)) if first == field)
    }

    /// The object with nothing but what the path leads to; list elements keep their `name`, which says whose the value is.
    /// Conditions are held against `seen`, the same object as the caller may see it: a comparison is a question, too.
    pub(super) fn prune(&self, object: &Value, seen: &Value) -> Option<Value> {
        prune(&self.steps, object, seen)
    }

    /// Whether the path compares values, and does not only lead to them.
    pub(super) fn compares(&self) -> bool {
        self.steps.iter().any(|it| matches!(it, Step::Where(_)))
    }
}

impl Step {
    fn children<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match (self, value) {
            (Self::Field(name), Value::Object(fields)) => fields.get(name).into_iter().collect(),
            // kubectl looks through lists: `.items.metadata` is `.items[*].metadata`.
            (Self::Field(_), Value::Array(items)) => {
                items.iter().flat_map(|it| self.children(it)).collect()
            }
            (Self::Index(index), Value::Array(items)) => {
                position(*index, items.len()).and_then(|it| items.get(it)).into_iter().collect()
            }
            (Self::Every, Value::Array(items)) => items.iter().collect(),
            (Self::Every, Value::Object(fields)) => fields.values().collect(),
            (Self::Where(condition), Value::Array(items)) => {
                items.iter().filter(|it| condition.holds(it)).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Condition {
    fn holds(&self, value: &Value) -> bool {
        let found = self.path.find(value);
        match &self.compare {
            None => !found.is_empty(),
            Some((comparison, literal)) => found.iter().any(|it| comparison.holds(it, literal)),
        }
    }
}

impl Comparison {
    fn holds(self, value: &Value, literal: &Value) -> bool {
        let order = match (value, literal) {
            (Value::Number(one), Value::Number(other)) => one.as_f64().partial_cmp(&other.as_f64()),
            (one, other) => plain(one).partial_cmp(&plain(other)),
        };
        order.is_some_and(|it| match self {
            Self::Equal => it.is_eq(),
            Self::NotEqual => it.is_ne(),
            Self::Less => it.is_lt(),
            Self::LessOrEqual => it.is_le(),
            Self::Greater => it.is_gt(),
            Self::GreaterOrEqual => it.is_ge(),
        })
    }
}

/// Merges two prunings of one object.
pub(super) fn merge(into: &mut Value, other: Value) {
    match (into, other) {
        (Value::Object(into), Value::Object(other)) => {
            for (name, value) in other {
                match into.get_mut(&name) {
                    Some(place) => merge(place, value),
                    None => drop(into.insert(name, value)),
                }
            }
        }
        (Value::Array(into), Value::Array(other)) if into.len() == other.len() => {
            into.iter_mut().zip(other).for_each(|(place, value)| merge(place, value));
        }
        (into @ Value::Null, other) => *into = other,
        _ => {}
    }
}

fn prune(steps: &[Step], value: &Value, seen: &Value) -> Option<Value> {
    let Some((step, rest)) = steps.split_first() else { return Some(value.clone()) };
    match (step, value) {
        (Step::Field(name), Value::Object(fields)) => {
            let inner = prune(rest, fields.get(name)?, part(seen, name))?;
            Some(Value::Object(Map::from_iter([(name.clone(), inner)])))
        }
        (Step::Every, Value::Object(fields)) => {
            let inner = fields.iter().filter_map(|(name, value)| {
                Some((name.clone(), prune(rest, value, part(seen, name))?))
            });
            Some(Value::Object(inner.collect()))
        }
        (Step::Field(_), Value::Array(_)) => elements(value, seen, steps, |_, _| true),
        (Step::Every, Value::Array(_)) => elements(value, seen, rest, |_, _| true),
        (Step::Where(condition), Value::Array(_)) => {
            elements(value, seen, rest, |_, seen| condition.holds(seen))
        }
        (Step::Index(index), Value::Array(items)) => {
            let wanted = position(*index, items.len())?;
            elements(value, seen, rest, |position, _| position == wanted)
        }
        _ => None,
    }
}

/// The wanted elements of a list, pruned.
fn elements(
    list: &Value,
    seen: &Value,
    rest: &[Step],
    wanted: impl Fn(usize, &Value) -> bool,
) -> Option<Value> {
    let kept: Vec<Value> = list
        .as_array()?
        .iter()
        .enumerate()
        .map(|(position, item)| (position, item, seen.get(position).unwrap_or(&Value::Null)))
        .filter(|(position, _, seen)| wanted(*position, seen))
        .filter_map(|(_, item, seen)| {
            let mut inner = prune(rest, item, seen)?;
            if let (Value::Object(inner), Some(name)) = (&mut inner, item.get("name")) {
                inner.entry("name").or_insert_with(|| name.clone());
            }
            Some(inner)
        })
        .collect();
    (!kept.is_empty()).then_some(Value::Array(kept))
}

fn part<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

fn position(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    usize::try_from(if index < 0 { length + index } else { index }).ok()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
