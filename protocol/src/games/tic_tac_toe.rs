//! Tic-tac-toe: two players in turn, three in a row wins. Pure and total.

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

/// Who plays: the first player's mark is X.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Symbol {
    X,
    O,
}

impl Symbol {
    /// The one who plays next.
    pub fn other(self) -> Self {
        match self {
            Self::X => Self::O,
            Self::O => Self::X,
        }
    }
}

/// A cell of the board: 0 is the top left one, counted along the rows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cell(usize);

impl Cell {
    /// The cell that goes by this name: a letter for the column, then a number for the row, as in
    /// `a1` at the top left and `c3` at the bottom right.
    ///
    /// # Errors
    /// [`Code::OutsideBoard`].
    pub fn parse(name: &str) -> Result<Self, Refusal> {
        let place = |byte: u8, first: u8| {
            let place = usize::from(byte.checked_sub(first)?);
            (place < SIDE).then_some(place)
        };
        let cell = match name.as_bytes() {
            [column, row] => place(*column, b'a').zip(place(*row, b'1')),
            _ => None,
        };
        match cell {
            Some((column, row)) => Ok(Self(row * SIDE + column)),
            None => Err(Code::OutsideBoard.into()),
        }
    }

    /// All of them, along the rows.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..CELLS).map(Self)
    }

    /// The inverse of [`Self::parse`].
    pub fn name(self) -> String {
        let (column, row) = (self.0 % SIDE, self.0 / SIDE);
        let letters = [b'a' + column as u8, b'1' + row as u8];
        letters.map(char::from).iter().collect()
    }

    /// Its place along the rows, 0 to 8.
    pub fn place(self) -> usize {
        self.0
    }
}

/// What stands on the board. The default is empty.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct State([Option<Symbol>; CELLS]);

impl State {
    /// Whose mark is in the cell.
    pub fn at(&self, cell: Cell) -> Option<Symbol> {
        self.0[cell.0]
    }

    /// Whose turn it is, if the game were not over.
    pub fn turn(&self) -> Symbol {
        match self.marks().is_multiple_of(2) {
            true => Symbol::X,
            false => Symbol::O,
        }
    }

    /// The three cells that win, if there are such; of two lines at once the first one.
    pub fn line(&self) -> Option<[Cell; SIDE]> {
        let is_won = |line: &&[usize; SIDE]| {
            let first = self.0[line[0]];
            first.is_some() && line.iter().all(|cell| self.0[*cell] == first)
        };
        LINES.iter().find(is_won).map(|line| line.map(Cell))
    }

    /// Who has won.
    pub fn winner(&self) -> Option<Symbol> {
        self.line().and_then(|line| self.at(line[0]))
    }

    /// Is nothing left to play?
    pub fn is_over(&self) -> bool {
        self.line().is_some() || self.marks() == CELLS
    }

    fn marks(&self) -> usize {
        self.0.iter().flatten().count()
    }
}

/// What stands on the board when this player has played there.
///
/// # Errors
/// [`Code::GameOver`], [`Code::NotYourTurn`], [`Code::PlaceTaken`].
pub fn apply(state: State, player: Symbol, cell: Cell) -> Result<State, Refusal> {
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

/// What stands on the board after these moves, as far as they could be played.
pub fn after(moves: &[String]) -> State {
    let play = |state: State, at: &String| {
        let cell = Cell::parse(at).ok()?;
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

    /// How many games can be played, by who wins them; and the positions on the way.
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
            for cell in Cell::all() {
                if let Ok(after) = apply(state, state.turn(), cell) {
                    self.play_on(after);
                }
            }
        }
    }

    /// The numbers are known, among others from Schaefer, "How many games of Tic-Tac-Toe are
    /// there?" (2002).
    #[test]
    fn there_are_as_many_games_and_positions_as_is_known() {
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
    fn what_may_not_be_played_leaves_the_board_as_it_is() {
        let cell = |name| Cell::parse(name).expect("a cell");
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
            won.line().map(|line| line.map(Cell::place)),
            Some([0, 1, 2])
        );
        let after = apply(won, Symbol::O, cell("c3")).map_err(|it| it.code);
        assert_eq!(after, Err(Code::GameOver));
    }

    #[test]
    fn each_cell_has_one_name_and_nothing_else_is_one() {
        for cell in Cell::all() {
            assert_eq!(Cell::parse(&cell.name()), Ok(cell));
        }
        for outside in ["", "a", "a0", "a4", "d1", "A1", "a11", "é1", "1a"] {
            let code = Cell::parse(outside).map_err(|refusal| refusal.code);
            assert_eq!(code, Err(Code::OutsideBoard), "{outside}");
        }
    }
}
