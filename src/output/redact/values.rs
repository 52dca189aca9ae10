//! Which values are none of the secrets that their names promise, and which are secrets by their looks.

use std::sync::LazyLock;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use regex::Regex;

use super::names::Secrecy;

/// Base64 with or without its padding, and with a last character that says more than it may.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Base64 in a text is looked into from this length on.
pub(super) const BASE64_IN_TEXT: usize = 40;

/// What stands for a value that is elsewhere: `${PASSWORD}`, `$(PASSWORD)`, `{{ .password }}`, `****`.
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)^(?:
            | null | none | nil | true | false | undefined | yes | no | n/a
            | \$\{[^{}]*\} | \$\{\{[^{}]*\}\} | \$\([^()]*\) | (?-i:\$[A-Z_][A-Z0-9_]*) | \{\{.*\}\} | %\([a-z_]+\)s
            | \[?(?:redacted|hidden|masked|removed|filtered)\]? | [*x.•-]+
        )$",
    )
    .expect("a constant")
});

/// What kubectl and others write where a value is not shown: `<set to the key 'password' in secret 'db'>`.
static BRACKETED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^<(?:none|unset|nil|null|redacted|hidden|removed|empty|unknown|set to|optional)[^<>]*>")
        .expect("a constant")
});

/// Where a secret can be found: a file, a web page, a place in a secret store.
static LOCATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^(?:
            /(?:[a-z][a-z0-9._-]{0,30}/)+[a-zA-Z0-9._-]{0,40}
            | (?:[a-z][a-z0-9._-]{0,30}/){2,}[a-z][a-z0-9._-]{0,40}
            | https?://[a-z0-9.:-]+(?:/[a-z0-9._~-]{0,24}){0,4}/?
            | arn:aws[a-z-]*:[a-z0-9:./_-]+
            | (?:vault|op|ref\+[a-z]+|gsm|awssm)://?[a-zA-Z0-9._/-]+(?:\#[a-z_.]+)?
        )$",
    )
    .expect("a constant")
});

/// How somebody is authenticated, or a version of that: what follows `auth: ` where no secret is.
static METHOD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        "(?i-u)^v[0-9]|sha-?[0-9]|md5|oauth|saml|hmac|oidc|kerberos|ldap|x509|ntlm|[eprh]s(?:256|384|512)",
    )
    .expect("a constant")
});

/// `shop/db`, as logs name a Secret.
static NAMESPACED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[a-z][a-z-]{0,40}/[a-z][a-z-]{0,60}[0-9]{0,2}$").expect("a constant")
});

/// Whether the value of a name of this secrecy is a secret.
pub(super) fn is_secret(value: &str, secrecy: Secrecy) -> bool {
    match secrecy {
        Secrecy::None => false,
        _ if is_placeholder(value) || LOCATION.is_match(value) => false,
        Secrecy::Perhaps => is_random(value),
        Secrecy::Likely => is_irregular(value),
        Secrecy::Pair => is_irregular(value) || is_user_and_password(value),
        Secrecy::Text => !(value.len() < 8 && is_number(value) || NAMESPACED.is_match(value)),
        Secrecy::Sure => true,
    }
}

pub(super) fn is_placeholder(value: &str) -> bool {
    PLACEHOLDER.is_match(value.trim()) || value.ends_with('>') && begins_with_placeholder(value)
}

pub(super) fn begins_with_placeholder(line: &str) -> bool {
    line.starts_with('<') && BRACKETED.is_match(line) || line.starts_with("${{")
}

/// A value that a sentence might have after "token:", and no token would be.
pub(super) fn is_prose(value: &str, secrecy: Secrecy) -> bool {
    secrecy == Secrecy::Text && value.len() < 20 && value.bytes().all(|it| it.is_ascii_lowercase())
}

pub(super) fn bytes_of_base64(value: &str) -> Option<Vec<u8>> {
    STANDARD.decode(value).or_else(|_| URL_SAFE.decode(value)).ok()
}

/// What base64 holds, if it is base64 of text.
pub(super) fn text_of_base64(value: &str) -> Option<String> {
    String::from_utf8(bytes_of_base64(value)?).ok()
}

/// Whether a whole value may be base64 that is too short to be found in a text.
pub(super) fn may_be_base64(value: &str) -> bool {
    let content = value.trim_end_matches('=');
    (16..BASE64_IN_TEXT).contains(&value.len())
        && (value.len().is_multiple_of(4) || value.len() == content.len())
        && content.bytes().all(|it| it.is_ascii_alphanumeric() || b"+/-_".contains(&it))
        && content.bytes().any(|it| it.is_ascii_uppercase())
}

/// A store of keys in Java's formats or in PKCS#12, or a private key in DER.
pub(super) fn is_key_file(bytes: &[u8]) -> bool {
    let magic = [&[0xfe, 0xed, 0xfe, 0xed], &[0xce, 0xce, 0xce, 0xce]];
    // A sequence with a length of two bytes, and the version that only keys and stores begin with.
    let is_der = matches!(bytes, [0x30, 0x82, _, _, 0x02, 0x01, 0 | 1 | 3, ..]);
    is_der || magic.iter().any(|it| bytes.starts_with(*it))
}

/// What base64 holds, or the value itself.
pub(super) fn bytes_of(value: &str) -> Vec<u8> {
    STANDARD.decode(value.trim()).unwrap_or_else(|_| value.as_bytes().to_vec())
}

/// Long, of small letters, capitals and digits alike: no word, name or digest is such.
pub(super) fn is_random(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.bytes().any(|it| test(&it));
    value.len() >= 16
        && value.bytes().all(|it| it.is_ascii_alphanumeric() || b"+/=_-.~".contains(&it))
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && value.bytes().filter(u8::is_ascii_digit).count() >= 2
}

/// What people and their tools make up as passwords, and nobody as names: three kinds of characters out of small
/// letters, capitals, digits and others, or letters and digits in one word.
pub(super) fn is_irregular(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.bytes().any(|it| test(&it));
    let is_word = !has(|it| matches!(it, b'-' | b'.' | b'_'));
    let digits = has(u8::is_ascii_digit);
    let kinds = [
        has(u8::is_ascii_lowercase),
        has(u8::is_ascii_uppercase),
        digits,
        has(|it| it.is_ascii_punctuation() && !matches!(it, b'-' | b'.' | b'_')),
    ];
    let kinds = kinds.into_iter().filter(|it| *it).count();
    let can_be = (7..=256).contains(&value.len())
        && !has(u8::is_ascii_whitespace)
        && !has(|it| matches!(it, b'/' | b':' | b'<' | b'>' | b'(' | b')' | b'{' | b'}'))
        && !METHOD.is_match(value);
    is_random(value) || can_be && (kinds > 2 || is_word && digits && has(u8::is_ascii_alphabetic))
}

/// `user:password`, plain or in base64.
pub(super) fn is_user_and_password(value: &str) -> bool {
    let decoded = text_of_base64(value);
    decoded.as_deref().is_some_and(is_pair) || is_pair(value)
}

fn is_pair(value: &str) -> bool {
    let parts = value.split_once(':');
    parts.is_some_and(|(user, password)| {
        !user.is_empty()
            && !is_number(password)
            && password.len() > 2
            && !password.starts_with("//")
            && !value.contains(char::is_whitespace)
            && !value.contains(char::is_control)
    })
}

pub(super) fn is_number(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|it| it.is_ascii_digit() || it == b'.')
}
