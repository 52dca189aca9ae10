//! Services that are found and asked, in a cluster in which they answer.

pub mod answers;
pub mod backend;
mod command_line;
mod deployed;
mod deployment;
mod dual_stack;
mod faults;
mod holmes;
mod hostile;
mod operators;
mod products;
mod rest;
mod settings;
mod site;
mod tokens;
mod tools;
mod town;

use anyhow::Result;
use tacklebox_cluster::in_network_namespace;

use self::town::{House, Town};

#[test]
fn in_the_town_a_product_answers_through_the_api_server() -> Result<()> {
    let name = "discovery::in_the_town_a_product_answers_through_the_api_server";
    in_network_namespace(name, async {
        let town = Town::build().await?;
        town.add(&House::of("tempo", "tempo")).await?;
        town.add(&House { tls: true, ..House::of("grafana", "grafana") }).await?;
        assert!(!town.slices("tempo").await?["items"][0]["endpoints"].is_null());
        let services = format!("/api/v1/namespaces/{}/services", town.namespace.name());
        let tempo = format!("{services}/tempo:80/proxy/api/echo");
        assert_eq!(town.cluster.request("GET", &tempo, None).await?.text, "echo\n");
        let grafana = format!("{services}/https:grafana:80/proxy/api/health");
        assert_eq!(town.cluster.request("GET", &grafana, None).await?.json()["database"], "ok");
        Ok(())
    })
}
