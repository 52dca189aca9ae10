//! Who called, and how that is known.

use std::sync::Arc;

/// Who called, for the audit log, limits, tenants and clusters that decide by it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Caller {
    /// `local` over stdio, the token's name over HTTP, else `anonymous`.
    pub name: Arc<str>,
    /// The client program, such as `claude-code 2.1.330`; it says so itself.
    pub client: Option<String>,
    groups: Option<Arc<[String]>>,
}

impl Caller {
    /// Somebody whom nobody has asked who they are.
    pub fn named(name: &str) -> Self {
        Self { name: name.into(), client: None, groups: None }
    }

    /// The holder of a token, in the groups that the operator gives them.
    pub fn authenticated(name: &str, groups: &[String]) -> Self {
        Self { groups: Some(groups.into()), ..Self::named(name) }
    }

    /// The groups that the operator gives them; `None` for whoever has not shown who they are.
    pub fn groups(&self) -> Option<&[String]> {
        self.groups.as_deref()
    }

    /// The same, whatever program they call with.
    #[must_use]
    pub fn person(&self) -> Self {
        Self { client: None, ..self.clone() }
    }
}
