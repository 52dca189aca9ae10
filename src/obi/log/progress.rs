//! How far a start came.

use serde::Serialize;

use super::{Format, Line};
use crate::obi::mode::Mode;

/// What the lines since the last start prove.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub version: Option<String>,
    pub revision: Option<String>,
    /// Of the configuration: `v1` or `v2`. Old releases do not say.
    pub configuration: Option<String>,
    /// What OBI set out to do.
    pub modes: Vec<Mode>,
    /// Where `/healthz` was to be served.
    pub health: Option<String>,
    pub scraped: Vec<Scraped>,
    /// What came up. In application mode that is so with nothing to look at as well.
    pub started: Vec<Mode>,
    /// Those that are instrumented and have not ended.
    pub instrumented: Vec<Process>,
    /// Whether OBI ended of its own accord.
    pub exited: bool,
}

/// An endpoint of Prometheus'.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scraped {
    pub port: u16,
    pub path: String,
}

/// A process that OBI attached itself to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Process {
    pub pid: u32,
    pub command: String,
    /// `go`, `java`, `generic` and so on.
    pub kind: String,
    pub service: String,
}

/// More than anybody reads.
const MOST_PROCESSES: usize = 1_000;

impl Progress {
    pub fn of(lines: &[Line]) -> Self {
        let own = lines.iter().filter(|it| matches!(it.format, Format::Text | Format::Json));
        own.fold(Self::default(), Self::after)
    }

    fn after(mut self, line: &Line) -> Self {
        let field = |name: &str| line.field(name).unwrap_or_default().to_owned();
        match line.message.as_str() {
            "OpenTelemetry eBPF Instrumentation" => {
                self = Self {
                    version: line.field("Version").map(str::to_owned),
                    revision: line.field("Revision").map(str::to_owned),
                    ..Self::default()
                };
            }
            "configuration loaded" => self.configuration = line.field("version").map(str::to_owned),
            "starting Application Observability mode" => self.modes.push(Mode::Application),
            "starting OBI in Network metrics mode" => self.modes.push(Mode::Network),
            "starting OBI in Stat metrics mode" => self.modes.push(Mode::Stats),
            "starting health endpoint" => self.health = Some(field("addr")),
            "opening prometheus scrape endpoint" => {
                let (port, path) = (field("port").parse().unwrap_or_default(), field("path"));
                self.scraped.push(Scraped { port, path });
            }
            "Starting main node" => self.started.push(Mode::Application),
            "Flows agent successfully started" => self.started.push(Mode::Network),
            "Stats agent successfully started" => self.started.push(Mode::Stats),
            "instrumenting process" => self.began(line),
            "process ended for already instrumented executable" => self.ended(line),
            "OpenTelemetry eBPF Instrumentation successfully exiting" => self.exited = true,
            _ => {}
        }
        self
    }

    fn began(&mut self, line: &Line) {
        let Some(pid) = pid(line) else { return };
        let field = |name: &str| line.field(name).unwrap_or_default().to_owned();
        self.instrumented.retain(|it| it.pid != pid);
        if self.instrumented.len() < MOST_PROCESSES {
            let (command, kind, service) = (field("cmd"), field("type"), field("service"));
            self.instrumented.push(Process { pid, command, kind, service });
        }
    }

    fn ended(&mut self, line: &Line) {
        let ended = pid(line);
        self.instrumented.retain(|it| Some(it.pid) != ended);
    }
}

fn pid(line: &Line) -> Option<u32> {
    line.field("pid")?.parse().ok()
}
