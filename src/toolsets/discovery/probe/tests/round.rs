use futures::StreamExt;

use super::*;

const ECHO: &str = "echo";

fn many(count: u16) -> Vec<Subject> {
    (1..=count)
        .map(|number| {
            let mut subject = at_port("tempo", number);
            let mut service = (*subject.service).clone();
            service.place.name = format!("tempo-{number}");
            subject.finding.place = service.place.clone();
            subject.service = Arc::new(service);
            subject
        })
        .collect()
}

async fn results(prober: Prober, subjects: Vec<Subject>, seed: u64) -> Vec<Asked> {
    Arc::new(prober).round(subjects, seed).collect().await
}

#[tokio::test(start_paused = true)]
async fn never_more_are_asked_at_once_than_is_allowed() {
    let way = Script::new(|_| Reply::of(200, ECHO));
    assert_eq!(results(prober(&way), many(100), 1).await.len(), 100);
    assert_eq!(way.most.load(Ordering::SeqCst), 8);
}

#[tokio::test(start_paused = true)]
async fn twenty_that_hang_hold_three_hundred_up_for_less_than_ten_seconds() {
    let way = Script::new(|page| match page.endpoint.port {
        ..=20 => Reply::Nothing,
        _ => Reply::of(200, ECHO),
    });
    let start = Instant::now();
    let results = results(prober(&way), many(300), 1).await;
    let ready = results.iter().filter(|it| it.found.health.is_usable()).count();
    assert_eq!((results.len(), ready), (300, 280));
    assert!(start.elapsed() < Duration::from_secs(10), "in the script's own time");
}

#[tokio::test(start_paused = true)]
async fn what_the_budget_leaves_no_time_for_is_not_told_of() {
    let way = Script::new(|page| match page.endpoint.port {
        ..=20 => Reply::of(200, ECHO),
        _ => Reply::Nothing,
    });
    let limits = Limits { budget: Duration::from_secs(5), parallel: 100, ..Limits::default() };
    let patient = Limits { each: Duration::from_hours(1), ..limits };
    let way: Arc<dyn Way> = way;
    let results = results(Prober::new(way, patient), many(50), 1).await;
    assert_eq!(results.len(), 20);
}

#[tokio::test(start_paused = true)]
async fn the_order_depends_on_the_seed_and_on_nothing_else() {
    let mut orders = Vec::new();
    for seed in [1, 1, 2] {
        let way = Script::new(|_| Reply::of(200, ECHO));
        let limits = Limits { parallel: 1, ..Limits::default() };
        let prober = Prober::new(Arc::clone(&way) as Arc<dyn Way>, limits);
        results(prober, many(20), seed).await;
        orders.push(way.asked());
    }
    assert_eq!(orders[0], orders[1]);
    assert_ne!(orders[0], orders[2]);
}

#[tokio::test(start_paused = true)]
async fn results_come_as_soon_as_they_are_known() {
    let way = Script::new(|page| match page.endpoint.port {
        1 => Reply::Nothing,
        _ => Reply::of(200, ECHO),
    });
    let prober = Arc::new(prober(&way));
    let mut round = std::pin::pin!(prober.round(many(30), 1));
    let start = Instant::now();
    for _ in 0..29 {
        assert!(round.next().await.unwrap().found.health.is_usable());
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert!(!round.next().await.unwrap().found.health.is_usable());
}
