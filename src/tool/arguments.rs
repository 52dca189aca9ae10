//! What is advertised is what is enforced: arguments are checked against the tool's own schema, all problems at once.

use std::sync::{Arc, OnceLock};

use jsonschema::{
    JsonType, ValidationError, Validator,
    error::{TypeKind, ValidationErrorKind},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Renamed, ToolError};
use crate::{nearest::nearest, output::hinted};

pub type Arguments = Map<String, Value>;

/// What is given has to fit a schema.
pub struct Checker {
    /// Whose schema it is, for errors.
    owner: &'static str,
    schema: Arc<Map<String, Value>>,
    renamed: Renamed,
    /// Compiled at the first call: most tools of a session are never called, and starting must not wait for them.
    validator: OnceLock<Validator>,
}

impl Checker {
    pub fn new(owner: &'static str, schema: Arc<Map<String, Value>>) -> Self {
        Self { owner, schema, renamed: &[], validator: OnceLock::new() }
    }

    /// Also understands names that are not in the schema.
    #[must_use]
    pub fn renaming(self, renamed: Renamed) -> Self {
        Self { renamed, ..self }
    }

    pub(super) fn parse<T: DeserializeOwned>(&self, arguments: &Arguments) -> Result<T, ToolError> {
        let arguments = Value::Object(self.known(without_nulls(arguments)));
        let problems = self.problems(&arguments);
        if !problems.is_empty() {
            return Err(ToolError::InvalidArguments(problems));
        }
        serde_json::from_value(arguments).map_err(|error| ToolError::invalid(error.to_string()))
    }

    /// The arguments by the names that the tool has: `configPath`, as other servers write them, is `config_path`.
    fn known(&self, arguments: Arguments) -> Arguments {
        let has = |name: &str| self.properties().any(|(it, _)| it == name);
        let given = arguments.clone();
        let known = |name: String| {
            let snake = snake_case(&name);
            let renamed = self.renamed.iter().find(|it| it.0 == snake);
            let meant = renamed.map_or(snake, |it| it.1.to_owned());
            let is_meant = !has(&name) && has(&meant) && !given.contains_key(&meant);
            if is_meant { meant } else { name }
        };
        arguments.into_iter().map(|(name, value)| (known(name), value)).collect()
    }

    /// All that is wrong, each with its place.
    pub fn problems(&self, given: &Value) -> Vec<String> {
        self.validator().iter_errors(given).flat_map(|it| self.explain(&it, given)).collect()
    }

    fn validator(&self) -> &Validator {
        self.validator.get_or_init(|| {
            jsonschema::validator_for(&Value::Object((*self.schema).clone()))
                .expect("tests compile the schema of every tool")
        })
    }

    fn explain(&self, error: &ValidationError<'_>, arguments: &Value) -> Vec<String> {
        let place = place(&error.instance_path().to_string());
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                unexpected.iter().map(|name| self.unknown(name)).collect()
            }
            // Where nothing is allowed, the validator does not say what was too much: everything was.
            ValidationErrorKind::FalseSchema if place.is_empty() => {
                let names = arguments.as_object().into_iter().flatten();
                names.map(|(name, _)| self.unknown(name)).collect()
            }
            ValidationErrorKind::Required { property } if place.is_empty() => {
                vec![self.missing(property.as_str().unwrap_or_default())]
            }
            ValidationErrorKind::Enum { options } if !place.is_empty() => {
                vec![format!("`{place}`: {}", choice(error.instance(), options))]
            }
            _ if place.is_empty() => vec![shortened(&error.to_string())],
            // Somebody wrote a line where a list is wanted, and has to see how one is written.
            ValidationErrorKind::Type { kind: TypeKind::Single(JsonType::Array) }
                if error.instance().is_string() =>
            {
                let description = self.description(&place).map(|it| format!(": {it}"));
                let problem = shortened(&error.to_string());
                vec![format!("`{place}`: {problem}{}", description.unwrap_or_default())]
            }
            _ => vec![format!("`{place}`: {}", shortened(&error.to_string()))],
        }
    }

    fn unknown(&self, name: &str) -> String {
        let known: Vec<&str> = self.properties().map(|(name, _)| name.as_str()).collect();
        unknown_argument(name, &known, self.owner)
    }

    fn missing(&self, name: &str) -> String {
        self.description(name).map_or_else(
            || format!("`{name}` is missing"),
            |description| format!("`{name}` is missing: {description}"),
        )
    }

    fn description(&self, name: &str) -> Option<&str> {
        let (_, schema) = self.properties().find(|(it, _)| *it == name)?;
        schema.get("description")?.as_str()
    }

    fn properties(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.schema.get("properties").and_then(Value::as_object).into_iter().flatten()
    }
}

/// `configPath` as `config_path`.
pub fn snake_case(name: &str) -> String {
    let letters = name.chars().map(|it| {
        if it.is_ascii_uppercase() {
            format!("_{}", it.to_ascii_lowercase())
        } else {
            it.to_string()
        }
    });
    letters.collect()
}

/// What to say of an argument that `owner`, a tool or a prompt, does not have.
pub fn unknown_argument(name: &str, known: &[&str], owner: &str) -> String {
    let hint = match nearest(name, known.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if known.is_empty() => format!("{owner} takes none"),
        None => format!("known are {}", known.join(", ")),
    };
    hinted(&format!("unknown argument `{}`", shortened(name)), &hint)
}

/// Many clients send `null` for what they leave out.
fn without_nulls(arguments: &Arguments) -> Arguments {
    arguments
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// `/ports/0/name` as `ports.0.name`.
fn place(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

/// `"yml" is none of table, wide, yaml, json, name: did you mean yaml?`
fn choice(given: &Value, options: &Value) -> String {
    let options: Vec<&str> =
        options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let near = given.as_str().and_then(|it| nearest(it, options.iter().copied()));
    let hint = near.map(|it| format!(": did you mean {it}?")).unwrap_or_default();
    format!("{} is none of {}{hint}", shortened(&given.to_string()), options.join(", "))
}

/// What the caller wrote is repeated so far that they know it again: `"abc…xyz" is not of type "integer"`.
fn shortened(text: &str) -> String {
    const HALF: usize = 60;
    let letters = text.chars().count();
    if letters <= 2 * HALF {
        return text.to_owned();
    }
    let beginning = text.chars().take(HALF);
    beginning.chain(['…']).chain(text.chars().skip(letters - HALF)).collect()
}
