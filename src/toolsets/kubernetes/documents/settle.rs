//! Scalars and keys by how they are written, and places by the whole text.

use std::{collections::HashMap, ops::Range, sync::LazyLock};

use regex::Regex;

use super::{
    node::{Content, Key, Node, Place},
    plain,
    problem::Problems,
    yaml::TEMPLATE,
};
use crate::toolsets::kubernetes::few::briefly;

/// What Helm would replace, and nobody else's templates in the values of manifests have.
static HELM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\{-?\s*(?:\.(?:Values|Release|Chart|Capabilities|Files|Template)\b|(?:include|tpl|template|define|toYaml)\s)")
        .expect("a constant")
});

/// `before` is how many lines of the text are before the node's own text.
pub(super) fn settle(
    node: &mut Node,
    text: &str,
    before: usize,
    document: usize,
    problems: &mut Problems,
) {
    Settling { text, before, document, problems, path: Vec::new() }.node(node);
}

struct Settling<'a, 'b> {
    text: &'a str,
    before: usize,
    document: usize,
    problems: &'b mut Problems,
    path: Vec<String>,
}

impl<'a> Settling<'a, '_> {
    fn node(&mut self, node: &mut Node) {
        node.place.line += self.before;
        let written = self.written(&node.span);
        match &mut node.content {
            Content::Null => {}
            Content::Bool(_) | Content::Number(_) => {
                if let Some(written) = written {
                    match plain::scalar(written) {
                        Ok(content) => node.content = content,
                        Err(problem) => {
                            // One problem is enough: what it is for is not judged any more.
                            node.content = Content::Text(written.to_owned());
                            self.tell(node.place, &problem);
                        }
                    }
                }
            }
            Content::Text(read) => {
                if let Some(written) = written.filter(|_| self.is_inline(&node.span)) {
                    match plain::text(written, read) {
                        Ok(Some(content)) => node.content = content,
                        Ok(None) if HELM.is_match(written) => self.tell(node.place, TEMPLATE),
                        Ok(None) => {}
                        Err(problem) => self.tell(node.place, problem),
                    }
                }
            }
            Content::List(items) => self.items(items),
            Content::Fields(fields) => self.fields(fields),
        }
    }

    fn items(&mut self, items: &mut [Node]) {
        for (index, item) in items.iter_mut().enumerate() {
            self.path.push(format!("[{index}]"));
            self.node(item);
            self.path.pop();
        }
    }

    fn fields(&mut self, fields: &mut [(Key, Node)]) {
        let mut known: HashMap<String, Place> = HashMap::new();
        for (key, value) in fields {
            key.place.line += self.before;
            let dot = if self.path.is_empty() { "" } else { "." };
            self.path.push(format!("{dot}{}", briefly(&key.name)));
            if let Some(problem) = self.written(&key.span).and_then(plain::key) {
                self.tell(key.place, problem);
            }
            match known.get(&key.name) {
                Some(first) => {
                    let problem = format!("this key is also in line {}: keep one", first.line);
                    self.tell(key.place, &problem);
                }
                None => {
                    known.insert(key.name.clone(), key.place);
                }
            }
            self.node(value);
            self.path.pop();
        }
    }

    fn tell(&mut self, place: Place, problem: &str) {
        let path = self.path.concat();
        self.problems.at(self.document, place, format!("`{path}`: {problem}"));
    }

    /// How a scalar is written, if it stands without quotes.
    fn written(&self, span: &Range<usize>) -> Option<&'a str> {
        let written = self.text.get(span.clone())?;
        (!written.starts_with(['"', '\'']) && !span.is_empty()).then_some(written)
    }

    /// Whether something is before it on its line, which nothing is in the first line of a block.
    fn is_inline(&self, span: &Range<usize>) -> bool {
        let before = self.text.get(..span.start).unwrap_or_default();
        before.rsplit('\n').next().is_some_and(|it| !it.trim().is_empty())
    }
}
