//! The options that bound what the data directory holds.

use std::time::Duration;

use clap::Args;

use crate::store::StorageLimits;

/// How much may be stored, and what expires.
#[derive(Args, Clone, Debug)]
pub struct StorageOptions {
    /// The most the database may hold, such as 20GB; beyond that, new messages are refused until
    /// something is removed. Default: no limit
    #[arg(long, env = "PARLOR_MAX_STORAGE", value_name = "SIZE", value_parser = size)]
    pub max_storage: Option<u64>,

    /// Refuse new messages while less of the disk than this is free; 0 for no floor
    #[arg(
        long,
        env = "PARLOR_MIN_FREE_DISK",
        value_name = "SIZE",
        default_value = "200MB",
        value_parser = size
    )]
    pub min_free_disk: u64,

    /// Hours after which an unused room with fewer than five messages is removed, and after 30
    /// times as long one in which only one person has written, fewer than 100 messages; 0 for never
    #[arg(
        long,
        env = "PARLOR_EMPTY_ROOM_HOURS",
        value_name = "HOURS",
        default_value = "24",
        value_parser = hours
    )]
    pub empty_room_hours: Duration,
}

impl StorageOptions {
    /// What the store may use of the disk.
    pub fn limits(&self) -> StorageLimits {
        StorageLimits {
            max: self.max_storage,
            min_free: self.min_free_disk,
        }
    }

    /// How long a room with few messages may be unused before it is removed.
    pub fn empty_room_age(&self) -> Option<Duration> {
        Some(self.empty_room_hours).filter(|age| !age.is_zero())
    }
}

/// Parses a number of bytes with a unit: `GB` is 1,000³ bytes and `GiB` is 1,024³.
fn size(text: &str) -> Result<u64, String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return Err("a size looks like 20GB, 500MB or 1GiB".to_owned()),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| "a size begins with a number, as 20GB does".to_owned())?;
    // A size above 2^53 bytes is rounded, which does not matter.
    Ok((number * factor as f64) as u64)
}

/// Parses a number of hours, which may be a fraction.
fn hours(text: &str) -> Result<Duration, String> {
    let hours: f64 = text.parse().map_err(|_| "it is no number".to_owned())?;
    Duration::try_from_secs_f64(hours * 3_600.0).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_with_a_unit() {
        for (text, bytes) in [
            ("0", 0),
            ("1234", 1_234),
            ("20GB", 20_000_000_000),
            ("1.5 gb", 1_500_000_000),
            ("64KiB", 65_536),
            ("2tib", 2 << 40),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "GB", "-1", "1.2.3", "20 pounds", "1e3"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hours_may_be_a_fraction() {
        assert_eq!(hours("0"), Ok(Duration::ZERO));
        assert_eq!(hours("24"), Ok(Duration::from_secs(86_400)));
        assert_eq!(hours("0.5"), Ok(Duration::from_secs(1_800)));
        for text in ["", "-1", "NaN", "inf", "1h"] {
            assert!(hours(text).is_err(), "{text}");
        }
    }
}
