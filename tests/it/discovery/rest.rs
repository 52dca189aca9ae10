//! What was found, for programs that speak plain HTTP.

use std::{process::Command, time::Duration};

use anyhow::Result;
use expect_test::expect;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, in_network_namespace};

use super::{
    site::Site,
    town::{House, Town},
};
use crate::tools::{pip, succeeded};

const HTTPX: &str = "httpx==0.28.1";
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// As the design of the service that came before has it.
const CLIENT: &str = r#"
import asyncio, sys
import httpx

class DynamicToolsetClient:
    def __init__(self, base_url, token):
        self.base_url = base_url
        self.token = token
        self.client = httpx.AsyncClient(timeout=10.0)

    async def get_current_toolset(self):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        response = await self.client.get(f"{self.base_url}/api/v1/toolset", headers=headers)
        return response.json() if response.status_code == 200 else {}

async def main():
    toolset = await DynamicToolsetClient(sys.argv[1], sys.argv[2]).get_current_toolset()
    for tool in toolset.get("tools"):
        print(tool["name"], tool["type"], tool["endpoint"])

asyncio.run(main())
"#;

struct Caller {
    url: String,
    http: reqwest::Client,
}

impl Caller {
    fn at(url: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { url: url.to_owned(), http: reqwest::Client::new() }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}/api/v1/{path}", self.url)).bearer_auth("s3cret")
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}/api/v1/{path}", self.url)).bearer_auth("s3cret")
    }

    /// Asks until the first round is over.
    async fn until_found(&self) {
        while self.get("toolset").send().await.unwrap().status() == 503 {}
    }
}

/// The status, the type, and the body.
async fn said(request: RequestBuilder) -> String {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let kind = header(&answer, "content-type");
    let body = answer.text().await.unwrap();
    let body = match serde_json::from_str::<Value>(&body) {
        Ok(mut problem) if problem["request_id"].is_string() => {
            problem["request_id"] = "ID".into();
            problem.to_string()
        }
        _ => body,
    };
    format!("{status} {kind} {body}")
}

fn header(answer: &Response, name: &str) -> String {
    answer.headers().get(name).map_or("", |it| it.to_str().unwrap()).to_owned()
}

