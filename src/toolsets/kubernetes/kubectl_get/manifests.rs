//! What of an object a manifest shows.

use std::sync::LazyLock;

use serde_json::Value;

use crate::{
    output::{Redactor, manifest},
    toolsets::kubernetes::path::{Path, project},
};

/// Everything, everything that is not noise, or only what some paths lead to.
#[derive(Debug, Clone, Default)]
pub(super) struct Trim {
    pub(super) fields: Vec<Field>,
    pub(super) full: bool,
}

/// A path, as the caller wrote it.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) text: String,
    pub(super) path: Path,
}

/// What is left of an object.
#[derive(Debug)]
pub(super) struct Trimmed {
    pub(super) object: Value,
    /// Of each field, whether the object has it.
    pub(super) found: Vec<bool>,
}

/// What a part of an object says of the whole: whose it is, and for what it is to be redacted.
static IDENTITY: LazyLock<Vec<Path>> = LazyLock::new(|| {
    let fields = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];
    fields.iter().filter_map(|it| Path::parse(it).ok()).collect()
});

impl Trim {
    pub(super) fn is_whole(&self) -> bool {
        self.fields.is_empty()
    }

    /// Whether something is left out that nobody asked to leave out.
    pub(super) fn cleans(&self) -> bool {
        self.is_whole() && !self.full
    }

    pub(super) fn of(&self, mut object: Value, redactor: &Redactor) -> Trimmed {
        if self.is_whole() {
            if !self.full {
                manifest::clean(&mut object);
            }
            return Trimmed { object, found: Vec::new() };
        }
        // What is secret is told by what stands beside it, which a part may lack.
        redactor.manifest(&mut object);
        let cleaned = self.cleaned(&object);
        let has_all = |it: &Value| self.found(it).iter().all(|found| *found);
        // Somebody may ask for what is taken for noise.
        let object = cleaned.filter(has_all).unwrap_or(object);
        let found = self.found(&object);
        let paths = IDENTITY.iter().chain(self.fields.iter().map(|it| &it.path));
        Trimmed { object: project(&object, paths), found }
    }

    /// None where noise counts.
    fn cleaned(&self, object: &Value) -> Option<Value> {
        let counts = self.full || self.fields.iter().any(|it| it.path.counts());
        (!counts).then(|| {
            let mut cleaned = object.clone();
            manifest::clean(&mut cleaned);
            cleaned
        })
    }

    fn found(&self, object: &Value) -> Vec<bool> {
        self.fields.iter().map(|it| !it.path.find(object).is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parts(object: Value, paths: &[&str]) -> Trimmed {
        let field = |it: &&str| Field { text: (*it).to_owned(), path: Path::parse(it).unwrap() };
        let fields = paths.iter().map(field).collect();
        Trim { fields, full: false }.of(object, &Redactor::new())
    }

    #[test]
    fn a_projection_still_says_what_it_is_a_part_of() {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "db", "namespace": "shop", "uid": "1"},
            "data": {"host": "db-1", "user": "jane"}});
        assert_eq!(
            parts(map, &[".data.host"]).object,
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "db", "namespace": "shop"},
                "data": {"host": "db-1"}})
        );
    }

    #[test]
    fn what_is_secret_for_its_neighbour_is_secret_without_it() {
        let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {
            "containers": [{"name": "app", "args": ["--token", "Zq8vXw3TnLp"]}],
            "vars": [{"key": "DB_PASSWORD", "value": "Zq8vXw3TnLp"}],
        }});
        for path in
            ["spec.containers[0].args[1]", "spec.containers[*].args[-1]", "spec.vars[0].value"]
        {
            let part = parts(object.clone(), &[path]).object.to_string();
            assert!(part.contains("[redacted 11 chars"), "{path}: {part}");
            assert!(!part.contains("Zq8vXw3TnLp"), "{path}: {part}");
        }
    }

    #[test]
    fn what_is_asked_for_by_name_is_no_noise() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "uid": "1"},
            "spec": {"restartPolicy": "Always", "nodeName": "n"}});
        assert_eq!(parts(pod.clone(), &["spec"]).object["spec"], json!({"nodeName": "n"}));
        let asked = parts(pod, &["spec.restartPolicy", "metadata.uid", "spec.nope"]);
        assert_eq!(asked.object["spec"], json!({"restartPolicy": "Always"}));
        assert_eq!(asked.object["metadata"], json!({"name": "web", "uid": "1"}));
        assert_eq!(asked.found, [true, true, false]);
    }
}
