//! The ways to ask: every call that can show a thing, in every shape of its answer. A new way is a line here.

use serde_json::{Value, json};

use super::surface::{MARK, Object, Place, Surface};

/// A request, and what the answer must have in it, so that no call can pass by failing.
#[derive(Clone)]
pub struct Ask {
    pub method: &'static str,
    pub params: Value,
    pub shows: Vec<String>,
    pub fails: bool,
    /// Whether it succeeds does not matter, as long as nothing leaves.
    pub anyhow: bool,
}

impl Ask {
    pub fn tool(tool: &str, arguments: &Value) -> Self {
        Self::of("tools/call", json!({"name": tool, "arguments": arguments}))
    }

    /// What is at an address of the cluster.
    fn address(path: &str) -> Self {
        Self::of("resources/read", json!({"uri": format!("k8s://cluster/{path}")}))
    }

    fn prompt(name: &str, blanks: &Value) -> Self {
        Self::of("prompts/get", json!({"name": name, "arguments": blanks})).shows("messages")
    }

    fn of(method: &'static str, params: Value) -> Self {
        Self { method, params, shows: Vec::new(), fails: false, anyhow: false }
    }

    pub fn shows(mut self, text: &str) -> Self {
        self.shows.push(text.to_owned());
        self
    }

    /// What is wrong with an answer that should have shown something.
    pub fn misses(&self, answer: &Value) -> Option<String> {
        let text = answer.to_string();
        let is_as_told = self.anyhow || (answer["result"]["isError"] == true) == self.fails;
        let missing = self.shows.iter().find(|it| !text.contains(it.as_str()));
        (!is_as_told || missing.is_some())
            .then(|| format!("{} does not show {missing:?}: {answer}", self.params))
    }

    fn anyhow(self) -> Self {
        Self { anyhow: true, ..self }
    }

    /// It is answered with an error.
    pub fn fails(self) -> Self {
        Self { fails: true, ..self }
    }
}

/// Every way to ask for the object of a surface, or for the lines of its log.
pub fn of(surface: &Surface, namespace: &str) -> Vec<Ask> {
    match &surface.place {
        Place::Object(object) => of_object(object, namespace),
        Place::Log(lines) => of_log(&surface.marker, lines.contains('\n'), namespace),
        Place::Server => Vec::new(),
    }
}

/// What shows many objects at once.
pub fn of_all(namespace: &str) -> Vec<Ask> {
    let place = json!({"namespace": namespace});
    let account = json!({"namespace": namespace, "service_account": "default"});
    let name = |kind: &str| {
        let of =
            json!({"type": "ref/resource", "uri": "k8s://{context}/{kind}/{namespace}/{name}"});
        let filled = json!({"context": "cluster", "kind": kind, "namespace": namespace});
        let blank = json!({"name": "name", "value": ""});
        let params = json!({"ref": of, "argument": blank, "context": {"arguments": filled}});
        Ask::of("completion/complete", params).shows("values")
    };
    vec![
        Ask::address("namespaces").shows(namespace),
        Ask::address(&format!("namespaces/{namespace}")).shows(namespace),
        Ask::prompt("cluster_health", &json!({})),
        Ask::prompt("diagnose", &with(&place, &json!({"resource": "pod/talker"}))).shows(TALKER),
        Ask::prompt("explain_incident", &place).shows(namespace),
        Ask::prompt("review_rbac", &account).shows(namespace),
        name("secrets"),
        name("configmaps"),
        name("pods"),
    ]
}

fn with(base: &Value, more: &Value) -> Value {
    let mut all = base.as_object().unwrap().clone();
    all.extend(more.as_object().unwrap().clone());
    all.into()
}

