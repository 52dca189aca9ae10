//! Two replicas in a cluster: the rights that they have, the one that writes, and what probes and scrapers are told.

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::{Value, json};
use tacklebox_cluster::{Component, in_network_namespace};

use super::{
    deployment::{CONFIG_MAP, Deployment, taken},
    operators::{self, KINDS, install},
    town::{House, Town},
};

/// Two products, one of them behind a headless Service.
async fn furnish(town: &Town) -> Result<()> {
    operators::serve(town, &["", "/prom"]).await?;
    let labels = json!({ "app.kubernetes.io/name": "grafana" });
    town.add(&House { labels, headless: true, ..House::of("grafana", "grafana") }).await?;
    Ok(())
}

fn holder(lease: &Value) -> &str {
    lease["spec"]["holderIdentity"].as_str().unwrap_or_default()
}

fn term(lease: &Value) -> i64 {
    lease["spec"]["leaseTransitions"].as_i64().unwrap_or_default()
}

#[test]
fn the_manifests_give_every_right_that_is_used_and_no_other() -> Result<()> {
    let name = "discovery::deployed::the_manifests_give_every_right_that_is_used_and_no_other";
    in_network_namespace(name, async {
        let deployment = Deployment::apply().await?;
        furnish(&deployment.town).await?;
        let (later, kinds) = KINDS.split_first().context("a kind")?;
        for [kind, ..] in kinds {
            install(&deployment.town.cluster, kind).await?;
        }
        let mark = deployment.town.cluster.audit_mark().await?;
        let replica = deployment.start(0).await?;
        deployment.published("http://prometheus.").await?;
        let first = deployment.lease(|it| holder(it).starts_with(&replica.pod)).await?;
        deployment.lease(|it| it["spec"]["renewTime"] != first["spec"]["renewTime"]).await?;
        deployment.deface().await?;
        deployment.published("http://prometheus.").await?;

        let reader = deployment.reader().await?;
        let (status, toolset) = replica.ask("/api/v1/toolset", &reader).await?;
        assert!(status == 200 && toolset.contains("http://prometheus."), "{status}: {toolset}");
        let service =
            json!({ "service": "grafana", "namespace": deployment.town.namespace.name() });
        let answer = replica.call("discovery_explain", service, &reader).await?;
        assert!(answer.contains("asked at http://grafana."), "{answer}");
        let metrics = replica.get(9090, "/metrics").await?.1;
        for line in [
            "dynamic_toolset_services_discovered{service_type=\"prometheus\",health=\"ready\"} 1",
            "dynamic_toolset_tools_count{} 2",
            "dynamic_toolset_discovery_duration_seconds_count{} 1",
            "dynamic_toolset_leader{} 1",
            "dynamic_toolset_leader_elections_total{result=\"elected\"} 1",
            "dynamic_toolset_configmap_updates_total{result=\"written\"} 2",
            "dynamic_toolset_configmap_drift_detected_total{} 1",
        ] {
            assert!(metrics.lines().any(|it| it == line), "no {line} in\n{metrics}");
        }

        // An operator that is installed while it runs.
        install(&deployment.town.cluster, later[0]).await?;
        deployment.town.namespace.apply(&operators::prometheus("/prom")).await?;
        deployment.published(":80/prom").await?;

        let account = deployment.account();
        let asked = deployment.town.cluster.audit_since(mark).await?;
        let asked = asked.iter().filter(|it| it.user == account);
        let asked: Vec<_> = asked.filter(|it| !it.resource.is_empty()).collect();
        assert!(asked.iter().all(|it| it.status != Some(403)), "{asked:#?}");
        let granted = deployment.granted()?;
        let used: BTreeSet<String> = asked.iter().map(|it| taken(it, &granted)).collect();
        assert_eq!(used, granted);
        Ok(())
    })
}

/// The numbers are those of the toolset that is in service, and of no other.
#[test]
fn after_a_reload_every_number_is_told_once() -> Result<()> {
    let name = "discovery::deployed::after_a_reload_every_number_is_told_once";
    in_network_namespace(name, async {
        let deployment = Deployment::apply().await?;
        furnish(&deployment.town).await?;
        let mut replica = deployment.start(0).await?;
        deployment.published("http://prometheus.").await?;
        replica.running.signal("-HUP");
        replica.running.wait_for_log("the configuration was read again");
        replica.ready().await?;
        let metrics = replica.get(9090, "/metrics").await?.1;
        let found =
            metrics.lines().filter(|it| it.starts_with("dynamic_toolset_services_discovered{"));
        assert_eq!(found.count(), 2, "{metrics}");
        let types: Vec<&str> = metrics.lines().filter(|it| it.starts_with("# TYPE")).collect();
        assert_eq!(types.iter().collect::<BTreeSet<_>>().len(), types.len(), "{types:#?}");
        Ok(())
    })
}

