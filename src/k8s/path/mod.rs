//! Paths into objects, in kubectl's dialect of `JSONPath`: `.spec.containers[*].image`, `{.metadata.labels['a.b/c']}`,
//! `.status.conditions[?(@.type=="Ready")].status`.

mod parse;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

/// A way into an object; it may lead to several places.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
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
    pub(crate) fn find<'a>(&self, object: &'a Value) -> Vec<&'a Value> {
        self.steps.iter().fold(vec![object], |found, step| {
            found.into_iter().flat_map(|it| step.children(it)).collect()
        })
    }

    /// What is found, as one cell.
    pub(crate) fn text(&self, object: &Value) -> String {
        self.find(object).into_iter().map(plain).collect::<Vec<_>>().join(",")
    }

    pub(crate) fn is_below(&self, field: &str) -> bool {
        matches!(self.steps.first(), Some(Step::Field(first)) if first == field)
    }

    /// Whether the path counts elements, so that none before them may be missing.
    pub(crate) fn counts(&self) -> bool {
        self.steps.iter().any(|it| matches!(it, Step::Index(_)))
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

/// The object with nothing but what the paths lead to, in its own order; list elements keep their `name`, which says whose
/// the value is. All paths at once, so that what they lead to in one element stays in one element.
pub(crate) fn project<'a>(object: &Value, paths: impl IntoIterator<Item = &'a Path>) -> Value {
    let paths: Vec<&[Step]> = paths.into_iter().map(|it| it.steps.as_slice()).collect();
    keep(object, &paths).unwrap_or_default()
}

fn keep(value: &Value, paths: &[&[Step]]) -> Option<Value> {
    if paths.iter().any(|it| it.is_empty()) {
        return Some(value.clone());
    }
    if paths.is_empty() {
        return None;
    }
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter_map(|(name, value)| {
                let further: Vec<_> = paths.iter().filter_map(|it| into_field(it, name)).collect();
                Some((name.clone(), keep(value, &further)?))
            });
            let kept: Map<String, Value> = kept.collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        Value::Array(items) => {
            let kept = items.iter().enumerate().filter_map(|(position, item)| {
                let place = (position, items.len());
                let further = paths.iter().filter_map(|it| into_element(it, place, item));
                Some(with_name(keep(item, &further.collect::<Vec<_>>())?, item))
            });
            let kept: Vec<Value> = kept.collect();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        _ => None,
    }
}

/// The rest of a path behind a field, if it leads there.
fn into_field<'a>(steps: &'a [Step], name: &str) -> Option<&'a [Step]> {
    let (step, rest) = steps.split_first()?;
    let leads = match step {
        Step::Field(field) => field == name,
        Step::Every => true,
        Step::Index(_) | Step::Where(_) => false,
    };
    leads.then_some(rest)
}

/// The rest of a path behind the element of a list at `place` of so many, if it leads there.
fn into_element<'a>(
    steps: &'a [Step],
    (at, of): (usize, usize),
    item: &Value,
) -> Option<&'a [Step]> {
    let (step, rest) = steps.split_first()?;
    match step {
        Step::Field(_) => Some(steps),
        Step::Every => Some(rest),
        Step::Index(index) => (position(*index, of) == Some(at)).then_some(rest),
        Step::Where(condition) => condition.holds(item).then_some(rest),
    }
}

fn with_name(mut kept: Value, item: &Value) -> Value {
    if let (Value::Object(kept), Some(name)) = (&mut kept, item.get("name")) {
        kept.entry("name").or_insert_with(|| name.clone());
    }
    kept
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
