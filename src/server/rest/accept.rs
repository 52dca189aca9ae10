//! Which form of an answer a client likes best.

/// The first of the offered media types that the client likes as much as any other; none if it takes none of them.
///
/// A client that says nothing takes everything.
pub(super) fn choose<'a>(accept: Option<&str>, offered: &[&'a str]) -> Option<&'a str> {
    let ranges: Vec<Range<'_>> =
        accept.unwrap_or_default().split(',').filter_map(Range::read).collect();
    if ranges.is_empty() {
        return offered.first().copied();
    }
    let liked = offered.iter().map(|it| (liking(&ranges, it), *it));
    // The first of those that are liked most.
    let best = liked.rev().max_by_key(|(liking, _)| *liking)?;
    (best.0 > 0).then_some(best.1)
}

/// `text/*;q=0.5`
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// In thousandths.
    quality: u16,
}

impl<'a> Range<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let quality = parts
            .filter_map(|it| it.split_once('='))
            .find(|it| it.0.trim().eq_ignore_ascii_case("q"));
        let quality = quality.map_or(Some(1000), |(_, it)| thousandths(it.trim()));
        Some(Self { kind, subtype, quality: quality? })
    }

    /// How exactly it means that type.
    fn precision(&self, kind: &str, subtype: &str) -> Option<u8> {
        match (self.kind, self.subtype) {
            ("*", "*") => Some(0),
            (it, "*") => it.eq_ignore_ascii_case(kind).then_some(1),
            (one, other) => {
                let same = one.eq_ignore_ascii_case(kind) && other.eq_ignore_ascii_case(subtype);
                same.then_some(2)
            }
        }
    }
}

/// What the range that means it most exactly says of it.
fn liking(ranges: &[Range<'_>], media_type: &str) -> u16 {
    let (kind, subtype) = media_type.split_once('/').unwrap_or((media_type, ""));
    let means = ranges.iter().filter_map(|it| Some((it.precision(kind, subtype)?, it.quality)));
    means.max().map_or(0, |(_, quality)| quality)
}

/// `0.25` as 250.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = part.len() <= 3 && part.bytes().all(|it| it.is_ascii_digit());
    let part: u16 = format!("{part:0<3}").parse().ok().filter(|_| digits)?;
    match whole {
        "0" => Some(part),
        "1" if part == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERED: [&str; 2] = ["application/json", "application/yaml"];

    #[test]
    fn a_client_gets_what_it_likes_best_and_otherwise_what_comes_first() {
        let cases = [
            ("", Some("application/json")),
            ("*/*", Some("application/json")),
            ("application/yaml", Some("application/yaml")),
            ("Application/YAML; charset=utf-8", Some("application/yaml")),
            ("application/*", Some("application/json")),
            ("application/json;q=0.5, application/yaml;q=0.501", Some("application/yaml")),
            ("application/json;q=0, */*;q=0.1", Some("application/yaml")),
            ("application/json;q=0, application/*", Some("application/yaml")),
            ("text/html, */*;q=0.8", Some("application/json")),
            ("text/html", None),
            ("*/*;q=0", None),
            ("application/json;q=2", Some("application/json")),
        ];
        for (accept, chosen) in cases {
            assert_eq!(choose(Some(accept), &OFFERED), chosen, "{accept}");
        }
        assert_eq!(choose(None, &OFFERED), Some("application/json"));
    }
}
