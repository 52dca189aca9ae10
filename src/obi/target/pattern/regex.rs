//! Regular expressions of Go. The two libraries have one father, and differ in little: Go quotes with `\Q` and `\E`, takes a bracket in
//! a class for itself, and a brace that counts nothing as well.

use std::{iter::Peekable, str::Chars};

pub(super) fn to_ours(written: &str) -> String {
    let mut rest = written.chars().peekable();
    let mut ours = String::new();
    while let Some(next) = rest.next() {
        match next {
            '\\' if rest.next_if_eq(&'Q').is_some() => quoted(&mut rest, &mut ours),
            '\\' => {
                ours.push('\\');
                ours.extend(rest.next());
            }
            '[' => class(&mut rest, &mut ours),
            '{' if !counts(rest.clone()) => ours.push_str(r"\{"),
            other => ours.push(other),
        }
    }
    ours
}

/// To `\E`, or to the end.
fn quoted(rest: &mut Peekable<Chars<'_>>, ours: &mut String) {
    while let Some(next) = rest.next() {
        if next == '\\' && rest.next_if_eq(&'E').is_some() {
            return;
        }
        ours.push_str(&::regex::escape(next.encode_utf8(&mut [0; 4])));
    }
}

fn class(rest: &mut Peekable<Chars<'_>>, ours: &mut String) {
    ours.push('[');
    ours.extend(rest.next_if_eq(&'^'));
    // The first is never the end.
    if rest.next_if_eq(&']').is_some() {
        ours.push_str(r"\]");
    }
    while let Some(next) = rest.next() {
        match next {
            ']' => return ours.push(']'),
            // A named class: `[[:alpha:]]`.
            '[' if rest.next_if_eq(&':').is_some() => {
                ours.push_str("[:");
                for name in rest.by_ref() {
                    ours.push(name);
                    if name == ']' {
                        break;
                    }
                }
            }
            '[' | '&' | '~' => ours.extend(['\\', next]),
            '\\' => {
                ours.push('\\');
                ours.extend(rest.next());
            }
            other => ours.push(other),
        }
    }
}

/// Whether it is a count: `{2}`, `{2,}`, `{2,3}`.
fn counts(rest: impl Iterator<Item = char>) -> bool {
    let inside: String = rest.take_while(|it| *it != '}').take(16).collect();
    let number = |it: &str| !it.is_empty() && it.chars().all(|digit| digit.is_ascii_digit());
    let (least, most) = inside.split_once(',').unwrap_or((inside.as_str(), ""));
    number(least) && (most.is_empty() || number(most))
}
