//! What the official conformance suite calls: the smallest answers that exercise every shape of the protocol.
//!
//! Names, texts and schemas are the suite's own. Everything goes through the same registry, policies and server as a real toolset.

mod asking;
mod prompts;
mod resources;
mod tools;

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;

use super::{Change, Changes, Health, Toolset};
use crate::{
    output::{Answer, Part},
    prompt::BoundPrompt,
    resource::BoundResource,
    tool::{BoundTool, Tool},
};

/// The toolset of fixtures.
#[derive(Default)]
pub struct Conformance(Arc<Stage>);

impl Conformance {
    pub fn new() -> Self {
        Self::default()
    }
}

/// What the fixtures stand on: the way to announce a change, once the registry has given it.
#[derive(Default)]
struct Stage(OnceLock<Changes>);

impl Stage {
    fn announce(&self, change: Change) {
        if let Some(changes) = self.0.get() {
            changes.announce(change);
        }
    }
}

#[async_trait]
impl Toolset for Conformance {
    fn name(&self) -> &'static str {
        "conformance"
    }

    fn purpose(&self) -> String {
        "conformance: fixtures for the protocol's test suite.".to_owned()
    }

    fn tools(&self) -> Vec<BoundTool> {
        [tools::all(&self.0), asking::all(&self.0)].concat()
    }

    fn resources(&self) -> Vec<BoundResource> {
        resources::all()
    }

    fn prompts(&self) -> Vec<BoundPrompt> {
        prompts::all()
    }

    async fn initialize(&self, changes: Changes) {
        // A toolset is initialized once, so there is nothing to replace.
        let _ = self.0.0.set(changes);
    }

    async fn health(&self) -> Health {
        Health::Ready
    }
}

/// A red dot: a PNG of one pixel, in base64.
const DOT: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";

fn text(text: impl Into<String>) -> Part {
    Part::Text(text.into())
}

fn dot() -> Part {
    Part::Image { data: DOT.to_owned(), mime_type: "image/png".to_owned() }
}

/// Parts and not a document, because the suite compares texts to the letter.
fn says(words: impl Into<String>) -> Answer {
    Answer::Media(vec![text(words)])
}

fn on<T: Tool<Context = Stage>>(stage: &Arc<Stage>) -> BoundTool {
    BoundTool::new::<T>(Arc::clone(stage))
}

/// A tool in a few lines: its type, its name, its arguments, its answer, and its schema if the arguments do not give it.
macro_rules! fixture {
    (
        $(#[doc = $about:literal])*
        $tool:ident($name:literal) { $($(#[$asks:meta])* $argument:ident: $type:ty),* }
        ($stage:ident, $session:ident) => $answer:expr
        $(, schema => $schema:expr)?
    ) => {
        $(#[doc = $about])*
        #[derive(serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        struct $tool {
            $($(#[$asks])* $argument: $type,)*
        }

        impl $crate::tool::Tool for $tool {
            const NAME: &'static str = $name;
            const TITLE: &'static str = $name;
            type Context = super::Stage;
            type Output = $crate::output::Answer;

            $(
                fn input_schema() -> serde_json::Map<String, serde_json::Value> {
                    serde_json::from_value($schema).unwrap_or_default()
                }
            )?

            async fn call(
                self,
                $stage: &super::Stage,
                $session: &$crate::tool::Session,
            ) -> Result<$crate::output::Answer, $crate::tool::ToolError> {
                let Self { $($argument),* } = self;
                Ok($answer)
            }
        }
    };
}
use fixture;

fn beginning_with(prefix: &str, values: &[&str]) -> Vec<String> {
    values.iter().filter(|it| it.starts_with(prefix)).map(|it| (*it).to_owned()).collect()
}
