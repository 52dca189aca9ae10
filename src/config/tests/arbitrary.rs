//! Every configuration that a file can hold.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    sample::select,
};
use serde_json::{Map, Value};

use crate::config::{
    Audit, AuditSink, Auth, Config, Confirm, Credential, Discovery, Docker, Duration, Format,
    Globs, Identity, Kubernetes, KubernetesAuth, Layout, Level, Local, Log, Mode, Policy, Probe,
    Publish, Reload, Rest, Reviewed, Server, Size, Token, Toolsets, Via, When,
};

pub(super) fn config() -> impl Strategy<Value = Config> {
    (toolsets(), policy(), server(), log(), object()).prop_map(
        |(toolsets, policy, server, log, obi)| Config { toolsets, policy, server, log, obi },
    )
}

fn toolsets() -> impl Strategy<Value = Toolsets> {
    let local = (any::<bool>(), path(), path(), vec(path(), 0..3)).prop_map(
        |(enabled, binary_path, state_dir, config_dirs)| Local {
            enabled,
            binary_path,
            state_dir,
            config_dirs,
        },
    );
    (local, kubernetes(), discovery(), any::<bool>()).prop_map(
        |(local, kubernetes, discovery, docker)| Toolsets {
            local,
            kubernetes,
            discovery,
            docker: Docker { enabled: docker },
        },
    )
}

fn kubernetes() -> impl Strategy<Value = Kubernetes> {
    let identity = select(&[Identity::Server, Identity::Impersonate]);
    (
        any::<bool>(),
        option::of(path()),
        vec(glob(), 0..3),
        namespace(),
        "[a-z.]{1,9}/[a-z]{1,9}:v[0-9]",
        identity,
    )
        .prop_map(
            |(enabled, kubeconfig, contexts, default_namespace, default_image, identity)| {
                Kubernetes {
                    enabled,
                    kubeconfig,
                    contexts,
                    default_namespace,
                    default_image,
                    identity,
                }
            },
        )
}

fn discovery() -> impl Strategy<Value = Discovery> {
    let probe = (select(&[Via::Auto, Via::Direct, Via::Proxy]), duration(), 1..=100_usize);
    let probe = probe.prop_map(|(via, timeout, parallel)| Probe { via, timeout, parallel });
    let lists = (vec("[a-z@:/]{1,5}", 0..2), vec("/[a-z]{1,5}", 0..2), vec(credential(), 0..2));
    let unverified = vec("[a-z]{1,5}/[a-z]{1,5}", 0..2);
    let times = (duration(), globs(), namespace());
    (any::<bool>(), times, probe, (lists, unverified), option::of(publish())).prop_map(
        |(enabled, (interval, namespaces, domain), probe, (lists, unverified), publish)| {
            let (contexts, detectors, credentials) = lists;
            let detectors = detectors.into_iter().map(Into::into).collect();
            Discovery {
                enabled,
                contexts,
                interval,
                namespaces,
                probe,
                domain,
                detectors,
                credentials,
                insecure_skip_tls_verify: unverified,
                publish,
            }
        },
    )
}

fn credential() -> impl Strategy<Value = Credential> {
    let name = || option::of("[A-Z_][A-Z0-9_]{0,5}");
    ("[a-z]{1,5}/[a-z]{1,5}", name(), name(), name(), name(), name()).prop_map(
        |(service, api_key, username, password, authorization, tenant)| Credential {
            service,
            api_key,
            username,
            password,
            authorization,
            tenant,
        },
    )
}

fn publish() -> impl Strategy<Value = Publish> {
    let enums = (
        select(&[When::InCluster, When::Always, When::OnRequest]),
        select(&[Layout::Holmes, Layout::Kubernaut]),
    );
    let reload = ("https?://[a-z]{1,5}", option::of("\\$\\{[A-Z]{1,5}\\}"));
    let reload =
        reload.prop_map(|(url, token)| Reload { url, token: token.map(|it| it.parse().unwrap()) });
    let overrides = option::of(namespace());
    (namespace(), namespace(), overrides, namespace(), enums, option::of(reload)).prop_map(
        |(config_map, namespace, overrides, lease, (when, layout), reload)| Publish {
            config_map,
            namespace,
            overrides,
            when,
            layout,
            lease,
            reload,
        },
    )
}

