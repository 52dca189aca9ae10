//! Secrets that give themselves away by how they look, wherever they stand.

use std::sync::{LazyLock, OnceLock};

use regex::{Regex, RegexSet, SetMatches};

use super::{commands, percent, spans::Spans, values};

/// A kind of secret: what a text must have in it to be searched at all, where in a match the secret is (the group `s`,
/// or all of it), and a last look at it. Triggers are searched for all at once, in one pass over the text.
type Row = (&'static str, &'static str, fn(&str) -> bool);

const ANY: fn(&str) -> bool = |_| true;

const PGPASS: &str = r":(?:[0-9]{4,5}|\*):[A-Za-z_*]";

/// A line of a file of `PostgreSQL`'s passwords, with this port.
macro_rules! pgpass {
    ($port:literal) => {
        concat!(
            r#"(?m)(?:^|[\s"']|\\n)[^\s:"'\\]+:"#,
            $port,
            r#":[A-Za-z_*][^\s:]*:[^\s:]+:(?<s>(?:[^\s:\\"']|\\[:\\])+)(?:$|[\s"']|\\n)"#
        )
    };
}

const ROWS: &[Row] = &[
    // JSON web tokens: service accounts', OIDC's, and their encrypted kind.
    ("ey[JAI]", r"\bey[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)+", ANY),
    ("eyJhbGciOi", r"eyJhbGciOi[A-Za-z0-9_.-]+", ANY),
    // HTTP authorization, outside of a header's own line too.
    ("(?i-u:bearer)", r"(?i)\bbearer[\s:=]+(?<s>[A-Za-z0-9._~+/-]{6,}=*)", is_no_word),
    (
        "(?i-u:basic)",
        r"(?i)\bbasic\s+(?<s>[A-Za-z0-9+/_-]{6,}={0,2})",
        values::is_user_and_password,
    ),
    // URLs with a user's password in them, or with a token instead of a user.
    ("://", r#"://[^\s/:@"'<>`]*:(?<s>[^\s"'<>`]+)@"#, is_password),
    ("://", r#"://(?<s>[^\s/:@"'<>`]{16,})@"#, values::is_random),
    (":thin:", r"(?i)jdbc:[a-z:]+thin:[^/\s]+/(?<s>[^@\s]+)@", ANY),
    (r"@(?:tcp|unix)\(", r#"[\w.-]+:(?<s>[^\s"'<>`]+)@(?:tcp|unix)\("#, is_password),
    (r"hooks\.slack", r"hooks\.slack(?:-gov)?\.com/[a-z]+/(?<s>[A-Za-z0-9/_-]{8,})", ANY),
    ("webhook", r"/api/(?:v\d+/)?webhooks/\d+/(?<s>[\w-]{16,})", ANY),
    ("webhook", r#"webhook\.office\.com/webhookb2/(?<s>[^\s"'<>`]+)"#, ANY),
    ("sig=", r"(?:\b|\\u0026)sig=(?<s>[A-Za-z0-9%+/_-]{20,}={0,2})", ANY),
    (
        r"[?&]|\\u0026",
        r#"(?:[?&]|\\u0026)(?i:sig|signature|x-amz-signature|x-amz-security-token|x-goog-signature|code|key)=(?<s>[^\s&"'<>`\\]{8,})"#,
        ANY,
    ),
    // Clouds.
    ("A(?:KIA|SIA|BIA|CCA)", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}\b", ANY),
    (
        "A(?:KIA|SIA)",
        r"(?:^|[^A-Za-z0-9/+=_-])(?<s>[A-Za-z0-9/+]{40})(?:$|[^A-Za-z0-9/+=_-])",
        values::is_random,
    ),
    ("AIza", r"AIza[A-Za-z0-9_-]{30,}", ANY),
    (r"ya29\.", r"ya29\.[A-Za-z0-9_.-]{16,}", ANY),
    ("GOCSPX-", r"GOCSPX-[A-Za-z0-9_-]{16,}", ANY),
    ("Q~", r"[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{24,}", ANY),
    ("(?i-u:accountkey|accesskey)", r#"(?i)(?:AccountKey|SharedAccessKey)=(?<s>[^\s;"'&]+)"#, ANY),
    ("do[opr]_v1_", r"do[opr]_v1_[a-f0-9]{32,}", ANY),
    // Forges, registries and package managers.
    ("gh[pousr]_", r"gh[pousr]_[A-Za-z0-9]{16,}", ANY),
    ("github_pat_", r"github_pat_[A-Za-z0-9_]{16,}", ANY),
    (
        "gl[a-z]{2,6}-",
        r"\bgl(?:pat|ptt|dt|rt|cbt|agent|oas|soat|ft|imt|ffct)-[A-Za-z0-9_.-]{16,}",
        ANY,
    ),
    ("dckr_", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{16,}", ANY),
    ("npm_", r"\bnpm_[A-Za-z0-9]{30,}", ANY),
    ("pypi-", r"pypi-[A-Za-z0-9_-]{32,}", ANY),
    // Services.
    ("xox|xapp-", r"\b(?:xox[a-z]|xapp)-[A-Za-z0-9-]{8,}", ANY),
    ("_(?:live|test)_", r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}", ANY),
    ("whsec_", r"whsec_[A-Za-z0-9+/=]{16,}", ANY),
    ("sk-", r"\bsk-[A-Za-z0-9_-]{20,}", ANY),
    ("hf_", r"\bhf_[A-Za-z0-9]{30,}", ANY),
    (r"SG\.", r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}", ANY),
    ("SK[0-9a-f]", r"\bSK[0-9a-f]{32}\b", ANY),
    (r"hv[sbr]\.", r"\bhv[sbr]\.[A-Za-z0-9_-]{16,}", ANY),
    (r"(?-u:\b)[sb]\.[A-Za-z0-9]{24}", r"\b[sb]\.[A-Za-z0-9]{24,}", |it| {
        values::is_random(it.get(2..).unwrap_or_default())
    }),
    (
        "gsk_|xai-|nvapi-|pplx-|tskey-|sntry[su]_|PMAK-|pul-|AT[AC]TT3|sbp_|ops_|sq0|dp\\.",
        r"\b(?:gsk_|xai-|nvapi-|pplx-|tskey-[a-z]+-|sntry[su]_|PMAK-|pul-|AT[AC]TT3|sbp_|ops_|sq0[a-z]{3}-|dp\.[a-z]{2}\.)[A-Za-z0-9_=-]{24,}",
        is_no_word,
    ),
    ("gl(?:sa|c)_", r"\bgl(?:sa|c)_[A-Za-z0-9_+/=]{20,}", ANY),
    ("dapi", r"\bdapi[0-9a-f]{32}", ANY),
    ("NRAK-", r"NRAK-[A-Z0-9]{20,}", ANY),
    ("(?:shp|lin_api_)", r"\b(?:shp(?:at|ca|pa|ss)_[a-f0-9]{32}|lin_api_[A-Za-z0-9]{30,})", ANY),
    (":AA", r"(?:\b|bot)[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}", ANY),
    (r"\.atlasv1\.", r"[A-Za-z0-9]{10,}\.atlasv1\.[A-Za-z0-9_-]{40,}", ANY),
    ("AGE-SECRET-KEY-", r"AGE-SECRET-KEY-1[0-9A-Z]{40,}", ANY),
    // Password hashes, files of passwords, command lines, mark-up.
    (
        r"\$(?:apr1|2[aby]|[156y]|argon2\w*)\$",
        r#"\$(?:apr1|2[aby]|[156y]|argon2\w*)\$[^\s"':,]{8,}"#,
        ANY,
    ),
    (r"\{S?SHA", r"\{S?SHA(?:-?(?:256|512))?\}(?<s>[A-Za-z0-9+/]{16,}=*)", ANY),
    ("requirepass|masterauth", r#"(?:requirepass|masterauth)[ \t]+(?<s>[^\s"'\\]+)"#, ANY),
    // host:port:database:user:password
    (PGPASS, pgpass!(r"(?:\d?5432|6432|\*)"), ANY),
    (PGPASS, pgpass!(r"\d{4,5}"), is_no_word),
    ("(?i-u:password|identified by)", r"(?i)\b(?:identified\s+by|password)\s+'(?<s>[^']+)'", ANY),
    (
        "(?i-u:(?:password|passphrase|passwort|pwd|pw|token|secret|key) (?:is|for)[ :])",
        r#"(?i)\b(?:password|passphrase|passwort|pwd|pw|token|secret|key)\s+(?:for\s+\S+\s+)?is:?\s+["'`]?(?<s>[^\s"'`]{6,})"#,
        is_no_word,
    ),
    (
        "(?i-u:login)",
        r#"\blogin\s+\S+?(?:\s|\\n)+(?:account\s+\S+\s+)?password\s+(?<s>[^\s\\"]+)"#,
        ANY,
    ),
    ("</", r"(?i)<(?:[\w.:-]*(?:password|passwd|secret|token|apikey)[\w.:-]*)>(?<s>[^<]+)</", ANY),
];

/// What other searches need to see in a text, behind the rows above.
const NAMES: &str = r"(?i-u:pass|pwd|pw\b|secret|token|key|cred|auth|cookie|jwt|mnemonic|htpasswd|dockerc|mdp\b|kennwort|contrase|senha|wachtwoord)|(?i:пароль)";
const PEM: &str = r"PRIVATE KEY|Private-Lines";
const BASE64: &str = r"[A-Za-z0-9+/_-]{40}";
const SECRET_OBJECT: &str = r#"kind\\*["']?\s*:\s*\\*["']?Secret"#;

/// Compiled when first needed: most are never.
static REGEXES: [OnceLock<Regex>; ROWS.len()] = [const { OnceLock::new() }; ROWS.len()];

static TRIGGERS: LazyLock<RegexSet> = LazyLock::new(|| {
    let rows = ROWS.iter().map(|(trigger, ..)| *trigger);
    RegexSet::new(rows.chain([
        NAMES,
        PEM,
        BASE64,
        SECRET_OBJECT,
        commands::TRIGGER,
        percent::TRIGGER,
    ]))
    .expect("constants")
});

/// Which searches a text needs.
pub(super) struct Suspects(SetMatches);

impl Suspects {
    pub(super) fn names(&self) -> bool {
        self.0.matched(ROWS.len())
    }

    pub(super) fn pem(&self) -> bool {
        self.0.matched(ROWS.len() + 1)
    }

    pub(super) fn base64(&self) -> bool {
        self.0.matched(ROWS.len() + 2)
    }

    pub(super) fn secret_object(&self) -> bool {
        self.0.matched(ROWS.len() + 3)
    }

    pub(super) fn commands(&self) -> bool {
        self.0.matched(ROWS.len() + 4)
    }

    pub(super) fn percent(&self) -> bool {
        self.0.matched(ROWS.len() + 5)
    }
}

/// Cheap, and right for nearly every cell of a table: no secret is this short and has none of these characters.
pub(super) fn may_match(text: &str) -> bool {
    let tell = |it: u8| matches!(it, b'=' | b':' | b' ' | b'_' | b'.' | b'@' | b'\n' | b'$' | b'%');
    text.len() >= 32
        || text.len() >= 5 && text.bytes().any(tell)
        || text.len() >= 16 && (text.bytes().any(|it| it.is_ascii_uppercase()) || has_prefix(text))
}

/// How tokens begin that may have nothing but small letters and dashes.
fn has_prefix(text: &str) -> bool {
    let token = text.trim_start_matches(['"', '\'', '(', '[']);
    ["gl", "xox", "xapp-", "sk-", "pypi-"].iter().any(|it| token.starts_with(it))
}

pub(super) fn suspects(text: &str) -> Suspects {
    Suspects(TRIGGERS.matches(text))
}

pub(super) fn find(text: &str, suspects: &Suspects, spans: &mut Spans) {
    let rows = ROWS.iter().zip(&REGEXES).enumerate();
    for (_, ((_, regex, is_secret), compiled)) in rows.filter(|(it, _)| suspects.0.matched(*it)) {
        let regex = compiled.get_or_init(|| Regex::new(regex).expect("a constant"));
        for captures in regex.captures_iter(text) {
            let secret = captures.name("s").or_else(|| captures.get(0));
            if let Some(secret) = secret.filter(|it| is_secret(it.as_str())) {
                spans.push(secret.range());
            }
        }
    }
}

/// "Bearer authentication" is prose, "bearer a1b2c3" is not.
fn is_no_word(value: &str) -> bool {
    value.len() >= 24 || value.bytes().any(|it| it.is_ascii_digit() || it.is_ascii_uppercase())
}

/// In `http://host:80/path@x` the colon begins a port, not a password, and `$(PASSWORD)` is filled in elsewhere.
fn is_password(value: &str) -> bool {
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let rest = value.get(digits..).unwrap_or_default();
    let is_port = (1..=5).contains(&digits) && rest.starts_with(['/', '?', '#']);
    !is_port && !values::is_placeholder(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for (trigger, regex, _) in ROWS {
            assert!(Regex::new(trigger).is_ok(), "{trigger}");
            assert!(Regex::new(regex).is_ok(), "{regex}");
        }
    }
}
