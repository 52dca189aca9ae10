use proptest::prelude::*;

use super::*;
use crate::output::{Document, Redactor, Style, tokens};

fn style(budget: usize) -> Style {
    Style { budget, redactor: Redactor::with_key([7; 32]), fence: Some("1a2b3c4d".to_owned()) }
}

fn strings(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|it| (*it).to_owned()).collect()
}

fn table(columns: &[&str], rows: &[&[&str]]) -> Table {
    Table::new(strings(columns), rows.iter().map(|it| strings(it)).collect())
}

fn rendered(table: Table) -> String {
    Document::new().table(table).render(&style(8000)).text
}

/// Pods with names as in a cluster: forty to a replica set, one in thirty broken.
fn pods(count: usize) -> Table {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut state = 88_172_645_463_325_252_u64;
    let mut word = move |length: usize| -> String {
        let mut letter = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(LETTERS[usize::try_from(state % 27).unwrap()])
        };
        (0..length).map(|_| letter()).collect()
    };
    let services = ["cart", "checkout", "recommendation", "web", "image-resizer"];
    let mut replica_set = String::new();
    let row = |it: usize| {
        if it.is_multiple_of(40) {
            replica_set = format!("{}-{}", services[it / 40 % 5], word(9));
        }
        let broken = it % 30 == 7;
        vec![
            format!("{replica_set}-{}", word(5)),
            if broken { "0/1" } else { "1/1" }.to_owned(),
            if broken { "CrashLoopBackOff" } else { "Running" }.to_owned(),
            if broken { "17 (88s ago)" } else { "0" }.to_owned(),
            format!("{}d{}h", it % 7 + 1, it % 23 + 1),
        ]
    };
    Table::new(
        strings(&["NAME", "READY", "STATUS", "RESTARTS", "AGE"]),
        (0..count).map(row).collect(),
    )
}