#[test]
fn whoever_may_not_read_the_toolset_is_turned_away_and_so_are_tokens_for_others() -> Result<()> {
    let name = "discovery::deployed::whoever_may_not_read_the_toolset_is_turned_away_and_so_are_tokens_for_others";
    in_network_namespace(name, async {
        let deployment = Deployment::apply().await?;
        let replica = deployment.start(0).await?;
        replica.ready().await?;
        let reader = deployment.reader().await?;
        assert_eq!(replica.ask("/api/v1/toolset", &reader).await?.0, 200);
        let nobody = deployment.namespace.token("nobody", &["tacklebox"]).await?;
        assert_eq!(replica.ask("/api/v1/toolset", &nobody).await?.0, 403);
        let for_the_api = deployment.namespace.token("holmes", &[]).await?;
        assert_eq!(replica.ask("/api/v1/toolset", &for_the_api).await?.0, 401);
        Ok(())
    })
}

#[test]
fn a_replica_that_has_never_seen_the_cluster_lives_and_gets_no_clients() -> Result<()> {
    let name =
        "discovery::deployed::a_replica_that_has_never_seen_the_cluster_lives_and_gets_no_clients";
    in_network_namespace(name, async {
        let deployment = Deployment::apply().await?;
        furnish(&deployment.town).await?;
        let first = deployment.start(0).await?;
        let good = deployment.published("http://prometheus.").await?;
        let starting = deployment.prepare(1).await?;
        deployment.town.cluster.kill(Component::ApiServer).await?;
        let second = starting.start();
        assert_eq!(second.get(8080, "/healthz").await?.0, 200);
        // By then what was told of the first attempt is seen.
        let failed = "dynamic_toolset_discovery_errors_total{error_type=\"interrupted\"}";
        second.counted(failed, 2).await?;
        let (status, told) = second.get(8080, "/readyz").await?;
        let starting = r#"{"status":"starting","toolsets":{"discovery":"starting"}}"#;
        assert_eq!((status, told.as_str()), (503, starting));
        // Whoever has seen it once goes on telling what it saw.
        assert_eq!(first.get(8080, "/readyz").await?.0, 200);
        deployment.town.cluster.restart(Component::ApiServer).await?;
        second.ready().await?;
        let now = deployment.published("http://prometheus.").await?;
        assert_eq!(now["data"], good["data"]);
        Ok(())
    })
}

#[test]
fn after_the_leader_is_killed_the_other_writes_and_there_are_never_two_writers() -> Result<()> {
    let name = "discovery::deployed::after_the_leader_is_killed_the_other_writes_and_there_are_never_two_writers";
    in_network_namespace(name, async {
        let deployment = Deployment::apply().await?;
        furnish(&deployment.town).await?;
        let leader = deployment.start(0).await?;
        let before = deployment.lease(|it| holder(it).starts_with(&leader.pod)).await?;
        let follower = deployment.start(1).await?;
        follower.ready().await?;
        deployment.deface().await?;
        deployment.published("http://prometheus.").await?;

        leader.running.signal("-9");
        let after = deployment.lease(|it| holder(it).starts_with(&follower.pod)).await?;
        assert_eq!(term(&after), term(&before) + 1);
        deployment.deface().await?;
        let written = deployment.published("http://prometheus.").await?;
        let mark = &written["metadata"]["annotations"]["tacklebox.dev/term"];
        assert_eq!(mark, &json!(term(&after).to_string()));

        let writes = Writes::read(&deployment)?;
        assert_eq!(writes.turns().len(), 2, "{writes:?}");
        let last = writes.last_renewal().context("a renewal")?.parse::<Timestamp>()?;
        let first =
            after["spec"]["acquireTime"].as_str().context("a date")?.parse::<Timestamp>()?;
        println!("{:.1} s without a leader", first.duration_since(last).as_secs_f32());
        Ok(())
    })
}

