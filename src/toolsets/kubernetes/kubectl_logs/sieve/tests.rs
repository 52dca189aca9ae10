use super::*;

const ROOM: Room = Room { lines: 3, bytes: 1 << 20, before: 30 };

fn wanted(change: impl Fn(&mut Wanted)) -> Wanted {
    let mut wanted = Wanted::default();
    change(&mut wanted);
    wanted
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_764_081_000 + second).unwrap()
}

/// Lines a second apart, through a sieve with this much room.
fn sift(wanted: &Wanted, room: Room, lines: &[&str]) -> Sifted {
    let redactor = Redactor::with_key([7; 32]);
    let mut sieve = Sieve::new(wanted, &redactor, room);
    for (second, text) in (0..).zip(lines) {
        if !sieve.push(Record { at: Some(at(second)), text: (*text).to_owned(), is_cut: false }) {
            break;
        }
    }
    sieve.finish()
}

fn texts(sifted: &Sifted) -> Vec<&str> {
    sifted.lines.iter().map(|it| it.text.as_str()).collect()
}

#[test]
fn the_newest_lines_are_kept_and_the_others_counted() {
    let lines: Vec<String> = (0..100).map(|it| format!("line {it}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let sifted = sift(&Wanted::default(), ROOM, &lines);
    assert_eq!(texts(&sifted), ["line 97", "line 98", "line 99"]);
    assert_eq!((sifted.looked_at, sifted.older), (100, 97));
}

#[test]
fn bytes_are_bounded_as_lines_are() {
    let long = "x y ".repeat(500);
    let room = Room { lines: 1000, bytes: 10_000, before: 0 };
    for wanted in [Wanted::default(), wanted(|it| it.grep = Regex::new("x").ok())] {
        let sifted = sift(&wanted, room, &[long.as_str(); 100]);
        assert!(sifted.lines.iter().map(|it| it.text.len()).sum::<usize>() <= 10_000);
        assert_eq!(sifted.lines.len() as u64 + sifted.older, 100);
    }
}

#[test]
fn what_fits_is_shown_with_what_is_around_it() {
    let lines = ["a", "b", "hit 1", "c", "d", "e", "noise", "hit 2"];
    let wanted = wanted(|it| {
        it.grep = Regex::new("hit").ok();
        it.exclude = Regex::new("noise").ok();
        it.around = 1;
    });
    let sifted = sift(&wanted, Room { lines: 9, ..ROOM }, &lines);
    assert_eq!(texts(&sifted), ["b", "hit 1", "c", "e", "hit 2"]);
    assert_eq!((sifted.looked_at, sifted.fitting), (8, 2));
}

#[test]
fn a_stack_trace_is_as_serious_as_the_line_above_it() {
    let lines =
        ["INFO ok", "  detail", "ERROR boom", "\tat Main.run", "Caused by: x", "plain", "WARN w"];
    let wanted = wanted(|it| it.level = Some(Level::Error));
    let sifted = sift(&wanted, Room { lines: 9, ..ROOM }, &lines);
    assert_eq!(texts(&sifted), ["ERROR boom", "\tat Main.run", "Caused by: x"]);
    assert_eq!(sifted.without_level, 1);
}

#[test]
fn a_pattern_cannot_ask_for_what_is_redacted() {
    let lines = ["password=hunter2hunter2", "hunter2 walks"];
    for pattern in ["hunter2hunter2", "password=h"] {
        let wanted = wanted(|it| it.grep = Regex::new(pattern).ok());
        let sifted = sift(&wanted, ROOM, &lines);
        assert_eq!((texts(&sifted).len(), sifted.fitting), (0, 0), "{pattern}");
    }
}

#[test]
fn repeated_lines_are_one_with_their_number() {
    let lines = ["ping 1", "other", "ping 2", "ping 3"];
    let sifted = sift(&wanted(|it| it.dedupe = true), ROOM, &lines);
    assert_eq!(texts(&sifted), ["other", "ping 3"]);
    assert_eq!(sifted.lines[1].count, 3);
}

#[test]
fn lines_of_another_time_are_not_looked_at_and_the_first_that_is_too_new_ends_it() {
    let wanted = wanted(|it| {
        it.since = Some(at(1));
        it.until = Some(at(2));
    });
    let sifted = sift(&wanted, ROOM, &["0", "1", "2", "3", "4"]);
    assert_eq!(texts(&sifted), ["1", "2"]);
    assert_eq!(sifted.looked_at, 2);
}

#[test]
fn a_line_that_is_too_long_is_cut_behind_a_whole_character() {
    let long = "ü".repeat(SHOWN);
    let sifted = sift(&Wanted::default(), ROOM, &[&long]);
    assert!(texts(&sifted)[0].ends_with("ü…") && texts(&sifted)[0].len() <= SHOWN + 3);
}

#[test]
fn the_key_that_began_before_what_is_shown_stays_hidden() {
    let key =
        ["-----BEGIN PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0B", "AQEFAASCBKcwggSjAgEAAoIB"];
    let sifted = sift(&Wanted::default(), Room { lines: 1, ..ROOM }, &key);
    assert!(!texts(&sifted).concat().contains("AQEF"), "{sifted:?}");
}

#[test]
fn the_end_of_a_line_that_was_cut_is_not_shown_however_much_before_it_was_redacted() {
    let redactor = Redactor::with_key([7; 32]);
    let wanted = Wanted::default();
    let mut sieve = Sieve::new(&wanted, &redactor, ROOM);
    let text = format!("{} password={} eyJhbGciOi", "begun ".repeat(800), "a".repeat(3_000));
    sieve.push(Record { at: None, text, is_cut: true });
    let sifted = sieve.finish();
    assert!(texts(&sifted)[0].starts_with("begun begun"));
    assert!(!texts(&sifted)[0].contains("eyJ"), "{sifted:?}");
}
