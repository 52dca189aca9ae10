//! However large, deep and malicious a text is.

use std::thread;

use super::{object, only, read, told};

#[test]
fn a_document_of_a_megabyte_is_read() {
    let lines = |it: usize| {
        (0..it).map(|it| format!("  key-{it}: value {it}\n")).collect::<Vec<_>>().concat()
    };
    let object_ = only(&object(&format!("data:\n{}", lines(35_000))));
    assert_eq!(object_["data"].as_object().unwrap().len(), 35_000);
    let block = format!("data:\n  file: |\n{}", "    a line of a file: {x}\n".repeat(100_000));
    assert!(block.len() > 2_000_000);
    assert!(read(&object(&block)).is_ok());
}

#[test]
fn a_long_text_and_many_documents_are_refused() {
    let long = object(&format!("x: {}", "a".repeat(4 << 20)));
    assert!(told(&long).ends_with("bytes; 4194304 are the most: give fewer documents in a call"));
    let many = |count: usize| {
        (0..count)
            .map(|it| format!("{{apiVersion: v1, kind: A, metadata: {{name: a{it}}}}}\n---\n"))
            .collect::<Vec<_>>()
            .concat()
    };
    assert_eq!(read(&many(1_000)).unwrap().len(), 1_000);
    assert_eq!(told(&many(1_001)), "`manifest`: more than 1000 documents: give fewer in a call");
    let items = many(1_001).replace("\n---\n", ",");
    let list = format!("kind: List\nitems: [{items}]");
    assert_eq!(told(&list), "`manifest`: more than 1000 objects: give fewer in a call");
}

#[test]
fn a_bomb_of_aliases_goes_out() {
    let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
    for (one, next) in "abcdefgh".chars().zip("bcdefghi".chars()) {
        let aliases = vec![format!("*{one}"); 9].join(",");
        bomb = format!("{bomb}{next}: &{next} [{aliases}]\n");
    }
    assert!(told(&bomb).contains("those that aliases stand for included"), "{}", told(&bomb));
    let long = format!("a: &a {}\nb: [{}]", "x".repeat(1 << 20), vec!["*a"; 1_000].join(","));
    assert!(told(&long).contains("those that aliases stand for included"));
    // One bomb a document is no way round the bound, and what follows is not read.
    let many = vec![bomb.as_str(); 500].join("---\n");
    assert_eq!(read(&many).unwrap_err().len(), 1);
    let itself = told(&object("a: &a [*a]"));
    assert!(itself.contains("line 5, column 8"), "{itself}");
}

/// On a stack as small as that of a worker.
#[test]
fn a_text_of_any_depth_is_refused_and_harms_nothing() {
    let flow = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let json = move |depth: usize| {
        format!(r#"{{"apiVersion":"v1","kind":"A","metadata":{{"name":"a"}},"x":{}}}"#, flow(depth))
    };
    let block = |depth: usize| {
        (0..depth).map(|it| format!("{}a:\n", " ".repeat(it))).collect::<Vec<_>>().concat()
    };
    let deep = move || {
        for depth in [101, 200, 2_000] {
            for text in [object(&format!("x: {}", flow(depth))), json(depth), block(depth)] {
                assert!(told(&text).contains("more than 100 levels deep"), "{}", told(&text));
            }
        }
        assert!(told(&json(1_000_000)).contains("more than 100 levels deep"));
        assert!(read(&object(&format!("x: {}", flow(98)))).is_ok());
        assert!(read(&json(98)).is_ok());
    };
    thread::Builder::new().stack_size(256 * 1024).spawn(deep).unwrap().join().unwrap();
}
