use super::*;
use crate::toolsets::discovery::{
    holmes::{Document, Layout},
    publishing,
};

#[tokio::test]
async fn what_is_found_is_published_with_marks_and_an_event() {
    let world = World::new().await;
    let publisher = world.start(world.settings());
    world.want("one");
    let written = world.until_holds("one").await;
    assert_eq!(written["metadata"]["labels"]["app.kubernetes.io/managed-by"], "tacklebox");
    let annotations = written["metadata"]["annotations"].as_object().unwrap();
    assert_eq!(annotations.keys().collect::<Vec<_>>(), ["tacklebox.dev/content-hash"]);
    assert_eq!(world.until_event("Published").await, "now one");
    let status = until(&publisher, |it| it.written.is_some()).await;
    assert_eq!((status.role, status.in_force), (Role::Alone, Some(wanted("one").hash)));
    publisher.shutdown().await;
}

#[tokio::test]
async fn keys_labels_and_overrides_of_others_survive_every_write() {
    let world = World::new().await;
    world.apply("data: {overrides.yaml: mine, other: theirs}").await;
    world
        .shop
        .kubectl(&["label", "configmap", NAME, "team=shop", "app.kubernetes.io/managed-by=Helm"])
        .await
        .unwrap();
    let publisher = world.start(world.settings());
    for text in ["one", "two"] {
        world.want(text);
        let written = world.until_holds(text).await;
        assert_eq!(written["data"]["overrides.yaml"], "mine");
        assert_eq!(written["data"]["other"], "theirs");
        assert_eq!(written["metadata"]["labels"]["team"], "shop");
        assert_eq!(written["metadata"]["labels"]["app.kubernetes.io/managed-by"], "Helm");
    }
    publisher.shutdown().await;
}

#[tokio::test]
async fn what_stands_there_already_is_not_written_again() {
    let world = World::new().await;
    let publisher = world.start(world.settings());
    world.want("one");
    until(&publisher, |it| it.written.is_some()).await;
    world.want("one");
    let counters = publisher.counters();
    until(&publisher, |_| told(&counters.unchanged) > 0).await;
    publisher.shutdown().await;
    let again = world.start(world.settings());
    until(&again, |it| it.in_force.is_some()).await;
    again.shutdown().await;
    assert_eq!(world.written().await, ["create 201", "patch 200"]);
}

