use std::time::Duration;

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tacklebox::{
    k8s::Limits,
    server::{Holder, TokenSource, Tokens},
};
use tacklebox_cluster::{AuditEntry, AuditMark, Cluster, Namespace, User};

use super::super::Setup;
use crate::world::{Door, World, http_settings, modern};

/// A server that asks in the names of its callers, who have names that no other test has. Ann has her rights by her own name,
/// Ben by his group.
pub(super) struct House {
    pub(super) cluster: Cluster,
    pub(super) shop: Namespace,
    pub(super) bank: Namespace,
    pub(super) server: User,
    pub(super) world: World,
    pub(super) door: Door,
}

pub(super) struct Caller {
    pub(super) name: String,
    pub(super) group: String,
}

impl House {
    /// Ann may read everything in the namespace shop, Ben in the namespace bank.
    pub(super) async fn new() -> Self {
        Self::within(|_| Limits::default()).await
    }

    /// The same whose two namespaces are the only ones that are allowed.
    pub(super) async fn confined() -> Self {
        let only = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        Self::within(|names| Limits { allow_namespaces: only(names), ..Limits::default() }).await
    }

    async fn within(limits: impl FnOnce([&str; 2]) -> Limits) -> Self {
        let cluster = Cluster::shared().await;
        let (shop, bank) = (cluster.namespace("shop").await, cluster.namespace("bank").await);
        let (shop, bank) = (shop.unwrap(), bank.unwrap());
        let (ann, ben) = (caller("ann", &shop), caller("ben", &shop));
        let users = format!("impersonate users {},{}", ann.name, ben.name);
        let server = cluster.user("tacklebox", &[&users, "impersonate groups"]).await.unwrap();
        let reading = ["get,list,watch *.*"];
        cluster.grant(&ann.name, shop.name(), &reading).await.unwrap();
        cluster.grant(&format!("group:{}", ben.group), bank.name(), &reading).await.unwrap();
        let limits = limits([shop.name(), bank.name()]);
        Self::open(cluster, shop, bank, server, limits).await
    }

    /// The same with a server that has the rights of this user.
    pub(super) async fn open(
        cluster: Cluster,
        shop: Namespace,
        bank: Namespace,
        server: User,
        limits: Limits,
    ) -> Self {
        let world = Setup::of(server.kubeconfig()).impersonating().limits(limits).server();
        let holders = ["ann", "ben"].map(|it| holder(it, &caller(it, &shop)));
        let tokens = Tokens::read(holders.to_vec()).unwrap();
        let door = world.http(tokens, http_settings()).await;
        Self { cluster, shop, bank, server, world, door }
    }

    /// Another door of the same server, for one more caller whose token is `token`.
    pub(super) async fn door_for(&self, name: &str, groups: &[&str]) -> Door {
        let groups = groups.iter().map(|it| (*it).to_owned()).collect();
        let source = TokenSource::Value("token".to_owned().into());
        let tokens = Tokens::read(vec![Holder { name: name.to_owned(), groups, source }]);
        self.world.http(tokens.unwrap(), http_settings()).await
    }

    /// The same toolset and policies, made anew.
    pub(super) fn reload(&self) {
        let (toolsets, stack, _) = Setup::of(self.server.kubeconfig()).impersonating().parts();
        self.world.registry.replace(toolsets, stack).unwrap();
    }

    pub(super) fn caller(&self, name: &str) -> Caller {
        caller(name, &self.shop)
    }

    /// A request of the newer era with that token.
    pub(super) fn request(&self, token: &str, method: &str, params: Value) -> RequestBuilder {
        request(&self.door, method, params).bearer_auth(token)
    }

    pub(super) async fn answer(&self, token: &str, method: &str, params: Value) -> Value {
        answer(self.request(token, method, params)).await
    }

    /// What a call says to the holder of that token.
    pub(super) async fn call(&self, token: &str, tool: &str, arguments: Value) -> String {
        let params = json!({ "name": tool, "arguments": arguments });
        self.renamed(&text(&self.answer(token, "tools/call", params).await))
    }

    /// With the names that the test has for everybody.
    pub(super) fn renamed(&self, text: &str) -> String {
        let Self { shop, bank, server, .. } = self;
        let people = ["ann", "ben"].map(|it| (self.caller(it), it));
        let people = people.iter().fold(text.to_owned(), |text, (caller, name)| {
            text.replace(&caller.name, name).replace(&caller.group, &format!("{name}s"))
        });
        let text = people.replace(shop.name(), "shop").replace(bank.name(), "bank");
        text.replace(server.name(), "tacklebox").replace(self.cluster.server_url(), "URL")
    }

    /// What the server asked for since then, in whosever name.
    pub(super) async fn asked(&self, mark: AuditMark) -> Vec<AuditEntry> {
        let entries = self.cluster.audit_since(mark).await.unwrap().into_iter();
        entries.filter(|it| it.user == self.server.name()).collect()
    }
}

fn caller(name: &str, shop: &Namespace) -> Caller {
    Caller {
        name: format!("{name}-of-{}", shop.name()),
        group: format!("team {name} of {}", shop.name()),
    }
}

/// What `look` finds in the end, looked for again and again.
pub(super) async fn found<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            // Who looks into a file leaves the server no time by themselves.
            tokio::task::yield_now().await;
        }
    };
    in_time(looking).await
}

/// What comes in the end. Far longer than anything takes: whoever waits for so long has failed.
async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("it comes in time")
}

/// Whose token is their first name.
fn holder(token: &str, Caller { name, group }: &Caller) -> Holder {
    let source = TokenSource::Value(token.to_owned().into());
    Holder { name: name.clone(), groups: vec![group.clone()], source }
}

pub(in crate::kubernetes) fn request(door: &Door, method: &str, params: Value) -> RequestBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let params = modern(params);
    let names = ["name", "uri"].map(|it| params[it].as_str());
    let name = names.into_iter().flatten().next().unwrap_or_default().to_owned();
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    reqwest::Client::new()
        .post(format!("{}/mcp", door.url))
        // Far longer than anything takes, what is listened to included.
        .timeout(Duration::from_mins(1))
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", method)
        .header("mcp-name", name)
        .body(message.to_string())
}

/// The last message of what comes back, which is the answer.
pub(in crate::kubernetes) async fn answer(request: RequestBuilder) -> Value {
    let body = request.send().await.unwrap().text().await.unwrap();
    let messages = body.lines().map(|it| it.strip_prefix("data:").unwrap_or(it).trim());
    let mut messages = messages.filter_map(|it| serde_json::from_str::<Value>(it).ok());
    messages.rfind(|it| it["id"] == 1).unwrap_or_else(|| panic!("no answer in {body}"))
}

/// The text of whatever was asked for, or of the error.
pub(in crate::kubernetes) fn text(answer: &Value) -> String {
    let result = &answer["result"];
    let text = [
        &result["content"][0]["text"],
        &result["contents"][0]["text"],
        &result["messages"][0]["content"]["text"],
        &answer["error"]["message"],
    ];
    let text = text.into_iter().find_map(Value::as_str);
    text.unwrap_or_else(|| panic!("no text in {answer}")).to_owned()
}
