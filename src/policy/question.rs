use serde_json::Value;

use crate::{
    output::{Redactor, presentable},
    tool::{Ask, Question, ToolError},
};

/// In characters, of all that a person or a model has to read of one question: it may hold a diff.
const LONGEST: usize = 20_000;

/// A question made fit to leave. One that is too long is refused: whoever says yes has to have read what it is about to its end.
pub(super) fn fit(mut question: Question, redactor: &Redactor) -> Result<Question, ToolError> {
    let mut letters = 0;
    let mut write = |text: &mut String| {
        *text = presentable(text, redactor);
        letters += text.chars().count();
    };
    match &mut question.ask {
        Ask::Form { message, schema } => {
            write(message);
            words(schema, &mut write);
        }
        Ask::Sample { prompt, .. } => write(prompt),
        Ask::Roots => {}
    }
    if letters > LONGEST { Err(too_long(letters)) } else { Ok(question) }
}

fn too_long(letters: usize) -> ToolError {
    ToolError::Refused(format!(
        "the question that this call has to ask has {letters} characters, and more than {LONGEST} nobody reads to the end; ask for less in one call"
    ))
}

/// What a person reads of a form's schema. Values stay as they are: the reply says them again.
fn words(schema: &mut Value, write: &mut impl FnMut(&mut String)) {
    let Value::Object(fields) = schema else { return };
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("title" | "description", text) => word(text, write),
            ("enumNames", Value::Array(names)) => {
                for name in names {
                    word(name, write);
                }
            }
            ("properties", Value::Object(properties)) => {
                for property in properties.values_mut() {
                    words(property, write);
                }
            }
            ("oneOf" | "anyOf", Value::Array(choices)) => {
                for choice in choices {
                    words(choice, write);
                }
            }
            ("items", items) => words(items, write),
            _ => {}
        }
    }
}

fn word(value: &mut Value, write: &mut impl FnMut(&mut String)) {
    if let Value::String(text) = value {
        write(text);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TOKEN: &str = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";

    fn form(message: &str, schema: Value) -> Result<Ask, ToolError> {
        let ask = Ask::Form { message: message.to_owned(), schema };
        fit(Question::new("key", ask), &Redactor::new()).map(|it| it.ask)
    }

    #[test]
    fn what_a_person_reads_is_redacted_and_what_the_reply_says_again_is_not() {
        let schema = json!({
            "type": "object",
            "title": TOKEN,
            "properties": {
                "title": { "type": "string", "description": TOKEN, "default": TOKEN },
                "default": { "type": "string", "title": TOKEN, "enum": [TOKEN] },
                "old": { "type": "string", "enum": [TOKEN], "enumNames": [TOKEN] },
                "one": { "type": "string", "oneOf": [{ "const": TOKEN, "title": TOKEN }] },
                "some": { "type": "array", "items": { "anyOf": [{ "const": TOKEN, "title": TOKEN }] } },
            },
        });
        let Ok(Ask::Form { message, schema }) = form(TOKEN, schema) else { panic!("no form") };
        assert!(!message.contains(TOKEN), "{message}");
        let properties = &schema["properties"];
        for read in [
            &schema["title"],
            &properties["title"]["description"],
            &properties["default"]["title"],
            &properties["old"]["enumNames"][0],
            &properties["one"]["oneOf"][0]["title"],
            &properties["some"]["items"]["anyOf"][0]["title"],
        ] {
            assert!(read.as_str().unwrap().contains("redacted"), "{read}");
        }
        for said in [
            &properties["title"]["default"],
            &properties["default"]["enum"][0],
            &properties["old"]["enum"][0],
            &properties["one"]["oneOf"][0]["const"],
            &properties["some"]["items"]["anyOf"][0]["const"],
        ] {
            assert_eq!(said, TOKEN);
        }
    }

    #[test]
    fn a_question_is_asked_whole_or_not_at_all() {
        let diff = "+ a line\n".repeat(2_000);
        let Ok(Ask::Form { message, .. }) = form(&diff, json!({})) else { panic!("no form") };
        assert_eq!(message, diff);
        let described = json!({ "properties": { "sure": { "description": diff } } });
        for refused in [form(&diff.repeat(2), json!({})), form(&diff, described)] {
            assert!(matches!(refused, Err(ToolError::Refused(_))), "{refused:?}");
        }
    }
}
