//! Products that answer, and those who only look like one, asked both ways through the public door.

use anyhow::Result;
use expect_test::expect;
use serde_json::json;
use tacklebox_cluster::{Component, in_network_namespace, network_namespace::ADDRESS};
use tempfile::TempDir;

use super::{
    answers::{Recorded, recorded},
    site::Site,
    town::{House, Town},
};
use crate::world::{Running, bare};

/// At which port of its pod the real MCP server is, and the label by which it is known.
const MCP: (u16, u16) = (8765, 8765);
const COMPONENT: (&str, &str) = ("app.kubernetes.io/component", "mcp-server");

/// The program itself, as an MCP server in a pod.
fn real_mcp(folder: &TempDir, town: &Town) -> Result<Running> {
    let config = format!(
        "toolsets: {{kubernetes: {{enabled: false}}, local: {{enabled: false}}}}\n\
         server: {{metrics: null, allow_unauthenticated: true, allowed_hosts: [mcp.{}.svc, {}]}}\n",
        town.namespace.name(),
        // The API server's proxy leaves the name as it is, by which it was called.
        ADDRESS,
    );
    std::fs::write(folder.path().join("tacklebox.yml"), config)?;
    let mut command = bare(folder);
    let mut running = Running::spawn(command.args(["serve", "--http", "0.0.0.0:8765"]));
    running.wait_for_log("serves MCP at");
    Ok(running)
}

/// What runs in town. Some mean no good.
fn houses() -> Vec<House> {
    let as_is = ["prometheus", "mimir", "alertmanager", "grafana", "loki", "tempo", "kiali"];
    let as_is = as_is.map(|it| House::of(it, it));
    let html = Recorded::page("/api/health", 200, "text/html", "<html>Grafana</html>");
    let mut away = Recorded::page("/api/health", 302, "text/html", "");
    away.location.push_str("http://169.254.169.254/latest/meta-data");
    let vast = Recorded::page("/api/echo", 200, "text/plain", &"echo".repeat(5_000_000));
    let labelled = |name: &str, key: &str, value: &str| House {
        labels: json!({ key: value }),
        ..House::with(name, Vec::new())
    };
    let app = "app.kubernetes.io/name";
    let answering = |product: &str, ports: (u16, u16), house: House| House {
        ports,
        pages: recorded(product),
        ..house
    };
    let odd = [
        answering("jaeger", (16686, 16686), labelled("jaeger-query", app, "jaeger")),
        House {
            headless: true,
            ..answering("victoria-metrics", (8428, 8428), labelled("vmsingle", app, "vmsingle"))
        },
        House {
            tls: true,
            ..answering(
                "elasticsearch-locked",
                (9200, 9200),
                labelled("elasticsearch-master", "app", "elasticsearch-master"),
            )
        },
        House {
            tls: true,
            ..answering("opensearch", (9200, 9200), labelled("opensearch", app, "opensearch"))
        },
        answering("thanos", (9090, 10902), labelled("thanos-query", app, "thanos-query")),
        House {
            tls: true,
            ..answering("argocd", (443, 8443), labelled("argocd-server", app, "argocd-server"))
        },
        answering("mcp", (80, 8080), labelled("recorded-mcp", "kagent.dev/mcp-service", "true")),
        House { ports: MCP, listens: false, ..labelled("mcp", COMPONENT.0, COMPONENT.1) },
        answering("grafana-anonymous", (80, 8080), labelled("grafana-open", app, "grafana")),
        House { pages: vec![html], ..labelled("html", app, "grafana") },
        House { pages: vec![away], ..labelled("away", app, "grafana") },
        House { pages: vec![vast], ..labelled("vast", app, "tempo") },
        House { listens: false, ..labelled("closed", app, "tempo") },
        House {
            pages: recorded("victoria-metrics"),
            ..labelled("fake", "app", "prometheus-server")
        },
    ];
    as_is.into_iter().chain(odd).collect()
}

