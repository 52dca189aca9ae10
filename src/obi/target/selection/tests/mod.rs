mod doubts;
mod version1;
mod version2;

use super::{
    super::process::{Container, Executable, Language, Maker, Metadata, Process, Sockets},
    *,
};

pub(in super::super) fn read(text: &str) -> Selection {
    Selection::read(text, &Environment::default(), Release::KNOWN).unwrap()
}

pub(in super::super) fn with(text: &str, environment: &[(&str, &str)]) -> Selection {
    Selection::read(text, &environment.iter().copied().collect(), Release::KNOWN).unwrap()
}

/// A service in Go that listens on 8080, on a host without Kubernetes.
fn shop() -> Process {
    Process {
        pid: 700,
        parent: 1,
        name: "shop".to_owned(),
        executable: Executable::Path("/srv/shop/bin/shop".to_owned()),
        arguments: ["/srv/shop/bin/shop", "--mode", "web"].into_iter().collect(),
        sockets: Sockets::listening([8080]),
        language: Language::Go,
        age: Some(Duration::from_hours(1)),
        ..Process::default()
    }
}

/// The same in a pod of the deployment `web`.
fn pod(namespace: &str) -> Process {
    let metadata = Metadata::pod(namespace, "web-5d4-x")
        .owned_by(&[("ReplicaSet", "web-5d4"), ("Deployment", "web")])
        .in_container("main");
    let metadata = Metadata {
        labels: [("tier".to_owned(), "front".to_owned())].into(),
        annotations: [("team".to_owned(), "blue".to_owned())].into(),
        ..metadata
    };
    Process { container: Some(container()), metadata: Some(metadata), ..shop() }
}

fn container() -> Container {
    Container { id: "ab".repeat(32), maker: Maker::Kubernetes }
}

fn at(path: &str) -> Process {
    Process { executable: Executable::Path(path.to_owned()), ..shop() }
}

fn instrument(rule: &str) -> String {
    format!("trace_printer: text\ndiscovery:\n  instrument:\n    - {{{rule}}}\n")
}
