//! What of an object a manifest shows.

use serde_json::{Map, Value};

use crate::{
    output::{Redactor, manifest},
    toolsets::kubernetes::path::{Path, merge},
};

/// Everything, everything that is not noise, or only what some paths lead to.
#[derive(Debug, Clone, Default)]
pub(super) struct Trim {
    pub(super) keep: Vec<Path>,
    pub(super) full: bool,
}

impl Trim {
    pub(super) fn is_whole(&self) -> bool {
        self.keep.is_empty()
    }

    /// Whether something is left out that nobody asked to leave out.
    pub(super) fn cleans(&self) -> bool {
        self.is_whole() && !self.full
    }

    pub(super) fn of(&self, mut object: Value, redactor: &Redactor) -> Value {
        match (self.is_whole(), self.full) {
            (true, true) => object,
            (true, false) => {
                manifest::clean(&mut object);
                object
            }
            (false, true) => self.parts(&object, redactor).0,
            (false, false) => {
                let mut cleaned = object.clone();
                manifest::clean(&mut cleaned);
                match self.parts(&cleaned, redactor) {
                    (parts, true) => parts,
                    // Somebody asked for what is taken for noise.
                    (_, false) => self.parts(&object, redactor).0,
                }
            }
        }
    }

    /// Only what the paths lead to, and whether each of them led somewhere. Kind and name stay, so that it is still said
    /// whose it is, and redacted for what it is.
    fn parts(&self, object: &Value, redactor: &Redactor) -> (Value, bool) {
        let mut seen = Value::Null;
        if self.keep.iter().any(Path::compares) {
            seen = object.clone();
            redactor.manifest(&mut seen);
        }
        let parts: Vec<Value> = self.keep.iter().filter_map(|it| it.prune(object, &seen)).collect();
        let all_found = parts.len() == self.keep.len();
        let mut kept = identity(object);
        for part in parts {
            merge(&mut kept, part);
        }
        (kept, all_found)
    }
}

fn identity(object: &Value) -> Value {
    let some = |from: &Value, names: &[&str]| -> Map<String, Value> {
        let of = |name: &&str| Some(((*name).to_owned(), from.get(*name)?.clone()));
        names.iter().filter_map(of).collect()
    };
    let mut identity = some(object, &["apiVersion", "kind"]);
    if let Some(metadata) = object.get("metadata") {
        identity.insert("metadata".to_owned(), some(metadata, &["name", "namespace"]).into());
    }
    Value::Object(identity)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parts(object: Value, paths: &[&str]) -> Value {
        let keep = paths.iter().map(|it| Path::parse(it).unwrap()).collect();
        Trim { keep, full: false }.of(object, &Redactor::new())
    }

    #[test]
    fn a_projection_still_says_what_it_is_a_part_of() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop", "uid": "1"},
            "data": {"password": "eA==", "user": "eQ=="}});
        assert_eq!(
            parts(secret, &[".data.password"]),
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"},
                "data": {"password": "eA=="}})
        );
    }

    #[test]
    fn what_is_asked_for_by_name_is_no_noise() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "uid": "1"},
            "spec": {"restartPolicy": "Always", "nodeName": "n"}});
        assert_eq!(parts(pod.clone(), &["spec"])["spec"], json!({"nodeName": "n"}));
        let asked = parts(pod, &["spec.restartPolicy", "metadata.uid"]);
        assert_eq!(asked["spec"], json!({"restartPolicy": "Always"}));
        assert_eq!(asked["metadata"], json!({"name": "web", "uid": "1"}));
    }
}