#[test]
fn what_is_the_same_in_all_rows_is_said_once() {
    let table = table(
        &["NAME", "READY", "STATUS", "NODE", "AGE"],
        &[
            &["a", "1/1", "Running", "<none>", "5d"],
            &["b", "1/1", "Running", "", "4d"],
            &["c", "1/1", "Running", "<none>", "3d"],
        ],
    );
    insta::assert_snapshot!(rendered(table), @"
    same in all rows: READY=1/1 STATUS=Running
    empty in all rows: NODE
    NAME	AGE
    a	5d
    b	4d
    c	3d
    ");
}

#[test]
fn two_rows_are_shown_as_they_are() {
    let table = table(&["NAME", "STATUS"], &[&["a", "Running"], &["b", "Running"]]);
    assert_eq!(rendered(table), "NAME\tSTATUS\na\tRunning\nb\tRunning");
}

#[test]
fn a_row_that_is_not_as_usual_says_what_is_different() {
    let mut rows: Vec<Vec<String>> = (0..9)
        .map(|it| vec![format!("pod-{it}"), "1/1".into(), "Running".into(), format!("{it}d")])
        .collect();
    rows.push(strings(&["pod-9", "0/1", "Init: 0/2", "1d"]));
    let text = rendered(Table::new(strings(&["NAME", "READY", "STATUS", "AGE"]), rows));
    assert!(text.starts_with("unless a row says otherwise: READY=1/1 STATUS=Running\nNAME\tAGE\tOTHERWISE\npod-0\t0d\npod-1\t1d\n"), "{text}");
    assert!(text.ends_with("\npod-9\t1d\tREADY=0/1 STATUS=\"Init: 0/2\""), "{text}");
}

#[test]
fn names_are_shown_even_if_all_rows_have_the_same() {
    let rows: [&[&str]; 3] = [&["shop", "web", "1"], &["shop", "web", "2"], &["shop", "web", "3"]];
    assert_eq!(
        rendered(table(&["NAMESPACE", "NAME", "X"], &rows)),
        "same in all rows: NAMESPACE=shop\nNAME\tX\nweb\t1\nweb\t2\nweb\t3"
    );
}

#[test]
fn a_cell_can_forge_no_row_and_hide_nothing() {
    let table =
        table(&["NAME", "MESSAGE"], &[&["a\nb\t1", "x\u{1b}[31m\u{202e}y\u{200b}"], &["c", "d"]]);
    assert_eq!(rendered(table), "NAME\tMESSAGE\na b 1\txy\nc\td");
}

#[test]
fn cells_are_redacted_by_their_column_their_neighbour_and_their_looks() {
    let table = table(
        &["NAME", "VALUE", "TOKEN"],
        &[&["DB_PASSWORD", "Zq8vXw3TnLp", "Kw9PzT4mQx"], &["url", "redis://:Zq8vXw3TnLp@x", ""]],
    );
    let text = rendered(table);
    assert!(!text.contains("Zq8vXw") && !text.contains("Kw9PzT"), "{text}");
    assert!(text.contains("url\tredis://:[redacted 11 chars #f2f0be]@x"), "{text}");
}

#[test]
fn the_names_of_secrets_in_a_column_stay_readable() {
    let table = table(
        &["NAME", "READY", "SECRET"],
        &[&["web", "True", "web-tls"], &["api", "False", "api-tls"]],
    );
    assert_eq!(rendered(table), "NAME\tREADY\tSECRET\nweb\tTrue\tweb-tls\napi\tFalse\tapi-tls");
}

#[test]
fn five_hundred_pods_are_shown_within_eight_thousand_tokens() {
    let rendered = Document::new().table(pods(500)).render(&style(8000));
    assert!(!rendered.truncated);
    assert!(rendered.tokens <= 8000, "{} tokens", rendered.tokens);
    let head = rendered.text.lines().take(6).collect::<Vec<_>>();
    assert_eq!(
        head,
        [
            "to fit, names are split: `*hqcsb` under `cart-wvvq5h7d4-*` is cart-wvvq5h7d4-hqcsb",
            "unless a row says otherwise: READY=1/1 STATUS=Running RESTARTS=0",
            "NAME\tAGE\tOTHERWISE",
            "cart-wvvq5h7d4-*",
            "*hqcsb\t1d1h",
            "*ndttx\t2d2h",
        ]
    );
}

#[test]
fn forty_pods_are_shown_with_their_whole_names_within_a_thousand_tokens() {
    let rendered = Document::new().table(pods(40)).render(&style(8000));
    assert!(rendered.tokens <= 1000, "{} tokens", rendered.tokens);
    assert!(pods(40).rows.iter().all(|it| rendered.text.contains(&it[0])));
}

#[test]
fn split_names_can_be_put_together_again() {
    let table = pods(500);
    let text = Document::new().table(table.clone()).render(&style(8000)).text;
    let mut prefix = "";
    let mut names = Vec::new();
    for line in text.lines().skip_while(|it| !it.starts_with("NAME")).skip(1) {
        match (line.strip_suffix('*'), line.strip_prefix('*')) {
            (Some(it), _) => prefix = it,
            (None, Some(rest)) => {
                names.push(format!("{prefix}{}", rest.split('\t').next().unwrap()));
            }
            (None, None) => names.push(line.split('\t').next().unwrap().to_owned()),
        }
    }
    assert_eq!(names, table.rows.iter().map(|it| it[0].clone()).collect::<Vec<_>>());
}

#[test]
fn rows_that_do_not_fit_are_counted() {
    let rendered = Document::new().table(pods(500)).render(&style(1000));
    assert!(rendered.truncated);
    assert!(rendered.tokens <= 1000, "{} tokens", rendered.tokens);
    let last = rendered.text.lines().last().unwrap();
    assert!(
        last.starts_with("cut to fit 1,000 tokens: the first ")
            && last.ends_with(" of 500 rows shown"),
        "{last}"
    );
}

proptest! {
    #[test]
    fn rows_of_a_cut_table_are_the_first_ones(cells in prop::collection::vec("[a-z]{1,8}", 30..300), budget in 80..600_usize) {
        let rows: Vec<Vec<String>> = cells.iter().enumerate().map(|(it, cell)| vec![format!("{cell}{it}"), cell.clone()]).collect();
        let text = Document::new().table(Table::new(strings(&["NAME", "X"]), rows.clone())).render(&style(budget)).text;
        let shown: Vec<&str> = text.lines().filter(|it| it.contains('\t')).skip(1).collect();
        let first: Vec<String> = rows.iter().take(shown.len()).map(|it| it.join("\t")).collect();
        prop_assert_eq!(shown, first);
        prop_assert!(tokens::estimate(&text) <= budget + 20);
    }
}

#[test]
fn what_is_hidden_inside_a_secret_does_not_hide_the_secret() {
    for hidden in ["\u{200b}", "\u{ad}", "\u{1b}[0m"] {
        let token = format!("gh{hidden}p_abcdefghijklmnopqrstuvwxyz0123456789");
        let text = rendered(table(&["NAME", "MESSAGE"], &[&["web", &token]]));
        assert!(!text.contains("abcdefghijklmnop"), "{text}");
    }
}
