//! Which pods are behind headless Services: looked up just before these are asked, many in one request.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use futures::{StreamExt, stream};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::{Api, api::ListParams};
use tokio::time::timeout;

use super::{
    super::{
        probe::{Subject, pod_addresses},
        service::{Place, Reach},
    },
    slices::service_of,
    state::Part,
    watches::{LIMIT, api},
};
use crate::k8s::Cluster;

/// So many names fit into a URL that every proxy lets pass.
const NAMES: usize = 50;
const AT_ONCE: usize = 4;

/// Subjects with their pods. Those whose pods cannot be looked up are left out: nothing is learned of them now, and what was known
/// of them stays.
pub(super) async fn with_pods(
    cluster: &Cluster,
    parts: &[Part],
    mut subjects: Vec<Subject>,
) -> Vec<Subject> {
    let headless = subjects.iter().filter(|it| it.service.reach == Reach::Headless);
    let places: BTreeSet<&Place> = headless.map(|it| &it.service.place).collect();
    let asking = questions(&places, parts).into_iter().map(|(part, names)| {
        let slices = api(&cluster.client(), &part);
        async move { look(&slices, &names).await.ok_or((part, names)) }
    });
    let mut found: BTreeMap<Place, Vec<IpAddr>> = BTreeMap::new();
    let mut answers = stream::iter(asking.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
    let mut missed: Vec<(Part, Vec<String>)> = Vec::new();
    while let Some(answer) = answers.next().await {
        let slices = match answer {
            Ok(slices) => slices,
            Err(question) => {
                missed.push(question);
                continue;
            }
        };
        for slice in slices {
            let Some(place) = service_of(&slice).filter(|it| places.contains(it)) else { continue };
            let addresses = pod_addresses([&slice], &place.namespace);
            found.entry(place).or_default().extend(addresses);
        }
    }
    subjects.retain(|it| {
        let Place { namespace, name } = &it.service.place;
        let is_missed = missed.iter().any(|(part, names)| {
            part.as_deref().is_none_or(|it| it == namespace) && names.contains(name)
        });
        it.service.reach != Reach::Headless || !is_missed
    });
    for subject in &mut subjects {
        subject.pods = found.remove(&subject.service.place).unwrap_or_default();
    }
    subjects
}

/// Where is asked for which names: everywhere if that may be, else in each namespace.
fn questions(places: &BTreeSet<&Place>, parts: &[Part]) -> Vec<(Part, Vec<String>)> {
    let sees_all = parts.contains(&None);
    let mut names: BTreeMap<Part, BTreeSet<&str>> = BTreeMap::new();
    for place in places {
        let part = (!sees_all).then(|| place.namespace.as_str().into());
        names.entry(part).or_default().insert(&place.name);
    }
    let in_part = |(part, names): (Part, BTreeSet<&str>)| {
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let some = names.chunks(NAMES).map(|it| (part.clone(), it.to_vec()));
        some.collect::<Vec<_>>()
    };
    names.into_iter().flat_map(in_part).collect()
}

async fn look(slices: &Api<EndpointSlice>, names: &[String]) -> Option<Vec<EndpointSlice>> {
    let of_them = format!("kubernetes.io/service-name in ({})", names.join(","));
    let of_them = ListParams::default().labels(&of_them);
    let list = timeout(LIMIT, slices.list(&of_them)).await.ok()?;
    list.ok().map(|it| it.items)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(names: &[(&str, &str)]) -> Vec<Place> {
        let place = |(namespace, name): &(&str, &str)| Place {
            namespace: (*namespace).to_owned(),
            name: (*name).to_owned(),
        };
        names.iter().map(place).collect()
    }

    fn asked(places: &[Place], parts: &[Part]) -> Vec<String> {
        let told = |(part, names): (Part, Vec<String>)| {
            format!("{}: {}", part.as_deref().unwrap_or("everywhere"), names.join(" "))
        };
        questions(&places.iter().collect(), parts).into_iter().map(told).collect()
    }

    #[test]
    fn pods_of_many_services_are_one_question_and_a_name_is_asked_for_once() {
        let places = places(&[("a", "loki"), ("b", "loki"), ("b", "tempo")]);
        assert_eq!(asked(&places, &[None]), ["everywhere: loki tempo"]);
    }

    #[test]
    fn who_may_not_see_the_whole_cluster_asks_in_each_namespace() {
        let places = places(&[("a", "loki"), ("b", "loki")]);
        let parts = ["a", "b"].map(|it| Some(it.into()));
        assert_eq!(asked(&places, &parts), ["a: loki", "b: loki"]);
    }

    #[test]
    fn more_names_than_a_url_takes_are_several_questions() {
        let names: Vec<String> = (0..120).map(|it| format!("loki-{it:03}")).collect();
        let names: Vec<(&str, &str)> = names.iter().map(|it| ("a", it.as_str())).collect();
        assert_eq!(asked(&places(&names), &[None]).len(), 3);
    }

    #[test]
    fn where_nobody_is_headless_nothing_is_asked() {
        assert!(asked(&[], &[None]).is_empty());
    }
}
