//! A map from names, as a list that is sorted by name. A page knows a few dozen rooms, and the code
//! of a tree would be larger than all of them.

/// A map from names.
#[derive(Clone, Debug, PartialEq)]
pub struct SortedMap<T>(Vec<(String, T)>);

/// A set of names.
pub type Rooms = SortedMap<()>;

/// Sorts names. One function for all: each further place that sorts would add the code of sorting.
pub fn sort_names(names: &mut [String]) {
    names.sort_unstable();
}

impl<T> Default for SortedMap<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> SortedMap<T> {
    pub fn get(&self, room: &str) -> Option<&T> {
        let place = self.place(room).ok()?;
        Some(&self.0[place].1)
    }

    pub fn get_mut(&mut self, room: &str) -> Option<&mut T> {
        let place = self.place(room).ok()?;
        Some(&mut self.0[place].1)
    }

    pub fn contains(&self, room: &str) -> bool {
        self.place(room).is_ok()
    }

    /// Inserts or replaces a value. Returns whether the name is new.
    pub fn insert(&mut self, room: &str, value: T) -> bool {
        match self.place(room) {
            Ok(place) => {
                self.0[place].1 = value;
                false
            }
            Err(place) => {
                self.0.insert(place, (room.to_owned(), value));
                true
            }
        }
    }

    /// The value of a name, inserted by `fresh` if there is none.
    pub fn get_or_insert(&mut self, room: &str, fresh: impl FnOnce() -> T) -> &mut T {
        let place = match self.place(room) {
            Ok(place) => place,
            Err(place) => {
                self.0.insert(place, (room.to_owned(), fresh()));
                place
            }
        };
        &mut self.0[place].1
    }

    pub fn remove(&mut self, room: &str) -> Option<T> {
        let place = self.place(room).ok()?;
        Some(self.0.remove(place).1)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|(room, _)| room)
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// The pairs, sorted by name.
    pub fn pairs(&self) -> &[(String, T)] {
        &self.0
    }

    fn place(&self, room: &str) -> Result<usize, usize> {
        self.0
            .binary_search_by(|(known, _)| known.as_str().cmp(room))
    }
}

impl<T> FromIterator<(String, T)> for SortedMap<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(pairs: I) -> Self {
        let mut sorted_map = Self::default();
        for (room, value) in pairs {
            sorted_map.insert(&room, value);
        }
        sorted_map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_sorted_and_unique() {
        let pairs = [("tea", 1), ("cake", 2), ("tea", 3)];
        let mut sorted_map: SortedMap<_> = pairs
            .map(|(room, n)| (room.to_owned(), n))
            .into_iter()
            .collect();
        assert_eq!(
            sorted_map.pairs(),
            [("cake".to_owned(), 2), ("tea".to_owned(), 3)]
        );
        assert_eq!(sorted_map.get("tea"), Some(&3));
        assert!(sorted_map.insert("milk", 4));
        assert_eq!(*sorted_map.get_or_insert("milk", || 5), 4);
        assert_eq!(sorted_map.remove("cake"), Some(2));
        assert!(!sorted_map.contains("cake"));
        assert_eq!(sorted_map.names().collect::<Vec<_>>(), ["milk", "tea"]);
    }
}
