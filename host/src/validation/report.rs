//! The report: a table of all checks, and curves as SVG.

use super::{Case, CaseError, Check, Outcome};
use plotters::prelude::*;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// A diagram.
pub struct Plot {
    /// Above it; also makes its file name.
    pub title: String,
    /// Along the horizontal axis.
    pub x: String,
    /// Along the vertical axis.
    pub y: String,
    /// Curves and points.
    pub series: Vec<Series>,
}

/// One curve, or one set of points.
pub struct Series {
    /// In the legend.
    pub label: String,
    /// (x, y).
    pub points: Vec<[f64; 2]>,
    /// Joined by a line, or marked one by one.
    pub joined: bool,
}

impl Series {
    /// A curve.
    pub fn line(label: &str, points: Vec<[f64; 2]>) -> Self {
        Series { label: label.to_owned(), points, joined: true }
    }

    /// Points.
    pub fn points(label: &str, points: Vec<[f64; 2]>) -> Self {
        Series { label: label.to_owned(), points, joined: false }
    }
}

/// Colours that are told apart with every kind of colour vision (Okabe & Ito 2008).
const COLORS: [RGBColor; 5] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(0, 158, 115), RGBColor(204, 121, 167), RGBColor(0, 0, 0)];

impl Plot {
    /// The file that the diagram goes into.
    pub fn file_name(&self) -> String {
        let words: Vec<String> = self.title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
        words.join("-") + ".svg"
    }

    /// The diagram.
    pub fn svg(&self) -> String {
        let mut text = String::new();
        // Drawing into a string has no way to fail; what has no extent has no diagram.
        let drawn = self.draw(SVGBackend::with_string(&mut text, (640, 400)).into_drawing_area());
        if drawn.is_err() { String::new() } else { text }
    }

    fn draw(&self, area: DrawingArea<SVGBackend, plotters::coord::Shift>) -> Result<(), Box<dyn std::error::Error + '_>> {
        let (x, y) = (self.extent(0), self.extent(1));
        area.fill(&WHITE)?;
        let mut builder = ChartBuilder::on(&area);
        builder.caption(&self.title, ("sans-serif", 18)).margin(12).x_label_area_size(40).y_label_area_size(70);
        let mut chart = builder.build_cartesian_2d(x[0]..x[1], y[0]..y[1])?;
        chart.configure_mesh().light_line_style(RGBColor(235, 235, 235)).x_desc(&self.x).y_desc(&self.y).label_style(("sans-serif", 13)).draw()?;
        for (series, color) in self.series.iter().zip(COLORS.into_iter().cycle()) {
            let points = series.points.iter().map(|&[x, y]| (x, y));
            let legend = move |(x, y)| Circle::new((x + 10, y), 4, color.filled());
            if series.joined {
                chart.draw_series(LineSeries::new(points, color.stroke_width(2)))?.label(&series.label).legend(legend);
            } else {
                chart.draw_series(points.map(|point| Circle::new(point, 4, color.filled())))?.label(&series.label).legend(legend);
            }
        }
        chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK).label_font(("sans-serif", 13)).draw()?;
        area.present()?;
        drop(chart);
        Ok(())
    }

    /// Least and greatest coordinate with a margin.
    fn extent(&self, axis: usize) -> [f64; 2] {
        let all = || self.series.iter().flat_map(|s| &s.points).map(|p| p[axis]).filter(|c| c.is_finite());
        let (low, high) = (all().fold(f64::MAX, f64::min), all().fold(f64::MIN, f64::max));
        if low > high {
            return [0.0, 1.0];
        }
        let margin = if high > low { 0.05 * (high - low) } else { 0.5 * high.abs().max(1.0) };
        [low - margin, high + margin]
    }
}

/// One case after it was run.
pub type Finished = (Case, Result<Outcome, CaseError>);

/// True if every check passed and no case failed; what was skipped is told and does not pass or fail.
pub fn all_passed(finished: &[Finished]) -> bool {
    finished.iter().all(|(_, result)| match result {
        Ok(outcome) => outcome.checks.iter().all(Check::passed),
        Err(CaseError::Missing(_)) => true,
        Err(_) => false,
    })
}

