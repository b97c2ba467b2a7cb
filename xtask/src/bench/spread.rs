//! What many measurements of one thing come to.

/// Median, least and most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Spread {
    pub(super) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        Some(Self { median: *values.get(values.len() / 2)?, least: *values.first()?, most: *values.last()? })
    }

    pub(super) fn show(values: Vec<f64>) -> String {
        Self::of(values).map_or(String::new(), |s| format!("{:.2} ({:.2} to {:.2})", s.median, s.least, s.most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_ends() {
        assert_eq!(Spread::of(vec![2.0, 6.0, 3.0]), Some(Spread { median: 3.0, least: 2.0, most: 6.0 }));
        assert_eq!(Spread::of(Vec::new()), None);
    }
}
