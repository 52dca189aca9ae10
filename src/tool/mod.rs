//! What a tool is: a typed request that knows how to answer itself.
//!
//! Nothing here speaks MCP or Kubernetes. `server` translates, and is the only module that does.

mod arguments;
mod caller;
mod change;
mod error;
mod ledger;
mod prepared;
mod schema;
mod session;

pub use self::{
    arguments::{Arguments, Checker, snake_case, unknown_argument},
    caller::Caller,
    change::{Affected, Change, Planned, Preview},
    error::ToolError,
    ledger::Ledger,
    prepared::Prepared,
    schema::portable,
    session::{Ask, Client, Detached, Level, Progress, Question, Replies, Requests, Session},
};

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use self::prepared::{Bound, Changing, Handler, Looking};
use crate::output::{Answer, Document};

/// What a call does to the world. Everything that guards or advertises a call reads this one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Looks, and changes nothing.
    Read,
    /// Adds something that was not there.
    Create,
    /// Brings something to a stated shape; doing it twice is doing it once.
    Apply,
    /// Removes something for good.
    Delete,
    /// Runs a program. What that changes, nobody can say beforehand.
    Execute,
}

impl Effect {
    pub fn reads_only(self) -> bool {
        matches!(self, Self::Read)
    }

    pub fn destroys(self) -> bool {
        matches!(self, Self::Delete | Self::Execute)
    }

    pub fn repeats_safely(self) -> bool {
        matches!(self, Self::Read | Self::Apply | Self::Delete)
    }
}

/// `image_tag` is `version`.
pub type Renamed = &'static [(&'static str, &'static str)];

/// One tool that looks and changes nothing; what changes something is a [`Change`]. The implementing type *is* the tool's
/// arguments, and its doc comment is the description that the model reads.
pub trait Tool: DeserializeOwned + JsonSchema + Send + Sync + 'static {
    const NAME: &'static str;
    const TITLE: &'static str;
    /// How long a call may take when the operator says nothing else; the usual limit when none is named. For tools that
    /// wait for something, which end by a time of their own.
    const LIMIT: Option<Duration> = None;
    /// Earlier names: they can still be called, and are not listed.
    const ALIASES: &'static [&'static str] = &[];
    /// Arguments as earlier servers called them, and as they are called here: they are understood, and not listed.
    const RENAMED: Renamed = &[];

    /// What the tool works with: a cluster, a host, a prober.
    type Context: Send + Sync + 'static;
    type Output: Output;

    /// The schema that is both advertised and enforced.
    fn input_schema() -> Map<String, Value> {
        portable::<Self>()
    }

    fn call(
        self,
        context: &Self::Context,
        session: &Session,
    ) -> impl Future<Output = Result<Self::Output, ToolError>> + Send;
}

/// What a tool may return: a document, which is text, or an [`Object`], which has a schema.
pub trait Output: Send + 'static {
    /// Only an object has one; a client that sees one reads the object instead of the text.
    fn schema() -> Option<Map<String, Value>> {
        None
    }

    fn into_answer(self) -> Result<Answer, ToolError>;
}

impl Output for Document {
    fn into_answer(self) -> Result<Answer, ToolError> {
        Ok(Answer::Document(self))
    }
}

impl Output for Answer {
    fn into_answer(self) -> Result<Answer, ToolError> {
        Ok(self)
    }
}

/// A small answer that is naturally an object, such as a status or a plan, with a text that says the same.
pub struct Object<T> {
    pub value: T,
    pub text: String,
}

impl<T: Serialize + JsonSchema + Send + 'static> Output for Object<T> {
    fn schema() -> Option<Map<String, Value>> {
        Some(portable::<T>())
    }

    fn into_answer(self) -> Result<Answer, ToolError> {
        let value = serde_json::to_value(self.value)
            .map_err(|error| ToolError::Failed(format!("the answer is not JSON: {error}")))?;
        Ok(Answer::Object { value, text: self.text })
    }
}

