use proptest::{collection::vec, prelude::*, sample::select};

use super::arbitrary::config;
use crate::config::{migrate, parse};

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC*") {
        let _ = parse(&text, "tacklebox.yml");
        let _ = migrate(&text);
    }

    /// Texts that look more like a configuration than arbitrary ones do.
    #[test]
    fn no_yaml_makes_the_parser_panic(lines in vec(line(), 0..12)) {
        let text = lines.concat();
        let _ = parse(&text, "tacklebox.yml");
        let _ = migrate(&text);
    }

    #[test]
    fn a_configuration_that_is_written_is_read_as_the_same(config in config()) {
        let text = serde_saphyr::to_string(&config).unwrap();
        prop_assert_eq!(parse(&text, "tacklebox.yml"), Ok(config), "{}", text);
    }

    #[test]
    fn a_configuration_of_ours_is_migrated_to_itself(config in config()) {
        let text = serde_saphyr::to_string(&config).unwrap();
        let migrated = migrate(&text).unwrap();
        prop_assert_eq!(parse(&migrated.yaml, "tacklebox.yml"), Ok(config));
        prop_assert_eq!(migrated.notes, Vec::<String>::new());
    }
}

#[test]
fn the_deepest_nesting_is_refused_and_not_a_stack_overflow() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        let text = format!("obi: {}{}", open.repeat(10_000), close.repeat(10_000));
        assert!(parse(&text, "tacklebox.yml").is_err());
        assert!(migrate(&text).is_err());
        let text = format!("obi: {{a: {}1{}}}", open.repeat(16), close.repeat(16));
        assert!(parse(&text, "tacklebox.yml").is_ok());
    }
}

fn line() -> impl Strategy<Value = String> {
    const KEYS: [&str; 12] = [
        "toolsets", "policy", "server", "obi", "tools", "allow", "tokens", "network", "export",
        "<<", "&a", "*a",
    ];
    const VALUES: [&str; 14] = [
        "",
        " 1",
        " {}",
        " []",
        " [a",
        " ~",
        " ${A}",
        " &a {b: c}",
        " *a",
        " !x y",
        " |",
        " \"\\x\"",
        " 1e999",
        " 99999999999999999999",
    ];
    (0..4_usize, select(&KEYS), select(&VALUES)).prop_map(|(indent, key, value)| {
        format!("{:width$}{key}:{value}\n", "", width = indent * 2)
    })
}
