//! The files that the components of a cluster read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use serde_json::json;

use crate::{
    binaries::{self, Binaries},
    flags::{Addresses, PARTS},
    kubeconfig::{self, Target},
    kwok,
    pki::{self, Authority, Identity},
};

/// Beside what was built, so that `cargo clean` removes what a power cut left.
pub(crate) fn scratch_folder() -> Result<PathBuf> {
    let parent = binaries::target_folder().join("cluster/run");
    fs::create_dir_all(&parent)?;
    let folder = tempfile::Builder::new().prefix("").tempdir_in(fs::canonicalize(parent)?)?;
    // The watchdog removes it, also when this process cannot any more.
    Ok(folder.keep())
}

/// Writes all of them into the cluster's folder, and gives back the authority that signs for its users.
pub(crate) fn write(
    folder: &Path,
    addresses: &Addresses,
    binaries: &Binaries,
) -> Result<Authority> {
    let authority = write_pki(&folder.join("pki"), &addresses.address.to_string())?;
    let server = addresses.api_url();
    let target =
        Target { server: &server, authority: authority.certificate(), namespace: "default" };
    fs::create_dir_all(folder.join("kubeconfigs"))?;
    for user in PARTS.into_iter().chain(["admin"]) {
        let identity = authority.client(user, &["system:masters"])?;
        kubeconfig::write(&kubeconfig(folder, user), target, user, &identity)?;
    }
    fs::write(folder.join("audit-policy.yml"), audit_policy())?;
    fs::write(folder.join("kwok.yml"), kwok::configuration(binaries)?)?;
    Ok(authority)
}

/// Where the kubeconfig of a user is.
pub(crate) fn kubeconfig(folder: &Path, user: &str) -> PathBuf {
    folder.join("kubeconfigs").join(format!("{user}.yml"))
}

fn write_pki(folder: &Path, address: &str) -> Result<Authority> {
    fs::create_dir_all(folder)?;
    let save = |name: &str, identity: &Identity| {
        fs::write(folder.join(format!("{name}.crt")), &identity.certificate)?;
        fs::write(folder.join(format!("{name}.key")), &identity.key)
    };
    let authority = Authority::new("cluster-ca")?;
    let front_proxy = Authority::new("front-proxy-ca")?;
    let names = ["localhost", "kubernetes.default.svc", "127.0.0.1", "10.96.0.1", address];
    fs::write(folder.join("ca.crt"), authority.certificate())?;
    fs::write(folder.join("front-proxy-ca.crt"), front_proxy.certificate())?;
    save("server", &authority.server(&names)?)?;
    save("front-proxy-client", &front_proxy.client("front-proxy-client", &[])?)?;
    let (private, public) = pki::signing_key()?;
    fs::write(folder.join("service-account.key"), private)?;
    fs::write(folder.join("service-account.pub"), public)?;
    Ok(authority)
}

/// Who asked for what, from everyone but the cluster's own parts.
fn audit_policy() -> String {
    let parts: Vec<&str> = PARTS.into_iter().chain(["system:apiserver"]).collect();
    json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "rules": [{"level": "None", "users": parts}, {"level": "Metadata"}],
    })
    .to_string()
}