#[tokio::test]
async fn an_edit_by_hand_is_taken_back_and_told() {
    let world = World::new().await;
    let publisher = world.start(world.settings());
    world.want("one");
    world.until_holds("one").await;
    world.patch(r#"{"data": {"toolset.yaml": "by hand", "mine": "stays"}}"#).await;
    let corrected = world.until_holds("one").await;
    assert_eq!(corrected["data"]["mine"], "stays");
    let event = world.until_event("DriftCorrected").await;
    assert_eq!(event, "corrected: toolset.yaml was changed by kubectl-patch");
    assert_eq!(told(&publisher.counters().corrected), 1);
    publisher.shutdown().await;
}

#[tokio::test]
async fn whoever_fights_over_it_is_told_of_and_corrected_more_slowly() {
    let world = World::new().await;
    let publisher = world.start(world.settings());
    world.want("one");
    world.until_holds("one").await;
    for round in 0..6 {
        world.patch(&format!(r#"{{"data": {{"toolset.yaml": "round {round}"}}}}"#)).await;
        world.until_holds("one").await;
    }
    let problem = until_problem(&publisher, "again and again").await;
    assert!(problem.contains("by kubectl-patch") && problem.contains("waits 5s"), "{problem}");
    publisher.shutdown().await;
}

#[tokio::test]
async fn a_key_that_was_removed_or_a_mark_that_was_changed_is_put_back() {
    let world = World::new().await;
    let publisher = world.start(world.settings());
    world.want("one");
    world.until_holds("one").await;
    world.patch(r#"{"data": {"toolset.yaml": null}}"#).await;
    world.until_holds("one").await;
    world
        .patch(r#"{"metadata": {"annotations": {"tacklebox.dev/content-hash": "another"}}}"#)
        .await;
    let marked = |it: &Value| {
        it["metadata"]["annotations"]["tacklebox.dev/content-hash"] == wanted("one").hash.as_str()
    };
    world.shop.wait_for("configmaps", NAME, marked).await.unwrap();
    publisher.shutdown().await;
}

#[tokio::test]
async fn a_config_map_that_was_deleted_is_made_again() {
    let world = World::new().await;
    let publisher = world.start(world.settings());
    world.want("one");
    world.until_holds("one").await;
    world.shop.kubectl(&["delete", "configmap", NAME]).await.unwrap();
    world.until_holds("one").await;
    assert_eq!(world.until_event("DriftCorrected").await, "corrected: it was deleted");
    publisher.shutdown().await;
}

/// Its maker died before it had written anything into it.
#[tokio::test]
async fn an_empty_one_that_was_left_behind_is_filled_and_nobody_is_said_to_have_changed_it() {
    let world = World::new().await;
    let maker = "--field-manager=tacklebox-discovery";
    world.shop.kubectl(&["create", "configmap", NAME, maker]).await.unwrap();
    world.want("one");
    let publisher = world.start(world.settings());
    world.until_holds("one").await;
    assert_eq!(world.until_event("Published").await, "now one");
    assert_eq!(told(&publisher.counters().corrected), 0);
    assert_eq!(world.events("DriftCorrected").await, Vec::<String>::new());
    publisher.shutdown().await;
    assert_eq!(world.written().await, ["patch 200"]);
}

/// Whoever deletes it between the two has it made once more, and not by what was to be written over the other.
#[tokio::test]
async fn what_is_applied_to_one_that_is_gone_makes_none() {
    let world = World::new().await;
    world.apply("data: {other: theirs}").await;
    let live: ConfigMap = serde_json::from_value(world.config_map().await).unwrap();
    world.shop.kubectl(&["delete", "configmap", NAME]).await.unwrap();
    let place = world.settings().place;
    let late = config_map::manifest(&place, &live, &wanted("late"), 1);
    let path = format!(
        "/api/v1/namespaces/{}/configmaps/{NAME}?fieldManager=tacklebox-discovery",
        world.shop.name()
    );
    let cluster = world.clusters.cluster().await.unwrap();
    let body = bytes::Bytes::from(late.to_string());
    let asked = asking::Ask::new(http::Method::PATCH, &path, "application/apply-patch+yaml", body);
    let answer = asked.of::<ConfigMap>(&cluster).await;
    assert!(answer.as_ref().is_err_and(ApiError::is_stale), "{answer:?}");
}

#[tokio::test]
async fn an_immutable_config_map_is_told_with_what_to_do_and_made_anew_when_it_is_gone() {
    let world = World::new().await;
    let publisher = world.start(world.settings());
    world.want("one");
    world.until_holds("one").await;
    world.patch(r#"{"immutable": true}"#).await;
    world.want("two");
    let problem = until_problem(&publisher, "immutable").await;
    assert!(problem.contains(&format!("kubectl delete configmap {NAME}")), "{problem}");
    world.shop.kubectl(&["delete", "configmap", NAME]).await.unwrap();
    world.until_holds("two").await;
    until(&publisher, |it| it.problems.is_empty()).await;
    publisher.shutdown().await;
}

#[tokio::test]
async fn what_another_one_had_first_is_not_stolen() {
    let world = World::new().await;
    world.apply("data: {toolset.yaml: theirs}").await;
    let publisher = world.start(world.settings());
    world.want("ours");
    let problem = until_problem(&publisher, "belongs to").await;
    assert!(problem.contains("belongs to tacklebox-cluster, who had it first"), "{problem}");
    assert!(world.until_event("PublishFailed").await.contains("tacklebox-cluster"));
    assert_eq!(world.config_map().await["data"][KEY], "theirs");
    publisher.shutdown().await;
}

#[tokio::test]
async fn overrides_are_heard_when_they_change_and_bad_ones_are_told() {
    let world = World::new().await;
    world.inputs.send_replace(Some(merging("one")));
    let publisher = world.start(world.settings());
    world.until_holds("one+none").await;
    world.patch(r#"{"data": {"overrides.yaml": "mine"}}"#).await;
    world.until_holds("one+mine").await;
    world.patch(r#"{"data": {"overrides.yaml": "bad"}}"#).await;
    let written = world.until_holds("one+none").await;
    let annotations = &written["metadata"]["annotations"];
    assert_eq!(annotations["tacklebox.dev/overrides-error"], "line 1: it is bad");
    assert!(world.until_event("OverridesInvalid").await.ends_with("line 1: it is bad"));
    until_problem(&publisher, "it is bad").await;
    world.patch(r#"{"data": {"overrides.yaml": "better"}}"#).await;
    let written = world.until_holds("one+better").await;
    assert_eq!(written["metadata"]["annotations"]["tacklebox.dev/overrides-error"], Value::Null);
    assert!(publisher.status().problems.is_empty());
    publisher.shutdown().await;
}

#[tokio::test]
async fn overrides_may_stand_in_a_config_map_of_their_own() {
    let world = World::new().await;
    world.inputs.send_replace(Some(merging("one")));
    let settings = Settings { overrides: Some("mine".to_owned()), ..world.settings() };
    let publisher = world.start(settings);
    world.until_holds("one+none").await;
    let text =
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: mine}, data: {overrides.yaml: here}}";
    world.shop.apply(text).await.unwrap();
    world.until_holds("one+here").await;
    assert_eq!(publisher.overrides().await.unwrap().as_deref(), Some("here"));
    publisher.shutdown().await;
}

/// Nearly all of the mebibyte that a `ConfigMap` takes.
#[tokio::test]
async fn overrides_that_fill_the_config_map_are_told_of_and_the_generated_toolset_stays() {
    let world = World::new().await;
    let compose: Compose = Arc::new(|overrides| {
        publishing::wanted(&Document::default(), Layout::Holmes, overrides, "overrides.yaml of it")
    });
    world.inputs.send_replace(Some(compose));
    let publisher = world.start(world.settings());
    until(&publisher, |it| it.written.is_some()).await;
    let good = world.config_map().await["data"][KEY].clone();
    world.apply(&format!("data: {{overrides.yaml: '# {}'}}", "x".repeat(1_040_000))).await;
    until_problem(&publisher, "overrides.yaml of it: 1040002 bytes").await;
    let marked = |it: &Value| {
        let told = it["metadata"]["annotations"]["tacklebox.dev/overrides-error"].as_str();
        told.is_some_and(|it| it.contains("no more than 262144 are read"))
    };
    let written = world.shop.wait_for("configmaps", NAME, marked).await.unwrap();
    assert_eq!(written["data"][KEY], good);
    publisher.shutdown().await;
}

#[tokio::test]
async fn nothing_empty_nothing_too_large_and_nothing_that_failed_replaces_what_is_good() {
    let world = World::new().await;
    let publisher = world.start(world.settings());
    world.want("one");
    world.until_holds("one").await;
    world.want("\n");
    until_problem(&publisher, "empty document").await;
    world.want(&"x".repeat(900_001));
    until_problem(&publisher, "a ConfigMap takes 900000 of it").await;
    world.inputs.send_replace(Some(Arc::new(|_| Err("no sense can be made of it".to_owned()))));
    until_problem(&publisher, "no sense").await;
    let others = format!(r#"{{"data": {{"other": "{}"}}}}"#, "x".repeat(100_000));
    world.patch(&others).await;
    world.patch(&others.replace("other", "another")).await;
    world.want(&"y".repeat(890_000));
    until_problem(&publisher, "more than the 1 MiB").await;
    assert_eq!(world.config_map().await["data"][KEY], "one");
    assert_eq!(world.written().await, ["create 201", "patch 200"]);
    world.want("two");
    world.until_holds("two").await;
    publisher.shutdown().await;
}

/// Between reading and writing, another one writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_writes_in_between_is_seen_before_it_is_written_again() {
    let world = Arc::new(World::new().await);
    world.apply("data: {overrides.yaml: before}").await;
    let (calls, other) = (AtomicUsize::new(0), Arc::clone(&world));
    let compose: Compose = Arc::new(move |overrides| {
        if calls.fetch_add(1, Ordering::Relaxed) == 0 {
            let patch = other.patch(r#"{"data": {"overrides.yaml": "after"}}"#);
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(patch));
        }
        Ok(wanted(overrides.unwrap()))
    });
    world.inputs.send_replace(Some(compose));
    let publisher = world.start(world.settings());
    world.until_holds("after").await;
    assert_eq!(world.written().await, ["patch 409", "patch 200"]);
    publisher.shutdown().await;
}

/// Whoever writes once ends at once: what is told of it is on its way by then.
#[tokio::test]
async fn what_is_written_on_request_is_told_before_its_writer_ends() {
    let world = World::new().await;
    let nobody = watch::channel(None).1;
    let publisher = Publisher::start(Arc::clone(&world.clusters), world.settings(), nobody);
    assert!(matches!(once(&publisher, wanted("one")).await, Outcome::Written { .. }));
    publisher.shutdown().await;
    assert_eq!(world.events("Published").await, ["now one"]);
}

#[tokio::test]
async fn what_has_changed_in_the_document_is_told_by_what_stood_there() {
    let world = World::new().await;
    let toolset = |name: &str| format!("toolsets: {{{name}: {{enabled: true}}}}");
    let settings = Settings { difference: publishing::changes, ..world.settings() };
    let publisher = world.start(settings);
    for name in ["bash", "internet"] {
        let data = BTreeMap::from([(publishing::KEY.to_owned(), toolset(name))]);
        once(&publisher, Wanted { data, ..wanted(name) }).await;
    }
    publisher.shutdown().await;
    let mut told = world.events("Published").await;
    told.sort();
    assert_eq!(
        told,
        ["toolset bash was added", "toolset internet was added; toolset bash was removed"]
    );
}

#[tokio::test]
async fn a_key_that_is_not_wanted_any_more_goes() {
    let world = World::new().await;
    let publisher = world.start(world.settings());
    let mut two = wanted("one");
    two.data.insert("prometheus-toolset.yaml".to_owned(), "more".to_owned());
    assert!(matches!(once(&publisher, two).await, Outcome::Written { created: true, .. }));
    assert!(matches!(once(&publisher, wanted("one")).await, Outcome::Written { .. }));
    assert_eq!(once(&publisher, wanted("one")).await, Outcome::Unchanged);
    assert_eq!(world.until_event("Published").await, "now one");
    let keys = publisher.current().await.unwrap().unwrap().data.unwrap();
    assert_eq!(keys.into_keys().collect::<Vec<_>>(), [KEY]);
    publisher.shutdown().await;
}

fn composed(wanted: Wanted) -> Compose {
    Arc::new(move |_| Ok(wanted.clone()))
}

/// What would be written there now.
async fn shown(publisher: &Publisher, wanted: Wanted) -> Shown {
    let now = publisher.current().await.unwrap();
    Shown { wanted, version: now.and_then(|it| it.metadata.resource_version) }
}

async fn once(publisher: &Publisher, wanted: Wanted) -> Outcome {
    let shown = shown(publisher, wanted.clone()).await;
    publisher.publish_once(&composed(wanted), &shown).await
}

#[tokio::test]
async fn what_is_not_as_it_was_shown_any_more_is_left_alone() {
    let world = World::new().await;
    let publisher = world.start(world.settings());
    let (one, compose) = (wanted("one"), composed(wanted("one")));
    let before = shown(&publisher, one.clone()).await;
    world.apply("data: {overrides.yaml: mine}").await;
    let conflict = async |compose, shown| match publisher.publish_once(compose, shown).await {
        Outcome::Not(stop) => stop.into_error().to_string(),
        other => panic!("{other:?}"),
    };
    let told = conflict(&compose, &before).await;
    assert!(told.starts_with("conflict: ConfigMap ") && told.contains("call again"), "{told}");
    let now = shown(&publisher, one).await;
    let told = conflict(&composed(wanted("another")), &now).await;
    assert!(told.contains("another document by now"), "{told}");
    assert_eq!(world.writes().await, []);
    assert_eq!(publisher.status().problems, Vec::<String>::new());
    assert!(matches!(publisher.publish_once(&compose, &now).await, Outcome::Written { .. }));
    // Whoever was slower is told that there is nothing left to do.
    assert_eq!(publisher.publish_once(&compose, &now).await, Outcome::Unchanged);
    publisher.shutdown().await;
}

/// What a person sees and says yes to is what this process would write by itself, in the newest form.
#[tokio::test]
async fn what_is_written_by_request_is_what_is_kept_true() {
    let world = World::new().await;
    world.want("one");
    let publisher = world.start(world.settings());
    world.until_holds("one").await;
    let (kept, before) = (publisher.kept().unwrap(), shown(&publisher, wanted("one")).await);
    world.want("two");
    assert_eq!(kept(None).unwrap().data[KEY], "two");
    world.until_holds("two").await;
    let outcome = publisher.publish_once(&kept, &before).await;
    assert!(matches!(outcome, Outcome::Not(it) if it.reason.contains("by now")));
    assert_eq!(world.config_map().await["data"][KEY], "two");
    publisher.shutdown().await;
}
