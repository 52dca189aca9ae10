//! How the sections of an answer share its tokens.

use super::tokens::Cost;

/// What each of those who demand gets of the room there is: those who need little get all they need, and the others
/// equal shares of what is left.
pub(super) fn shares(demands: &[Cost], mut room: Cost) -> Vec<Cost> {
    let mut modest_first: Vec<usize> = (0..demands.len()).collect();
    modest_first.sort_by_key(|it| demands.get(*it));
    let mut shares = vec![Cost::default(); demands.len()];
    for (served, place) in modest_first.into_iter().enumerate() {
        let fair = room.shared_by(demands.len() - served);
        if let (Some(share), Some(demand)) = (shares.get_mut(place), demands.get(place)) {
            *share = fair.min(*demand);
            room = room.minus(*share);
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn costs(tokens: &[usize]) -> Vec<Cost> {
        tokens.iter().map(|it| Cost::of_tokens(*it)).collect()
    }

    #[test]
    fn who_needs_little_gets_it_and_the_others_share_the_rest() {
        assert_eq!(shares(&costs(&[900, 10, 500]), Cost::of_tokens(410)), costs(&[200, 10, 200]));
        assert_eq!(shares(&costs(&[100, 10]), Cost::of_tokens(410)), costs(&[100, 10]));
    }

    proptest! {
        #[test]
        fn nobody_gets_more_than_asked_for_and_all_together_no_more_than_there_is(
            demands in prop::collection::vec(0..10_000_usize, 0..9), room in 0..20_000_usize,
        ) {
            let (demands, room) = (costs(&demands), Cost::of_tokens(room));
            let shares = shares(&demands, room);
            prop_assert!(shares.iter().zip(&demands).all(|(share, demand)| share <= demand));
            prop_assert!(shares.iter().copied().sum::<Cost>() <= room);
        }
    }
}
