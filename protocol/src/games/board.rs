//! A board as a page draws it, whatever the game.

/// A board: rows of cells.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Board {
    /// The number of cells in a row.
    pub columns: usize,
    /// All cells, along the rows. The last row may be shorter.
    pub cells: Vec<Cell>,
    /// The cell that the keyboard reaches first.
    pub start: usize,
    /// The first and the last cell of a line that has won.
    pub line: Option<[usize; 2]>,
}

/// A cell of a board.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Cell {
    /// The move that is made here, in the game's own notation.
    pub at: String,
    /// The index of the player whose piece is in it.
    pub piece: Option<usize>,
    /// Whether the reader may make this move. The rules leave it `false`: they do not know who
    /// reads.
    pub is_free: bool,
    /// Whether it is a part of what has won.
    pub is_won: bool,
}

impl Board {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.cells.len().div_ceil(self.columns.max(1))
    }

    /// The column and the row of the cell with this index, from 0.
    pub fn place(&self, cell: usize) -> (usize, usize) {
        let columns = self.columns.max(1);
        (cell % columns, cell / columns)
    }

    /// The move of the cell that is so many columns to the right of this one, and so many rows
    /// below it.
    pub fn neighbor(&self, at: &str, right: isize, down: isize) -> Option<&str> {
        let cell = self.cells.iter().position(|cell| cell.at == at)?;
        let (column, row) = self.place(cell);
        let column = column.checked_add_signed(right)?;
        let row = row.checked_add_signed(down)?;
        let is_inside = column < self.columns;
        let cell = self.cells.get(row * self.columns + column)?;
        is_inside.then_some(&cell.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbor_is_on_the_board() {
        let cell = |at: &str| Cell {
            at: at.to_owned(),
            ..Cell::default()
        };
        let board = Board {
            columns: 3,
            cells: ["a", "b", "c", "d", "e"].map(cell).to_vec(),
            ..Board::default()
        };
        assert_eq!(board.rows(), 2);
        for (at, right, down, neighbor) in [
            ("b", -1, 0, Some("a")),
            ("b", 0, 1, Some("e")),
            ("e", 0, -1, Some("b")),
            ("a", -1, 0, None),
            ("a", 0, -1, None),
            ("c", 1, 0, None),
            ("c", 0, 1, None),
            ("d", 0, 1, None),
            ("x", 0, 0, None),
        ] {
            let found = board.neighbor(at, right, down);
            assert_eq!(found, neighbor, "{at} {right} {down}");
        }
    }
}
