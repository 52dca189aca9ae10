use super::*;

/// What the manual tells operators to give, and no more.
const ROLE: [&str; 5] = [
    "get,update,patch,list,watch configmaps holmesgpt-toolset",
    "create configmaps",
    "get,update leases.coordination.k8s.io tacklebox-discovery",
    "create leases.coordination.k8s.io",
    "create events",
];

#[tokio::test]
async fn the_role_of_the_manual_is_enough_for_all_of_it() {
    let shop = Bed::shared().await.namespace("publish").await.unwrap();
    let world = World::of(shop, &ROLE).await;
    world.inputs.send_replace(Some(merging("one")));
    let publisher = world.start(world.led());
    world.until_holds("one+none").await;
    world.patch(r#"{"data": {"overrides.yaml": "mine"}}"#).await;
    world.until_holds("one+mine").await;
    world.shop.kubectl(&["delete", "configmap", NAME]).await.unwrap();
    world.until_holds("one+none").await;
    world.until_event("DriftCorrected").await;
    assert_eq!(publisher.status().problems, Vec::<String>::new());
    publisher.shutdown().await;
    let all = world.shop.cluster().audit().await.unwrap();
    let refused = all.iter().filter(|it| it.user == world.user.name() && it.status == Some(403));
    assert_eq!(refused.count(), 0);
}

#[tokio::test]
async fn whoever_may_write_no_events_publishes_and_says_so() {
    let shop = Bed::shared().await.namespace("publish").await.unwrap();
    let world = World::of(shop, &ROLE[..4]).await;
    world.want("one");
    let publisher = world.start(world.led());
    let problem = until_problem(&publisher, "events cannot be written").await;
    assert!(problem.contains("may not create events"), "{problem}");
    world.until_holds("one").await;
    publisher.shutdown().await;
}

#[tokio::test]
async fn whoever_may_not_watch_says_so_and_publishes_all_the_same() {
    let shop = Bed::shared().await.namespace("publish").await.unwrap();
    let world =
        World::of(shop, &["get,patch configmaps holmesgpt-toolset", "create configmaps"]).await;
    world.want("one");
    let publisher = world.start(world.settings());
    let problem = until_problem(&publisher, "noticed late").await;
    assert!(problem.contains("may not list configmaps"), "{problem}");
    world.until_holds("one").await;
    publisher.shutdown().await;
}

#[tokio::test]
async fn whoever_may_not_write_is_told_what_is_missing() {
    let shop = Bed::shared().await.namespace("publish").await.unwrap();
    let world = World::of(shop, &["get,list,watch configmaps"]).await;
    world.want("one");
    let publisher = world.start(world.settings());
    let problem = until_problem(&publisher, "may not create").await;
    assert!(problem.contains("ask for that right (RBAC)"), "{problem}");
    world.apply("data: {overrides.yaml: mine}").await;
    until_problem(&publisher, "may not patch").await;
    publisher.shutdown().await;
}

#[tokio::test]
async fn a_namespace_that_is_missing_is_told_and_used_when_it_comes() {
    let world = World::new().await;
    let missing = format!("{}-later", world.shop.name());
    let place = Place { namespace: missing.clone(), name: NAME.to_owned() };
    for lease in [None, world.led().lease] {
        let admin = access(world.shop.cluster().kubeconfig(), Writes::All);
        let settings = Settings { place: place.clone(), lease, ..world.settings() };
        let publisher = Publisher::start(admin, settings, world.inputs.subscribe());
        world.want("one");
        let problem = until_problem(&publisher, "does not exist").await;
        assert!(problem.contains(&format!("kubectl create namespace {missing}")), "{problem}");
        world.shop.kubectl(&["create", "namespace", &missing]).await.unwrap();
        until(&publisher, |it| it.in_force.is_some() && it.problems.is_empty()).await;
        publisher.shutdown().await;
        world.shop.kubectl(&["delete", "namespace", &missing]).await.unwrap();
    }
}

#[tokio::test]
async fn in_read_only_mode_nothing_is_written_and_it_is_said() {
    let world = World::new().await;
    let guarded = access(world.user.kubeconfig(), Writes::None);
    for (settings, what) in [(world.settings(), "configmaps"), (world.led(), "leases")] {
        let clusters = Arc::clone(&guarded);
        let publisher = Publisher::start(clusters, settings, world.inputs.subscribe());
        world.want("one");
        let problem = until_problem(&publisher, "read-only mode (policy.mode)").await;
        assert!(problem.contains(what) && !problem.contains("refused: "), "{problem}");
        publisher.shutdown().await;
    }
    assert_eq!(world.writes().await, []);
}
