use std::{fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The name of an environment variable that holds a secret, written as `${NAME}`.
///
/// The configuration holds the name and never the secret, so that printing it, comparing it or writing it to a log is safe.
/// The secret itself is [`Environment::secret`](super::Environment::secret).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Variable(String);

/// The text is not `${NAME}`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a secret is written as ${{NAME}}, the name of an environment variable")]
pub struct NotAVariable;

impl Variable {
    /// The name without the braces.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${{{}}}", self.0)
    }
}

impl FromStr for Variable {
    type Err = NotAVariable;

    fn from_str(text: &str) -> Result<Self, NotAVariable> {
        let name = text.strip_prefix("${").and_then(|it| it.strip_suffix('}'));
        let name = name.filter(|it| is_name(it)).ok_or(NotAVariable)?;
        Ok(Self(name.to_owned()))
    }
}

fn is_name(text: &str) -> bool {
    !text.starts_with(|it: char| it.is_ascii_digit())
        && !text.is_empty()
        && text.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
}

impl TryFrom<String> for Variable {
    type Error = NotAVariable;

    fn try_from(text: String) -> Result<Self, NotAVariable> {
        text.parse()
    }
}

impl From<Variable> for String {
    fn from(variable: Variable) -> Self {
        variable.to_string()
    }
}

impl JsonSchema for Variable {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Variable".into()
    }

    /// `writeOnly` is what JSON Schema calls a secret.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}$",
            "writeOnly": true,
            "examples": ["${CI_TOKEN}"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_a_name_in_braces() {
        assert_eq!("${CI_TOKEN}".parse::<Variable>().unwrap().name(), "CI_TOKEN");
    }

    #[test]
    fn a_secret_itself_is_no_variable() {
        for text in ["s3cret", "$CI", "${}", "${1X}", "${A}${B}", "${A:-s3cret}", " ${A}"] {
            assert_eq!(text.parse::<Variable>(), Err(NotAVariable));
        }
    }
}
