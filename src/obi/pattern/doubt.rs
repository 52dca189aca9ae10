//! Where gobwas/glob errs. It takes the alternatives of a group to be of one length although those before may have any, so that
//! `*/{java*,node}` does not meet `/usr/bin/java17`, and with texts that are too short for that it panics.

use super::{Rest, glob};

/// Why a glob may not meet what it means, and what to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::obi) struct Doubt {
    pub(in crate::obi) what: &'static str,
    pub(in crate::obi) fix: &'static str,
}

const LENGTHS: Doubt = Doubt {
    what: "OBI's library gets groups wrong in which what has a * stands before what has none: it misses some of what it means, or panics, which ends OBI",
    fix: "write the alternatives with a * last: {node,java*}",
};

const NOTHING: Doubt = Doubt {
    what: "OBI's library gets groups wrong in which there is nothing: it misses what it means, or panics, which ends OBI",
    fix: "leave the empty group out",
};

/// Nobody nests groups deeper.
const DEEPEST: usize = 16;

pub(in crate::obi) fn doubt(written: &str) -> Option<Doubt> {
    if !written.contains('{') {
        return None;
    }
    let mut rest = written.chars().peekable();
    sequence(&mut rest, 0).and_then(|it| of(&it, true))
}

/// A piece of a glob, as the library takes it apart.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// `?`, or a class.
    One(String),
    Star,
    Group(Vec<Vec<Self>>),
}

/// `None` where it cannot be told.
fn sequence(rest: &mut Rest<'_>, depth: usize) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    while let Some(next) = rest.next_if(|it| depth == 0 || !",}".contains(*it)) {
        let piece = match next {
            '*' => Piece::Star,
            '?' => Piece::One(String::new()),
            '[' => Piece::One(glob::class(rest).ok()?),
            '{' => Piece::Group(group(rest, depth + 1)?),
            '\\' => match rest.next() {
                Some(it) => Piece::Text(it.to_string()),
                None => continue,
            },
            other => Piece::Text(other.to_string()),
        };
        match (pieces.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(it)) => before.push_str(&it),
            (_, piece) => pieces.push(piece),
        }
    }
    Some(pieces)
}

/// What is not closed is closed at the end.
fn group(rest: &mut Rest<'_>, depth: usize) -> Option<Vec<Vec<Piece>>> {
    if depth > DEEPEST {
        return None;
    }
    let mut alternatives = Vec::new();
    loop {
        alternatives.push(sequence(rest, depth)?);
        if rest.next() != Some(',') {
            return Some(alternatives);
        }
    }
}

fn of(pieces: &[Piece], is_whole: bool) -> Option<Doubt> {
    let is_alone = is_whole && pieces.len() == 1;
    let groups = pieces.iter().filter_map(|it| match it {
        Piece::Group(alternatives) => Some(alternatives),
        _ => None,
    });
    groups.into_iter().find_map(|alternatives| {
        let own = if is_alone {
            shared(alternatives)
        } else {
            empty(alternatives).or_else(|| misjudged(alternatives))
        };
        own.or_else(|| alternatives.iter().find_map(|it| of(it, is_alone)))
    })
}

/// What all alternatives begin or end with is taken out of the group, which then is no more alone.
fn shared(alternatives: &[Vec<Piece>]) -> Option<Doubt> {
    let shortest = alternatives.iter().map(Vec::len).min().unwrap_or_default();
    let is_shared = |at: &dyn Fn(&[Piece]) -> Option<Piece>| {
        let mut pieces = alternatives.iter().map(|it| at(it));
        let first = pieces.next().flatten();
        first.is_some() && pieces.all(|it| it == first)
    };
    let before = (0..shortest).take_while(|it| is_shared(&|of| of.get(*it).cloned())).count();
    let behind = (0..shortest - before)
        .take_while(|it| is_shared(&|of| of.iter().rev().nth(*it).cloned()))
        .count();
    if before + behind == 0 {
        return None;
    }
    let left: Vec<Vec<Piece>> = alternatives
        .iter()
        .map(|it| it.iter().skip(before).take(it.len() - before - behind).cloned().collect())
        .collect();
    misjudged(&left)
}

fn empty(alternatives: &[Vec<Piece>]) -> Option<Doubt> {
    alternatives.iter().all(Vec::is_empty).then_some(NOTHING)
}

/// Whether the library takes alternatives for ones of a fixed length of which some have none.
fn misjudged(alternatives: &[Vec<Piece>]) -> Option<Doubt> {
    let lengths: Vec<Option<usize>> = alternatives.iter().map(|it| length(it)).collect();
    let has_any = lengths.len() > 1 && lengths.contains(&None);
    (has_any && taken_for(&lengths).is_some()).then_some(LENGTHS)
}

/// As `AnyOf.Len` counts: what had no length before is forgotten.
fn taken_for(lengths: &[Option<usize>]) -> Option<usize> {
    let mut taken = None;
    for it in lengths {
        match taken {
            None => taken = *it,
            Some(_) if taken == *it => {}
            Some(_) => return None,
        }
    }
    taken
}

fn length(pieces: &[Piece]) -> Option<usize> {
    pieces.iter().try_fold(0, |sum, piece| {
        let of_piece = match piece {
            Piece::Text(text) => text.chars().count(),
            Piece::One(_) => 1,
            Piece::Star => return None,
            Piece::Group(alternatives) => {
                let mut lengths = alternatives.iter().map(|it| length(it));
                let first = lengths.next()??;
                lengths.all(|it| it == Some(first)).then_some(first)?
            }
        };
        Some(sum + of_piece)
    })
}
