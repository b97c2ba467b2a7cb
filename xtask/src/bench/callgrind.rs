//! Instructions of each stage of a step, by valgrind: the same on every machine that runs the same code.
//!
//! `host/examples/count.rs` calls a function of its own whenever a stage begins; callgrind writes down what it has counted each time that
//! function is entered. A second run counts only within the team's `run`, where work is shared by threads: the rest bounds the speed-up.

use super::{Arguments, Work};
use crate::command::{capture, program, root, run, target};
use crate::debian;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Steps that are counted unless told: valgrind is fifty times slower than the processor.
const STEPS: u32 = 20;
/// Particle-steps of a run; where particles are many, steps are few.
const MOST: f64 = 4e5;
/// A table that differs by more than this fraction is told.
const TOLERANCE: f64 = 0.02;
const INSTRUCTION_SETS: [&str; 2] = ["avx2", "sse2"];

/// Instructions per particle-step.
struct Counts {
    whole: f64,
    /// Those that one thread alone executes.
    serial: f64,
    stages: BTreeMap<String, f64>,
}

/// Prints the table, and compares it with the committed one or writes that.
pub(super) fn count(work: &[Work], arguments: &Arguments) -> Result<()> {
    debian::provide(&debian::VALGRIND)?;
    let mut build = program("cargo", &["build", "--release", "--quiet", "-p", "motes-host", "--no-default-features", "--example", "count"]);
    build.env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only");
    run(build)?;
    let (path, mut rows) = (root().join("docs/instructions.md"), Vec::new());
    let known = fs::read_to_string(&path).unwrap_or_default();
    for work in work {
        for isa in INSTRUCTION_SETS {
            let steps = arguments.steps.unwrap_or(((MOST / work.particles) as u32).clamp(2, STEPS));
            let counts = of(work, steps, isa)?;
            let stages: Vec<String> = counts.stages.iter().map(|(name, n)| format!("{name} {n:.0}")).collect();
            let row =
                format!("| {} | {isa} | {steps} | {:.0} | {:.1} % | {} |", work.name, counts.whole, 100.0 * counts.serial / counts.whole, stages.join(", "));
            println!("{row}");
            match before(&known, &work.name, isa, steps) {
                Some(old) if (counts.whole / old - 1.0).abs() > TOLERANCE => {
                    println!("  now {:.0} instructions, {old:.0} in docs/instructions.md", counts.whole)
                }
                Some(_) => {}
                None => println!("  not in docs/instructions.md"),
            }
            rows.push(row);
        }
    }
    if arguments.bless {
        fs::write(path, format!("{HEAD}{}\n", rows.join("\n")))?;
    }
    Ok(())
}

const HEAD: &str = "# Instructions per particle-step

Counted by valgrind on one thread over the first steps of each workload of `motes bench`, by `cargo xtask bench --callgrind --bless`; without `--bless` the
same command compares with this table. Counts do not depend on the machine's mood, so a slow-down shows in a review; they say nothing of caches. *Serial* is the
share outside of work that threads take from each other: of two threads no more than 2 / (1 + serial) times the speed of one is to be had.

| workload | kernels | steps | instructions | serial | by stage |
|---|---|---|---|---|---|
";

/// What the table says.
fn before(table: &str, workload: &str, isa: &str, steps: u32) -> Option<f64> {
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let row = table.lines().map(cells).find(|cells| cells.get(1).is_some_and(|w| w == workload) && cells.get(2).is_some_and(|i| i == isa))?;
    if row.get(3)? == &steps.to_string() { row.get(4)?.parse().ok() } else { None }
}

fn of(work: &Work, steps: u32, isa: &str) -> Result<Counts> {
    let all = stages(work, steps, isa, &[])?;
    let shared = stages(work, steps, isa, &["--collect-atstart=no", "--toggle-collect=*motes_host::team::Threads*Team>::run*"])?;
    let scale = 1.0 / (f64::from(steps) * work.particles);
    let sum = |stages: &[(String, f64)]| stages.iter().map(|(_, n)| n * scale).sum::<f64>();
    let mut by_name = BTreeMap::new();
    for (name, count) in &all {
        *by_name.entry(name.clone()).or_insert(0.0) += count * scale;
    }
    Ok(Counts { whole: sum(&all), serial: sum(&all) - sum(&shared), stages: by_name })
}

/// Name and instructions of each stage, in the order in which they ran.
fn stages(work: &Work, steps: u32, isa: &str, more: &[&str]) -> Result<Vec<(String, f64)>> {
    let folder = target().join("bench/callgrind");
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let out = folder.join("out");
    let mut valgrind = program("valgrind", &["--tool=callgrind", "--quiet", "--dump-before=*count::stage_begins*"]);
    valgrind.arg(format!("--callgrind-out-file={}", out.display())).args(more);
    valgrind.arg(target().join("release/examples/count")).arg(&work.scene).args([&steps.to_string(), isa]);
    let (success, printed) = capture(valgrind)?;
    ensure!(success, "the run failed");
    let names: Vec<&str> = printed.lines().filter_map(|line| line.strip_prefix("stage ")).collect();
    let first = names.iter().position(|name| *name == "begin").context("the run told no beginning")?;
    // Dump number k was written when the k-th stage began, so it holds what the one before it took.
    let stage = |k: usize| -> Result<(String, f64)> { Ok((names[k].to_owned(), total(&folder.join(format!("out.{}", k + 2)))?)) };
    (first..names.len() - 1).map(stage).collect()
}

fn total(dump: &Path) -> Result<f64> {
    let text = fs::read_to_string(dump).with_context(|| dump.display().to_string())?;
    let line = text.lines().find_map(|line| line.strip_prefix("summary: ").or_else(|| line.strip_prefix("totals: ")));
    line.and_then(|n| n.trim().parse().ok()).with_context(|| format!("{} has no sum", dump.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_back() {
        let table = format!("{HEAD}| melt | avx2 | 20 | 812 | 0.3 % | motion 30 |\n");
        assert_eq!(before(&table, "melt", "avx2", 20), Some(812.0));
        assert_eq!(before(&table, "melt", "sse2", 20), None);
        assert_eq!(before(&table, "melt", "avx2", 10), None);
    }
}