fn policy() -> impl Strategy<Value = Policy> {
    let enums = (
        select(&[Mode::ReadOnly, Mode::DryRun, Mode::Guarded, Mode::Unguarded]),
        select(&[Confirm::Always, Confirm::WhenPossible, Confirm::Never]),
    );
    let lists = (
        vec("[a-z*]{1,5}:[A-Z*]:[a-z*]{1,5}/[a-z*]", 0..3),
        vec("[a-z*]{1,5}(/[a-z]{1,4})?", 0..3),
        vec("[a-z]{1,5}/[a-z]{1,4}:[A-Za-z._-]{1,5}", 0..3),
        vec("[A-Za-z*]{1,5}:[a-z*]{1,5}(/[a-z*])?", 0..3),
    );
    let globs = (globs(), globs());
    let numbers = (1..10_000_usize, 256..100_000_usize, 1..100_usize, 1..1000_usize);
    let times = (duration(), btree_map(glob(), duration(), 0..3));
    let audit = option::of(prop_oneof![Just(AuditSink::Stderr), path().prop_map(AuditSink::File)]);
    (enums, lists, globs, numbers, times, audit).prop_map(
        |(
            (mode, confirm),
            (confirm_also, deny_resources, reveal_secrets, deletable),
            (tools, namespaces),
            numbers,
            times,
            file,
        )| {
            let (max_affected, output_tokens, concurrent_calls, changes_per_minute) = numbers;
            let (call_timeout, timeouts): (Duration, BTreeMap<String, Duration>) = times;
            let audit = Audit { file };
            Policy {
                mode,
                confirm,
                confirm_also,
                tools,
                namespaces,
                deny_resources,
                reveal_secrets,
                max_affected,
                deletable,
                changes_per_minute,
                call_timeout,
                timeouts,
                output_tokens,
                concurrent_calls,
                audit,
            }
        },
    )
}

fn server() -> impl Strategy<Value = Server> {
    let addresses = (option::of(any::<SocketAddr>()), option::of(any::<SocketAddr>()));
    let lists = (vec("[a-z.]{1,9}", 0..3), vec("https://[a-z.]{1,9}", 0..3));
    let limits = (1..1_000_000_u64, 1..5000_usize, duration(), duration());
    let secrets = (tokens(), option::of(path()));
    let rest = (1..100_000_u32, 1..100_000_u32);
    let rest = rest.prop_map(|(requests_per_second, burst)| Rest { requests_per_second, burst });
    (addresses, lists, secrets, limits, rest, auth()).prop_map(
        |((http, metrics), (allowed_hosts, allowed_origins), (tokens, key), limits, rest, auth)| {
            let (bytes, max_sessions, session_idle, shutdown_grace) = limits;
            Server {
                http: http.map(unscoped),
                allowed_hosts,
                allowed_origins,
                allow_unauthenticated: true,
                tokens,
                auth,
                state_key_file: key,
                max_body: Size::from_bytes(bytes),
                max_sessions,
                session_idle,
                shutdown_grace,
                rest,
                metrics: metrics.map(unscoped),
            }
        },
    )
}

/// A flow label has no place in the text of an address.
fn unscoped(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port())
}

fn auth() -> impl Strategy<Value = Auth> {
    let name = || "[a-z]{1,9}";
    let reviewed = (name(), name(), name(), name());
    let reviewed = reviewed.prop_map(|(group, resource, namespace, name)| Reviewed {
        group,
        resource,
        namespace,
        name,
    });
    (any::<bool>(), vec(name(), 0..3), reviewed).prop_map(|(enabled, audiences, resource)| Auth {
        kubernetes: KubernetesAuth { enabled, audiences, resource },
    })
}

fn tokens() -> impl Strategy<Value = Vec<Token>> {
    let groups = vec("[a-zA-Z\u{fc}:#'-]( ?[a-z0-9\u{fc}:.-]){0,6}", 0..3);
    vec((any::<bool>(), groups), 0..3).prop_map(|tokens| {
        let token = |(index, (in_file, groups)): (usize, (bool, Vec<String>))| Token {
            name: format!("holder-{index}"),
            groups,
            file: in_file.then(|| format!("/tokens/{index}").into()),
            value: (!in_file).then(|| format!("${{TOKEN_{index}}}").parse().unwrap()),
        };
        tokens.into_iter().enumerate().map(token).collect()
    })
}

fn log() -> impl Strategy<Value = Log> {
    let level = select(&[Level::Error, Level::Warn, Level::Info, Level::Debug, Level::Trace]);
    (level, select(&[Format::Text, Format::Json])).prop_map(|(level, format)| Log { level, format })
}

fn globs() -> impl Strategy<Value = Globs> {
    (vec(glob(), 0..3), vec(glob(), 0..3)).prop_map(|(allow, deny)| Globs { allow, deny })
}

fn glob() -> impl Strategy<Value = String> {
    "[a-z0-9_?-]{1,8}\\*?"
}

/// Among them such as `1e1`, `no` and `0x1`, which YAML could take for something else.
fn namespace() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9]{1,4}",
        select(&["no", "null", "1e1", "0x1", "12"]).prop_map(str::to_owned)
    ]
}

fn path() -> impl Strategy<Value = PathBuf> {
    "/[a-z #:'\"-]{1,12}".prop_map(PathBuf::from)
}

fn duration() -> impl Strategy<Value = Duration> {
    (1..100_000_000_u64).prop_map(Duration::from_millis)
}

/// Anything that JSON can hold. Keys are longer than those of obi-mcp's that `migrate` knows.
fn object() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key(), inner), 0..4).prop_map(|it| it.into_iter().collect()),
        ]
    });
    vec((key(), value), 0..4).prop_map(|it| it.into_iter().collect())
}

fn key() -> impl Strategy<Value = String> {
    "[a-z]{1,4}_\\PC{0,8}"
}
