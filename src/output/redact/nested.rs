//! What a secret's name says of the fields below it: `credential: {value: x}` holds one, `secret: {name: x}` names one.

use super::{
    names::{Secrecy, is_owner, is_reference, secrecy},
    words::{REFERENCE, VALUES},
};

/// Fields beside which `key` is the name of one of an object's keys.
pub(super) const OBJECT_NAMES: [&str; 3] = ["name", "secretName", "namespace"];

/// How secret the text in the field `name` is, below a name of the secrecy `outer`.
///
/// `names_object`: one of [`OBJECT_NAMES`] is beside it.
pub(super) fn text_below(outer: Secrecy, name: &str, names_object: bool) -> Secrecy {
    let is_object = REFERENCE.has(name) && (name != "key" || names_object);
    match outer {
        Secrecy::Pair if VALUES.has(name) => Secrecy::Likely,
        Secrecy::None | Secrecy::Perhaps | Secrecy::Pair => Secrecy::None,
        Secrecy::Text | Secrecy::Sure if VALUES.has(name) => Secrecy::Sure,
        Secrecy::Likely if VALUES.has(name) => Secrecy::Text,
        _ if is_object => Secrecy::None,
        Secrecy::Text | Secrecy::Sure if name == "key" => Secrecy::Text,
        // `passwords: {manager: x}`.
        Secrecy::Sure if is_reference(name) => Secrecy::Likely,
        Secrecy::Sure => Secrecy::Sure,
        Secrecy::Likely | Secrecy::Text if is_reference(name) => Secrecy::None,
        Secrecy::Likely | Secrecy::Text if is_owner(name) => Secrecy::Perhaps,
        Secrecy::Likely | Secrecy::Text => Secrecy::Likely,
    }
}

/// The same of a list or of fields.
pub(super) fn fields_below(outer: Secrecy, name: &str) -> Secrecy {
    match outer {
        Secrecy::Text | Secrecy::Sure if VALUES.has(name) => outer,
        Secrecy::Likely | Secrecy::Text | Secrecy::Sure if !is_reference(name) => Secrecy::Likely,
        _ => Secrecy::None,
    }
}

/// `key: password` below a secret's name is the name of a key.
pub(super) fn is_key_name(name: &str, value: &str) -> bool {
    name == "key" && secrecy(value) != Secrecy::None && is_plain(value)
}

fn is_plain(value: &str) -> bool {
    value.bytes().all(|it| it.is_ascii_lowercase() || b"-_.".contains(&it))
}

/// How secret the value of `{name: DB_PASSWORD}` or of a patch's `{path: /spec/credential/value}` is.
pub(super) fn of_name(name: &str) -> Secrecy {
    if name.starts_with('/') { of_path(name) } else { secrecy(name) }
}

/// How secret the values of a column are.
///
/// A column of secrets shows their names: nobody prints the secrets themselves. A path says what it leads to.
pub(super) fn of_column(name: &str) -> Secrecy {
    let is_path = name.starts_with(['.', '{', '$']) || name.contains('.') && !name.contains(' ');
    if is_path {
        return of_path(name);
    }
    let secrecy = secrecy(name);
    if name.to_ascii_lowercase().contains("secret") {
        secrecy.min(Secrecy::Perhaps)
    } else {
        secrecy
    }
}

/// `.spec.secrets[0].value`; a filter's `name=="TOKEN"` is a step as well.
fn of_path(path: &str) -> Secrecy {
    let steps = path.split(['.', '/', '[', ']', '{', '}', '(', ')', '\'', '"']);
    let mut steps = steps.filter(|it| it.bytes().any(|it| it.is_ascii_alphabetic())).peekable();
    let mut outer = Secrecy::None;
    while let Some(step) = steps.next() {
        let below = if steps.peek().is_some() {
            fields_below(outer, step)
        } else if step == "key" {
            // Nothing tells whether a name is beside it.
            Secrecy::Likely.min(outer)
        } else {
            text_below(outer, step, true)
        };
        outer = secrecy(step).max(below);
    }
    outer
}