/// What the world may know about a tool.
#[derive(Debug, Clone)]
pub struct Definition {
    pub name: &'static str,
    pub title: &'static str,
    pub description: String,
    pub effect: Effect,
    pub limit: Option<Duration>,
    pub aliases: &'static [&'static str],
    pub renamed: Renamed,
    pub input: Arc<Map<String, Value>>,
    pub output: Option<Arc<Map<String, Value>>>,
}

impl Definition {
    fn of_tool<T: Tool>() -> Self {
        Self {
            name: T::NAME,
            title: T::TITLE,
            description: schema::description::<T>(),
            effect: Effect::Read,
            limit: T::LIMIT,
            aliases: T::ALIASES,
            renamed: T::RENAMED,
            input: Arc::new(T::input_schema()),
            output: T::Output::schema().map(Arc::new),
        }
    }

    fn of_change<T: Change>() -> Self {
        Self {
            name: T::NAME,
            title: T::TITLE,
            description: schema::description::<T>(),
            effect: T::EFFECT,
            limit: T::LIMIT,
            aliases: T::ALIASES,
            renamed: T::RENAMED,
            input: Arc::new(T::input_schema()),
            output: T::Output::schema().map(Arc::new),
        }
    }
}

/// A tool bound to its context, with its types erased. Cheap to clone.
#[derive(Clone)]
pub struct BoundTool {
    definition: Arc<Definition>,
    handler: Arc<dyn Handler>,
}

impl BoundTool {
    pub fn new<T: Tool>(context: Arc<T::Context>) -> Self {
        Self::bound::<T::Context, Looking<T>>(context, Definition::of_tool::<T>())
    }

    /// The same for one that changes something.
    pub fn change<T: Change>(context: Arc<T::Context>) -> Self {
        Self::bound::<T::Context, Changing<T>>(context, Definition::of_change::<T>())
    }

    fn bound<C: Send + Sync + 'static, K: Send + Sync + 'static>(
        context: Arc<C>,
        definition: Definition,
    ) -> Self
    where
        Bound<C, K>: Handler,
    {
        let definition = Arc::new(definition);
        let handler = Arc::new(Bound::<C, K>::new(context, &definition));
        Self { definition, handler }
    }

    /// Does not offer an argument that offers no choice here. It is understood still, should there be one later.
    #[must_use]
    pub fn without(self, argument: &str) -> Self {
        let mut input = (*self.definition.input).clone();
        if let Some(Value::Object(arguments)) = input.get_mut("properties") {
            arguments.shift_remove(argument);
        }
        let definition = Definition { input: Arc::new(input), ..(*self.definition).clone() };
        Self { definition: Arc::new(definition), ..self }
    }

    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Everything before the call does anything: its arguments are checked, and what it would change is found out.
    pub async fn prepare(
        &self,
        arguments: &Arguments,
        session: &Session,
    ) -> Result<Prepared, ToolError> {
        self.handler.prepare(arguments, session).await
    }

