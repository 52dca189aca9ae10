//! Who depends on whom: a Service on the workloads whose pods it selects, those on their claims and nodes.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Snapshot,
    edges::{Edges, walk},
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    mention::hosts,
    model::{Endpoint, Job, Labels, Named, Pod, PodSpec, Service, Workload, has_all},
    reference::references,
    subject::{Kind, Subject},
};

impl Snapshot {
    /// Finds the workload of each pod once, since nearly every rule asks for it.
    pub(crate) fn index(&mut self) {
        let roots = self.pods.iter().map(|it| (it.name().to_owned(), self.find_root(it)));
        self.roots = roots.collect();
    }

    pub(crate) fn root_of(&self, pod: &Pod) -> Subject {
        self.roots.get(pod.name()).cloned().unwrap_or_else(|| self.find_root(pod))
    }

    /// The topmost owner that this namespace's lists know: a Deployment rather than its `ReplicaSet`. A Job stays
    /// itself, since each run of a `CronJob` fails for its own reasons.
    fn find_root(&self, pod: &Pod) -> Subject {
        let itself = || Subject::new(Kind::Pod, &pod.metadata.name);
        let Some(owner) = pod.metadata.controller().and_then(Subject::owner) else {
            return itself();
        };
        match owner.kind {
            Kind::ReplicaSet => self.above(pod, owner),
            Kind::Node => itself(),
            _ => owner,
        }
    }

    fn above(&self, pod: &Pod, replica_set: Subject) -> Subject {
        let known = self.replica_sets.named(&replica_set.name);
        let owner = known.and_then(|it| it.metadata.controller()).and_then(Subject::owner);
        // Without the list, the pod's hash says where the Deployment's name ends.
        let guessed = || {
            let hash = pod.metadata.labels.get("pod-template-hash")?;
            let name = replica_set.name.strip_suffix(hash.as_str())?.strip_suffix('-')?;
            Some(Subject::new(Kind::Deployment, name))
        };
        owner.or_else(guessed).unwrap_or(replica_set)
    }

    /// What a thing is told as: its own workload for a pod and a `ReplicaSet`.
    pub(crate) fn told_as(&self, subject: &Subject) -> Subject {
        match subject.kind {
            Kind::Pod => self
                .pods
                .named(&subject.name)
                .map_or_else(|| subject.clone(), |it| self.root_of(it)),
            Kind::ReplicaSet => {
                let owner = self.replica_sets.named(&subject.name);
                let owner = owner.and_then(|it| it.metadata.controller()).and_then(Subject::owner);
                owner.unwrap_or_else(|| subject.clone())
            }
            _ => subject.clone(),
        }
    }

    /// How many steps each thing is away from what was asked: what it needs, what those need, and who needs it.
    pub(crate) fn distances(&self, asked: &Subject) -> BTreeMap<Subject, usize> {
        let mut edges = self.edges();
        self.mentions(&mut edges);
        let asked = self.told_as(asked);
        let mut distances = BTreeMap::from([(asked.clone(), 0)]);
        walk(&asked, &mut distances, |it| edges.from(it));
        let users = edges.turned();
        walk(&asked, &mut distances, |it| users.from(it));
        distances
    }

    /// Adds the Services that programs are told of or speak of: enough to look there, and not to blame them.
    fn mentions(&self, edges: &mut Edges) {
        for pod in self.pods.iter() {
            let root = self.root_of(pod);
            for container in pod.spec.all_containers() {
                let told = container.env.iter().flat_map(|it| &it.hosts.0).map(String::as_str);
                let said = self.log(pod, &container.name).iter().flat_map(|it| hosts(it));
                for service in told.chain(said).filter_map(|it| self.services.named(it)) {
                    if !self.behind(service).contains(&root) {
                        edges.add(&root, Subject::new(Kind::Service, service.name()));
                    }
                }
            }
        }
    }

    /// What each thing needs.
    pub(crate) fn edges(&self) -> Edges {
        let mut edges = Edges::default();
        self.needs_of_workloads(&mut edges);
        self.needs_of_traffic(&mut edges);
        self.needs_of_policies(&mut edges);
        edges
    }

