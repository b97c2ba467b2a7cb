//! Ways of a frame from a Wasm module to the page, in Chromium and Firefox: times, bytes and peak memory, and docs/bridge.md of them.
//!
//! `web/bench/bridge.mjs` measures; times of all rounds are put together here. Nothing passes or fails by them, but all ways must have
//! brought the same words.

mod report;

use super::Arguments;
use crate::command::{capture, program, root};
use crate::suites;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;

const BROWSERS: [&str; 2] = ["chromium", "firefox"];

/// What one browser did.
struct Browser {
    /// What it calls itself.
    version: String,
    /// Processor and how many of them, and the day.
    machine: String,
    date: String,
    runs: Vec<Run>,
}

/// A way at a size, all rounds together.
#[derive(Default)]
struct Run {
    way: String,
    title: String,
    /// Bytes of a frame.
    bytes: u64,
    /// Milliseconds.
    bridge: Vec<f64>,
    writing: Vec<f64>,
    /// Bytes of arrays made for a frame.
    allocated: f64,
    /// Bytes by which the page's process grew at most, of each round.
    peak: Vec<f64>,
    checksum: f64,
}

/// Measures, prints the tables, and writes the document if asked.
pub(super) fn compare(arguments: &Arguments) -> Result<()> {
    let browsers = BROWSERS.iter().map(|name| measure(name, arguments.repeat)).collect::<Result<Vec<_>>>()?;
    let all: Vec<&Run> = browsers.iter().flat_map(|browser| &browser.runs).collect();
    for run in &all {
        let first = all.iter().find(|other| other.bytes == run.bytes).map_or(0.0, |other| other.checksum);
        ensure!(run.checksum == first, "`{}` brought other words than the rest at {} bytes: their sum is {} and not {first}", run.way, run.bytes, run.checksum);
    }
    println!("{}", report::tables(&browsers));
    if arguments.bless {
        fs::write(root().join("docs/bridge.md"), report::document(&browsers, arguments.repeat)?)?;
    }
    Ok(())
}

fn measure(name: &str, rounds: u32) -> Result<Browser> {
    let display = suites::provide_browser(name)?;
    let mut node = program("node", &["web/bench/bridge.mjs", &rounds.to_string()]);
    suites::in_browser(&mut node, name, &display)?;
    let (success, out) = capture(node)?;
    ensure!(success, "web/bench/bridge.mjs failed in {name}; what it said stands above");
    read(&out).with_context(|| format!("what web/bench/bridge.mjs printed about {name}"))
}

/// A line about the browser, and one for each measurement; those of one way and size belong together.
fn read(out: &str) -> Result<Browser> {
    let mut lines = out.lines().map(serde_json::from_str::<Value>);
    let head = lines.next().context("nothing")??;
    let text = |value: &Value, key: &str| value[key].as_str().map(str::to_owned).with_context(|| format!("no `{key}`"));
    let machine = format!("{}, {} processors", text(&head, "processor")?, head["processors"]);
    let mut browser = Browser { version: text(&head, "browser")?, machine, date: text(&head, "date")?, runs: Vec::new() };
    for line in lines {
        let line = line?;
        let (way, bytes) = (text(&line, "way")?, line["bytes"].as_u64().context("no `bytes`")?);
        let place = browser.runs.iter().position(|run| run.way == way && run.bytes == bytes).unwrap_or_else(|| {
            browser.runs.push(Run { way, bytes, ..Run::default() });
            browser.runs.len() - 1
        });
        let number = |key: &str| line[key].as_f64().with_context(|| format!("no `{key}`"));
        let numbers =
            |key: &str| -> Result<Vec<f64>> { Ok(line[key].as_array().with_context(|| format!("no `{key}`"))?.iter().filter_map(Value::as_f64).collect()) };
        let run = &mut browser.runs[place];
        run.title = text(&line, "title")?;
        run.bridge.extend(numbers("bridge")?);
        run.writing.extend(numbers("writing")?);
        run.peak.push(number("peak")?);
        (run.allocated, run.checksum) = (number("allocated")?, number("checksum")?);
    }
    Ok(browser)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"{"browser":"Chrome/1","processor":"P","processors":2,"date":"2026-01-02"}"#;

    fn line(way: &str, bridge: &str, peak: u32) -> String {
        format!(r#"{{"way":"{way}","title":"t","bytes":1000000,"bridge":{bridge},"writing":[1],"allocated":16,"peak":{peak},"checksum":7}}"#)
    }

    #[test]
    fn rounds_of_one_way_are_put_together() {
        let browser = read(&[HEAD, &line("a", "[1,2]", 5), &line("b", "[3]", 6), &line("a", "[4]", 7)].join("\n")).unwrap();
        assert_eq!(browser.machine, "P, 2 processors");
        let runs: Vec<_> = browser.runs.iter().map(|run| (run.way.as_str(), run.bridge.as_slice(), run.peak.as_slice())).collect();
        assert_eq!(runs, [("a", &[1.0, 2.0, 4.0][..], &[5.0, 7.0][..]), ("b", &[3.0], &[6.0])]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = |out: &str| read(out).map_or_else(|error| error.to_string(), |_| "good".to_owned());
        assert_eq!(error(""), "nothing");
        assert_eq!(error(&[HEAD, &line("a", "3", 5)].join("\n")), "no `bridge`");
        assert_eq!(error(&[HEAD, r#"{"way":"a"}"#].join("\n")), "no `bytes`");
    }
}
