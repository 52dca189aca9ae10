use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};
use tacklebox_cluster::Cluster;

#[tokio::test]
async fn a_dropped_cluster_leaves_no_process_and_no_file() -> Result<()> {
    let cluster = Cluster::builder().nodes(1).start().await?;
    let folder = cluster.folder().to_owned();
    assert_eq!(inhabitants(&folder), 5);
    drop(cluster);
    assert_eq!(inhabitants(&folder), 0);
    assert!(!folder.exists());
    Ok(())
}

#[test]
fn a_killed_process_leaves_no_process_and_no_file() -> Result<()> {
    let (mut process, folder) = start_process()?;
    assert_eq!(inhabitants(&folder), 5);
    process.kill()?;
    process.wait()?;
    while inhabitants(&folder) > 0 || folder.exists() {
        std::thread::yield_now();
    }
    Ok(())
}

#[tokio::test]
async fn clusters_run_side_by_side() -> Result<()> {
    let (one, other) = (Cluster::shared().await, Cluster::builder().nodes(1).start().await?);
    let shop = other.namespace("only-here").await?;
    assert_ne!(one.server_url(), other.server_url());
    let path = format!("/api/v1/namespaces/{}", shop.name());
    assert_eq!(one.request("GET", &path, None).await?.status, 404);
    assert_eq!(other.request("GET", &path, None).await?.status, 200);
    Ok(())
}

/// A process with a cluster, and that cluster's folder.
fn start_process() -> Result<(Child, PathBuf)> {
    let mut process = Command::new(env!("CARGO_BIN_EXE_tacklebox-cluster"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(process.stdout.as_mut().context("piped")?).read_line(&mut line)?;
    let kubeconfig = line.trim().strip_prefix("export KUBECONFIG=").context(line.clone())?;
    let folder = Path::new(kubeconfig).ancestors().nth(2).context("no folder")?.to_owned();
    Ok((process, folder))
}

/// How many processes work in a folder.
fn inhabitants(folder: &Path) -> usize {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter(|it| fs::read_link(it.path().join("cwd")).is_ok_and(|it| it == folder)).count()
}
