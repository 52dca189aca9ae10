//! What whoever deploys OBI has to be allowed, for each object that is to be made.

use std::fmt;

use super::{
    super::{NAME, wanted::Wanted},
    snapshot::{Ask, Purpose},
};

const RBAC: &str = "rbac.authorization.k8s.io";

/// What an apply asks of every object.
const APPLIES: [&str; 3] = ["get", "create", "patch"];

/// What OBI's `ServiceAccount` is to have, of the whole cluster.
const GRANTED: [&str; 3] = ["pods", "services", "nodes"];

pub(super) fn asks(wanted: &Wanted, has_namespace: bool) -> Vec<Ask> {
    let mut asks: Vec<Ask> = objects(wanted).iter().flat_map(applied).collect();
    if !has_namespace {
        asks.push(Ask { verb: "create", resource: "namespaces", ..Ask::default() });
    }
    asks.extend([(Purpose::Grant, "escalate"), (Purpose::Bind, "bind")].map(|(purpose, verb)| {
        let name = Some(format!("{NAME}-{}", wanted.namespace));
        Ask { verb, group: RBAC, resource: "clusterroles", name, purpose, ..Ask::default() }
    }));
    asks.extend(granted());
    asks.extend(looking(&wanted.namespace));
    asks
}

/// Everything that OBI's `ServiceAccount` may do.
pub(super) fn granted() -> Vec<Ask> {
    let both = |resource| {
        ["list", "watch"].map(|verb| Ask {
            verb,
            resource,
            purpose: Purpose::Granted,
            ..Ask::default()
        })
    };
    GRANTED.into_iter().flat_map(both).collect()
}

/// Group, resource, name, and whether it is in the namespace.
fn objects(wanted: &Wanted) -> Vec<Ask> {
    let inside = |group, resource, name: &str| Ask {
        group,
        resource,
        name: Some(name.to_owned()),
        namespace: Some(wanted.namespace.clone()),
        ..Ask::default()
    };
    let outside = |resource| Ask {
        group: RBAC,
        resource,
        name: Some(format!("{NAME}-{}", wanted.namespace)),
        ..Ask::default()
    };
    let always = [
        inside("", "serviceaccounts", NAME),
        inside("", "configmaps", "obi-config"),
        inside("apps", "daemonsets", NAME),
        outside("clusterroles"),
        outside("clusterrolebindings"),
    ];
    let sometimes = [
        (wanted.prometheus || wanted.cache, inside("", "services", "obi-metrics")),
        (wanted.cache, inside("apps", "deployments", "obi-k8s-cache")),
        (wanted.monitor, inside("monitoring.coreos.com", "servicemonitors", NAME)),
    ];
    let sometimes = sometimes.into_iter().filter(|it| it.0).map(|it| it.1);
    always.into_iter().chain(sometimes).collect()
}

fn applied(object: &Ask) -> Vec<Ask> {
    let verb = |verb: &'static str| {
        // What is not there yet has no name that RBAC could know.
        let name = object.name.clone().filter(|_| verb != "create");
        Ask { verb, name, ..object.clone() }
    };
    APPLIES.map(verb).to_vec()
}

/// To see how it is.
fn looking(namespace: &str) -> Vec<Ask> {
    let inside = |verb, resource, subresource| Ask {
        verb,
        resource,
        subresource,
        namespace: Some(namespace.to_owned()),
        purpose: Purpose::Look,
        ..Ask::default()
    };
    vec![
        inside("list", "pods", None),
        inside("list", "events", None),
        inside("get", "pods", Some("log")),
        inside("get", "pods", Some("proxy")),
        Ask { verb: "list", resource: "nodes", purpose: Purpose::Look, ..Ask::default() },
    ]
}

/// `get, create, patch daemonsets.apps in namespace observability`: what is asked of the same is told once.
pub(super) fn told<'a>(asks: impl Iterator<Item = &'a Ask>) -> Vec<String> {
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for ask in asks {
        let what = ask.to_string();
        match told.iter_mut().find(|it| it.0 == what) {
            Some((_, verbs)) => verbs.push(ask.verb),
            None => told.push((what, vec![ask.verb])),
        }
    }
    told.into_iter().map(|(what, verbs)| format!("{} {what}", verbs.join(", "))).collect()
}

/// `daemonsets.apps in namespace observability`
impl fmt::Display for Ask {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.resource)?;
        if !self.group.is_empty() {
            write!(out, ".{}", self.group)?;
        }
        self.subresource.map_or(Ok(()), |it| write!(out, "/{it}"))?;
        self.namespace.as_ref().map_or(Ok(()), |it| write!(out, " in namespace {it}"))
    }
}
