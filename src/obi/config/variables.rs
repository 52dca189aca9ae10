//! Variables in the text of a configuration. OBI fills them in before it reads the YAML, and one that is not set becomes nothing.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::environment::Environment;
use crate::tree::{Place, Places};

/// `$${` escapes; `${NAME}`, `${env:NAME}`, `${NAME:-default}`, and the same with round brackets.
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\$\$(?P<kept>[{(])|\$(?:\{(?:env:)?(?P<curly>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}\n]*))?\}|\((?:env:)?(?P<round>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<other>[^)\n]*))?\))",
    )
    .expect("a constant")
});

/// A text as OBI reads it, and where each piece of it stands in the one that was written.
#[derive(Debug)]
pub(super) struct Filled {
    pub(super) text: String,
    pub(super) uses: Vec<Use>,
    /// Where the pieces begin: in `text`, and in the text as it was written.
    pieces: Vec<(usize, usize)>,
}

/// A place where a variable is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) name: String,
    /// In bytes, in the text as it was written.
    pub(super) at: usize,
    pub(super) is_set: bool,
    pub(super) has_default: bool,
}

pub(super) fn fill(written: &str, environment: &Environment) -> Filled {
    let mut filled = Filled {
        text: String::with_capacity(written.len()),
        uses: Vec::new(),
        pieces: vec![(0, 0)],
    };
    let mut done = 0;
    for found in VARIABLE.captures_iter(written) {
        let Some(whole) = found.get(0) else { continue };
        filled.text.push_str(&written[done..whole.start()]);
        filled.pieces.push((filled.text.len(), whole.start()));
        filled.put(&found, whole.start(), environment);
        filled.pieces.push((filled.text.len(), whole.end()));
        done = whole.end();
    }
    filled.text.push_str(&written[done..]);
    filled
}

impl Filled {
    fn put(&mut self, found: &Captures<'_>, at: usize, environment: &Environment) {
        if let Some(bracket) = found.name("kept") {
            self.text.push('$');
            self.text.push_str(bracket.as_str());
            return;
        }
        let name = found.name("curly").or_else(|| found.name("round"));
        let name = name.map(|it| it.as_str()).unwrap_or_default();
        let default = found.name("default").or_else(|| found.name("other")).map(|it| it.as_str());
        let value = environment.get(name);
        self.text.push_str(value.or(default).unwrap_or_default());
        let (is_set, has_default) = (value.is_some(), default.is_some());
        self.uses.push(Use { name: name.to_owned(), at, is_set, has_default });
    }

    /// Where something that stands there in `text` is written.
    pub(super) fn written(&self, place: Place, filled: &Places<'_>, written: &Places<'_>) -> Place {
        let at = filled.offset(place);
        let piece = self.pieces.partition_point(|(begin, _)| *begin <= at).saturating_sub(1);
        let (begin, origin) = self.pieces.get(piece).copied().unwrap_or_default();
        let end = self.pieces.get(piece + 1).map_or(usize::MAX, |(_, origin)| *origin);
        written.place((origin + (at - begin)).min(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Filled {
        fill(text, &[("HOST", "10.0.0.1"), ("EMPTY", "")].into_iter().collect())
    }

    #[test]
    fn a_variable_is_filled_in_in_each_of_its_forms_and_one_that_is_not_set_is_nothing() {
        let text = "${HOST} ${env:HOST} $(HOST) ${NONE:-x} ${NONE} [${EMPTY:-y}] $${HOST} $HOST";
        assert_eq!(filled(text).text, "10.0.0.1 10.0.0.1 10.0.0.1 x  [] ${HOST} $HOST");
        let unset: Vec<String> =
            filled(text).uses.into_iter().filter(|it| !it.is_set).map(|it| it.name).collect();
        assert_eq!(unset, ["NONE", "NONE"]);
    }

    #[test]
    fn what_stands_behind_a_variable_is_told_where_it_is_written() {
        let text = "a: ${HOST}\nb: ${HOST} ${HOST} end\n";
        let filled = filled(text);
        let (inside, written) = (Places::of(&filled.text), Places::of(text));
        let end = inside.place(filled.text.find("end").unwrap());
        assert_eq!(
            filled.written(end, &inside, &written),
            written.place(text.find("end").unwrap())
        );
        let second = inside.place(filled.text.rfind("10").unwrap());
        assert_eq!(
            filled.written(second, &inside, &written),
            written.place(text.rfind("${").unwrap())
        );
    }
}
