//! The forms in which a secret would still be one.

use std::fmt::Write;

use base64::{
    Engine,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};

/// So many characters of a secret in a row give it away.
const PIECE: usize = 8;

/// What to search a text for.
pub struct Forms(Vec<String>);

impl Forms {
    pub fn of(secrets: &[String]) -> Self {
        Self(secrets.iter().flat_map(|it| forms(it)).collect())
    }

    /// The form that is found in a text, if there is one.
    pub fn within(&self, text: &str) -> Option<&str> {
        self.0.iter().map(String::as_str).find(|it| text.contains(*it))
    }
}

fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let pieces = bytes.windows(PIECE).map(|it| String::from_utf8_lossy(it).into_owned());
    let mut forms: Vec<String> = pieces.collect();
    for before in 0..3 {
        let shifted = [&vec![0; before], bytes].concat();
        forms.push(inside(&BASE64_STANDARD_NO_PAD.encode(&shifted), before, shifted.len()));
        forms.push(inside(&BASE64_URL_SAFE_NO_PAD.encode(&shifted), before, shifted.len()));
    }
    let in_hex = |format: fn(u8) -> String| bytes.iter().map(|it| format(*it)).collect::<String>();
    forms.push(in_hex(|it| format!("{it:02x}")));
    forms.push(in_hex(|it| format!("{it:02X}")));
    forms.push(in_hex(|it| format!("%{it:02X}")));
    forms.push(in_hex(|it| format!("\\u{:04x}", u32::from(it))));
    let numbers = bytes.iter().fold(String::new(), |mut text, it| {
        write!(text, "{it} ").unwrap();
        text
    });
    forms.push(numbers.trim_end().to_owned());
    forms.retain(|it| it.len() >= PIECE);
    forms
}

/// The characters of base64 that depend on the secret alone, wherever it stands in what was encoded.
fn inside(encoded: &str, before: usize, length: usize) -> String {
    let (start, end) = ((before * 8).div_ceil(6), length * 8 / 6);
    encoded[start..end].to_owned()
}

#[test]
fn a_secret_is_recognised_in_every_form() {
    let secret = "qAbcXyZ7890X7".to_owned();
    let forms = Forms::of(std::slice::from_ref(&secret));
    let encoded = |it: &str| BASE64_URL_SAFE_NO_PAD.encode(it);
    for text in [
        format!("x{secret}x"),
        secret[2..11].to_owned(),
        encoded(&secret),
        encoded(&format!("a{secret}b")),
        encoded(&format!("password={secret}\nuser=bob")),
        "714162635879".to_owned() + "5a37383930" + "5837",
        "%71%41%62%63%58%79%5A%37%38%39%30%58%37".to_owned(),
    ] {
        assert!(forms.within(&text).is_some(), "{text}");
    }
    assert_eq!(forms.within("qAbcXyZ and 7890X7"), None);
}