    /// Looks. What would change something is refused: nobody has approved it.
    pub async fn look(
        &self,
        arguments: &Arguments,
        session: &Session,
    ) -> Result<Answer, ToolError> {
        if !self.definition.effect.reads_only() {
            return Err(ToolError::Refused(format!("{} changes things", self.definition.name)));
        }
        self.prepare(arguments, session).await?.carry_out(session).await
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::output::{Redactor, Style};

    /// Says what it was given.
    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Echo {
        /// What to say.
        text: String,
        /// How often.
        #[serde(default)]
        #[schemars(range(min = 1, max = 9))]
        times: Option<u32>,
    }

    impl Tool for Echo {
        const NAME: &'static str = "echo";
        const TITLE: &'static str = "Echo";
        type Context = ();
        type Output = Document;

        async fn call(self, (): &(), _session: &Session) -> Result<Document, ToolError> {
            Ok(Document::new().note(self.text.repeat(self.times.unwrap_or(1) as usize)))
        }
    }

    fn echo() -> BoundTool {
        BoundTool::new::<Echo>(Arc::new(()))
    }

    async fn problems(arguments: Value) -> String {
        let arguments = arguments.as_object().cloned().unwrap();
        echo().look(&arguments, &Session::detached()).await.unwrap_err().to_string()
    }

    #[test]
    fn a_definition_is_portable() {
        let echo = echo();
        let definition = echo.definition();
        assert_eq!(definition.description, "Says what it was given.");
        assert_eq!(
            Value::Object((*definition.input).clone()),
            json!({
                "type": "object",
                "properties": {
                    "text": {"description": "What to say.", "type": "string"},
                    "times": {"description": "How often.", "type": "integer", "minimum": 1, "maximum": 9}
                },
                "required": ["text"],
                "additionalProperties": false
            })
        );
    }

    #[tokio::test]
    async fn all_problems_are_told_at_once_with_their_place_and_the_nearest_name() {
        insta::assert_snapshot!(problems(json!({"txt": "hi", "times": 0, "volume": 3})).await, @r"
        invalid arguments:
        - `times`: 0 is less than the minimum of 1
        - unknown argument `txt`: did you mean `text`?
        - unknown argument `volume`: known are text, times
        - `text` is missing: What to say.
        ");
    }

    /// Says how often.
    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Often {
        how_often: u32,
    }

    impl Tool for Often {
        const NAME: &'static str = "often";
        const TITLE: &'static str = "Often";
        const RENAMED: Renamed = &[("times_said", "how_often")];
        type Context = ();
        type Output = Document;

        async fn call(self, (): &(), _session: &Session) -> Result<Document, ToolError> {
            Ok(Document::new().note(self.how_often.to_string()))
        }
    }

    #[tokio::test]
    async fn an_argument_in_camel_case_is_the_one_in_snake_case_unless_both_are_given() {
        let often = BoundTool::new::<Often>(Arc::new(()));
        let look = async |arguments: Value| {
            let arguments = arguments.as_object().cloned().unwrap();
            let style = Style { budget: 100, redactor: Redactor::new(), fence: None };
            let answer = often.look(&arguments, &Session::detached()).await;
            answer.map_or_else(|error| error.to_string(), |it| it.render(&style).text)
        };
        assert_eq!(look(json!({ "howOften": 2 })).await, "2");
        // And one that earlier servers had.
        assert_eq!(look(json!({ "timesSaid": 2 })).await, "2");
        let both = look(json!({ "howOften": 2, "how_often": 3 })).await;
        assert!(both.contains("unknown argument `howOften`: did you mean `how_often`?"), "{both}");
    }

    /// Takes nothing.
    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Quiet {}

    impl Tool for Quiet {
        const NAME: &'static str = "quiet";
        const TITLE: &'static str = "Quiet";
        type Context = ();
        type Output = Document;

        async fn call(self, (): &(), _session: &Session) -> Result<Document, ToolError> {
            Ok(Document::new())
        }
    }

    #[tokio::test]
    async fn a_tool_that_takes_nothing_names_everything_that_it_was_given() {
        let quiet = BoundTool::new::<Quiet>(Arc::new(()));
        let arguments = json!({"volume": 3, "text": "hi"}).as_object().cloned().unwrap();
        let error = quiet.look(&arguments, &Session::detached()).await.unwrap_err();
        insta::assert_snapshot!(error, @r"
        invalid arguments:
        - unknown argument `volume`: quiet takes none
        - unknown argument `text`: quiet takes none
        ");
    }

    #[tokio::test]
    async fn a_null_argument_is_an_absent_one() {
        let arguments = json!({"text": "hi", "times": null}).as_object().cloned().unwrap();
        assert!(echo().look(&arguments, &Session::detached()).await.is_ok());
    }
}