#[test]
fn a_leader_that_is_asked_to_stop_has_given_the_lease_back_when_it_ends() -> Result<()> {
    let name =
        "discovery::deployed::a_leader_that_is_asked_to_stop_has_given_the_lease_back_when_it_ends";
    in_network_namespace(name, async {
        let deployment = Deployment::apply().await?;
        let leader = deployment.start(0).await?;
        let before = deployment.lease(|it| holder(it).starts_with(&leader.pod)).await?;
        let follower = deployment.start(1).await?;
        follower.ready().await?;
        leader.running.signal("-TERM");
        assert_eq!(leader.running.wait(), Some(0));
        let ended = deployment.lease(|_| true).await?;
        assert!(!holder(&ended).starts_with(&leader.pod), "{ended:#}");
        let after = deployment.lease(|it| holder(it).starts_with(&follower.pod)).await?;
        assert_eq!(term(&after), term(&before) + 1);
        Ok(())
    })
}

/// For longer than a leader may lead without renewing its Lease.
#[test]
fn an_etcd_that_is_killed_takes_nothing_away_and_what_comes_after_it_is_published() -> Result<()> {
    let name = "discovery::deployed::an_etcd_that_is_killed_takes_nothing_away_and_what_comes_after_it_is_published";
    in_network_namespace(name, async {
        let deployment = Deployment::apply().await?;
        furnish(&deployment.town).await?;
        let replicas = [deployment.start(0).await?, deployment.start(1).await?];
        let good = deployment.published("http://prometheus.").await?;
        for replica in &replicas {
            replica.ready().await?;
        }
        deployment.town.cluster.kill(Component::Etcd).await?;
        for replica in &replicas {
            replica.tells("dynamic_toolset_leader{} 0").await?;
            assert_eq!(replica.get(8080, "/readyz").await?.0, 200);
        }
        deployment.town.cluster.restart(Component::Etcd).await?;
        let stands = deployment.namespace.get("configmaps", CONFIG_MAP).await?;
        assert_eq!(stands["data"], good["data"]);

        let labels = json!({ "app.kubernetes.io/name": "loki" });
        deployment.town.add(&House { labels, ..House::of("loki", "loki") }).await?;
        let written = deployment.published("http://loki.").await?;
        let text = written["data"]["toolset.yaml"].as_str().context("a toolset")?;
        assert!(text.contains("http://prometheus."), "{text}");
        let lease = deployment.lease(|it| !holder(it).is_empty()).await?;
        for replica in &replicas {
            let leads = u8::from(holder(&lease).starts_with(&replica.pod));
            replica.tells(&format!("dynamic_toolset_leader{{}} {leads}")).await?;
        }
        let writes = Writes::read(&deployment)?;
        let turns = writes.turns();
        let writers: BTreeSet<&&str> = turns.iter().collect();
        assert_eq!(turns.len(), writers.len(), "{writes:?}");
        Ok(())
    })
}

/// What was written of the toolset and of the Lease, in the API server's own order: by which token, what, and when.
#[derive(Debug)]
struct Writes(Vec<(String, String, String)>);

impl Writes {
    fn read(deployment: &Deployment) -> Result<Self> {
        let log = fs::read_to_string(deployment.town.cluster.folder().join("audit.log"))?;
        let account = deployment.account();
        let events = log.lines().filter_map(|it| serde_json::from_str::<Value>(it).ok());
        let written = events.filter(|it| {
            it["stage"] == "ResponseComplete"
                && it["user"]["username"] == account
                && it["responseStatus"]["code"].as_u64().is_some_and(|it| it < 300)
                && ["create", "update", "patch"].iter().any(|verb| it["verb"] == *verb)
        });
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let write = |it: Value| {
            // Every replica has a token of its own.
            let token = &it["user"]["extra"]["authentication.kubernetes.io/credential-id"][0];
            (text(token), text(&it["objectRef"]["resource"]), text(&it["requestReceivedTimestamp"]))
        };
        Ok(Self(written.map(write).collect()))
    }

    /// Who wrote the toolset, one after the other: whoever comes twice had it taken away and took it back.
    fn turns(&self) -> Vec<&str> {
        let toolset = self.0.iter().filter(|(_, resource, _)| resource == "configmaps");
        let mut turns: Vec<&str> = toolset.map(|(token, ..)| token.as_str()).collect();
        turns.dedup();
        turns
    }

    /// When the first of them had the last word in the Lease.
    fn last_renewal(&self) -> Option<&str> {
        let first = *self.turns().first()?;
        let renewals =
            self.0.iter().filter(|(it, resource, _)| it == first && resource == "leases");
        renewals.map(|(_, _, at)| at.as_str()).next_back()
    }
}
