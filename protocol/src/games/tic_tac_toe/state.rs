//! The positions of tic-tac-toe, and the moves between them.

use crate::{Code, Refusal};

/// Cells in a row and in a column.
pub const SIDE: usize = 3;
const CELLS: usize = SIDE * SIDE;

/// The rows, the columns and the diagonals.
const LINES: [[usize; SIDE]; 8] = [
    [0, 1, 2],
    [3, 4, 5],
    [6, 7, 8],
    [0, 3, 6],
    [1, 4, 7],
    [2, 5, 8],
    [0, 4, 8],
    [2, 4, 6],
];

/// What a player puts into a cell. The first player's symbol is X.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Symbol {
    X,
    O,
}

impl Symbol {
    /// The symbol of the player with this index.
    pub fn of(player: usize) -> Self {
        match player {
            0 => Self::X,
            _ => Self::O,
        }
    }

    /// The index of the player.
    pub fn player(self) -> usize {
        match self {
            Self::X => 0,
            Self::O => 1,
        }
    }
}

/// The place of a cell: 0 is the top left one, counted along the rows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place(usize);

impl Place {
    pub const MIDDLE: Self = Self(CELLS / 2);

    /// The place with this name: a letter for the column and a digit for the row. `a1` is at the top
    /// left, `c3` at the bottom right.
    ///
    /// # Errors
    /// [`Code::OutsideBoard`].
    pub fn parse(name: &str) -> Result<Self, Refusal> {
        let index = |byte: u8, first: u8| {
            let index = usize::from(byte.checked_sub(first)?);
            (index < SIDE).then_some(index)
        };
        let cell = match name.as_bytes() {
            [column, row] => index(*column, b'a').zip(index(*row, b'1')),
            _ => None,
        };
        match cell {
            Some((column, row)) => Ok(Self(row * SIDE + column)),
            None => Err(Code::OutsideBoard.into()),
        }
    }

    /// All cells, along the rows.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..CELLS).map(Self)
    }

    /// The inverse of [`Self::parse`].
    pub fn name(self) -> String {
        let (column, row) = self.column_and_row();
        let letters = [b'a' + column as u8, b'1' + row as u8];
        letters.map(char::from).iter().collect()
    }

    /// Its index along the rows, 0 to 8.
    pub fn index(self) -> usize {
        self.0
    }

    /// From 0.
    pub fn column_and_row(self) -> (usize, usize) {
        (self.0 % SIDE, self.0 / SIDE)
    }
}

/// A board. The default is empty.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct State([Option<Symbol>; CELLS]);

impl State {
    /// The symbol in the cell.
    pub fn at(&self, cell: Place) -> Option<Symbol> {
        self.0[cell.0]
    }

    /// The player whose turn it is, or would be if the game were not over.
    pub fn turn(&self) -> Symbol {
        match self.filled().is_multiple_of(2) {
            true => Symbol::X,
            false => Symbol::O,
        }
    }

    /// The three cells in a line that win; the first such line if one move has completed two.
    pub fn line(&self) -> Option<[Place; SIDE]> {
        let is_won = |line: &&[usize; SIDE]| {
            let first = self.0[line[0]];
            first.is_some() && line.iter().all(|cell| self.0[*cell] == first)
        };
        LINES.iter().find(is_won).map(|line| line.map(Place))
    }

    /// The player who has won.
    pub fn winner(&self) -> Option<Symbol> {
        self.line().and_then(|line| self.at(line[0]))
    }

    /// Whether somebody has won or the board is full.
    pub fn is_over(&self) -> bool {
        self.line().is_some() || self.filled() == CELLS
    }

    /// How many cells have a symbol.
    fn filled(&self) -> usize {
        self.0.iter().flatten().count()
    }
}

/// The board after this player has moved to the cell.
///
/// # Errors
/// [`Code::GameOver`], [`Code::NotYourTurn`], [`Code::PlaceTaken`].
pub fn apply(state: State, player: Symbol, cell: Place) -> Result<State, Refusal> {
    if state.is_over() {
        return Err(Code::GameOver.into());
    }
    if state.turn() != player {
        return Err(Code::NotYourTurn.into());
    }
    if state.at(cell).is_some() {
        return Err(Code::PlaceTaken.into());
    }
    let mut after = state;
    after.0[cell.0] = Some(player);
    Ok(after)
}

/// The board after these moves, up to the first invalid one.
pub fn after(moves: &[String]) -> State {
    let play = |state: State, at: &String| {
        let cell = Place::parse(at).ok()?;
        apply(state, state.turn(), cell).ok()
    };
    moves
        .iter()
        .try_fold(State::default(), |state, at| play(state, at).ok_or(state))
        .unwrap_or_else(|state| state)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// How many games there are, by winner, and the positions that occur in them.
    #[derive(Default)]
    struct Count {
        x: u32,
        o: u32,
        drawn: u32,
        positions: HashSet<State>,
    }

    impl Count {
        fn play_on(&mut self, state: State) {
            self.positions.insert(state);
            if state.is_over() {
                match state.winner() {
                    Some(Symbol::X) => self.x += 1,
                    Some(Symbol::O) => self.o += 1,
                    None => self.drawn += 1,
                }
                return;
            }
            for cell in Place::all() {
                if let Ok(after) = apply(state, state.turn(), cell) {
                    self.play_on(after);
                }
            }
        }
    }

    /// The numbers are known, for example from Schaefer, "How many games of Tic-Tac-Toe are there?"
    /// (2002).
    #[test]
    fn the_numbers_of_games_and_positions_are_the_known_ones() {
        let mut count = Count::default();
        count.play_on(State::default());
        assert_eq!(
            (count.x, count.o, count.drawn),
            (131_184, 77_904, 46_080),
            "255,168 in all"
        );
        assert_eq!(count.positions.len(), 5_478);
    }

    #[test]
    fn invalid_moves_are_refused() {
        let cell = |name| Place::parse(name).expect("a cell");
        let played = apply(State::default(), Symbol::X, cell("b2")).expect("the first move");
        let refused = |player, name| apply(played, player, cell(name)).map_err(|it| it.code);
        assert_eq!(refused(Symbol::X, "a1"), Err(Code::NotYourTurn));
        assert_eq!(refused(Symbol::O, "b2"), Err(Code::PlaceTaken));
        let won = ["a1", "a2", "b1", "b2", "c1"]
            .iter()
            .fold(State::default(), |state, name| {
                apply(state, state.turn(), cell(name)).expect("a move")
            });
        assert_eq!(
            won.line().map(|line| line.map(Place::index)),
            Some([0, 1, 2])
        );
        let after = apply(won, Symbol::O, cell("c3")).map_err(|it| it.code);
        assert_eq!(after, Err(Code::GameOver));
    }

    #[test]
    fn each_cell_has_one_name_and_other_names_are_refused() {
        for cell in Place::all() {
            assert_eq!(Place::parse(&cell.name()), Ok(cell));
        }
        for outside in ["", "a", "a0", "a4", "d1", "A1", "a11", "é1", "1a"] {
            let code = Place::parse(outside).map_err(|refusal| refusal.code);
            assert_eq!(code, Err(Code::OutsideBoard), "{outside}");
        }
    }
}
