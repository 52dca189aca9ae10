//! How each component is started.
//!
//! Paths are relative to the cluster's folder, in which all of them run. What only a lasting cluster needs,
//! such as leader election and syncing to disk, is off.

use std::net::IpAddr;

use crate::Component;

/// Where the components of one cluster find each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses {
    /// Of the API server and of the kubelets.
    pub(crate) address: IpAddr,
    pub(crate) api: u16,
    pub(crate) etcd: u16,
    pub(crate) etcd_peer: u16,
    pub(crate) kubelet: u16,
    pub(crate) metrics: u16,
}

/// Users that are parts of the cluster: each has a certificate and a kubeconfig of its name, and all rights.
pub(crate) const PARTS: [&str; 5] =
    ["tacklebox-cluster", "kube-controller-manager", "kube-scheduler", "kwok", "metrics-server"];

/// The part that this crate is itself.
pub(crate) const OURSELVES: &str = PARTS[0];

impl Addresses {
    pub(crate) fn etcd_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.etcd)
    }

    pub(crate) fn api_url(&self) -> String {
        format!("https://{}:{}", self.address, self.api)
    }

    pub(crate) fn flags(&self, component: Component) -> Vec<String> {
        match component {
            Component::Etcd => self.etcd_flags(),
            Component::ApiServer => self.api_server_flags(),
            Component::ControllerManager => controller_manager_flags(),
            Component::Scheduler => scheduler_flags(),
            Component::Kwok => self.kwok_flags(),
            Component::MetricsServer => self.metrics_server_flags(),
        }
    }

    fn etcd_flags(&self) -> Vec<String> {
        let (client, peer) = (self.etcd_url(), format!("http://127.0.0.1:{}", self.etcd_peer));
        vec![
            "--data-dir=etcd".to_owned(),
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--initial-cluster=default={peer}"),
            "--unsafe-no-fsync".to_owned(),
            "--log-level=error".to_owned(),
            // 50,000 pods, rewritten some times, are more than the default of 2 GiB.
            "--quota-backend-bytes=8589934592".to_owned(),
        ]
    }

    fn api_server_flags(&self) -> Vec<String> {
        let mut flags = owned(&[
            "--tls-cert-file=pki/server.crt",
            "--tls-private-key-file=pki/server.key",
            "--client-ca-file=pki/ca.crt",
            "--service-account-key-file=pki/service-account.pub",
            "--service-account-signing-key-file=pki/service-account.key",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--allow-privileged=true",
            // Otherwise it asks the machine's DNS for the names of nodes.
            "--kubelet-preferred-address-types=InternalIP",
            "--requestheader-client-ca-file=pki/front-proxy-ca.crt",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--proxy-client-cert-file=pki/front-proxy-client.crt",
            "--proxy-client-key-file=pki/front-proxy-client.key",
            "--max-requests-inflight=1000",
            "--max-mutating-requests-inflight=500",
            // Blocking: what a client has an answer to is in the log.
            "--audit-policy-file=audit-policy.yml",
            "--audit-log-path=audit.log",
            "--audit-log-mode=blocking",
            "--audit-log-maxsize=10000",
        ]);
        flags.extend([
            format!("--etcd-servers={}", self.etcd_url()),
            format!("--bind-address={}", self.address),
            format!("--secure-port={}", self.api),
        ]);
        flags
    }

    fn kwok_flags(&self) -> Vec<String> {
        let mut flags = owned(&[
            "--kubeconfig=kubeconfigs/kwok.yml",
            "--config=kwok.yml",
            "--enable-crds=Logs,Exec",
            "--manage-all-nodes=false",
            "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
            "--tls-cert-file=pki/server.crt",
            "--tls-private-key-file=pki/server.key",
            "--node-lease-duration-seconds=40",
            "--cidr=10.244.0.1/16",
        ]);
        flags.extend([
            format!("--node-ip={}", self.address),
            format!("--node-port={}", self.kubelet),
            format!("--server-address={}:{}", self.address, self.kubelet),
        ]);
        flags
    }

    fn metrics_server_flags(&self) -> Vec<String> {
        let mut flags = owned(&[
            "--kubeconfig=kubeconfigs/metrics-server.yml",
            "--authentication-kubeconfig=kubeconfigs/metrics-server.yml",
            "--authorization-kubeconfig=kubeconfigs/metrics-server.yml",
            "--requestheader-client-ca-file=pki/front-proxy-ca.crt",
            "--requestheader-allowed-names=front-proxy-client",
            "--bind-address=127.0.0.1",
            "--cert-dir=metrics-server",
            "--kubelet-insecure-tls",
            "--kubelet-use-node-status-port",
            "--kubelet-preferred-address-types=InternalIP",
            // It refuses less than 10 s, and a timeout that is not shorter.
            "--metric-resolution=10s",
            "--kubelet-request-timeout=5s",
        ]);
        flags.push(format!("--secure-port={}", self.metrics));
        flags
    }
}

fn controller_manager_flags() -> Vec<String> {
    owned(&[
        "--kubeconfig=kubeconfigs/kube-controller-manager.yml",
        "--service-account-private-key-file=pki/service-account.key",
        "--root-ca-file=pki/ca.crt",
        // With an account for each controller, the first default ServiceAccount takes five seconds more.
        "--use-service-account-credentials=false",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
    ])
}

fn scheduler_flags() -> Vec<String> {
    owned(&[
        "--kubeconfig=kubeconfigs/kube-scheduler.yml",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=1000",
        "--kube-api-burst=2000",
    ])
}

fn owned(flags: &[&str]) -> Vec<String> {
    flags.iter().map(|it| (*it).to_owned()).collect()
}
