use super::*;

fn found(health: Health, port: u16) -> Found {
    let Subject { finding, .. } = at_port("prometheus", port);
    Found { finding, endpoint: endpoint(Scheme::Http, port, ""), health }
}

fn ready() -> Health {
    Health::Ready { version: None, open: true }
}

fn down() -> Health {
    Health::Unreachable("connection refused".to_owned())
}

/// What is held true after each of these, in words, with the misses that are not told.
fn history(all: impl IntoIterator<Item = Health>) -> Vec<String> {
    let mut known = None;
    let mut words = Vec::new();
    for health in all {
        let now = after(known.as_ref(), found(health, 9090));
        words.push(format!("{} {}", now.found.health.word(), now.misses));
        known = Some(now);
    }
    words
}

#[test]
fn it_takes_two_failures_in_a_row_to_be_down_and_one_success_to_be_up() {
    let history = history([ready(), down(), ready(), down(), down(), down(), ready()]);
    let expected =
        ["ready 0", "ready 1", "ready 0", "ready 1", "unreachable 0", "unreachable 0", "ready 0"];
    assert_eq!(history, expected);
}

#[test]
fn of_what_was_never_fine_everything_is_told_at_once() {
    let impostor = Health::Impostor("HTML".to_owned());
    assert_eq!(history([down(), impostor, ready()]), ["unreachable 0", "impostor 0", "ready 0"]);
}

#[test]
fn where_nothing_was_learned_all_stays_as_it_was() {
    let history =
        history([Health::Unknown, ready(), Health::Unknown, down(), Health::Unknown, down()]);
    let expected = ["unknown 0", "ready 0", "ready 0", "ready 1", "ready 1", "unreachable 0"];
    assert_eq!(history, expected);
}

#[test]
fn that_it_wants_credentials_now_is_told_at_once() {
    assert_eq!(history([ready(), Health::AuthRequired]), ["ready 0", "auth_required 0"]);
}

#[test]
fn a_port_that_is_another_now_is_no_longer_what_was_known() {
    let before = after(None, found(ready(), 9090));
    let now = after(Some(&before), found(down(), 9091));
    assert_eq!((now.found.health, now.misses), (down(), 0));
}

#[test]
fn what_is_kept_is_kept_with_the_endpoint_that_answered_and_the_newest_evidence() {
    let mut first = found(ready(), 9090);
    first.endpoint.scheme = Scheme::Https;
    let before = after(None, first);
    let mut second = found(down(), 9090);
    second.finding.confidence = Confidence::Certain;
    let now = after(Some(&before), second).found;
    assert_eq!(now.endpoint.scheme, Scheme::Https);
    assert_eq!(now.finding.confidence, Confidence::Certain);
}
