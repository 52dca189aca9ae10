//! What judging OBI's configurations costs: `cargo bench --bench validating`. One with every section and two hundred selectors is to
//! take no more than 5 ms.

use std::fmt::Write;

use divan::{Bencher, counter::BytesCount};
use serde_json::json;
use tacklebox::obi::{
    config::{Environment, Release, check, schema},
    convert::merge,
};

fn main() {
    divan::main();
}

/// The allocations stand beside the times: they are most of what is left to save.
#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

/// Every service of a large shop by itself, and every section of OBI's.
fn large(selectors: usize) -> String {
    let mut text = include_str!("large-obi.yml").to_owned();
    for it in 0..selectors {
        let _ = writeln!(
            text,
            "    - k8s_namespace: shop-{it}\n      exe_path: \"*/service-{it}\"\n      open_ports: \"{}\"\n      exports: [traces, metrics]",
            8000 + it
        );
    }
    text
}

#[divan::bench(args = [1, 200, 1000])]
fn selectors(bencher: Bencher, selectors: usize) {
    let (text, environment) = (large(selectors), Environment::default());
    assert!(check(&text, &environment, Release::KNOWN).starts());
    bencher
        .counter(BytesCount::of_str(text.as_str()))
        .bench(|| check(&text, &environment, Release::KNOWN).findings.len());
}

/// Each of them is told what was meant.
#[divan::bench]
fn five_hundred_unknown_keys(bencher: Bencher) {
    let mut text = large(1);
    for it in 0..500 {
        let _ = writeln!(text, "prometheus_exprt_{it}: {it}");
    }
    let environment = Environment::default();
    assert!(check(&text, &environment, Release::KNOWN).findings.len() >= 500);
    bencher.bench(|| check(&text, &environment, Release::KNOWN).findings.len());
}

#[divan::bench]
fn update(bencher: Bencher) {
    let text = large(200);
    let patch = json!({"log_level": "DEBUG", "prometheus_export": {"port": 9090}, "routes": null});
    bencher.bench(|| merge(&text, &patch).is_ok());
}

#[divan::bench]
fn json_schema() -> usize {
    schema().to_string().len()
}