/// A finished case as text for terminals, a line for each check.
pub fn lines(case: &Case, result: &Result<Outcome, CaseError>, seconds: f64) -> String {
    let mut text = format!("{}: {} ({seconds:.1} s)\n", case.part, case.name);
    match result {
        Ok(outcome) => {
            for check in &outcome.checks {
                let verdict = if check.passed() { "ok  " } else { "FAIL" };
                let [low, high] = check.band.map(number);
                let _ = writeln!(text, "  {verdict} {}: {} for {} ({low} to {high})", check.quantity, number(check.obtained), number(check.published));
            }
        }
        Err(error) => {
            let _ = writeln!(text, "  {error}");
        }
    }
    text
}

/// One line on all of them, and how many checks and cases failed.
pub fn summary(finished: &[Finished]) -> (String, usize) {
    let checks = || finished.iter().filter_map(|(_, result)| result.as_ref().ok()).flat_map(|outcome| &outcome.checks);
    let failed = checks().filter(|check| !check.passed()).count();
    let skipped = finished.iter().filter(|(_, result)| matches!(result, Err(CaseError::Missing(_)))).count();
    let broken = finished.iter().filter(|(_, result)| result.is_err()).count() - skipped;
    let line = format!("{} cases, {} checks, {failed} failed, {broken} cases broken, {skipped} skipped", finished.len(), checks().count());
    (line, failed + broken)
}

/// Writes the report to a Markdown file, and its diagrams to a folder `validation` beside it.
///
/// # Errors
/// The file that could not be written, and why.
pub fn write(path: &Path, finished: &[Finished], full: bool) -> Result<(), (PathBuf, std::io::Error)> {
    let folder = path.parent().unwrap_or(Path::new("")).join("validation");
    fs::create_dir_all(&folder).map_err(|error| (folder.clone(), error))?;
    for plot in finished.iter().filter_map(|(_, result)| result.as_ref().ok()).flat_map(|outcome| &outcome.plots) {
        let file = folder.join(plot.file_name());
        fs::write(&file, plot.svg()).map_err(|error| (file, error))?;
    }
    let form = if full { "motes validate-physics --full" } else { "motes validate-physics" };
    let head = format!("# Validation\n\nWritten by `{form} --out docs/validation.md`. A check passes when the obtained value lies in the band.\n");
    fs::write(path, head + &markdown(finished)).map_err(|error| (path.to_owned(), error))
}

/// The table of all checks, by part of physics, with links to the diagrams.
fn markdown(finished: &[Finished]) -> String {
    let mut out = String::new();
    let mut part = "";
    for (case, result) in finished {
        if case.part != part {
            part = case.part;
            let _ = write!(out, "\n## {part}\n");
        }
        let _ = write!(out, "\n### {}\n\n{}\n\n", case.name, case.source);
        match result {
            Ok(outcome) => {
                out.push_str("| quantity | published | obtained | band | verdict |\n|---|---|---|---|---|\n");
                outcome.checks.iter().for_each(|check| row(&mut out, check));
                for plot in &outcome.plots {
                    let _ = write!(out, "\n![{}](validation/{})\n", plot.title, plot.file_name());
                }
            }
            Err(error) => {
                let _ = writeln!(out, "{error}");
            }
        }
    }
    out
}

fn row(out: &mut String, check: &Check) {
    let verdict = if check.passed() { "passed" } else { "**failed**" };
    let [low, high] = check.band.map(number);
    let _ = writeln!(out, "| {} | {} | {} | {low} to {high} | {verdict} |", check.quantity, number(check.published), number(check.obtained));
}

/// Seven significant digits, without needless zeros.
pub fn number(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 {
        "0".to_owned()
    } else if (1e-4..1e7).contains(&size) {
        let digits = (6 - size.log10().floor() as i32).max(0) as usize;
        let text = format!("{x:.digits$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    } else {
        format!("{x:.4e}")
    }
}
