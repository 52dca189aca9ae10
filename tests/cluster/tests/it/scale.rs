use anyhow::Result;
use tacklebox_cluster::Cluster;

#[tokio::test]
async fn five_thousand_pods_are_there_and_stay() -> Result<()> {
    let cluster = Cluster::start().await?;
    let crowd = cluster.namespace("crowd").await?;
    cluster.bulk_pods(crowd.name(), 5_000).await?;
    let path = format!("/api/v1/namespaces/{}/pods", crowd.name());
    let page = cluster.request("GET", &format!("{path}?limit=1000"), None).await?.ok()?;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1000));
    assert_eq!(page["metadata"]["remainingItemCount"], 4_000);
    let tier = format!("{path}?labelSelector=tier%3Dtier-1");
    let some = cluster.request("GET", &tier, None).await?.ok()?;
    assert_eq!(some["items"].as_array().map(Vec::len), Some(1_667));
    assert!(some["items"][0]["spec"]["nodeName"].is_string());
    Ok(())
}

#[tokio::test]
async fn services_written_in_bulk_are_served_by_the_api() -> Result<()> {
    let crowd = Cluster::shared().await.namespace("crowd").await?;
    crowd.cluster().bulk_services(crowd.name(), 150).await?;
    assert_eq!(crowd.kubectl(&["get", "services", "-o", "name"]).await?.lines().count(), 150);
    Ok(())
}

#[tokio::test]
async fn more_nodes_can_come_later() -> Result<()> {
    let cluster = Cluster::builder().nodes(1).start().await?;
    cluster.nodes(20).await?;
    assert_eq!(cluster.kubectl(&["get", "nodes", "-o", "name"]).await?.lines().count(), 20);
    Ok(())
}
