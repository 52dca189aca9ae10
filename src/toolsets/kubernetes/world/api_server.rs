//! The API server itself: discovery, lists with pages, tables and single objects, from what it holds.

use std::sync::{Arc, Mutex};

use axum::{extract::State, http::HeaderMap, response::IntoResponse};
use http::{StatusCode, Uri, header::ACCEPT};
use serde_json::{Value, json};

use super::object;

/// What the API server holds, and what it was asked.
#[derive(Default)]
pub(crate) struct ApiServer {
    pub(crate) objects: Vec<Value>,
    /// Beginnings of paths that are forbidden.
    pub(crate) forbidden: Vec<&'static str>,
    /// Answers that are given whatever is asked, by the beginning of the path.
    pub(crate) answers: Vec<(&'static str, StatusCode, String)>,
    /// A path that is never answered.
    pub(crate) silent: Option<&'static str>,
    pub(crate) requests: Vec<String>,
    /// Answers discovery as servers before 1.26 did.
    pub(crate) old: bool,
}

pub(crate) type Shared = Arc<Mutex<ApiServer>>;

pub(super) async fn answer(
    State(server): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
) -> impl IntoResponse {
    if server.lock().unwrap().silent == Some(uri.path()) {
        std::future::pending::<()>().await;
    }
    let mut server = server.lock().unwrap();
    server.requests.push(uri.to_string());
    let accept = headers.get(ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let (status, body) = server.answer(&uri, accept);
    (status, [("content-type", "application/json")], body)
}

impl ApiServer {
    pub(crate) fn holding(objects: Vec<Value>) -> Self {
        let named = |it: &str| object("v1", "Namespace", None, it);
        let objects = ["bank", "shop"].map(named).into_iter().chain(objects).collect();
        Self { objects, ..Self::default() }
    }

    fn answer(&self, uri: &Uri, accept: &str) -> (StatusCode, String) {
        let path = uri.path();
        if let Some((_, status, body)) = self.answers.iter().find(|it| path.starts_with(it.0)) {
            return (*status, body.clone());
        }
        if self.forbidden.contains(&path) {
            return status(
                403,
                &format!("x is forbidden: User \"jane\" cannot list resource at {path}"),
            );
        }
        match path {
            "/version" => ok(
                &json!({"major": "1", "minor": "36", "gitVersion": "v1.36.3", "gitCommit": "", "gitTreeState": "", "buildDate": "", "goVersion": "", "compiler": "", "platform": "linux/amd64"}),
            ),
            "/api" if self.old => ok(
                &json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}),
            ),
            "/apis" if self.old => ok(&old_groups()),
            "/api/v1" => ok(&old_resources("v1")),
            "/apis/apps/v1" => ok(&old_resources("apps/v1")),
            "/api" => ok(&aggregated(&[("", "v1", "Current")])),
            "/apis" => ok(&aggregated(&[
                ("apps", "v1", "Current"),
                ("example.test", "v1", "Current"),
                ("metrics.k8s.io", "v1beta1", "Stale"),
            ])),
            _ => self.objects(uri, accept),
        }
    }

    fn objects(&self, uri: &Uri, accept: &str) -> (StatusCode, String) {
        let parts: Vec<&str> = uri.path().trim_start_matches('/').split('/').collect();
        let (group_version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] => ((*version).to_owned(), rest),
            ["apis", group, version, rest @ ..] => (format!("{group}/{version}"), rest),
            _ => return status(404, "the server could not find the requested resource"),
        };
        let (namespace, plural, name) = match *rest {
            ["namespaces", namespace, plural] => (Some(namespace), plural, None),
            ["namespaces", namespace, plural, name] => (Some(namespace), plural, Some(name)),
            [plural] => (None, plural, None),
            [plural, name] => (None, plural, Some(name)),
            _ => return status(404, "the server could not find the requested resource"),
        };
        let parameter = |key: &str| {
            let pairs = uri.query().unwrap_or_default().split('&');
            let value = pairs.filter_map(|it| it.split_once('=')).find(|it| it.0 == key)?.1;
            Some(value.replace("%3D", "="))
        };
        let field = parameter("fieldSelector");
        let label = parameter("labelSelector").map(|it| it.split("%2C").next().unwrap().to_owned());
        let found: Vec<&Value> = self
            .objects
            .iter()
            .filter(|it| it["apiVersion"] == *group_version && plural_of(it) == plural)
            .filter(|it| namespace.is_none_or(|ns| it["metadata"]["namespace"] == ns))
            .filter(|it| name.is_none_or(|name| it["metadata"]["name"] == name))
            .filter(|it| {
                field.as_ref().is_none_or(|f| {
                    let name = it["metadata"]["name"].as_str().unwrap();
                    *f == format!("metadata.name={name}")
                })
            })
            .filter(|it| {
                label.as_ref().is_none_or(|l| {
                    let (key, value) = l.split_once('=').unwrap();
                    it["metadata"]["labels"][key] == value
                })
            })
            .collect();
        if let Some(name) = name
            && found.is_empty()
        {
            return not_found(plural, name);
        }
        let limit = parameter("limit").and_then(|it| it.parse().ok()).unwrap_or(usize::MAX);
        let start: usize = match parameter("continue") {
            Some(token) if token == "expired" => {
                return status(410, "The provided continue parameter is too old");
            }
            Some(token) => token.parse().unwrap(),
            None => 0,
        };
        let page: Vec<&Value> = found.iter().skip(start).take(limit).copied().collect();
        let left = found.len().saturating_sub(start + page.len());
        let mut metadata = json!({"resourceVersion": "1"});
        if left > 0 {
            metadata["continue"] = (start + page.len()).to_string().into();
            if field.is_none() && label.is_none() {
                metadata["remainingItemCount"] = left.into();
            }
        }
        if accept.contains("as=Table") {
            return ok(&table(&page, &metadata, &parameter("includeObject").unwrap_or_default()));
        }
        if let (Some(_), Some(object)) = (name, page.first()) {
            return ok(object);
        }
        let items: Vec<Value> = page.iter().map(|it| untyped(it)).collect();
        ok(&json!({"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items}))
    }
}

fn table(page: &[&Value], metadata: &Value, include: &str) -> Value {
    let rows: Vec<Value> = page
        .iter()
        .map(|it| {
            let object = match include {
                "None" => Value::Null,
                "Object" => (*it).clone(),
                _ => json!({"kind": "PartialObjectMetadata", "metadata": it["metadata"]}),
            };
            let phase = it["status"]["phase"].as_str().unwrap_or("Active");
            let node = it["spec"]["nodeName"].as_str().unwrap_or("<none>");
            json!({"cells": [it["metadata"]["name"], phase, 0, node], "object": object})
        })
        .collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": [
            {"name": "Name", "type": "string", "priority": 0},
            {"name": "Status", "type": "string", "priority": 0},
            {"name": "Restarts", "type": "integer", "priority": 0},
            {"name": "Node", "type": "string", "priority": 1},
        ],
        "rows": rows,
    })
}

