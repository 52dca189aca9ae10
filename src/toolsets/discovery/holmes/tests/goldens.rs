//! Documents that HolmesGPT's own loader is given in `tests/it/discovery`.

use std::{collections::BTreeSet, fs};

use expect_test::expect_file;

use super::{super::*, given::*};

/// Writes and compares documents, and knows which.
#[derive(Default)]
struct Goldens(BTreeSet<String>);

impl Goldens {
    fn check(&mut self, name: &str, document: &Document) {
        let file = format!("{name}.yaml");
        expect_file![format!("../golden/{file}")].assert_eq(&document.yaml());
        self.0.insert(file);
    }

    /// Nothing lies about that nothing makes any more.
    fn are_all(&self) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/toolsets/discovery/holmes/golden");
        let files = fs::read_dir(folder).unwrap();
        let files = files.map(|it| it.unwrap().file_name().into_string().unwrap());
        assert_eq!(files.collect::<BTreeSet<_>>(), self.0);
    }
}

#[test]
fn the_documents_are_those_that_holmesgpt_loads() {
    let mut goldens = Goldens::default();
    let plain = |found: &[Found]| Document::of(found, &Settings::default());
    let alone = [
        ("prometheus", prometheus("monitoring", "prometheus")),
        ("thanos", thanos("monitoring", "thanos-query")),
        ("mimir", mimir("monitoring", "mimir-gateway")),
        ("victoria-metrics", victoria_metrics("monitoring", "vmselect")),
        ("grafana", grafana("monitoring", "grafana")),
        ("loki", loki("logging", "loki")),
        ("tempo", tempo("tracing", "tempo")),
        ("elasticsearch", elasticsearch("logging", "main-es-http")),
        ("opensearch", opensearch("logging", "opensearch")),
        ("jaeger", jaeger("tracing", "jaeger")),
        ("mcp", mcp("agents", "argocd-mcp")),
        ("collector", collector("tracing", "collector")),
    ];
    for (name, found) in &alone {
        goldens.check(name, &plain(std::slice::from_ref(found)));
        let mut other = found.clone();
        other.finding.place.namespace = "other".to_owned();
        goldens.check(&format!("{name}-twice"), &plain(&[found.clone(), other]));
    }
    goldens.check("nothing", &plain(&[]));
    goldens.check("everything", &plain(&everything()));
    goldens.check("everything-with-credentials", &Document::of(&everything(), &credentials()));
    let closed: Vec<Found> = alone.iter().map(|(_, it)| closed(it.clone())).collect();
    goldens.check("all-ask-for-credentials", &plain(&closed));
    goldens.check("all-get-credentials", &Document::of(&closed, &credentials()));
    for (name, overrides) in super::laid_over::CASES {
        let found = [prometheus("monitoring", "prometheus"), jaeger("tracing", "jaeger")];
        goldens.check(&format!("overrides-{name}"), &plain(&found).merged(overrides).document);
    }
    let pitfalls = ["y", "on", "null", "1e3", "0x1f", "0777", "1-0", "2026-11-30"];
    let pitfalls: Vec<Found> = pitfalls.iter().map(|it| jaeger(it, it)).collect();
    goldens.check("pitfalls", &plain(&pitfalls));
    goldens.check("hostile", &plain(&super::hostile::services()));
    goldens.are_all();
}
