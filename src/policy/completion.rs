use serde_json::{Value, json};

use crate::{
    blank::Blank,
    output::{Answer, Style, presentable, tokens},
    prompt::BoundPrompt,
    resource::BoundResource,
    tool::{Definition, Session},
};

/// More than this nobody looks through while typing.
const MOST_VALUES: usize = 100;

/// What has a blank that somebody fills in.
#[derive(Clone)]
pub enum Typed {
    Prompt(BoundPrompt),
    Resource(BoundResource),
}

impl Typed {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Prompt(prompt) => prompt.definition.name,
            Self::Resource(resource) => &resource.definition.uri,
        }
    }

    pub(super) fn tools(&self) -> Vec<&Definition> {
        match self {
            Self::Prompt(prompt) => prompt.tools(),
            Self::Resource(resource) => resource.tools(),
        }
    }

    /// Whether it has that blank. What another one asks for may need other tools than this one's.
    fn has(&self, blank: &Blank) -> bool {
        let name = blank.name.as_str();
        match self {
            Self::Prompt(prompt) => prompt.definition.arguments.iter().any(|it| it.name == name),
            Self::Resource(resource) => resource.definition.uri.contains(&format!("{{{name}}}")),
        }
    }

    pub(super) async fn complete(&self, blank: &Blank, session: &Session, style: &Style) -> Answer {
        let values = match self {
            _ if !self.has(blank) => Vec::new(),
            Self::Prompt(prompt) => prompt.complete(blank, session).await,
            Self::Resource(resource) => resource.complete(blank, session).await,
        };
        proposals(values, style)
    }
}

/// As many whole values as the budget holds. The renderer would cut them and mark where: whoever picks one of the list would
/// pick the mark.
fn proposals(values: Vec<String>, style: &Style) -> Answer {
    let total = values.len();
    let shown = values.into_iter().take(MOST_VALUES);
    let mut values: Vec<String> = shown.map(|it| presentable(&it, &style.redactor)).collect();
    let counts: Vec<usize> = (1..=values.len()).collect();
    let fitting = counts.partition_point(|it| fits(values.get(..*it), total, style.budget));
    values.truncate(fitting);
    Answer::Object { value: object(&values, total), text: String::new() }
}

fn object(values: &[String], total: usize) -> Value {
    json!({ "values": values, "total": total })
}

fn fits(values: Option<&[String]>, total: usize, budget: usize) -> bool {
    let object = object(values.unwrap_or_default(), total);
    tokens::estimate(&object.to_string()) <= budget
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::output::Redactor;

    proptest! {
        #[test]
        fn every_value_that_is_proposed_is_one_that_there_is(
            values in prop::collection::vec("[a-z]{0,40}", 0..40),
            budget in 10..400_usize,
        ) {
            let style = Style { budget, redactor: Redactor::new(), fence: None };
            let shown: Vec<String> =
                values.iter().map(|it| presentable(it, &style.redactor)).collect();
            let rendered = proposals(values, &style).render(&style).structured.unwrap();
            let proposed = rendered["values"].as_array().unwrap();
            prop_assert!(proposed.iter().zip(&shown).all(|(one, other)| one == other));
            prop_assert_eq!(rendered["total"].as_u64().unwrap(), shown.len() as u64);
        }
    }
}
