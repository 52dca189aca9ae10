//! Where the addresses of simulated pods are this machine.

use std::{
    ffi::OsStr,
    fs, io,
    net::{IpAddr, Ipv4Addr},
    os::unix::fs::MetadataExt as _,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context, Result, bail, ensure};

use crate::binaries;

/// Set in the process that runs inside, to the file that proves that it did.
const MARKER: &str = "TACKLEBOX_CLUSTER_NETWORK_NAMESPACE";

/// Where the API server and the kubelets listen inside. Not a loopback address, which the API server would
/// refuse to call.
pub const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 18, 0, 1));

/// Makes every pod's and every Service's address one of this machine.
const SET_UP: &str = "ip link set lo up && ip addr add 198.18.0.1/32 dev lo \
    && ip route add local 10.244.0.0/16 dev lo && ip route add local 10.96.0.0/16 dev lo && exec \"$@\"";

const NEEDED: &str = "unshare (of util-linux) makes the network namespace";

/// Runs the calling test in a network namespace of its own, from which nothing can leave the machine.
///
/// Whatever makes the API server, or the program under test, connect to a pod or a Service must run like
/// this: the service and pod proxy, probes, webhooks. A backend inside that listens on a pod's address is
/// that pod; one that listens on 0.0.0.0 is every pod.
///
/// The test starts itself again as a child, by its full name in the test binary, so `body` runs there only.
/// It needs Linux, `unshare` and `ip`, and no rights beyond those of a user.
///
/// ```no_run
/// #[test]
/// fn a_service_answers_through_the_proxy() -> anyhow::Result<()> {
///     tacklebox_cluster::in_network_namespace("a_service_answers_through_the_proxy", async {
///         let cluster = tacklebox_cluster::Cluster::start().await?;
///         Ok(())
///     })
/// }
/// ```
pub fn in_network_namespace(test: &str, body: impl Future<Output = Result<()>>) -> Result<()> {
    match std::env::var_os(MARKER) {
        Some(proof) => run_inside(&proof, body),
        None => run_outside(test),
    }
}

/// Runs a whole program, such as a bench, as [`in_network_namespace`] runs a test. What it prints is seen at once.
pub fn program_in_network_namespace(body: impl Future<Output = Result<()>>) -> Result<()> {
    match std::env::var_os(MARKER) {
        Some(proof) => run_inside(&proof, body),
        None => run_program_outside(),
    }
}

pub(crate) fn is_inside() -> bool {
    std::env::var_os(MARKER).is_some()
}

fn run_inside(proof: &OsStr, body: impl Future<Output = Result<()>>) -> Result<()> {
    fs::write(proof, "ran")?;
    end_with_parent();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(body)
}

/// The parent holds the other end of the standard input as long as it lives.
fn end_with_parent() {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::abort();
    });
}

fn run_outside(test: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let proof = folder.path().join("proof");
    let mut child = inside(&proof)?
        .args([test, "--exact", "--nocapture"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context(NEEDED)?;
    let held = child.stdin.take();
    let output = child.wait_with_output()?;
    drop(held);
    if !output.status.success() {
        bail!(
            "inside the network namespace:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    ensure!(proof.exists(), "this test binary has no test with the full name `{test}`");
    Ok(())
}

fn run_program_outside() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut child = inside(&folder.path().join("proof"))?.spawn().context(NEEDED)?;
    let held = child.stdin.take();
    let status = child.wait()?;
    drop(held);
    ensure!(status.success(), "inside the network namespace: {status}");
    Ok(())
}

/// The running program once more, inside.
fn inside(proof: &Path) -> Result<Command> {
    // Inside there is no network to fetch modules from.
    binaries::build()?;
    let mut command = Command::new("unshare");
    command
        .args([flags()?, "sh", "-c", SET_UP, "namespace"])
        .arg(std::env::current_exe()?)
        .env(MARKER, proof)
        .stdin(Stdio::piped());
    Ok(command)
}

/// A user needs a user namespace besides.
fn flags() -> Result<&'static str> {
    let is_root = fs::metadata(Path::new("/proc/self"))?.uid() == 0;
    Ok(if is_root { "-n" } else { "-rn" })
}