#[test]
fn both_ways_find_the_same_whatever_answers() -> Result<()> {
    let name = "discovery::products::both_ways_find_the_same_whatever_answers";
    in_network_namespace(name, async {
        let town = Town::build().await?;
        let folder = tempfile::tempdir()?;
        let _mcp = real_mcp(&folder, &town)?;
        for house in houses() {
            town.add(&house).await?;
        }
        let settings = |via: &str| format!("probe: {{via: {via}, timeout: 20s}}, publish: null");
        let table = |via: &str| {
            let site = Site::new(town.cluster.kubeconfig(), &settings(via));
            let site = site.calling(town.namespace.name(), "town");
            let mut talk = site.talk();
            let table = talk.services();
            assert_eq!(talk.services(), table);
            let open = json!({ "service": "grafana-open", "namespace": town.namespace.name() });
            let open = talk.call("discovery_explain", open);
            assert!(open.contains("/api/dashboards/tags: open to anybody"), "{open}");
            talk.end();
            table
        };
        let direct = table("direct");
        expect![[r"
            same in all rows: NAMESPACE=town
            NAME	TYPE	HEALTH	VERSION	URL	REASON
            alertmanager	alertmanager	ready	0.35.0	http://alertmanager.town.svc:80
            argocd-server	argocd	ready	v3.1.0+03c4ad8	https://argocd-server.town.svc:443
            away	grafana	unhealthy		http://away.town.svc:80	it redirects elsewhere (302), which is not followed
            closed	tempo	unreachable		http://closed.town.svc:80	connection refused
            elasticsearch-master	elasticsearch	auth_required		https://elasticsearch-master.town.svc:9200
            fake	prometheus	impostor		http://fake.town.svc:80	its answer has no /data/goVersion
            grafana	grafana	ready	12.1.0	http://grafana.town.svc:80
            grafana-open	grafana	ready	12.1.0	http://grafana-open.town.svc:80
            html	grafana	impostor		http://html.town.svc:80	it answers with an HTML page
            jaeger-query	jaeger	ready		http://jaeger-query.town.svc:16686
            kiali	kiali	ready	v2.30.0	http://kiali.town.svc:80/kiali
            loki	loki	ready	3.5.3	http://loki.town.svc:80
            mcp	mcp	ready		http://mcp.town.svc:8765/mcp
            mimir	mimir	ready	2.17.0	http://mimir.town.svc:80/prometheus
            opensearch	opensearch	ready	3.6.0	https://opensearch.town.svc:9200
            prometheus	prometheus	ready	3.16.0	http://prometheus.town.svc:80
            recorded-mcp	mcp	ready		http://recorded-mcp.town.svc:80/mcp
            tempo	tempo	ready		http://tempo.town.svc:80
            thanos-query	thanos	ready		http://thanos-query.town.svc:9090
            vast	tempo	impostor		http://vast.town.svc:80	its answer is longer than 1 MiB
            vmsingle	victoria-metrics	ready		http://vmsingle.town.svc:8428
            auth_required: it is there, and tells nothing without credentials; `credentials` of the toolset name them for HolmesGPT"]].assert_eq(&direct);
        assert_eq!(table("proxy"), direct);
        Ok(())
    })
}

#[test]
fn who_may_not_use_the_proxy_learns_that_and_an_api_server_that_is_down_takes_nothing_away()
-> Result<()> {
    let name = "discovery::products::who_may_not_use_the_proxy_learns_that_and_an_api_server_that_is_down_takes_nothing_away";
    in_network_namespace(name, async {
        let town = Town::build().await?;
        town.add(&House::of("tempo", "tempo")).await?;
        let rules = ["get,list,watch services", "get,list,watch endpointslices.discovery.k8s.io"];
        let viewer = town.cluster.user("viewer", &rules).await?;
        let able = town.cluster.user("able", &rules).await?;
        let proxy = "get services/proxy tempo:80,https:tempo:80";
        town.cluster.grant(able.name(), None, &[proxy]).await?;
        let site = |kubeconfig| {
            let site = Site::new(kubeconfig, "probe: {timeout: 20s}, publish: null");
            site.calling(town.namespace.name(), "town").calling(town.cluster.server_url(), "URL")
        };
        let denied = site(viewer.kubeconfig());
        let read_only = site(able.kubeconfig());
        let mut lines =
            vec![denied.run(&["discover"]), read_only.run(&["--read-only", "discover"])];
        let site = site(able.kubeconfig());
        let mut talk = site.talk();
        lines.push(talk.services());
        town.cluster.kill(Component::ApiServer).await?;
        let down = talk.refresh_until(|it| it.contains("not all was seen"));
        lines.push(down.split(" (URL)").next().unwrap().to_owned());
        town.cluster.restart(Component::ApiServer).await?;
        lines.push(talk.refresh_until(|it| !it.contains("not all was seen")));
        town.cluster.delete("pods", town.namespace.name(), "tempo").await?;
        lines.push(talk.refresh_until(|it| it.contains("unreachable")));
        expect![[r"
            0
            NAMESPACE     NAME   TYPE   HEALTH       VERSION  URL
            town  tempo  tempo  unreachable  -        http://tempo.town.svc:80
            town/tempo: not allowed: the API server's proxy takes the right to get services/proxy
            0
            NAMESPACE     NAME   TYPE   HEALTH       VERSION  URL
            town  tempo  tempo  unreachable  -        http://tempo.town.svc:80
            town/tempo: not allowed by policy: GET of services/proxy is not possible in read-only mode (policy.mode)
            empty in all rows: VERSION REASON
            NAMESPACE	NAME	TYPE	HEALTH	URL
            town	tempo	tempo	ready	http://tempo.town.svc:80
            empty in all rows: VERSION REASON
            NAMESPACE	NAME	TYPE	HEALTH	URL
            town	tempo	tempo	ready	http://tempo.town.svc:80
            not all was seen: the API server of context cluster
            empty in all rows: VERSION REASON
            NAMESPACE	NAME	TYPE	HEALTH	URL
            town	tempo	tempo	ready	http://tempo.town.svc:80
            empty in all rows: VERSION
            NAMESPACE	NAME	TYPE	HEALTH	URL	REASON
            town	tempo	tempo	unreachable	http://tempo.town.svc:80	no pod behind it is ready"]].assert_eq(&lines.join("\n"));
        Ok(())
    })
}
