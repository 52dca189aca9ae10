//! Order: causes before what they cause, what is sure before what may be, what is near to the question before what is far.

use std::collections::BTreeMap;

use super::{
    finding::{Certainty, Depth, Finding},
    snapshot::{Edges, Snapshot},
    subject::{Kind, Subject},
};

/// A finding, and the problems that it explains.
#[derive(Debug)]
pub(super) struct Ranked {
    pub(super) finding: Finding,
    pub(super) therefore: Vec<String>,
}

/// What bears on the question, and what does not as far as anybody can see; both in order.
#[derive(Debug)]
pub(super) struct Ranking {
    pub(super) ranked: Vec<Ranked>,
    pub(super) elsewhere: Vec<Ranked>,
}

pub(super) fn rank(snapshot: &Snapshot, asked: &Subject, findings: Vec<Finding>) -> Ranking {
    let near = Nearness::new(snapshot, asked);
    let edges = snapshot.edges();
    let (mut placed, mut elsewhere) = (Vec::new(), Vec::new());
    for finding in findings {
        match near.of(&finding) {
            Some(distance) => placed.push((distance, finding)),
            None => elsewhere.push((0, finding)),
        }
    }
    Ranking { ranked: folded(&edges, placed), elsewhere: folded(&edges, elsewhere) }
}

fn key((distance, finding): &(usize, Finding)) -> (Depth, Certainty, usize, &Subject, &str) {
    (finding.depth, finding.certainty, *distance, &finding.subject, &finding.problem)
}

/// How far things are from what was asked.
struct Nearness {
    distances: Option<BTreeMap<Subject, usize>>,
}

impl Nearness {
    fn new(snapshot: &Snapshot, asked: &Subject) -> Self {
        let all = asked.kind == Kind::Namespace;
        Self { distances: (!all).then(|| snapshot.distances(asked)) }
    }

    /// None when the finding has nothing to do with the question; a namespace has to do with all in it.
    fn of(&self, finding: &Finding) -> Option<usize> {
        let Some(distances) = &self.distances else { return Some(0) };
        let own = distances.get(&finding.subject);
        let explained = finding.explains.iter().filter_map(|it| distances.get(it)).min();
        let steps = own.or(explained).copied();
        steps.or_else(|| (finding.subject.kind == Kind::Namespace).then_some(1))
    }
}

/// In order, with each consequence under the first cause on which its subject depends.
fn folded(edges: &Edges, mut findings: Vec<(usize, Finding)>) -> Vec<Ranked> {
    findings.sort_by(|one, other| key(one).cmp(&key(other)));
    let mut ranked: Vec<Ranked> = Vec::new();
    for (_, finding) in findings {
        let needed = edges.needed_by(&finding.subject);
        let explains = |it: &Finding| {
            it.depth == Depth::Cause
                && it.certainty != Certainty::Possible
                && (needed.contains(&it.subject)
                    || it.subject.kind == Kind::Namespace
                    || it.explains.iter().any(|it| needed.contains(it)))
        };
        let is_consequence = finding.depth == Depth::Consequence;
        match ranked.iter_mut().find(|it| is_consequence && explains(&it.finding)) {
            Some(cause) if finding.subject == cause.finding.subject => {
                cause.therefore.push(finding.problem);
            }
            Some(cause) => {
                cause.therefore.push(format!("{}: {}", finding.subject, finding.problem));
            }
            None => ranked.push(Ranked { finding, therefore: Vec::new() }),
        }
    }
    ranked
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::rules::testing::snapshot, *};

    const SHOP: &str = "
{kind: Deployment, metadata: {name: web}, spec: {template: {metadata: {labels: {app: web}}}}}
---
{kind: Service, metadata: {name: web}, spec: {selector: {app: web}}}
---
{kind: Deployment, metadata: {name: other}}
";

    fn told(asked: &Subject, findings: Vec<Finding>) -> String {
        let Ranking { ranked, elsewhere } = rank(&snapshot(SHOP), asked, findings);
        let lines = |list: Vec<Ranked>, mark: &str| {
            let line = |it: Ranked| {
                let therefore: Vec<String> =
                    it.therefore.iter().map(|it| format!(" <- {it}")).collect();
                format!(
                    "{mark}{}: {}{}\n",
                    it.finding.subject,
                    it.finding.problem,
                    therefore.concat()
                )
            };
            list.into_iter().map(line).collect::<Vec<String>>().concat()
        };
        lines(ranked, "") + &lines(elsewhere, "(elsewhere) ")
    }

    fn web(kind: Kind) -> Subject {
        Subject::new(kind, "web")
    }

    fn findings() -> Vec<Finding> {
        vec![
            Finding::sure(web(Kind::Service), "no endpoints").consequence(),
            Finding::possible(web(Kind::Deployment), "policy"),
            Finding::sure(web(Kind::Deployment), "stuck").consequence(),
            Finding::likely(web(Kind::Service), "port"),
            Finding::sure(web(Kind::Deployment), "crash"),
            Finding::sure(Subject::new(Kind::Deployment, "other"), "image"),
        ]
    }

    #[test]
    fn causes_come_first_and_carry_what_they_cause() {
        expect![[r"
            deploy/web: crash <- svc/web: no endpoints <- stuck
            svc/web: port
            deploy/web: policy
            (elsewhere) deploy/other: image
        "]]
        .assert_eq(&told(&web(Kind::Service), findings()));
    }

    #[test]
    fn all_in_a_namespace_has_to_do_with_it() {
        let namespace = Subject::new(Kind::Namespace, "shop");
        assert!(!told(&namespace, findings()).contains("elsewhere"));
    }

    #[test]
    fn what_only_may_be_a_cause_swallows_nothing() {
        let findings = vec![
            Finding::possible(web(Kind::Deployment), "policy"),
            Finding::sure(web(Kind::Service), "no endpoints").consequence(),
        ];
        expect![[r"
            deploy/web: policy
            svc/web: no endpoints
        "]]
        .assert_eq(&told(&web(Kind::Service), findings));
    }
}
