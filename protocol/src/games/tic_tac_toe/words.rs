//! The words of tic-tac-toe.

use super::super::Words;
use super::state::Place;

pub const ENGLISH: Words = Words {
    title: "Tic-tac-toe",
    cell: |at| {
        let (column, row) = Place::parse(at).map_or((0, 0), Place::column_and_row);
        let (column, row) = (column + 1, row + 1);
        ["row ", &row.to_string(), ", column ", &column.to_string()].concat()
    },
    piece: |player| match player {
        0 => "X",
        _ => "O",
    },
};
