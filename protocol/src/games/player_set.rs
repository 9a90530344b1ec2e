//! Sets of players.

/// Some players of a game, by their indices. It holds only the first 64 players; a game that waits
/// for more waits for [everybody](super::ToMove::Everybody).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PlayerSet(u64);

impl PlayerSet {
    /// Nobody.
    pub const NONE: Self = Self(0);

    pub fn contains(self, player: usize) -> bool {
        self.0 & bit(player) != 0
    }

    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// The only player of the set; `None` if there is none, or there are several.
    pub fn only(self) -> Option<usize> {
        (self.0.count_ones() == 1).then_some(self.0.trailing_zeros() as usize)
    }

    /// The players, in the order of their indices.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..u64::BITS as usize).filter(move |player| self.contains(*player))
    }
}

fn bit(player: usize) -> u64 {
    1_u64.unbounded_shl(player as u32)
}

impl FromIterator<usize> for PlayerSet {
    fn from_iter<I: IntoIterator<Item = usize>>(players: I) -> Self {
        Self(players.into_iter().fold(0, |set, player| set | bit(player)))
    }
}

/// One player, or nobody.
impl From<Option<usize>> for PlayerSet {
    fn from(player: Option<usize>) -> Self {
        Self(player.map_or(0, bit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_the_players_that_were_put_into_it() {
        let set = PlayerSet::from_iter([5, 0, 63, 64]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 5, 63]);
        assert!(set.contains(5) && !set.contains(4) && !set.contains(64));
        assert_eq!(set.only(), None);
        assert_eq!(PlayerSet::from(Some(2)).only(), Some(2));
        assert_eq!(PlayerSet::from(None), PlayerSet::NONE);
        assert!(PlayerSet::NONE.is_empty() && PlayerSet::NONE.only().is_none());
    }
}
