//! A blank that somebody is filling in: an argument of a prompt, or a variable in the template of an address.

use std::collections::BTreeMap;

#[derive(Debug, Clone, Default)]
pub struct Blank {
    pub name: String,
    /// How the value begins.
    pub prefix: String,
    /// What stands in the others already.
    pub filled: BTreeMap<String, String>,
}

impl Blank {
    /// What stands in another one, if anything does.
    pub fn other(&self, name: &str) -> Option<&str> {
        self.filled.get(name).map(String::as_str).filter(|it| !it.is_empty())
    }
}
