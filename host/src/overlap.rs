//! How far balls have sunk into each other: the accuracy of hard contact.

use std::collections::HashMap;

/// Overlaps of all pairs of balls that overlap, in radii.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overlaps {
    /// Pairs.
    pub pairs: usize,
    /// Mean.
    pub mean: f64,
    /// The value that one in a hundred is above.
    pub most_of_all: f64,
}

/// Measures the overlaps of balls of one radius; positions are xyz interleaved.
pub fn overlaps(position: &[f32], radius: f64) -> Overlaps {
    let balls: Vec<[f64; 3]> = position.as_chunks::<3>().0.iter().map(|x| x.map(f64::from)).collect();
    let cell = |x: &[f64; 3]| x.map(|c| (c / (2.0 * radius)).floor() as i64);
    let mut cells: HashMap<[i64; 3], Vec<usize>> = HashMap::new();
    for (i, ball) in balls.iter().enumerate() {
        cells.entry(cell(ball)).or_default().push(i);
    }
    let mut found = Vec::new();
    for (i, a) in balls.iter().enumerate() {
        let [x, y, z] = cell(a);
        for near in (0..27).filter_map(|k| cells.get(&[x + k % 3 - 1, y + k / 3 % 3 - 1, z + k / 9 - 1])) {
            for b in near.iter().filter(|j| **j > i).map(|j| balls[*j]) {
                let apart = (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt();
                found.extend((apart < 2.0 * radius).then_some((2.0 * radius - apart) / radius));
            }
        }
    }
    found.sort_by(f64::total_cmp);
    let pairs = found.len();
    Overlaps { pairs, mean: found.iter().sum::<f64>() / pairs.max(1) as f64, most_of_all: found.get(pairs * 99 / 100).copied().unwrap_or(0.0) }
}
