use super::super::{board::Board, clock::Clock, election::Holding, watched::Versions};
use super::*;

fn leads(status: &Status) -> bool {
    matches!(status.role, Role::Leader { .. })
}

fn term(status: &Status) -> i32 {
    match status.role {
        Role::Leader { term } => term,
        _ => 0,
    }
}

#[tokio::test]
async fn of_two_one_writes_and_the_other_takes_over_at_once_when_it_is_given_the_lease() {
    let world = World::new().await;
    let first = world.start(world.led());
    let before = until(&first, leads).await;
    let second = world.start(world.led());
    let waits = |it: &Status| matches!(it.role, Role::Standby { .. });
    until(&second, waits).await;
    world.want("one");
    world.until_holds("one").await;
    assert_eq!(told(&second.counters().written), 0);
    world.until_event("Published").await;
    first.shutdown().await;
    let after = until(&second, |it| leads(it) && it.written.is_some()).await;
    assert!(term(&after) > term(&before));
    // What was written is its term, and nothing that would be told.
    assert_eq!(world.events("Published").await, ["now one"]);
    world.want("two");
    let written = world.until_holds("two").await;
    let mark = written["metadata"]["annotations"]["tacklebox.dev/term"].as_str().unwrap();
    assert_eq!(mark, term(&after).to_string());
    second.shutdown().await;
    let lease = world.shop.get("leases.coordination.k8s.io", LEASE).await.unwrap();
    assert_eq!(lease["spec"]["holderIdentity"].as_str().unwrap_or_default(), "");
}

#[tokio::test]
async fn a_leader_that_says_nothing_any_more_is_followed_by_another() {
    let world = World::new().await;
    let first = world.start(world.led());
    until(&first, leads).await;
    let second = world.start(world.led());
    // As by kill -9: nothing is given back.
    first.task.lock().await.take().unwrap().abort();
    until(&second, leads).await;
    world.want("one");
    world.until_holds("one").await;
    second.shutdown().await;
}

/// What the leader asks is neither answered nor lost: it arrives when the network is whole again.
#[tokio::test]
async fn a_leader_that_is_cut_off_writes_nothing_more_also_when_it_is_heard_again() {
    let world = World::new().await;
    let proxy = world.shop.cluster().proxy().await.unwrap();
    let behind = proxy.kubeconfig_of(world.user.kubeconfig()).unwrap();
    let behind = access(&behind, Writes::All);
    let cut_off = Publisher::start(behind, world.led(), world.inputs.subscribe());
    world.want("one");
    world.until_holds("one").await;
    let before = until(&cut_off, |it| leads(it) && it.written.is_some()).await;
    let other = world.start(world.led());
    until(&other, |it| matches!(it.role, Role::Standby { .. })).await;
    proxy.freeze().await;
    // It believes to lead for a moment still, and begins to write this.
    world.want("two");
    let after = until(&other, |it| leads(it) && it.written.is_some()).await;
    assert!(term(&after) > term(&before));
    until(&cut_off, |it| !leads(it)).await;
    world.until_holds("two").await;
    proxy.restore().await;
    until(&cut_off, |it| matches!(it.role, Role::Standby { .. })).await;
    world.want("three");
    let written = world.until_holds("three").await;
    let mark = written["metadata"]["annotations"]["tacklebox.dev/term"].as_str().unwrap();
    assert_eq!(mark, term(&after).to_string());
    assert_eq!(told(&cut_off.counters().written), 1);
    cut_off.shutdown().await;
    other.shutdown().await;
}

