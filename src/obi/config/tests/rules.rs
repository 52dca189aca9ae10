use super::super::RULES;

#[test]
fn the_page_about_obi_lists_every_rule_and_what_it_means() {
    let page = include_str!("../../../../docs/obi.md");
    let (_, page) = page.split_once("### Rules").unwrap();
    let (page, _) = page.split_once("\n## ").unwrap();
    let listed: Vec<&str> =
        page.lines().filter(|it| it.starts_with("| `") && it.matches('|').count() == 3).collect();
    let expected: Vec<String> =
        RULES.iter().map(|it| format!("| `{}` | {} |", it.id, it.meaning)).collect();
    assert_eq!(listed, expected);
}
