//! What the measurements come to, as tables and as docs/bridge.md.

use super::super::spread::Spread;
use super::{Browser, Run};
use anyhow::{Context, Result};

const MEGABYTE: f64 = 1e6;

/// A table for each size.
pub(super) fn tables(browsers: &[Browser]) -> String {
    let mut sizes: Vec<u64> = browsers.iter().flat_map(|browser| browser.runs.iter().map(|run| run.bytes)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes.iter().map(|&bytes| table(browsers, bytes)).collect::<Vec<_>>().join("\n")
}

fn table(browsers: &[Browser], bytes: u64) -> String {
    let columns = |browser: &Browser| format!(" {}: bridge, ms | writing, ms | peak, MB |", called(browser));
    let head: String = browsers.iter().map(columns).collect();
    let mut out =
        format!("### {} MB a frame\n\n| way | new, MB a frame |{head}\n|---|---|{}\n", bytes as f64 / MEGABYTE, "---|---|---|".repeat(browsers.len()));
    let at = |browser: &'_ Browser, way: &str| browser.runs.iter().position(|run| run.bytes == bytes && run.way == way);
    for run in browsers.iter().take(1).flat_map(|browser| &browser.runs).filter(|run| run.bytes == bytes) {
        let cells: String = browsers.iter().map(|browser| at(browser, &run.way).map_or(" | | |".to_owned(), |k| cells(&browser.runs[k]))).collect();
        out += &format!("| {} | {:.2} |{cells}\n", run.title, run.allocated / MEGABYTE);
    }
    out
}

fn cells(run: &Run) -> String {
    let peak = Spread::of(run.peak.clone()).map_or(0.0, |peak| peak.median / MEGABYTE);
    format!(" {} | {} | {peak:.0} |", Spread::show(run.bridge.clone()), two(median(&run.writing)))
}

/// `Chromium`, `Firefox`.
fn called(browser: &Browser) -> &str {
    if browser.version.starts_with("Chrome") { "Chromium" } else { "Firefox" }
}

fn median(values: &[f64]) -> f64 {
    Spread::of(values.to_vec()).map_or(0.0, |spread| spread.median)
}

fn two(value: f64) -> String {
    format!("{value:.2}")
}

/// The whole document.
pub(super) fn document(browsers: &[Browser], rounds: u32) -> Result<String> {
    let first = browsers.first().context("no browser was measured")?;
    let versions: Vec<&str> = browsers.iter().map(|browser| browser.version.as_str()).collect();
    let machine = format!("{}; {}; {}", first.machine, versions.join(", "), first.date);
    let text = include_str!("bridge.md").replace("{rounds}", &rounds.to_string()).replace("{machine}", &machine).replace("{claim}", &claim(browsers)?);
    Ok(text.replace("{tables}", tables(browsers).trim_end()))
}

/// What is said of copying and of sharing, and what was measured at the largest size.
fn claim(browsers: &[Browser]) -> Result<String> {
    let of = |way: &str| -> Result<Vec<f64>> {
        let largest = |browser: &Browser| browser.runs.iter().filter(|run| run.way == way).max_by_key(|run| run.bytes).map(|run| median(&run.bridge));
        browsers.iter().map(|browser| largest(browser).with_context(|| format!("`{way}` was not measured in {}", browser.version))).collect()
    };
    let mut lines = vec!["| at 100 MB | said | measured, ms |\n|---|---|---|".to_owned()];
    for (what, way, said) in CLAIMS {
        let values = of(way)?;
        let figures: Vec<String> =
            browsers.iter().zip(&values).map(|(browser, value)| format!("{} in {} ({})", two(*value), called(browser), order(*value))).collect();
        lines.push(format!("| {what} | {said} | {} |", figures.join(", ")));
    }
    Ok(lines.join("\n"))
}

/// What is looked at, in which way, and what is said of it.
const CLAIMS: [(&str, &str, &str); 6] = [
    ("copy into a new array on one thread", "exported-slice", "tens"),
    ("copy into a new array in a worker, and transfer", "transfer", "tens"),
    ("clone by the browser", "clone", "tens"),
    ("copy into an array that is kept, on one thread", "exported-set", "tens"),
    ("copy into an array that is kept in a worker, and transfer to and fro", "transfer-returned", "tens"),
    ("share", "imported-view", "none"),
];

/// The word for so many milliseconds.
fn order(milliseconds: f64) -> &'static str {
    match milliseconds {
        m if m >= 100.0 => "hundreds",
        m if m >= 10.0 => "tens",
        m if m >= 1.0 => "a few",
        _ => "less than one",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn browser(version: &str, scale: f64) -> Browser {
        let run = |(_, way, _): &(&str, &str, &str)| Run {
            way: (*way).to_owned(),
            title: format!("the way {way}"),
            bytes: 100_000_000,
            bridge: vec![scale, 2.0 * scale, 30.0 * scale],
            writing: vec![3.0],
            allocated: 100e6,
            peak: vec![4e6],
            checksum: 1.0,
        };
        Browser { version: version.to_owned(), machine: "a machine".to_owned(), date: "2026-01-02".to_owned(), runs: CLAIMS.iter().map(run).collect() }
    }

    #[test]
    fn the_document_has_every_figure_and_no_gap() {
        let text = document(&[browser("Chrome/1", 1.0), browser("firefox/2", 10.0)], 3).unwrap();
        assert!(text.contains("| the way transfer | 100.00 | 2.00 (1.00 to 30.00) | 3.00 | 4 | 20.00 (10.00 to 300.00) | 3.00 | 4 |"), "{text}");
        assert!(text.contains("a machine; Chrome/1, firefox/2; 2026-01-02"));
        assert!(text.contains("| share | none | 2.00 in Chromium (a few), 20.00 in Firefox (tens) |"), "{text}");
        assert!(!text.contains('{'), "{text}");
    }

    #[test]
    fn words_for_milliseconds() {
        assert_eq!([0.9, 1.0, 9.9, 10.0, 99.9, 100.0].map(order), ["less than one", "a few", "a few", "tens", "tens", "hundreds"]);
    }
}