#[test]
#[expect(clippy::too_many_lines, reason = "most of it is what is answered")]
fn programs_get_what_was_found_over_plain_http() -> Result<()> {
    // Inside there is no network to fetch anything from.
    let (python, schemathesis) =
        (pip(HTTPX).join("python3"), pip(SCHEMATHESIS).join("schemathesis"));
    let name = "discovery::rest::programs_get_what_was_found_over_plain_http";
    in_network_namespace(name, async {
        let town = Town::build().await?;
        town.add(&House::of("prometheus", "prometheus")).await?;
        town.add(&House::of("grafana", "grafana")).await?;
        town.add(&House { listens: false, ..House::of("tempo", "tempo") }).await?;
        let site = Site::in_town(&town);
        let (_running, url) = site.listen();
        let caller = Caller::at(&url);
        caller.until_found().await;

        let namespace = town.namespace.name();
        let mut told = vec![
            said(caller.get("toolset")).await,
            said(caller.get("toolset").header("accept", "application/yaml")).await,
        ];
        for path in [
            "toolsets".to_owned(),
            "toolsets?enabled=true&healthy=true".to_owned(),
            "toolsets?enabled=false".to_owned(),
            "toolsets/grafana".to_owned(),
            "toolsets/nothing".to_owned(),
            "services".to_owned(),
            format!("services?namespace={namespace}&type=tempo"),
            "services?healthy=false".to_owned(),
            "services?namespace=default".to_owned(),
            "services?type=grafna".to_owned(),
            "services?healthy=perhaps".to_owned(),
        ] {
            told.push(format!("{path}: {}", said(caller.get(&path)).await));
        }
        let good = caller.get("toolset").send().await?.json::<Value>().await?;
        for document in [good, json!({ "toolsets": { "grafana": { "enabled": true } } }), json!({})]
        {
            told.push(said(caller.post("toolsets/validate").json(&document)).await);
        }
        for text in [
            "toolsets: {prometheus/metrics: {config: {prometheus_url: 'prometheus:9090'}}}",
            "toolsets: [",
        ] {
            let yaml = caller.post("toolsets/validate").header("content-type", "application/yaml");
            told.push(said(yaml.body(text)).await);
        }
        told.push(said(caller.post("toolsets/validate").body("{")).await);
        told.push(said(caller.post("discover")).await);
        told.push(said(caller.post("discover").json(&json!({}))).await);
        told.push(said(caller.http.get(format!("{url}/api/v1/toolset"))).await);
        expect![[r#"
            200 application/json {"toolsets":{"prometheus/metrics":{"enabled":true,"config":{"prometheus_url":"http://prometheus.town.svc:80"}}},"tools":[{"name":"grafana-town-grafana","type":"grafana","endpoint":"http://grafana.town.svc:80","description":"Grafana, the Service grafana in namespace town. It asks for credentials, and none are configured for it in toolsets.discovery.credentials","namespace":"town","metadata":{"confidence":"medium","health":"ready","needs":"toolsets.discovery.credentials","service":"grafana","version":"12.1.0"}},{"name":"prometheus-town-prometheus","type":"prometheus","endpoint":"http://prometheus.town.svc:80","description":"Prometheus, the Service prometheus in namespace town","namespace":"town","metadata":{"confidence":"medium","health":"ready","service":"prometheus","toolset":"prometheus/metrics","version":"3.16.0"}}]}
            200 application/yaml # Generated from the services of the cluster: do not edit.
            # What overrides.yaml says, with the same fields, is merged into it.
            toolsets:
              prometheus/metrics:
                enabled: true
                config:
                  prometheus_url: http://prometheus.town.svc:80
            tools:
            - name: grafana-town-grafana
              type: grafana
              endpoint: http://grafana.town.svc:80
              description: Grafana, the Service grafana in namespace town. It asks for credentials, and none are configured for it in toolsets.discovery.credentials
              namespace: town
              metadata:
                confidence: medium
                health: ready
                needs: toolsets.discovery.credentials
                service: grafana
                version: 12.1.0
            - name: prometheus-town-prometheus
              type: prometheus
              endpoint: http://prometheus.town.svc:80
              description: Prometheus, the Service prometheus in namespace town
              namespace: town
              metadata:
                confidence: medium
                health: ready
                service: prometheus
                toolset: prometheus/metrics
                version: 3.16.0

            toolsets: 200 application/json {"total":2,"toolsets":[{"name":"grafana-town-grafana","type":"grafana","enabled":false,"healthy":true,"serviceEndpoint":"http://grafana.town.svc:80","config":{"url":"http://grafana.town.svc:80"}},{"name":"prometheus-town-prometheus","type":"prometheus","enabled":true,"healthy":true,"serviceEndpoint":"http://prometheus.town.svc:80","config":{"url":"http://prometheus.town.svc:80"}}]}
            toolsets?enabled=true&healthy=true: 200 application/json {"total":1,"toolsets":[{"name":"prometheus-town-prometheus","type":"prometheus","enabled":true,"healthy":true,"serviceEndpoint":"http://prometheus.town.svc:80","config":{"url":"http://prometheus.town.svc:80"}}]}
            toolsets?enabled=false: 200 application/json {"total":1,"toolsets":[{"name":"grafana-town-grafana","type":"grafana","enabled":false,"healthy":true,"serviceEndpoint":"http://grafana.town.svc:80","config":{"url":"http://grafana.town.svc:80"}}]}
            toolsets/grafana: 200 application/json {"name":"grafana-town-grafana","type":"grafana","enabled":false,"healthy":true,"serviceEndpoint":"http://grafana.town.svc:80","config":{"url":"http://grafana.town.svc:80"}}
            toolsets/nothing: 404 application/problem+json {"type":"urn:tacklebox:problem:not-found","title":"Not found","status":404,"detail":"not found: no such toolset: /api/v1/toolsets lists them","instance":"/api/v1/toolsets/nothing","request_id":"ID"}
            services: 200 application/json {"total":3,"services":[{"name":"grafana","namespace":"town","type":"grafana","endpoint":"http://grafana.town.svc:80","healthy":true,"health":"ready","reason":null,"version":"12.1.0","confidence":"medium","matchedBy":["selector app=grafana"]},{"name":"prometheus","namespace":"town","type":"prometheus","endpoint":"http://prometheus.town.svc:80","healthy":true,"health":"ready","reason":null,"version":"3.16.0","confidence":"medium","matchedBy":["selector app=prometheus"]},{"name":"tempo","namespace":"town","type":"tempo","endpoint":"http://tempo.town.svc:80","healthy":false,"health":"unreachable","reason":"connection refused","version":null,"confidence":"medium","matchedBy":["selector app=tempo"]}],"problems":[]}
            services?namespace=town&type=tempo: 200 application/json {"total":1,"services":[{"name":"tempo","namespace":"town","type":"tempo","endpoint":"http://tempo.town.svc:80","healthy":false,"health":"unreachable","reason":"connection refused","version":null,"confidence":"medium","matchedBy":["selector app=tempo"]}],"problems":[]}
            services?healthy=false: 200 application/json {"total":1,"services":[{"name":"tempo","namespace":"town","type":"tempo","endpoint":"http://tempo.town.svc:80","healthy":false,"health":"unreachable","reason":"connection refused","version":null,"confidence":"medium","matchedBy":["selector app=tempo"]}],"problems":[]}
            services?namespace=default: 200 application/json {"total":0,"services":[],"problems":[]}
            services?type=grafna: 400 application/problem+json {"type":"urn:tacklebox:problem:invalid-arguments","title":"Invalid arguments","status":400,"detail":"invalid arguments:\n- `type`: \"grafna\" is none of alertmanager, argocd, custom, elasticsearch, grafana, jaeger, kiali, loki, mcp, mimir, opensearch, otel-collector, prometheus, tempo, thanos, victoria-metrics: did you mean grafana?","instance":"/api/v1/services","request_id":"ID","problems":["`type`: \"grafna\" is none of alertmanager, argocd, custom, elasticsearch, grafana, jaeger, kiali, loki, mcp, mimir, opensearch, otel-collector, prometheus, tempo, thanos, victoria-metrics: did you mean grafana?"]}
            services?healthy=perhaps: 400 application/problem+json {"type":"urn:tacklebox:problem:invalid-arguments","title":"Invalid arguments","status":400,"detail":"invalid arguments:\n- `healthy`: \"perhaps\" is not of type \"boolean\"","instance":"/api/v1/services","request_id":"ID","problems":["`healthy`: \"perhaps\" is not of type \"boolean\""]}
            200 application/json {"valid":true,"errors":[]}
            200 application/json {"valid":false,"errors":[{"field":"toolsets.grafana","message":"HolmesGPT has no such toolset, and one of your own needs a `description`"},{"field":"toolsets.grafana","message":"a toolset of your own needs `tools`, or a `type`"}]}
            200 application/json {"valid":false,"errors":[{"field":"tools","message":"it has to be an array with at least one tool"}]}
            200 application/json {"valid":false,"errors":[{"field":"toolsets.prometheus/metrics.config.prometheus_url","message":"it has to be a URL that begins with http:// or https:// and names a host"}]}
            400 application/problem+json {"type":"urn:tacklebox:problem:invalid-arguments","title":"Invalid arguments","status":400,"detail":"invalid arguments:\n- the body is not YAML: unclosed bracket '[' at line 1, column 11","instance":"/api/v1/toolsets/validate","request_id":"ID","problems":["the body is not YAML: unclosed bracket '[' at line 1, column 11"]}
            415 application/problem+json {"type":"urn:tacklebox:problem:unsupported-media-type","title":"Unsupported media type","status":415,"detail":"the body has to be JSON or YAML, and the request has to say which: Content-Type: application/json or application/yaml","instance":"/api/v1/toolsets/validate","request_id":"ID"}
            202 application/json {"message":"the cluster is looked through anew"}
            202 application/json {"message":"the cluster is looked through anew"}
            401 application/problem+json {"type":"urn:tacklebox:problem:unauthorized","title":"Unauthorized","status":401,"detail":"a bearer token is required","instance":"/api/v1/toolset","request_id":"ID"}"#]].assert_eq(&site.renamed(&told.join("\n")));

        let answer = caller.get("toolset").send().await?;
        let tag = header(&answer, "etag");
        let again = caller.get("toolset").header("if-none-match", &tag).send().await?;
        assert_eq!((again.status().as_u16(), header(&again, "etag")), (304, tag.clone()));
        let yaml = caller.get("toolset").header("accept", "application/yaml").send().await?;
        assert_ne!(header(&yaml, "etag"), tag);

        let output = Command::new(python).args(["-c", CLIENT, &url, "s3cret"]).output()?;
        expect![[r"
            grafana-town-grafana grafana http://grafana.town.svc:80
            prometheus-town-prometheus prometheus http://prometheus.town.svc:80
        "]]
        .assert_eq(&site.renamed(&succeeded(&output)));

        let folder = tempfile::tempdir()?;
        let mut schemathesis = tokio::process::Command::new(schemathesis);
        schemathesis
            .current_dir(&folder)
            .arg("run")
            .arg(format!("{url}/api/v1/openapi.json"))
            .args(["--header", "Authorization: Bearer s3cret"])
            .args(["--seed", "7", "--max-examples", "3", "--phases", "examples,coverage,fuzzing"])
            .args(["--generation-deterministic", "--no-color", "--workers", "1"])
            .args(["--rate-limit", "8/s"])
            .envs([("HTTPS_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", "127.0.0.1")])
            .kill_on_drop(true);
        let output = tokio::time::timeout(Duration::from_mins(5), schemathesis.output()).await??;
        let report = succeeded(&output);
        assert!(report.contains("Tested:") || report.contains("passed"), "{report}");
        Ok(())
    })
}

/// What the ConfigMap holds, and what is answered over plain HTTP.
async fn toolsets(caller: &Caller) -> Value {
    let answer = caller.get("toolset").send().await.unwrap().json::<Value>().await.unwrap();
    answer["toolsets"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_get_the_toolset_as_overrides_have_it() {
    let cluster = Cluster::builder().nodes(0).start().await.unwrap();
    let namespace = cluster.namespace("holmes").await.unwrap();
    let overrides = |text: &str| {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": "overrides" },
            "data": { "overrides.yaml": text },
        })
        .to_string()
    };
    let settings =
        format!("publish: {{namespace: {}, when: always, overrides: overrides}}", namespace.name());
    let site = Site::new(cluster.kubeconfig(), &settings);
    let (_running, url) = site.listen();
    let caller = Caller::at(&url);
    caller.until_found().await;
    let core = json!({ "kubernetes/core": { "enabled": true } });
    assert_eq!(toolsets(&caller).await, core);
    let logs = json!({ "kubernetes/logs": { "enabled": true } });
    namespace.apply(&overrides(&format!("toolsets: {logs}"))).await.unwrap();
    while toolsets(&caller).await != logs {}
    let is_published = |it: &Value| {
        it["data"]["toolset.yaml"].as_str().is_some_and(|it| it.contains("kubernetes/logs"))
    };
    namespace.wait_for("configmaps", "holmesgpt-toolset", is_published).await.unwrap();
    namespace.apply(&overrides("toolsets: [")).await.unwrap();
    while toolsets(&caller).await != core {}
}
