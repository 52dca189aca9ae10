//! Prompts that begin with how OBI in a cluster is.

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::{
    blank::Blank,
    output::{Answer, Document},
    prompt::{Blanks, BoundPrompt, Prompt, PromptArgument, PromptDefinition},
    tool::{BoundTool, Definition, Session, ToolError},
    toolsets::kubernetes::problems::Problems,
};

/// What they call, as far as it is there.
const STATUS: &str = "obi_k8s_status";
const OF_SETUP: [&str; 2] = [STATUS, "obi_k8s_preflight"];
const OF_TROUBLE: [&str; 3] = [STATUS, "obi_k8s_logs", "obi_k8s_coverage"];

const CLUSTER_TYPE: &str = "clusterType";
const NAMESPACE: &str = "namespace";
const WORKLOAD: &str = "workload";

/// What is different where, as far as it is known beforehand.
const CLUSTER_TYPES: [(&str, &str); 8] = [
    ("eks", "On EKS, Fargate nodes run no DaemonSets and nothing privileged."),
    (
        "gke",
        "On GKE in Autopilot mode OBI cannot run at all: hostPID is refused. In Standard mode it can.",
    ),
    (
        "aks",
        "On AKS, kernel.perf_event_paranoid may keep OBI from attaching itself without SYS_ADMIN.",
    ),
    (
        "openshift",
        "On OpenShift its ServiceAccount has to be let in by a SecurityContextConstraints.",
    ),
    ("kind", "In kind, the nodes share the kernel of this machine, which has to be fit for OBI."),
    ("minikube", "In minikube, the kernel is that of the machine or of its virtual machine."),
    ("k3s", "With k3s, the kernel is that of the hosts, which may be old."),
    ("talos", "Talos locks its kernel down: programs in Go hand no context on."),
];

pub(in crate::toolsets::kubernetes) fn all(tools: &[BoundTool]) -> Vec<BoundPrompt> {
    let begun = |kind: Kind| {
        let named = |name: &&str| tools.iter().find(|it| it.definition().name == *name).cloned();
        let called: Vec<BoundTool> = kind.calls().iter().filter_map(named).collect();
        // Without the first there is nothing to begin with.
        let has_status = called.first().is_some_and(|it| it.definition().name == STATUS);
        has_status.then(|| BoundPrompt::new(Begun { kind, tools: called }))
    };
    [Kind::Setup, Kind::Troubleshoot].into_iter().filter_map(begun).collect()
}

struct Begun {
    kind: Kind,
    tools: Vec<BoundTool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Setup,
    Troubleshoot,
}

#[async_trait]
impl Prompt for Begun {
    fn definition(&self) -> PromptDefinition {
        let (name, title, description, argument) = match self.kind {
            Kind::Setup => (
                "setup-obi-kubernetes",
                "Set OBI up in a cluster",
                "Instrument the workloads of a cluster with OBI, step by step.",
                (CLUSTER_TYPE, "Such as eks, gke, aks, openshift, kind"),
            ),
            Kind::Troubleshoot => (
                "troubleshoot-obi-kubernetes",
                "OBI shows nothing in the cluster",
                "Find out why OBI in a cluster shows nothing, or not what it should.",
                (WORKLOAD, "What is missing, such as deploy/shop"),
            ),
        };
        let arguments = [argument, (NAMESPACE, "Of OBI; default: observability")];
        let arguments = arguments
            .map(|(name, description)| PromptArgument { name, description, required: false })
            .to_vec();
        PromptDefinition { name, title, description, arguments }
    }

    fn tools(&self) -> Vec<&Definition> {
        self.tools.iter().map(BoundTool::definition).collect()
    }

    async fn messages(&self, blanks: &Blanks, session: &Session) -> Result<Answer, ToolError> {
        let given = |name: &str| blanks.get(name).map(|it| it.trim()).filter(|it| !it.is_empty());
        let mut problems = Problems::default();
        problems.one_namespace(given(NAMESPACE));
        problems.names(given(NAMESPACE), None);
        problems.none()?;
        let arguments = match json!({ NAMESPACE: given(NAMESPACE) }) {
            Value::Object(it) => it,
            _ => serde_json::Map::new(),
        };
        let about = given(CLUSTER_TYPE).or_else(|| given(WORKLOAD));
        let mut document = Document::new().note(self.kind.words(about, given(NAMESPACE)));
        for tool in &self.tools {
            let name = tool.definition().name;
            document = match tool.look(&arguments, session).await {
                Ok(answer) => document
                    .note(format!("\n{name}:"))
                    .and(answer.into_document().unwrap_or_default()),
                Err(error) => document.note(format!("\n{name}: {error}")),
            };
        }
        Ok(document.into())
    }

    async fn complete(&self, argument: &Blank, _: &Session) -> Vec<String> {
        if argument.name != CLUSTER_TYPE {
            return Vec::new();
        }
        let known = CLUSTER_TYPES.iter().map(|it| it.0);
        known.filter(|it| it.starts_with(&argument.prefix)).map(str::to_owned).collect()
    }
}

impl Kind {
    fn calls(self) -> &'static [&'static str] {
        match self {
            Self::Setup => &OF_SETUP,
            Self::Troubleshoot => &OF_TROUBLE,
        }
    }

    fn words(self, about: Option<&str>, namespace: Option<&str>) -> String {
        let place = namespace.map(|it| format!(" in namespace {it}")).unwrap_or_default();
        match self {
            Self::Setup => {
                let kind = about.map_or_else(
                    || "Ask me what kind of cluster it is, if the nodes do not tell.".to_owned(),
                    |it| {
                        let known =
                            CLUSTER_TYPES.iter().find(|known| it.eq_ignore_ascii_case(known.0));
                        let known = known.map(|it| format!(" {}", it.1)).unwrap_or_default();
                        format!("The cluster is of the kind {it}.{known}")
                    },
                );
                format!(
                    "Help me to run OBI, OpenTelemetry's eBPF instrumentation, in this cluster{place}. Below is how it stands: first tell me what \
                     is missing, and on which nodes it cannot run. {kind} Ask me which workloads are meant, and where traces and metrics are to go. \
                     Write a configuration for that, check it with obi_validate_config where that tool is there, show me with obi_k8s_coverage what \
                     it would choose, and show me obi_k8s_deploy with dry_run before you deploy. Then tell me from obi_k8s_status whether it does \
                     what it is for."
                )
            }
            Self::Troubleshoot => {
                let workload = about.map_or_else(
                    || "Ask me which workload is missing.".to_owned(),
                    |it| format!("What is missing is {it}: ask obi_k8s_explain about it."),
                );
                format!(
                    "OBI in this cluster{place} shows nothing, or not what it should. Below is how it stands. {workload} Look at the nodes \
                     without it first, then at the problems of its logs, then at what it says of instrumented processes and of exports that \
                     failed, then whether its configuration says what was meant. What only some pods were asked proves nothing of the others. \
                     Tell me the most likely cause, how to prove it, and the change of the configuration; change nothing before I have seen it \
                     with dry_run."
                )
            }
        }
    }
}
