//! Detectors from YAML: our own, and an operator's in the same form.

use std::{collections::BTreeMap, sync::Arc};

use serde::de::DeserializeOwned;

use super::{Detectors, mistakes::mistakes};
use crate::{toolsets::discovery::detector::Detector, tree::Place};

/// How deep lists and maps may lie in each other.
const DEEPEST: usize = 12;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../detectors/", $name)))),*]
    };
}

pub(super) const GENERAL: (&str, &str) =
    ("general.yaml", include_str!("../detectors/general.yaml"));

pub(super) const PRODUCTS: [(&str, &str); 16] = files![
    "alertmanager.yaml",
    "argocd.yaml",
    "custom.yaml",
    "elasticsearch.yaml",
    "grafana.yaml",
    "jaeger.yaml",
    "kiali.yaml",
    "loki.yaml",
    "mcp.yaml",
    "mimir.yaml",
    "opensearch.yaml",
    "otel-collector.yaml",
    "prometheus.yaml",
    "tempo.yaml",
    "thanos.yaml",
    "victoria-metrics.yaml",
];

impl Detectors {
    /// Those that come with the program. That all of them can be read is held by a test.
    pub(in crate::toolsets::discovery) fn embedded() -> Self {
        let products = PRODUCTS.iter().filter_map(|(name, text)| parse(name, text).ok());
        let products = products.map(|it: Detector| (it.product.clone(), Arc::new(it)));
        let general = parse(GENERAL.0, GENERAL.1).unwrap_or_default();
        Self { by_product: products.collect(), general }
    }

    /// These and those of an operator, a name and a text each; one for a product that is known takes its place. Otherwise all
    /// that is wrong with them: `kafka.yaml:3:5: unknown field ...`.
    pub(in crate::toolsets::discovery) fn with(
        mut self,
        files: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Vec<String>> {
        let mut sources: BTreeMap<String, String> = BTreeMap::new();
        let mut problems = Vec::new();
        for (name, text) in files {
            let detector: Detector = match parse(&name, &text) {
                Ok(it) => it,
                Err(first) => {
                    problems.extend(all_mistakes(&name, &text, first));
                    continue;
                }
            };
            let product = detector.product.clone();
            if let Some(first) = sources.get(&product) {
                problems.push(format!("{name}: product {product} is in {first} already"));
                continue;
            }
            sources.insert(product.clone(), name);
            self.by_product.insert(product, Arc::new(detector));
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }
}

pub(super) fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, String> {
    read(text).map_err(|error| located(name, &error))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEEPEST },
        strict_booleans: true,
        reject_unsupported_tags: true,
    };
    serde_saphyr::from_str_with_options(text, options)
}

/// What every detector says.
const REQUIRED: [&str; 4] = ["product", "title", "toolset", "shapes"];

/// What is no YAML ends with its first mistake.
fn all_mistakes(name: &str, text: &str, first: String) -> Vec<String> {
    let all = read(text).map(|it| mistakes::<Detector>(&it, &REQUIRED)).unwrap_or_default();
    if all.is_empty() {
        return vec![first];
    }
    let told =
        |(at, message): (Place, String)| format!("{name}:{}:{}: {message}", at.line, at.column);
    all.into_iter().map(told).collect()
}

fn located(name: &str, error: &serde_saphyr::Error) -> String {
    let render = serde_saphyr::render_options! {
        formatter: &serde_saphyr::UserMessageFormatter,
        snippets: serde_saphyr::SnippetMode::Off
    };
    let message = error.render_with_options(render);
    let Some(at) = error.location() else { return format!("{name}: {message}") };
    let (line, column) = (at.line().max(1), at.column().max(1));
    let here = format!(" at line {line}, column {column}");
    let message = message.strip_suffix(&here).unwrap_or(&message);
    format!("{name}:{line}:{column}: {message}")
}
