use proptest::{collection::vec, prelude::*};

use super::*;

#[test]
fn a_line_of_ten_megabytes_is_kept_in_part_and_says_so() {
    let mut log = br#"time=2026-11-22T06:37:26Z level=ERROR msg=x error=""#.to_vec();
    log.resize(10 << 20, b'\\');
    let line = line(std::str::from_utf8(&log).unwrap());
    assert_eq!((line.level, line.message.as_str()), (Some(Level::Error), "x"));
    assert!(line.raw.len() < 17 << 10, "{}", line.raw.len());
    assert!(line.raw.ends_with(" bytes more"));
}

#[test]
fn a_log_that_was_cut_off_under_obi_begins_with_zeros_that_are_no_line() {
    let mut log = vec![0; 1 << 20];
    log.extend_from_slice(b"time=2026-11-22T06:37:26Z level=INFO msg=x\0\n\0\0\n");
    let lines = read(&log);
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((line.message.as_str(), line.format), ("x", Format::Text));
}

#[test]
fn of_very_many_lines_the_last_are_read() {
    let numbers: Vec<String> = (0..=MOST + 10).map(|it| it.to_string()).collect();
    let log = numbers.join("\n");
    let lines = read(log.as_bytes());
    assert_eq!(lines.len(), MOST);
    assert_eq!(lines.first().map(|it| it.raw.as_str()), Some("11"));
}

#[test]
fn what_is_no_text_is_replaced() {
    assert_eq!(read(b"\xff\xfe\n")[0].raw, "\u{fffd}\u{fffd}");
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "time=",
        "2026-11-22T06:37:26Z",
        " level=",
        "ERROR",
        " msg=",
        "\"",
        "\\",
        "\\x4",
        "\\u00",
        "=",
        " ",
        "2026/11/22 02:28:19 ERROR ",
        "E1122 02:50:18.9 1 a.go:1] ",
        "ERROR a/b.go:1 ",
        "{\"level\":\"INFO\",\"msg\":\"",
        "\"}",
        "\t{",
        "network_flow: ",
        "é",
        "\n",
        "\0",
        "SDK ",
        "2026-11-22 02:18:13.1 (1ms) HTTP(subType=0)",
    ];
    prop_oneof![
        4 => proptest::sample::select(pieces.to_vec()).prop_map(|it| it.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..8),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_read(pieces in vec(piece(), 0..24)) {
        let log = pieces.concat();
        let lines = read(&log);
        prop_assert!(lines.iter().all(|it| !it.raw.trim_matches(['\0', ' ']).is_empty() || it.raw.is_empty()));
        Progress::of(&lines);
    }

    #[test]
    fn what_go_writes_in_quotes_is_read_back(value in "[ -~éλ\n\t\r]{0,40}") {
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r");
        let line = line(&format!("time=x level=INFO msg=\"{quoted}\" error=\"{quoted}\" last=1"));
        prop_assert_eq!(&line.message, &value);
        prop_assert_eq!(line.field("error"), Some(value.as_str()));
        prop_assert_eq!(line.field("last"), Some("1"));
    }
}
