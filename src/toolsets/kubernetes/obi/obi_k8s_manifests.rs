//! `obi_k8s_manifests`: what `obi_k8s_deploy` would make, as files for those who keep such in Git.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Obi,
    asked::{Answer, Asked, Ground, RENAMED},
    forms::{File, Form, Written, written},
    image::Image,
};
use crate::{
    obi::convert::yaml,
    output::Document,
    tool::{Renamed, Session, Tool, ToolError},
};

/// Write what `obi_k8s_deploy` would make as files for Git: YAML, kustomize, values of the official Helm chart, an own chart, Argo CD, Flux.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ObiK8sManifests {
    #[serde(flatten)]
    asked: Asked,
    /// Default: raw
    form: Option<Form>,
    /// For `OpenShift`
    openshift: Option<bool>,
}

impl Tool for ObiK8sManifests {
    const NAME: &'static str = "obi_k8s_manifests";
    const TITLE: &'static str = "OBI's manifests";
    const RENAMED: Renamed = RENAMED;

    type Context = Obi;
    type Output = Document;

    async fn call(self, obi: &Obi, _: &Session) -> Result<Document, ToolError> {
        let ground = self.ground(obi)?;
        let Answer { wanted, plan, notes } = self.asked.answer(&ground)?;
        let Written { files, notes: more } =
            written(self.form.unwrap_or_default(), &wanted, &plan).map_err(ToolError::invalid)?;
        let notes = more.into_iter().chain(notes);
        let document = notes.fold(Document::new(), Document::note);
        Ok(files.iter().fold(document, with))
    }
}

impl ObiK8sManifests {
    /// What is configured. Whatever runs in some cluster has no part in it.
    fn ground(&self, obi: &Obi) -> Result<Ground, ToolError> {
        let defaults = &obi.defaults;
        let (image, _) = Image::parse(&defaults.image)
            .map_err(|it| ToolError::Failed(format!("toolsets.kubernetes.default_image: {it}")))?;
        let config = Some(&defaults.configuration).filter(|it| !it.is_empty()).map(yaml);
        let namespace = defaults.namespace.clone();
        let openshift = self.openshift.unwrap_or(false);
        let kernels = Vec::new();
        Ok(Ground {
            namespace,
            image,
            config,
            kernels,
            monitor: true,
            openshift,
            is_sidecar: false,
        })
    }
}

fn with(document: Document, File { path, content }: &File) -> Document {
    let lines = content.lines().map(str::to_owned).collect();
    document.note(format!("==> {path} <==")).lines(lines)
}