#[tokio::test]
async fn a_leader_without_its_lease_leads_in_a_later_term_than_what_was_written() {
    let world = World::new().await;
    let publisher = world.start(world.led());
    world.want("one");
    world.until_holds("one").await;
    world.patch(r#"{"metadata": {"annotations": {"tacklebox.dev/term": "70"}}}"#).await;
    until(&publisher, |it| term(it) == 71).await;
    world.shop.kubectl(&["delete", "lease", LEASE]).await.unwrap();
    world.want("two");
    let written = world.until_holds("two").await;
    let mark = written["metadata"]["annotations"]["tacklebox.dev/term"].as_str().unwrap();
    assert!(mark.parse::<i32>().unwrap() >= 71, "{mark}");
    publisher.shutdown().await;
}

/// One who believes to lead, in that term, for that long from now on.
fn believer(world: &World, term: i32, good_for: Duration) -> Writer {
    let clock = Clock::start();
    let holding = Holding::of(term, clock.now(), good_for);
    // The sender is gone, as the one who renews is while a process stands still.
    let (_, holding) = watch::channel(Some(holding));
    Writer {
        settings: world.led(),
        clusters: Arc::clone(&world.clusters),
        holding: Some(holding),
        outdone: watch::Sender::new(0),
        clock,
        board: Arc::<Board>::default(),
        versions: Versions::default(),
        last: Mutex::default(),
        uid: std::sync::Mutex::default(),
    }
}

/// One that believes to lead in term 5, in a world in which whoever comes leads in a later one and wants the good.
async fn outrun() -> (Arc<World>, Writer) {
    let world = Arc::new(World::new().await);
    world.want("good");
    let lease = format!(
        "{{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {{name: {LEASE}}}, spec: {{leaseTransitions: 5}}}}"
    );
    world.shop.apply(&lease).await.unwrap();
    let paused = believer(&world, 5, Duration::MAX);
    (world, paused)
}

#[tokio::test]
async fn whoever_could_not_renew_in_time_asks_for_nothing() {
    let world = World::new().await;
    let paused = believer(&world, 1, Duration::ZERO);
    let (outcome, _) = paused.write(&composing("stale"), None).await;
    assert!(matches!(outcome, Outcome::Not(stop) if stop.reason.contains("another replica")));
    assert_eq!(world.writes().await, []);
}

#[tokio::test]
async fn whoever_believes_to_lead_stops_where_a_later_leader_has_written() {
    let world = World::new().await;
    let paused = believer(&world, 1, Duration::MAX);
    world.apply("data: {toolset.yaml: new}, immutable: false").await;
    world.patch(r#"{"metadata": {"annotations": {"tacklebox.dev/term": "2"}}}"#).await;
    let (outcome, _) = paused.write(&composing("stale"), None).await;
    assert!(matches!(outcome, Outcome::Not(stop) if stop.reason.contains("in term 2")));
    assert_eq!(*paused.outdone.borrow(), 2);
    assert_eq!(world.writes().await, []);
}

/// It stood still between looking and writing, and does not know that its time is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_was_on_its_way_when_another_took_over_is_refused() {
    let (world, paused) = outrun().await;
    let (outcome, _) = paused.write(&composing("good"), None).await;
    assert!(matches!(outcome, Outcome::Written { created: true, .. }));
    let (other, looks) = (Arc::clone(&world), AtomicUsize::new(0));
    let compose: Compose = Arc::new(move |_| {
        let takeover = async {
            let next = other.start(other.led());
            // The same is wanted, and yet the term is written: that is what stops the one before.
            let marked = |it: &Value| it["metadata"]["annotations"]["tacklebox.dev/term"] == "6";
            other.shop.wait_for("configmaps", NAME, marked).await.unwrap();
            next.shutdown().await;
        };
        if looks.fetch_add(1, Ordering::Relaxed) == 0 {
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(takeover));
        }
        Ok(wanted("stale"))
    });
    let (outcome, _) = paused.write(&compose, None).await;
    assert!(matches!(outcome, Outcome::Not(stop) if stop.reason.contains("in term 6")));
    assert_eq!(world.config_map().await["data"][KEY], "good");
    assert_eq!(world.written().await, ["create 201", "patch 200", "patch 200", "patch 409"]);
}

/// The same, where there was nothing to look at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_who_has_lost_the_lead_makes_late_does_not_land_on_what_the_next_one_made() {
    let (world, paused) = outrun().await;
    let (other, looks) = (Arc::clone(&world), AtomicUsize::new(0));
    let compose: Compose = Arc::new(move |_| {
        let takeover = async {
            let next = other.start(other.led());
            other.until_holds("good").await;
            next.shutdown().await;
        };
        if looks.fetch_add(1, Ordering::Relaxed) == 0 {
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(takeover));
        }
        Ok(wanted("stale"))
    });
    let (outcome, _) = paused.write(&compose, None).await;
    assert!(matches!(outcome, Outcome::Not(stop) if stop.reason.contains("in term 6")));
    assert_eq!(world.config_map().await["data"][KEY], "good");
    assert_eq!(world.written().await, ["create 201", "patch 200", "create 409"]);
}