    fn needs_of_workloads(&self, edges: &mut Edges) {
        for pod in self.pods.iter() {
            let root = self.root_of(pod);
            edges.add_all(&root, needs_of_pod(&pod.spec));
            edges.add(&Subject::new(Kind::Pod, pod.name()), root);
        }
        for (subject, workload) in self.workloads() {
            let root = self.told_as(&subject);
            edges.add_all(&root, needs_of_pod(&workload.spec.template.spec));
            edges.add(&subject, root);
        }
        for job in self.jobs.iter() {
            let subject = Subject::new(Kind::Job, job.name());
            edges.add_all(&subject, needs_of_pod(&job.spec.template.spec));
            if let Some(owner) = job.metadata.controller().and_then(Subject::owner) {
                edges.add(&owner, subject);
            }
        }
    }

    fn needs_of_traffic(&self, edges: &mut Edges) {
        for service in self.services.iter() {
            edges.add_all(&Subject::new(Kind::Service, service.name()), self.behind(service));
        }
        for ingress in self.ingresses.iter() {
            let backends = ingress.backends().into_iter();
            let services = backends.map(|it| Subject::new(Kind::Service, &it.name));
            edges.add_all(&Subject::new(Kind::Ingress, ingress.name()), services);
        }
        for route in self.routes.iter() {
            let backends = route.backends().into_iter();
            let services = backends.map(|it| Subject::new(Kind::Service, &it.name));
            edges.add_all(&Subject::new(Kind::Route, route.name()), services);
        }
    }

    fn needs_of_policies(&self, edges: &mut Edges) {
        for scaler in self.autoscalers.iter() {
            let target = Subject::owner(&scaler.spec.scale_target_ref);
            edges.add_all(&Subject::new(Kind::Autoscaler, scaler.name()), target);
        }
        for budget in self.budgets.iter() {
            let selected = self.selected(|it| budget.spec.selector.matches(it));
            edges.add_all(&Subject::new(Kind::Budget, budget.name()), selected);
        }
    }

    /// The workloads whose pods a Service selects; also those that have no pods yet.
    pub(crate) fn behind(&self, service: &Service) -> BTreeSet<Subject> {
        if service.spec.selector.is_empty() {
            return BTreeSet::new();
        }
        self.selected(|it| has_all(it, &service.spec.selector))
    }

    fn selected(&self, is_selected: impl Fn(&Labels) -> bool) -> BTreeSet<Subject> {
        let pods = self.pods.iter().filter(|it| is_selected(&it.metadata.labels));
        let pods = pods.map(|it| self.root_of(it));
        let template = |it: &(Subject, &Workload)| is_selected(&it.1.spec.template.metadata.labels);
        let workloads = self.workloads().filter(template).map(|it| self.told_as(&it.0));
        pods.chain(workloads).collect()
    }

    /// The pods that a Service selects and that can serve: none that is ending or has ended.
    pub(crate) fn pods_behind<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a Pod> {
        let selector = &service.spec.selector;
        let serves = move |it: &&Pod| {
            !selector.is_empty()
                && has_all(&it.metadata.labels, selector)
                && !it.has_ended()
                && !it.is_deleted()
        };
        self.pods.iter().filter(serves)
    }

    /// Whether each endpoint that somebody wrote for a Service is ready.
    pub(crate) fn endpoints_of<'a>(
        &'a self,
        service: &'a Service,
    ) -> impl Iterator<Item = bool> + 'a {
        let slices = self.slices.iter().filter(|it| it.is_of(service.name()));
        slices.flat_map(|it| &it.endpoints).map(Endpoint::is_ready)
    }

    /// Pods of a workload that have not ended.
    pub(crate) fn pods_of<'a>(&'a self, root: &'a Subject) -> impl Iterator<Item = &'a Pod> {
        self.pods.iter().filter(|it| !it.has_ended() && self.root_of(it) == *root)
    }

    pub(crate) fn job_of(&self, pod: &Pod) -> Option<&Job> {
        let owner = pod.metadata.controller().filter(|it| it.kind == "Job")?;
        self.jobs.named(&owner.name)
    }
}

fn needs_of_pod(spec: &PodSpec) -> impl Iterator<Item = Subject> {
    let claims = spec.claims().map(|it| Subject::new(Kind::Claim, it));
    let held = references(spec).map(|it| Subject::new(it.holder.kind(), it.name));
    let node = Some(&spec.node_name).filter(|it| !it.is_empty());
    let node = node.map(|it| Subject::new(Kind::Node, it));
    let account = Some(&spec.service_account_name).filter(|it| !it.is_empty());
    let account = account.map(|it| Subject::new(Kind::Account, it));
    claims.chain(held).chain(node).chain(account)
}
