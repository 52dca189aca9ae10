//! Which containers are asked for their logs, and which need not be asked.

use std::collections::BTreeSet;

use super::{pods::Pod, query::Query};
use crate::{nearest::nearest, tool::ToolError, toolsets::kubernetes::few::few};

/// The most containers that are named where one was mistyped.
const MOST_NAMED: usize = 12;

/// One container's log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream<'a> {
    pub(super) pod: &'a Pod,
    pub(super) container: &'a str,
}

#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) streams: Vec<Stream<'a>>,
    /// Who has nothing to say, and why.
    pub(super) silent: Vec<(String, String)>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(pods: &'a [Pod], query: &Query) -> Result<Self, ToolError> {
        check_names(pods, &query.containers)?;
        let mut plan = Self { streams: Vec::new(), silent: Vec::new() };
        for pod in pods {
            plan.add(pod, query);
        }
        Ok(plan)
    }

    fn add(&mut self, pod: &'a Pod, query: &Query) {
        let mut wanted = pod.containers().filter(|it| is_wanted(pod, it, query)).peekable();
        if wanted.peek().is_none() {
            self.silent.push((pod.name().to_owned(), "no such container".to_owned()));
        }
        for container in wanted {
            let stream = Stream { pod, container };
            match pod.silence(container, query.previous) {
                Some(reason) => self.silent.push((stream.name(), reason)),
                None => self.streams.push(stream),
            }
        }
    }
}

impl Stream<'_> {
    /// `web-1`, or `web-1/app` where the pod has several containers.
    pub(super) fn name(&self) -> String {
        match self.pod.containers().nth(1) {
            Some(_) => format!("{}/{}", self.pod.name(), self.container),
            None => self.pod.name().to_owned(),
        }
    }
}

/// A container that was named, or without a name one that may still write.
pub(super) fn is_wanted(pod: &Pod, container: &str, query: &Query) -> bool {
    match query.containers.as_slice() {
        [] => query.previous || !pod.is_done(container),
        names => names.iter().any(|name| name == container),
    }
}

/// A container that no pod has was mistyped.
pub(super) fn check_names(pods: &[Pod], wanted: &[String]) -> Result<(), ToolError> {
    let known: BTreeSet<&str> = pods.iter().flat_map(Pod::containers).collect();
    let unknown = wanted.iter().filter(|it| !known.contains(it.as_str()));
    let problem = |name: &String| {
        let hint = nearest(name, known.iter().copied());
        let hint = hint.map(|it| format!("did you mean {it}? ")).unwrap_or_default();
        let known = few(&known.iter().copied().collect::<Vec<_>>(), MOST_NAMED);
        format!("`container`: no container {name}: {hint}there are {known}")
    };
    let problems: Vec<String> = unknown.map(problem).collect();
    if problems.is_empty() || pods.is_empty() {
        return Ok(());
    }
    Err(ToolError::InvalidArguments(problems))
}
