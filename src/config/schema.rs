//! The JSON schema of the file: editors read it, every file is checked against it, and errors take their words from it.

use std::sync::LazyLock;

use jsonschema::Validator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Number, Value};

use super::{Config, text::FORMATS};
use crate::tree::{Content, Node, Step, Steps};

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let settings = SchemaSettings::draft2020_12().with(|it| it.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<Config>().to_value();
    remove_number_formats(&mut schema);
    headed(schema)
});

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let mut options = jsonschema::options().should_validate_formats(true);
    for (name, holds) in FORMATS {
        options = options.with_format(name, holds);
    }
    options.build(&SCHEMA).expect("tests compile the schema, which is the same in every process")
});

/// The JSON schema of the configuration file, without references, for editors and for checking.
pub fn schema() -> &'static Value {
    &SCHEMA
}

/// What checks a value against the schema.
pub(super) fn validator() -> &'static Validator {
    &VALIDATOR
}

/// What the schema is stands before what it says.
fn headed(schema: Value) -> Value {
    let Value::Object(mut schema) = schema else { return schema };
    let head = ["$schema", "title", "description"];
    let mut headed: Map<_, _> =
        head.iter().filter_map(|it| schema.shift_remove_entry(*it)).collect();
    headed.extend(schema);
    headed.into()
}

/// Rust's names of its integers mean nothing to a reader of YAML.
fn remove_number_formats(value: &mut Value) {
    match value {
        Value::Object(schema) => {
            schema.retain(|key, value| key != "format" || value != "uint");
            schema.values_mut().for_each(remove_number_formats);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_number_formats),
        _ => {}
    }
}

/// `50.0` is a whole number to JSON Schema and none to serde.
fn whole(number: &Number) -> Value {
    let float = number.as_f64().filter(|_| number.is_f64());
    let integer = float.and_then(|it| it.to_string().parse::<i64>().ok());
    integer.map_or_else(|| Value::Number(number.clone()), Value::from)
}

/// The schema of one place in the file.
#[derive(Clone, Copy)]
pub(super) struct Shape(&'static Value);

impl Shape {
    /// The schema of the whole file.
    pub(super) fn root() -> Self {
        Self(schema())
    }

    pub(super) fn at(self, steps: &[Step]) -> Option<Self> {
        steps.iter().try_fold(self, Self::step)
    }

    fn step(self, step: &Step) -> Option<Self> {
        let inside = match step {
            Step::Key(key) => {
                self.properties().and_then(|it| it.get(key)).or_else(|| self.others())
            }
            Step::Index(_) => self.0.get("items"),
        };
        inside.map(Self)
    }

    fn properties(self) -> Option<&'static Map<String, Value>> {
        self.0.get("properties")?.as_object()
    }

    /// The schema of keys that have no name of their own.
    fn others(self) -> Option<&'static Value> {
        self.0.get("additionalProperties").filter(|it| it.is_object())
    }

    /// Whether anything may stand here and in it.
    pub(super) fn is_free(self) -> bool {
        self.0.get("additionalProperties") == Some(&Value::Bool(true))
    }

    /// Whether the text here is a reference to a secret.
    pub(super) fn is_secret(self) -> bool {
        self.0.get("writeOnly") == Some(&Value::Bool(true))
    }

    /// Whether such a reference stands here, or somewhere in it.
    pub(super) fn has_secrets(self) -> bool {
        let named = self.properties().into_iter().flatten().map(|(_, it)| it);
        let mut inside = named.chain(self.others()).chain(self.0.get("items")).map(Self);
        self.is_secret() || inside.any(Self::has_secrets)
    }

    /// The names of all keys, here and inside, behind which a secret is named.
    pub(super) fn keys_of_secrets(self) -> Vec<&'static str> {
        let named = self.properties().into_iter().flatten();
        let named = named.map(|(key, it)| (Some(key.as_str()), Self(it)));
        let others = self.others().into_iter().chain(self.0.get("items"));
        let inside = named.chain(others.map(|it| (None, Self(it))));
        let keys = inside.flat_map(|(key, it)| {
            let is_list = || it.0.get("items").map(Self).is_some_and(Self::is_secret);
            let own = key.filter(|_| it.is_secret() || is_list());
            own.into_iter().chain(it.keys_of_secrets())
        });
        keys.collect()
    }

    pub(super) fn has(self, key: &str) -> bool {
        self.properties().is_some_and(|it| it.contains_key(key))
    }

    pub(super) fn keys(self) -> impl Iterator<Item = &'static str> {
        self.properties().into_iter().flatten().map(|(name, _)| name.as_str())
    }

    /// The section that has a key of that name, if exactly one has.
    pub(super) fn only_section_with(self, name: &str) -> Option<String> {
        let mut sections = Vec::new();
        self.sections_with(name, &mut Vec::new(), &mut sections);
        let mut sections = sections.into_iter();
        sections.next().filter(|it| !it.is_empty() && sections.next().is_none())
    }

    fn sections_with(self, name: &str, steps: &mut Vec<Step>, found: &mut Vec<String>) {
        if self.has(name) {
            found.push(Steps(steps).to_string());
        }
        for key in self.keys() {
            steps.push(Step::Key(key.to_owned()));
            if let Some(inner) = steps.last().and_then(|it| self.step(it)) {
                inner.sections_with(name, steps, found);
            }
            steps.pop();
        }
    }

    pub(super) fn title(self) -> Option<&'static str> {
        self.0.get("title").and_then(Value::as_str)
    }

    pub(super) fn examples(self) -> Vec<&'static str> {
        let examples = self.0.get("examples").and_then(Value::as_array).into_iter().flatten();
        examples.filter_map(Value::as_str).collect()
    }

    /// The words that an enum has.
    pub(super) fn words(self) -> Vec<&'static str> {
        let choices = self.0.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        choices.filter_map(|it| it.get("const").and_then(Value::as_str)).collect()
    }

    pub(super) fn types(self) -> Vec<&'static str> {
        match self.0.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The value as it is checked: a section whose keys are all commented out, which YAML has as null, is an empty one.
    /// A list is not: `allow:` with nothing under it could mean nothing as well as everything.
    pub(super) fn fill(self, node: &Node) -> Value {
        match &node.content {
            Content::Null if self.types() == ["object"] => Value::Object(Map::new()),
            Content::Fields(entries) if !self.is_free() => {
                let filled = entries.iter().map(|(key, value)| {
                    let shape = self.step(&Step::Key(key.name.clone()));
                    let value = shape.map_or_else(|| value.to_json(), |it| it.fill(value));
                    (key.name.clone(), value)
                });
                Value::Object(filled.collect())
            }
            Content::Number(number) if self.types() == ["integer"] => whole(number),
            _ => node.to_json(),
        }
    }
}