fn untyped(object: &Value) -> Value {
    let mut object = object.clone();
    let fields = object.as_object_mut().unwrap();
    fields.shift_remove("kind");
    fields.shift_remove("apiVersion");
    object
}

fn plural_of(object: &Value) -> String {
    format!("{}s", object["kind"].as_str().unwrap().to_lowercase())
}

/// Kind, short name, whether it has a namespace, category.
fn kinds(group: &str) -> &'static [(&'static str, &'static str, bool, &'static str)] {
    match group {
        "" => &[
            ("Pod", "po", true, "all"),
            ("Secret", "", true, ""),
            ("Namespace", "ns", false, ""),
            ("Node", "no", false, ""),
        ],
        "apps" => &[("Deployment", "deploy", true, "all"), ("Replicaset", "rs", true, "all")],
        "example.test" => &[("Widget", "wd", true, ""), ("Pod", "", true, "")],
        _ => &[],
    }
}

fn aggregated(groups: &[(&str, &str, &str)]) -> Value {
    let items: Vec<Value> = groups
        .iter()
        .map(|(group, version, freshness)| {
            let resources: Vec<Value> = kinds(group)
                .iter()
                .map(|(kind, short, namespaced, category)| {
                    json!({
                        "resource": format!("{}s", kind.to_lowercase()),
                        "responseKind": {"group": group, "version": version, "kind": kind},
                        "scope": if *namespaced { "Namespaced" } else { "Cluster" },
                        "singularResource": kind.to_lowercase(),
                        "verbs": ["get", "list"],
                        "shortNames": Some(short).filter(|it| !it.is_empty()).into_iter().collect::<Vec<_>>(),
                        "categories": Some(category).filter(|it| !it.is_empty()).into_iter().collect::<Vec<_>>(),
                    })
                })
                .collect();
            json!({"metadata": {"name": group}, "versions": [{"version": version, "freshness": freshness, "resources": resources}]})
        })
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
}

fn old_groups() -> Value {
    let group = |name: &str, version: &str| {
        let version = json!({"groupVersion": format!("{name}/{version}"), "version": version});
        json!({"name": name, "versions": [version], "preferredVersion": version})
    };
    json!({"kind": "APIGroupList", "apiVersion": "v1",
        "groups": [group("apps", "v1"), group("broken.test", "v1")]})
}

fn old_resources(group_version: &str) -> Value {
    let group = group_version.split_once('/').map_or("", |it| it.0);
    let resources: Vec<Value> = kinds(group)
        .iter()
        .map(|(kind, short, namespaced, _)| {
            json!({"name": format!("{}s", kind.to_lowercase()), "singularName": "", "kind": kind,
                "namespaced": namespaced, "verbs": ["get", "list"], "shortNames": [short]})
        })
        .chain([json!({"name": "pods/log", "singularName": "", "kind": "Pod", "namespaced": true, "verbs": ["get"]})])
        .collect();
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources})
}

fn ok(body: &Value) -> (StatusCode, String) {
    (StatusCode::OK, body.to_string())
}

fn not_found(plural: &str, name: &str) -> (StatusCode, String) {
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "NotFound",
        "message": format!("{plural} {name:?} not found"), "details": {"name": name, "kind": plural}, "code": 404});
    (StatusCode::NOT_FOUND, body.to_string())
}

fn status(code: u16, message: &str) -> (StatusCode, String) {
    let reason = if code == 404 { "NotFound" } else { "" };
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code});
    (StatusCode::from_u16(code).unwrap(), body.to_string())
}
