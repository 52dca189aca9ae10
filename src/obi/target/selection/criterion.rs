//! One thing that a rule asks of a process.

use super::{
    super::{
        super::pattern::Pattern,
        numbers::Numbers,
        process::{Executable, Language, Maker, Metadata, Process},
    },
    RuleRef, Selection,
};

#[derive(Debug, Clone)]
pub(in crate::obi::target) struct Criterion {
    /// `open_ports`
    pub(in crate::obi::target) key: String,
    /// `8080`
    pub(in crate::obi::target) asks: String,
    /// Where it is written.
    pub(in crate::obi::target) at: RuleRef,
    pub(in crate::obi::target) test: Test,
}

#[derive(Debug, Clone)]
pub(in crate::obi::target) enum Test {
    Pids(Numbers),
    Path(Pattern),
    /// The same under the name that it had once. OBI does not look at it first.
    OldPath(Pattern),
    Arguments(Pattern),
    Ports(Numbers),
    Language(Pattern),
    Contained,
    /// Of the name of a criterion.
    Metadata(String, Pattern),
    Label(String, Pattern),
    Annotation(String, Pattern),
    /// What OBI wants of a rule that asks for nothing else that it looks at first.
    Known,
}

/// Whether a process is as it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::obi::target) enum Verdict {
    Met,
    /// What it is instead.
    Unmet(String),
    /// Why that is not known here.
    Unknown(String),
}

/// A criterion that is not met, or of which that is not known.
#[derive(Debug, Clone)]
pub(in crate::obi::target) struct Miss {
    pub(in crate::obi::target) criterion: Criterion,
    pub(in crate::obi::target) verdict: Verdict,
}

impl Criterion {
    pub(super) fn verdict(&self, process: &Process, selection: &Selection) -> Verdict {
        match &self.test {
            Test::Pids(_) if process.pid == 0 => {
                Verdict::Unknown("its pid is not known here".to_owned())
            }
            Test::Pids(pids) => {
                met(pids.has(process.pid), || format!("its pid is {}", process.pid))
            }
            Test::Path(pattern) | Test::OldPath(pattern) => path(pattern, process),
            Test::Arguments(_) if process.arguments.is_empty() && process.pid == 0 => {
                Verdict::Unknown("its command line is not known here".to_owned())
            }
            Test::Arguments(pattern) => meets(pattern, &process.arguments.compared(), || {
                "its command line behind the first blank is not so".to_owned()
            }),
            Test::Ports(ports) => open_ports(ports, process),
            Test::Language(pattern) => selection.language(pattern, process),
            Test::Contained => contained(process),
            Test::Metadata(name, pattern) => {
                about(process, name, pattern, |it| it.get(name).map(str::to_owned))
            }
            Test::Label(name, pattern) => {
                about(process, &format!("label {name}"), pattern, |it| it.labels.get(name).cloned())
            }
            Test::Annotation(name, pattern) => {
                let get = |it: &Metadata| it.annotations.get(name).cloned();
                about(process, &format!("annotation {name}"), pattern, get)
            }
            Test::Known => match process.metadata {
                Some(_) => Verdict::Met,
                None => unknown_metadata(process, || {
                    "neither Kubernetes nor Docker knows it, and the rule asks for nothing else that OBI looks at".to_owned()
                }),
            },
        }
    }
}

fn met(is_met: bool, instead: impl FnOnce() -> String) -> Verdict {
    if is_met { Verdict::Met } else { Verdict::Unmet(instead()) }
}

/// What a pattern means, where OBI's library gets that right.
fn meets(pattern: &Pattern, text: &str, instead: impl FnOnce() -> String) -> Verdict {
    match pattern.doubt() {
        Some(doubt) if pattern.matches(text) => Verdict::Unknown(doubt.what.to_owned()),
        _ => met(pattern.matches(text), instead),
    }
}

/// What has no executable is called `unknown`.
fn path(pattern: &Pattern, process: &Process) -> Verdict {
    match &process.executable {
        Executable::Path(path) => meets(pattern, path, || format!("its executable is {path}")),
        Executable::None => meets(pattern, "unknown", || "it has no executable".to_owned()),
        Executable::Unreadable(why) => {
            Verdict::Unknown(format!("which executable it has is not readable here: {why}"))
        }
    }
}

fn open_ports(ports: &Numbers, process: &Process) -> Verdict {
    let sockets = &process.sockets;
    if let Some(why) = &sockets.unreadable {
        return Verdict::Unknown(format!("its open ports are not readable here: {why}"));
    }
    met(sockets.local.iter().any(|it| ports.has(*it)), || {
        if sockets.listening.is_empty() {
            return "it listens on no port".to_owned();
        }
        let listening: Vec<String> = sockets.listening.iter().map(u16::to_string).collect();
        format!("it listens on {}", listening.join(", "))
    })
}

/// OBI compares networks: a process is in a container if it is in another one than OBI, which is mostly that of the host.
fn contained(process: &Process) -> Verdict {
    let is_contained = process.container.is_some() || process.metadata.is_some();
    match (is_contained, process.is_in_host_network) {
        (true, Some(true)) => Verdict::Unknown(
            "its container is in the network of the host: OBI takes it for none if it is there itself"
                .to_owned(),
        ),
        (false, Some(false)) => Verdict::Met,
        _ => met(is_contained, || "it is in no container".to_owned()),
    }
}

fn about(
    process: &Process,
    name: &str,
    pattern: &Pattern,
    get: impl FnOnce(&Metadata) -> Option<String>,
) -> Verdict {
    let Some(metadata) = &process.metadata else {
        let by_docker = process.container.as_ref().is_some_and(|it| it.maker == Maker::Docker);
        if by_docker && name != "container_name" {
            return Verdict::Unmet(format!("it has no {name}: Docker made its container"));
        }
        return unknown_metadata(process, || {
            format!("it has no {name}: neither Kubernetes nor Docker knows it")
        });
    };
    match get(metadata) {
        None => Verdict::Unmet(format!("it has no {name}")),
        Some(value) => meets(pattern, &value, || format!("its {name} is {value}")),
    }
}

/// A process in a container is known to somebody, though not here.
fn unknown_metadata(process: &Process, instead: impl FnOnce() -> String) -> Verdict {
    match &process.container {
        None => Verdict::Unmet(instead()),
        Some(container) => {
            let id: String = container.id.chars().take(12).collect();
            Verdict::Unknown(format!("what is known of its container {id} is not known here"))
        }
    }
}

impl Selection {
    /// The word that OBI compares: it does not look at programs of the system.
    fn language(&self, pattern: &Pattern, process: &Process) -> Verdict {
        let path = process.executable.path();
        if let Some(system) =
            path.and_then(|path| self.system_paths.iter().find(|it| path.starts_with(*it)))
        {
            let instead = || {
                format!(
                    "OBI does not look for the language of programs below {system}, and takes it for unknown"
                )
            };
            return meets(pattern, "unknown", instead);
        }
        let word = process.language.word();
        match process.language {
            Language::Unknown => {
                Verdict::Unknown("what it is written in is not known here".to_owned())
            }
            _ => meets(pattern, word, || format!("it is written in {word}")),
        }
    }
}
