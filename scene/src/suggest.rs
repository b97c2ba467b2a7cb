//! "Did you mean": the known name nearest to what was written.

/// The nearest of `known` if it is near enough to be a slip of the finger.
pub(crate) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = fold(written);
    if written.len() > MAX_LENGTH {
        return None;
    }
    known
        .into_iter()
        .map(|name| (distance(&written, &fold(name)), name))
        .min_by_key(|&(d, _)| d)
        .filter(|&(d, name)| d <= name.chars().count().max(written.len()).div_ceil(3))
        .map(|(_, name)| name)
}

/// A sentence for a help line: the nearest name, or all of them when none is near.
pub(crate) fn help<'a>(written: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(written, known.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => {
            let all: Vec<&str> = known.into_iter().collect();
            format!("known here: {}", all.join(", "))
        }
    }
}

/// Names longer than this are not compared.
const MAX_LENGTH: usize = 64;

/// Case, `_` and `-` do not count as differences.
fn fold(name: &str) -> Vec<char> {
    name.chars().filter(|c| *c != '_' && *c != '-').flat_map(char::to_lowercase).collect()
}

/// Damerau-Levenshtein distance with adjacent transpositions (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut d = vec![0; (a.len() + 1) * width];
    for j in 0..width {
        d[j] = j;
    }
    for i in 1..=a.len() {
        d[i * width] = i;
        for j in 1..=b.len() {
            let substitution = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (d[(i - 1) * width + j] + 1).min(d[i * width + j - 1] + 1);
            best = best.min(d[(i - 1) * width + j - 1] + substitution);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(d[(i - 2) * width + j - 2] + 1);
            }
            d[i * width + j] = best;
        }
    }
    d[a.len() * width + b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["gravity", "restitution", "drag_linear", "drag_quadratic"];

    #[test]
    fn slips_find_their_name() {
        for (written, meant) in [("gravty", "gravity"), ("garvity", "gravity"), ("Restitution", "restitution"), ("dragLinear", "drag_linear")] {
            assert_eq!(nearest(written, NAMES), Some(meant));
        }
    }

    #[test]
    fn far_names_list_all() {
        assert_eq!(nearest("viscosity_model", NAMES), None);
        assert_eq!(help("qqq", ["a", "bb"]), "known here: a, bb");
        assert_eq!(nearest(&"g".repeat(100_000), NAMES), None);
    }
}
