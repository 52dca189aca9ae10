use anyhow::Result;
use tacklebox_cluster::Cluster;

#[tokio::test]
async fn a_command_in_a_pod_runs_and_sees_nothing_of_the_tests_environment() -> Result<()> {
    let shop = Cluster::shared().await.namespace("shop").await?;
    shop.pod("web").ready().await?;
    assert_eq!(shop.kubectl(&["exec", "web", "--", "echo", "hello"]).await?, "hello\n");
    let environment = shop.kubectl(&["exec", "web", "--", "env"]).await?;
    assert!(!environment.contains("CARGO"), "{environment}");
    Ok(())
}

#[tokio::test]
async fn each_pod_has_a_folder_of_its_own_for_its_commands() -> Result<()> {
    let shop = Cluster::shared().await.namespace("shop").await?;
    shop.pod("web").container("main", "web:1").container("proxy", "proxy:1").ready().await?;
    shop.pod("db").ready().await?;
    let (web, db) = (shop.execs("web").await?, shop.execs("db").await?);
    std::fs::write(web.join("motd"), "hello")?;
    for container in ["main", "proxy"] {
        let shown = shop.kubectl(&["exec", "web", "-c", container, "--", "cat", "motd"]).await?;
        assert_eq!(shown, "hello");
    }
    assert_eq!(shop.kubectl(&["exec", "db", "--", "ls", "-A"]).await?, "");
    shop.kubectl(&["exec", "db", "--", "sh", "-c", "echo made > it"]).await?;
    assert_eq!(std::fs::read_to_string(db.join("it"))?, "made\n");
    Ok(())
}

#[tokio::test]
async fn what_a_command_writes_comes_whole_and_its_complaints_apart() -> Result<()> {
    let shop = Cluster::shared().await.namespace("shop").await?;
    shop.pod("web").ready().await?;
    shop.execs("web").await?;
    let zeros = shop.kubectl(&["exec", "web", "--", "head", "-c", "5000000", "/dev/zero"]).await?;
    assert_eq!(zeros.len(), 5_000_000);
    let script = "echo out; echo complaint >&2; sleep 0.1; exit 3";
    let failed = shop.kubectl(&["exec", "web", "--", "sh", "-c", script]).await.unwrap_err();
    let said = failed.to_string();
    assert!(said.contains("complaint") && !said.contains("out\n"), "{said}");
    // The code itself is lost on the way, and only this sentence is left of it.
    assert!(said.contains("exit status 3"), "{said}");
    Ok(())
}
