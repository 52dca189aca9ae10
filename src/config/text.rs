//! The kinds of text that the file holds. A type here exists for its schema only: the fields stay plain strings, paths and
//! addresses. `title` and `examples` are what an error says, `format` names a test that a pattern cannot express.

use std::net::SocketAddr;

use globset::Glob as Pattern;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The format of what may not be zero.
pub(super) const ABOVE_ZERO: &str = "above-zero";

/// The name of a format and its test.
pub(super) type Format = (&'static str, fn(&str) -> bool);

/// All formats of the schema.
pub(super) const FORMATS: [Format; 6] = [
    (ABOVE_ZERO, is_above_zero),
    ("glob", is_glob),
    ("resource-glob", is_resource_glob),
    ("object-glob", is_object_glob),
    ("deletable-glob", is_deletable_glob),
    ("socket-address", is_address),
];

fn is_above_zero(text: &str) -> bool {
    text.contains(|it: char| ('1'..='9').contains(&it))
}

fn is_glob(text: &str) -> bool {
    !text.is_empty() && Pattern::new(text).is_ok()
}

/// `kind[.group][/subresource]`.
fn is_resource_glob(text: &str) -> bool {
    is_glob(text) && text.split('/').count() <= 2 && text.split('/').all(|it| !it.is_empty())
}

/// `tool:kind:namespace/name`, or `tool:kind:name` for what is in no namespace.
fn is_object_glob(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(3, ':').collect();
    is_glob(text) && parts.len() == 3 && parts.iter().all(|it| !it.is_empty())
}

/// `kind:namespace/name`, or `kind:name`.
fn is_deletable_glob(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    is_glob(text) && parts.len() == 2 && parts.iter().all(|it| !it.is_empty())
}

fn is_address(text: &str) -> bool {
    text.parse::<SocketAddr>().is_ok()
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $schema:tt)*) => {$(
        $(#[$doc])*
        pub(super) enum $kind {}

        impl JsonSchema for $kind {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($kind).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

kinds! {
    /// `*`, `?`, `[a-z]` and `{one,other}`.
    Glob {
        "type": "string", "title": "glob", "format": "glob", "examples": ["kubectl_*", "team-?"]
    }

    ResourceGlob {
        "type": "string", "title": "resource glob", "format": "resource-glob",
        "examples": ["secrets", "pods/exec"]
    }

    ObjectGlob {
        "type": "string", "title": "object glob", "format": "object-glob",
        "examples": ["*:Deployment:prod-*/*", "kubectl_apply:Namespace:*"]
    }

    DeletableGlob {
        "type": "string", "title": "object glob", "format": "deletable-glob",
        "examples": ["Namespace:team-*", "ConfigMap:kube-system/*"]
    }

    /// An IP address and a port: names would have to be looked up, and could then mean several.
    Address {
        "type": "string", "title": "address", "format": "socket-address",
        "examples": ["127.0.0.1:8080", "[::1]:8080"]
    }

    Path {
        "type": "string", "title": "path", "minLength": 1,
        "examples": ["~/.kube/config", "/etc/tacklebox/token"]
    }

    /// As Kubernetes has it: a DNS label.
    Namespace {
        "type": "string", "title": "namespace", "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
        "examples": ["observability", "team-a"]
    }

    /// As Kubernetes has it: a DNS subdomain.
    ObjectName {
        "type": "string", "title": "object name", "maxLength": 253,
        "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        "examples": ["holmesgpt-toolset", "tools.v2"]
    }

    /// No globs: what may be read is named. Whoever takes it for the place of the secret itself does not see it again.
    SecretKey {
        "type": "string", "title": "key of a Secret", "maxLength": 571, "writeOnly": true,
        "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*:[-._a-zA-Z0-9]+$",
        "examples": ["shop/web-tls:tls.crt", "shop/db:username"]
    }

    Image {
        "type": "string", "title": "image", "pattern": "^[^\\s:/][^\\s]*$",
        "examples": ["docker.io/otel/ebpf-instrument:v0.13.0", "registry.example.com:5000/obi:v1"]
    }

    Host {
        "type": "string", "title": "host", "pattern": "^[^\\s/@?#]+$",
        "examples": ["tacklebox.example.com", "localhost:8080"]
    }

    Origin {
        "type": "string", "title": "origin", "pattern": "^https?://[^\\s/@?#]+$",
        "examples": ["https://chat.example.com", "http://localhost:6274"]
    }

    Name {
        "type": "string", "title": "name", "pattern": "^[^\\s\\p{Cc}]+$",
        "examples": ["alice", "ci"]
    }

    Domain {
        "type": "string", "title": "domain", "maxLength": 200,
        "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        "examples": ["svc.cluster.local", "svc"]
    }

    ServicePlace {
        "type": "string", "title": "service",
        "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
        "examples": ["monitoring/grafana", "logging/es-es-http"]
    }

    /// Where a name is expected, a secret is soon pasted: what is written there is not told either.
    VariableName {
        "type": "string", "title": "variable of HolmesGPT's environment in capitals",
        "pattern": "^[A-Z_][A-Z0-9_]{0,127}$", "writeOnly": true, "examples": ["GRAFANA_API_KEY"]
    }

    /// Identity providers write blanks within names, and a header would lose those around them.
    Group {
        "type": "string", "title": "group", "pattern": "^[^\\s\\p{Cc}]([^\\p{Cc}]*[^\\s\\p{Cc}])?$",
        "examples": ["team-a", "Domain Admins"]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_has_at_most_one_subresource() {
        assert!(
            ["secrets", "clusterroles*", "pods/exec", "*.apps/scale"].map(is_resource_glob)
                == [true; 4]
        );
        assert!(["", "/exec", "pods/", "a/b/c", "[a"].map(is_resource_glob) == [false; 5]);
    }

    #[test]
    fn an_object_is_a_tool_a_kind_and_a_name() {
        assert!(["*:Deployment:prod-*/*", "*:Namespace:prod"].map(is_object_glob) == [true; 2]);
        assert!(
            ["", "Deployment", "*:Deployment", "*::x", "*:{a:x"].map(is_object_glob) == [false; 5]
        );
    }

    #[test]
    fn an_address_has_a_port() {
        assert!(is_address("[::1]:80") && !is_address("localhost:80") && !is_address("127.0.0.1"));
    }
}
