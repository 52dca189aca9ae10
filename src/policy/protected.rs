use super::{Policy, objects::Objects};
use crate::tool::{Affected, Effect, Preview};

/// What a cluster lives on.
const SYSTEM: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// Nothing is deleted that belongs to the whole cluster, unless the operator named it.
pub struct Protected {
    deletable: Objects,
}

impl Protected {
    /// Globs `kind:namespace/name` of what may be deleted all the same.
    pub fn new(deletable: &[String]) -> Result<Self, globset::Error> {
        Ok(Self { deletable: Objects::new(deletable.iter().map(String::as_str))? })
    }

    fn keeps(&self, object: &Affected) -> bool {
        let is_system = |it: &String| SYSTEM.contains(&it.as_str());
        object.effect == Effect::Delete
            && object.namespace.as_ref().is_none_or(is_system)
            && !self.deletable.matches(object)
    }
}

impl Policy for Protected {
    fn forbids(&self, preview: &Preview) -> Option<String> {
        let object = preview.affected.iter().find(|it| self.keeps(it))?;
        let why = match &object.namespace {
            Some(namespace) => format!("is in {namespace}"),
            None => "belongs to the whole cluster".to_owned(),
        };
        let name = object.to_string();
        let (kind, place) = name.split_once(' ').unwrap_or((&name, ""));
        Some(format!(
            "{name} {why}, and is not deleted unless the operator names it (policy.deletable: \"{kind}:{place}\")"
        ))
    }
}
