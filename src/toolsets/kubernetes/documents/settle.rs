//! Scalars and keys by how they are written, and places by the whole text.

use std::{collections::HashMap, sync::LazyLock};

use regex::Regex;

use super::{
    node::{Content, Key, Node, Place},
    plain,
    problem::Problems,
    written,
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

impl Settling<'_, '_> {
    fn node(&mut self, node: &mut Node) {
        node.place.line += self.before;
        match &mut node.content {
            Content::List(items) => self.items(items),
            Content::Fields(fields) => self.fields(fields),
            _ => self.scalar(node),
        }
    }

    fn scalar(&mut self, node: &mut Node) {
        let Some(written) = written::bare(self.text, &node.span) else { return };
        match plain::scalar(written) {
            Ok(Some(content)) => node.content = content,
            // Lines that belong together have been joined.
            Ok(None) if node.text().is_some() && written.contains('\n') => {}
            Ok(None) => node.content = Content::Text(written.to_owned()),
            Err(problem) => {
                // One problem is enough: what it is for is not judged any more.
                node.content = Content::Text(written.to_owned());
                self.tell(node.place, &problem);
            }
        }
        if HELM.is_match(written) {
            self.tell(node.place, TEMPLATE);
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
            if let Some(problem) = written::bare(self.text, &key.span).and_then(plain::key) {
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
}
