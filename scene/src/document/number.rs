//! Numbers as TOML and JSON write them, read to `f64`.

/// Reads a decimal, hexadecimal, octal or binary literal without `_`; out of range becomes infinite, which validation refuses.
pub(super) fn parse(digits: &str, radix: u32) -> f64 {
    if radix == 10 {
        return digits.parse().unwrap_or(f64::NAN);
    }
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let mut value = 0.0;
    for c in digits.chars() {
        match c.to_digit(radix) {
            Some(d) => value = value * f64::from(radix) + f64::from(d),
            None => return f64::NAN,
        }
    }
    sign * value
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn literals() {
        assert_eq!(parse("9223372036854775808", 10), 9_223_372_036_854_775_808.0);
        assert_eq!(parse("ff", 16), 255.0);
        assert_eq!(parse("1e400", 10), f64::INFINITY);
        assert!(parse("nan", 10).is_nan());
        assert_eq!(parse("-inf", 10), f64::NEG_INFINITY);
    }
}
