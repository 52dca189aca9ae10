//! YAML, with what it may cost.

use serde_saphyr::{
    DuplicateKeyPolicy, Error, NonFiniteFloatPolicy, SnippetMode, UserMessageFormatter,
    budget::BudgetBreach,
};

use super::{
    node::{Node, Place},
    problem::Problem,
};

/// How deep mappings and lists may lie in each other: schemas of resources need 40.
pub(super) const DEEPEST: usize = 100;

/// How many values all aliases of a document may stand for.
const MOST_REPEATED: usize = 50_000;

/// What all documents together may become: values, and bytes of texts. Aliases can make much of little.
#[derive(Debug)]
pub(super) struct Left {
    nodes: usize,
    bytes: usize,
}

impl Default for Left {
    fn default() -> Self {
        Self { nodes: 500_000, bytes: 16 * 1024 * 1024 }
    }
}

impl Left {
    pub(super) fn spend(&mut self, (nodes, bytes): (usize, usize)) {
        self.nodes = self.nodes.saturating_sub(nodes);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// One value more; false if there are too many.
    pub(super) fn count(&mut self) -> bool {
        self.nodes = self.nodes.saturating_sub(1);
        self.nodes > 0
    }

    pub(super) fn is_spent(&self) -> bool {
        self.nodes == 0 || self.bytes == 0
    }

    fn exhaust(&mut self) {
        *self = Self { nodes: 0, bytes: 0 };
    }
}

pub(super) const TOO_MUCH: &str = "too many values, those that aliases stand for included: give fewer, or smaller, documents in a call";

pub(super) fn read(text: &str, left: &mut Left) -> Result<Node, Problem> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEEPEST,
            max_nodes: left.nodes,
            max_total_scalar_bytes: left.bytes,
            max_recorded_anchor_events: left.nodes,
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MOST_REPEATED },
        // We tell of both places.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        // What kubectl reads; `plain` looks at how each was written.
        strict_booleans: false,
        legacy_octal_numbers: true,
        null_as_string: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        reject_unsupported_tags: true,
        emit_comments: false,
        with_snippet: false,
    };
    match serde_saphyr::from_str_with_options::<Node>(text, options) {
        Ok(node) => {
            left.spend(node.size());
            Ok(node)
        }
        Err(error) => {
            let problem = problem(text, &error);
            // Whoever spends all on one document has it for none.
            if is_too_much(&error) {
                left.exhaust();
            }
            Err(problem)
        }
    }
}

fn is_too_much(error: &Error) -> bool {
    match error {
        Error::Budget { breach, .. } => !matches!(breach, BudgetBreach::Depth { .. }),
        Error::AliasReplayLimitExceeded { .. } | Error::AliasReplayStackDepthExceeded { .. } => {
            true
        }
        Error::AliasError { error, .. } => is_too_much(error),
        _ => false,
    }
}

fn is_too_deep(error: &Error) -> bool {
    match error {
        Error::Budget { breach, .. } => matches!(breach, BudgetBreach::Depth { .. }),
        Error::AliasError { error, .. } => is_too_deep(error),
        other => other.to_string().contains("recursion limit exceeded"),
    }
}

pub(super) fn too_deep() -> String {
    format!("more than {DEEPEST} levels deep: nothing that a cluster knows is")
}

fn problem(text: &str, error: &Error) -> Problem {
    let place = error.location().map(Place::from);
    let message = if is_too_much(error) {
        TOO_MUCH.to_owned()
    } else if is_too_deep(error) {
        too_deep()
    } else if is_template(text, place) {
        TEMPLATE.to_owned()
    } else {
        syntax(text, error, place)
    };
    Problem { place, message }
}

pub(super) const TEMPLATE: &str = "`{{ }}`: templates are not rendered here: render it first \
    (`helm template`), or put what is meant literally in quotes";

/// Whether there are braces where the parser stumbled, or where the document begins.
fn is_template(text: &str, place: Option<Place>) -> bool {
    let number = place.map_or(1, |it| it.line);
    let near = text.lines().skip(number.saturating_sub(2)).take(2);
    let says_something = |it: &&str| !it.is_empty() && !it.starts_with(['#', '-']);
    let first = text.lines().map(str::trim_start).find(says_something);
    near.chain(first).any(|it| it.contains("{{"))
}

fn line(text: &str, place: Place) -> Option<&str> {
    text.lines().nth(place.line - 1)
}

/// The parser's words, and what is seen of the line: its key, since its value may be secret.
fn syntax(text: &str, error: &Error, place: Option<Place>) -> String {
    let render = serde_saphyr::render_options! { formatter: &UserMessageFormatter, snippets: SnippetMode::Off };
    let mut message = error.render_with_options(render);
    let here = place.map(|it| format!(" at line {}, column {}", it.line, it.column));
    if let Some(short) = here.and_then(|it| message.strip_suffix(&it).map(str::to_owned)) {
        message = short;
    }
    let line = place.and_then(|it| line(text, it)).unwrap_or_default();
    let near = key(line).map_or_else(String::new, |it| format!(", near `{it}:`"));
    let indent = line.len() - line.trim_start().len();
    let is_tabbed = line.get(..indent).is_some_and(|it| it.contains('\t'));
    let hint = if is_tabbed { ": indent with spaces, not tabs" } else { "" };
    format!("not YAML: {message}{near}{hint}")
}

/// `image` of `  - image: web`.
fn key(line: &str) -> Option<&str> {
    let content = line.trim_start_matches([' ', '\t', '-']);
    let (key, rest) = content.split_once(':')?;
    let is_key = !key.is_empty()
        && key.len() <= 63
        && key.bytes().all(|it| it.is_ascii_alphanumeric() || b"._/-".contains(&it));
    (is_key && (rest.is_empty() || rest.starts_with([' ', '\r']))).then_some(key)
}
