use super::*;

/// What gobwas/glob's own description and its tests say of each, with no separators.
#[test]
fn globs_are_read_as_obi_reads_them_and_not_as_a_shell_does() {
    let table = [
        ("*", "/usr/bin/shop", true),
        ("*/shop", "/usr/bin/shop", true),
        ("**/shop", "/usr/bin/shop", true),
        ("a**b", "a/x/b", true),
        ("/usr/*", "/usr/local/bin/shop", true),
        ("/usr/*/shop", "/usr/local/bin/shop", true),
        ("shop", "/usr/bin/shop", false),
        ("/usr?bin", "/usr/bin", true),
        ("service-??", "service-ab", true),
        ("service-??", "service-abc", false),
        ("prod-*-db", "prod-eu-1-db", true),
        ("{go,java}", "java", true),
        ("{go,java}", "javascript", false),
        ("{a,{b,c}}d", "cd", true),
        ("{a,b", "b", true),
        ("a}", "a}", true),
        ("a,b", "a,b", true),
        ("web[0-9]", "web7", true),
        ("web[!0-9]", "web7", false),
        ("web[!0-9]", "webx", true),
        ("web[abc]", "webc", true),
        ("web[^a]", "weba", true),
        ("web[^a]", "web^", true),
        ("web[^a]", "webb", false),
        (r"web\*", "web*", true),
        (r"web\*", "webx", false),
        (r"web[\]]", "web]", true),
        ("web[ab-]", "web-", true),
        ("web.one", "webxone", false),
        ("{*/obi,obi,*otelcol,*otelcol-contrib,*otelcol-contrib[!/]*}", "/obi", true),
        ("{*/obi,obi,*otelcol,*otelcol-contrib,*otelcol-contrib[!/]*}", "/usr/bin/myobi", false),
        (
            "{*/obi,obi,*otelcol,*otelcol-contrib,*otelcol-contrib[!/]*}",
            "/bin/otelcol-contrib-2",
            true,
        ),
        (
            "{*/obi,obi,*otelcol,*otelcol-contrib,*otelcol-contrib[!/]*}",
            "/otelcol-contrib/shop",
            false,
        ),
        ("日?", "日本", true),
    ];
    for (glob, text, expected) in table {
        assert_eq!(Pattern::glob(glob).unwrap().matches(text), expected, "{glob} and {text}");
    }
}

#[test]
fn a_glob_that_obi_does_not_start_with_is_none() {
    for (glob, says) in [
        ("web[a-z0-9]", "one range"),
        ("web[z-a]", "lower"),
        ("web[]", "empty"),
        ("web[!]", "empty"),
        ("web[ab", "not closed"),
        ("web[", "not closed"),
        ("web[a-", "not closed"),
    ] {
        let error = Pattern::glob(glob).unwrap_err();
        assert!(error.contains(says) && error.contains(glob), "{glob}: {error}");
    }
}

/// What Go's regexp/syntax says of each.
#[test]
fn regular_expressions_are_read_as_go_reads_them() {
    let table = [
        ("shop", "/usr/bin/shop-7", true),
        ("^shop$", "shop", true),
        ("^shop$", "shop\n", false),
        (".", "", false),
        ("(?:^|/)(obi$|otelcol[^/]*$)", "/usr/bin/otelcol-contrib", true),
        ("(?:^|/)(obi$|otelcol[^/]*$)", "/usr/bin/obi-mcp", false),
        (r"^\Qa.b\E$", "a.b", true),
        (r"^\Qa.b\E$", "axb", false),
        ("^[[]$", "[", true),
        ("^[]x]$", "]", true),
        ("^[a&&b]$", "&", true),
        ("^[[:digit:]]+$", "77", true),
        ("^a{2}$", "aa", true),
        ("^a{2,}$", "aaaa", true),
        ("^{x}$", "{x}", true),
        ("^a{,2}$", "a{,2}", true),
        (r"^\101$", "A", true),
        ("(?i)SHOP", "shop", true),
        (r"\p{Greek}", "λ", true),
        (r"\p{^Greek}", "λ", false),
        (r"\x{4a}", "J", true),
        (r"\x4a", "J", true),
        (r"\<", "<", true),
        (r"\w", "é", false),
        (r"^\d$", "٣", false),
        ("(?P<a>x)(?<a>y)", "xy", true),
        ("^[a-]$", "-", true),
        ("^a{01}$", "a{01}", true),
        ("a+?b", "aab", true),
    ];
    for (regex, text, expected) in table {
        assert_eq!(Pattern::regex(regex).unwrap().matches(text), expected, "{regex} and {text}");
    }
    for regex in [
        "(",
        r"\8",
        "[a",
        "(?=x)",
        "a{1001}",
        "a**",
        "a*+",
        "a{2}{3}",
        "(?x)a",
        "(?-u)a",
        r"\1",
        "[[:foo:]]",
        "[a--b]",
        "[b-a]",
        r"\u0041",
        r"\C",
        r"\x{4a",
        r"\x4",
        r"\x+4",
        r"\p{Greek",
        r"\p{Nothing}",
        "(?P<a-b>x)",
    ] {
        assert!(Pattern::regex(regex).is_err(), "{regex}");
    }
}

/// What is long and open everywhere is read in the time that its length takes.
#[test]
fn a_text_that_only_opens_is_no_pattern_that_takes_forever() {
    for open in ["{", "[", "(?", r"\", "[[:", "a{", r"\p{"] {
        let long = open.repeat(50_000);
        assert!(Pattern::regex(&long).is_err() || open.ends_with('{') || open == r"\", "{open}");
        assert!(wrong_glob(&long).is_none() || open.contains('['), "{open}");
        let _ = doubt(&long);
    }
}

/// What gobwas/glob v0.2.3 was seen to miss, or to panic at, and what it gets right.
#[test]
fn a_glob_that_obis_library_gets_wrong_is_doubted() {
    for fragile in [
        "*/{java*,node}",
        "/usr/bin/{python*,node,java}",
        "{stage-*,prod}-shop",
        "*/{python3*,python}",
        "{python*,python}",
        "{shop*,shop}",
        "shop{-*,}",
        "shop-{}",
        "a{",
    ] {
        assert!(doubt(fragile).is_some(), "{fragile}");
    }
    for right in [
        "*/{node,java*}",
        "{prod,stage-*}-shop",
        "*/{python,python3*}",
        "{python,python*}",
        "{shop-*,shop}",
        "shop{,-*}",
        "{java*,node}",
        "{a",
        "{}",
        "*",
        "web[{]",
        "{*-shop,*-cart}",
        "{*/obi,obi,*otelcol,*otelcol-contrib,*otelcol-contrib[!/]*}",
    ] {
        assert_eq!(doubt(right), None, "{right}");
    }
}
