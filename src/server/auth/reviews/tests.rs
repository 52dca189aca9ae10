use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::*;

/// Knows whoever's token begins with `good`, until told otherwise, and counts. Of what begins with `lost` it never says anything.
#[derive(Default)]
struct Counting {
    asked: AtomicUsize,
    under_way: AtomicUsize,
    most: AtomicUsize,
    is_away: AtomicBool,
    has_forgotten: AtomicBool,
}

#[async_trait]
impl Reviewer for Counting {
    async fn review(&self, token: &SecretString) -> Result<Verdict, Unreachable> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::task::yield_now().await;
        if token.expose_secret().starts_with("lost") {
            std::future::pending::<()>().await;
        }
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        if self.is_away.load(Ordering::SeqCst) {
            return Err(Unreachable("away".to_owned()));
        }
        let is_good = token.expose_secret().starts_with("good");
        Ok(if is_good && !self.has_forgotten.load(Ordering::SeqCst) {
            Verdict::Known { name: "ci".to_owned(), groups: Vec::new() }
        } else {
            Verdict::Unknown
        })
    }
}

fn reviews() -> (Arc<Counting>, Reviews) {
    let reviewer = Arc::new(Counting::default());
    (Arc::clone(&reviewer), Reviews::new(reviewer))
}

#[tokio::test(start_paused = true)]
async fn what_was_said_counts_for_a_while_a_no_for_a_shorter_one() {
    let (reviewer, reviews) = reviews();
    let asked = || reviewer.asked.load(Ordering::SeqCst);
    for _ in 0..5 {
        assert!(reviews.pass("good").await.is_ok());
        assert_eq!(reviews.pass("bad").await.err(), Some(Rejected::Unknown));
    }
    assert_eq!(asked(), 2);
    tokio::time::advance(NEGATIVE).await;
    let (_, _) = (reviews.pass("good").await, reviews.pass("bad").await);
    assert_eq!(asked(), 3);
    tokio::time::advance(POSITIVE).await;
    assert!(reviews.pass("good").await.is_ok());
    assert_eq!(asked(), 4);
}

#[tokio::test]
async fn many_requests_with_one_token_are_one_review() {
    let (reviewer, reviews) = reviews();
    let all = futures::future::join_all((0..100).map(|_| reviews.pass("good"))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(reviewer.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_tokens_neither_fill_the_memory_nor_flood_whoever_reviews_them() {
    let (reviewer, reviews) = reviews();
    let known = reviews.pass("good").await.ok().unwrap();
    let guesses: Vec<String> = (0..10_000).map(|it| format!("guess {it}")).collect();
    futures::future::join_all(guesses.iter().map(|it| reviews.pass(it))).await;
    assert!(reviewer.most.load(Ordering::SeqCst) <= AT_ONCE);
    assert!(reviews.slots.lock().unwrap().len() <= MOST);
    let asked = reviewer.asked.load(Ordering::SeqCst);
    assert!(reviews.pass("good").await.is_ok_and(|it| it.is(&known)));
    assert_eq!(reviewer.asked.load(Ordering::SeqCst), asked, "a flood pushes no caller out");
}

#[tokio::test(start_paused = true)]
async fn what_somebody_came_in_by_ends_when_they_are_not_known_any_more_and_not_before() {
    let (reviewer, reviews) = reviews();
    let pass = reviews.pass("good").await.ok().unwrap();
    tokio::time::advance(POSITIVE).await;
    assert!(reviews.pass("good").await.is_ok_and(|it| it.is(&pass)));
    tokio::time::advance(POSITIVE).await;
    reviewer.is_away.store(true, Ordering::SeqCst);
    assert_eq!(reviews.pass("good").await.err(), Some(Rejected::Unreachable));
    assert!(!pass.revoked().is_cancelled());
    reviewer.is_away.store(false, Ordering::SeqCst);
    tokio::time::advance(UNSAID).await;
    reviewer.has_forgotten.store(true, Ordering::SeqCst);
    assert_eq!(reviews.pass("good").await.err(), Some(Rejected::Unknown));
    assert!(pass.revoked().is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_an_answer_that_never_comes_is_told_so_in_time_and_nobody_asks_again() {
    let (reviewer, reviews) = reviews();
    let begun = Instant::now();
    let all = futures::future::join_all((0..20).map(|_| reviews.pass("lost"))).await;
    assert!(all.into_iter().all(|it| it.err() == Some(Rejected::Unreachable)));
    assert_eq!(begun.elapsed(), PATIENCE);
    assert_eq!(reviewer.asked.load(Ordering::SeqCst), 1);
}

/// The one before has gone without waiting for the answer.
#[tokio::test(start_paused = true)]
async fn that_somebody_came_to_their_turn_too_late_is_not_remembered() {
    let (reviewer, reviews) = reviews();
    let asked = || reviewer.asked.load(Ordering::SeqCst);
    let short = Duration::from_millis(100);
    let hasty = timeout(PATIENCE.mul_f64(0.98), reviews.pass("lost"));
    let (hasty, late) = tokio::join!(hasty, reviews.pass("lost"));
    assert!(hasty.is_err() && late.err() == Some(Rejected::Unreachable));
    assert_eq!(asked(), 2);
    assert!(timeout(short, reviews.pass("lost")).await.is_err());
    assert_eq!(asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn that_nobody_can_be_asked_is_remembered_for_a_moment() {
    let (reviewer, reviews) = reviews();
    reviewer.is_away.store(true, Ordering::SeqCst);
    for _ in 0..5 {
        assert_eq!(reviews.pass("good").await.err(), Some(Rejected::Unreachable));
    }
    assert_eq!(reviewer.asked.load(Ordering::SeqCst), 1);
    reviewer.is_away.store(false, Ordering::SeqCst);
    tokio::time::advance(UNSAID).await;
    assert!(reviews.pass("good").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn guesses_that_wait_for_their_review_hold_up_nobody_who_was_let_in() {
    let (_, reviews) = reviews();
    let pass = reviews.pass("good").await.ok().unwrap();
    tokio::time::advance(POSITIVE).await;
    let guesses: Vec<String> = (0..100).map(|it| format!("lost {it}")).collect();
    let guessing = futures::future::join_all(guesses.iter().map(|it| reviews.pass(it)));
    tokio::select! {
        biased;
        _ = guessing => panic!("nobody was let in before the guesses gave up"),
        again = reviews.pass("good") => assert!(again.is_ok_and(|it| it.is(&pass))),
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_came_in_by_outlives_a_short_time_without_anybody_to_ask_and_no_long_one() {
    let (reviewer, reviews) = reviews();
    let pass = reviews.pass("good").await.ok().unwrap();
    let short = async {
        for _ in 0..2 {
            reviewer.is_away.store(true, Ordering::SeqCst);
            sleep(POSITIVE * 19).await;
            reviewer.is_away.store(false, Ordering::SeqCst);
            sleep(POSITIVE * 2).await;
        }
    };
    tokio::select! {
        () = reviews.lost(&pass, "good") => panic!("it ended although they are known"),
        () = short => {}
    }
    reviewer.is_away.store(true, Ordering::SeqCst);
    let begun = Instant::now();
    reviews.lost(&pass, "good").await;
    assert!(pass.revoked().is_cancelled());
    assert!((UNCONFIRMED..=UNCONFIRMED + POSITIVE).contains(&begun.elapsed()));
    reviewer.is_away.store(false, Ordering::SeqCst);
    sleep(UNSAID).await;
    let again = reviews.pass("good").await.ok().unwrap();
    assert!(!again.revoked().is_cancelled(), "whoever comes again comes in anew");
}
