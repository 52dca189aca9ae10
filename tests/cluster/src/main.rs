//! A cluster for people: starts one, says where it is, and ends it with its own end.
#![expect(clippy::print_stdout, reason = "whoever runs this wants to read where the cluster is")]

use anyhow::Result;
use tacklebox_cluster::Cluster;

#[tokio::main]
async fn main() -> Result<()> {
    let cluster = Cluster::start().await?;
    println!("export KUBECONFIG={}", cluster.kubeconfig().display());
    println!("alias kubectl={}", cluster.binaries().kubectl().display());
    println!("# Press Enter, or close the input, to end the cluster.");
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}
