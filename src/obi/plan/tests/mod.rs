mod capabilities;
mod hostile;
mod modes;
mod ports;
mod version2;

use super::*;
use crate::obi::kernel::Kernel;

const PROCESSES: &str =
    "trace_printer: text\ndiscovery:\n  instrument:\n    - open_ports: \"8080\"\n";
const FLOWS: &str = "metrics: {features: [network]}\nprometheus_export: {port: 9464}\n";

fn of(text: &str) -> Plan {
    plan(text, &Environment::default(), Release::KNOWN).unwrap()
}

fn with(text: &str, variables: &[(&str, &str)]) -> Plan {
    plan(text, &variables.iter().copied().collect(), Release::KNOWN).unwrap()
}

fn system(kernel: &str, perf_event_paranoid: Option<i64>) -> System {
    System { kernel: kernel.parse().unwrap(), perf_event_paranoid }
}