fn of_object(object: &Object, namespace: &str) -> Vec<Ask> {
    let Object { resource, name, path, .. } = object;
    let one = json!({"resource": resource, "name": name, "namespace": namespace});
    let list = json!({"resource": resource, "namespace": namespace, "label_selector": format!("surface={name}")});
    let get = |base: &Value, more: &Value| Ask::tool("kubectl_get", &with(base, more));
    let mut asks = Vec::new();
    for base in [&one, &list] {
        for table in [json!({}), json!({"output": "wide"}), json!({"output": "name"})] {
            asks.push(get(base, &table).shows(name));
        }
        for manifest in [
            json!({"output": "yaml"}),
            json!({"output": "json"}),
            json!({"output": "yaml", "full": true}),
            json!({"output": "json", "full": true}),
            json!({"fields": [path]}),
            json!({"fields": [path], "output": "json"}),
            json!({"fields": [parent(path)], "full": true}),
        ] {
            asks.push(get(base, &manifest).shows(name).shows(MARK));
        }
        asks.push(get(base, &json!({"columns": [path, "labels"], "sort_by": path})).shows(MARK));
        asks.push(get(base, &json!({"columns": [parent(path)]})).shows(MARK));
    }
    asks.push(get(&list, &json!({"columns": [path], "grep": "redacted"})).shows(name).shows(MARK));
    asks.push(get(&list, &json!({"summary": true})).shows(resource.split('.').next().unwrap()));
    asks.push(Ask::tool("kubectl_describe", &one).shows(name).shows(MARK));
    let wait = |goal: String| {
        Ask::tool("kubernetes_wait", &with(&one, &json!({"for": goal, "timeout": 1})))
    };
    asks.push(wait(format!("jsonpath={path}")).shows(name));
    asks.push(wait(format!("jsonpath={path}=x")).shows("seen last: ").shows(MARK).fails());
    asks.push(Ask::tool(
        "kubectl_events",
        &json!({"resource": format!("{resource}/{name}"), "namespace": namespace}),
    ));
    asks.extend(of_changes(object, &one));
    let address = format!("{resource}/{namespace}/{name}");
    asks.push(Ask::address(&address).shows(name).shows(MARK));
    // A session may listen to a hundred.
    if *resource == "secrets" {
        let uri = json!({"uri": format!("k8s://cluster/{address}")});
        asks.push(Ask::of("resources/subscribe", uri).shows(r#""result":{}"#));
    }
    if *resource == "pods" {
        let place = json!({"namespace": namespace});
        asks.push(Ask::tool("kubernetes_images", &place).shows("registry.example"));
        asks.push(
            Ask::tool(
                "kubernetes_diagnose",
                &json!({"resource": format!("pod/{name}"), "namespace": namespace}),
            )
            .shows(name),
        );
        let blanks = json!({"resource": format!("pod/{name}"), "namespace": namespace});
        asks.push(Ask::prompt("diagnose", &blanks).shows(name));
    }
    asks
}

/// What every changing tool shows of it before it does anything.
fn of_changes(object: &Object, one: &Value) -> Vec<Ask> {
    let Object { resource, name, path, .. } = object;
    let dry = with(one, &json!({"dry_run": true}));
    let change = |tool: &str, more: &Value| Ask::tool(tool, &with(&dry, more));
    let top = path.trim_start_matches('.').split(['.', '[']).next().unwrap();
    let mut asks = vec![
        change("kubectl_delete", &json!({})).shows(name),
        change("kubectl_label", &json!({"labels": {"looked-at": "yes"}})).shows(name),
        change("kubectl_patch", &json!({"type": "merge", "patch": {top: null}})).anyhow(),
        change(
            "kubectl_patch",
            &json!({"type": "json", "patch": [{"op": "remove", "path": format!("/{top}")}]}),
        )
        .anyhow(),
    ];
    let kind = match *resource {
        "secrets" => "Secret",
        "configmaps" => "ConfigMap",
        _ => return asks,
    };
    let key = path.trim_start_matches(".data").trim_matches(['.', '[', ']', '\'']);
    let manifest = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "data": {key: "b3RoZXI="}});
    for force in [false, true] {
        let arguments = json!({"manifest": manifest.to_string(), "namespace": one["namespace"], "dry_run": true, "force": force});
        asks.push(Ask::tool("kubectl_apply", &arguments).shows(name).anyhow());
    }
    asks
}

/// `.data` for `.data.password`.
fn parent(path: &str) -> &str {
    let place = path.rfind("['").or_else(|| path.rfind(['.', '[']));
    place.filter(|it| *it > 0).map_or(path, |it| &path[..it])
}

/// The pod that all lines of logs are in.
pub const TALKER: &str = "talker";

/// `goes_on`: the secret is on the lines behind the one that has the marker.
fn of_log(marker: &str, goes_on: bool, namespace: &str) -> Vec<Ask> {
    let base = json!({"resource": TALKER, "namespace": namespace});
    let mores = [
        json!({}),
        json!({"grep": marker}),
        json!({"grep": marker, "context_lines": 3}),
        json!({"exclude": "nothing has this"}),
        json!({"level": "error"}),
        json!({"dedupe": true}),
        json!({"timestamps": true, "grep": marker}),
        json!({"previous": true}),
        json!({"previous": true, "grep": marker, "dedupe": true}),
        json!({"resource": null, "label_selector": "app=talker"}),
    ];
    let whole = Ask::address(&format!("logs/{namespace}/{TALKER}")).shows(marker);
    let tool = mores.iter().map(|more| {
        let mut arguments = with(&base, more);
        arguments.as_object_mut().unwrap().retain(|_, it| !it.is_null());
        let ask = Ask::tool("kubectl_logs", &arguments);
        let picks = more["grep"].is_string() || more["level"].is_string();
        match goes_on && picks {
            // Lines that lie between those that are picked go with the key that they seem to be in.
            true if more["level"].is_string() => ask,
            true if more["context_lines"].is_null() => ask.shows(marker),
            _ => ask.shows(marker).shows(MARK),
        }
    });
    tool.chain([whole]).collect()
}
