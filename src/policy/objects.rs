use globset::{Glob, GlobBuilder, GlobMatcher};

use crate::tool::Affected;

/// Globs `kind:namespace/name`, or `kind:name` for what is in no namespace. The kind may have its group, `Deployment.apps`.
#[derive(Debug)]
pub(super) struct Objects(Vec<(GlobMatcher, GlobMatcher)>);

impl Objects {
    pub(super) fn new<'a>(
        patterns: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, globset::Error> {
        let both = |it: &'a str| {
            let (kind, name) = it.split_once(':').unwrap_or((it, "*"));
            Ok((kind_glob(kind)?, name_glob(name)?))
        };
        Ok(Self(patterns.into_iter().map(both).collect::<Result<_, _>>()?))
    }

    pub(super) fn matches(&self, object: &Affected) -> bool {
        let name = match &object.namespace {
            Some(namespace) => format!("{namespace}/{}", object.name),
            None => object.name.clone(),
        };
        let full = format!("{}.{}", object.kind, object.group);
        let is_kind = |it: &GlobMatcher| it.is_match(&object.kind) || it.is_match(&full);
        self.0.iter().any(|(kind, names)| is_kind(kind) && names.is_match(&name))
    }
}

/// Nobody who writes `deployment` means that a Deployment is let through unasked.
fn kind_glob(text: &str) -> Result<GlobMatcher, globset::Error> {
    Ok(GlobBuilder::new(text).case_insensitive(true).build()?.compile_matcher())
}

/// Here `*` alone is everything, and otherwise it ends at the slash: `prod-*/*` is no cluster-wide object, and `x` none in a
/// namespace.
fn name_glob(text: &str) -> Result<GlobMatcher, globset::Error> {
    if text == "*" {
        return Ok(Glob::new("*")?.compile_matcher());
    }
    Ok(GlobBuilder::new(text).literal_separator(true).build()?.compile_matcher())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::Effect;

    fn matches(pattern: &str, kind: &str, namespace: Option<&str>, name: &str) -> bool {
        let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
        let object = Affected {
            effect: Effect::Apply,
            kind: kind.to_owned(),
            group: group.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
            state: String::new(),
        };
        Objects::new([pattern]).unwrap().matches(&object)
    }

    #[test]
    fn an_object_is_met_by_its_kind_and_its_place() {
        let shop = Some("prod-shop");
        assert!(matches("Deployment:prod-*/*", "Deployment.apps", shop, "web"));
        assert!(matches("deployment.apps:prod-shop/web", "Deployment.apps", shop, "web"));
        assert!(!matches("Deployment:prod-*/*", "Deployment.apps", Some("test"), "web"));
        assert!(!matches("Deployment.extensions:*", "Deployment.apps", shop, "web"));
        assert!(matches("*:*", "Node", None, "n1") && matches("*:*", "Pod", shop, "web"));
        assert!(matches("Namespace:prod", "Namespace", None, "prod"));
        assert!(!matches("*:prod*", "Pod", shop, "web"));
        assert!(!matches("*:*/*", "Node", None, "n1"));
    }
}
