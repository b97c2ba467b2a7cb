//! How far a run is: a bar on a terminal, a line every ten seconds elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Time between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Progress of one run, or one reading of a file, on standard error.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    total: u64,
    what: &'static str,
    started: Instant,
    last_line: Instant,
}

impl Progress {
    /// A run of `total` steps begins.
    pub(crate) fn new(total: u64) -> Self {
        Self::with_template(total, "step", "{bar:30} {pos}/{len} steps  {per_sec}  {eta} left")
    }

    /// The reading of a file begins; of 0 bytes where nobody knows.
    pub(crate) fn of_bytes(total: u64) -> Self {
        Self::with_template(total, "byte", if total > 0 { "{bar:30} {bytes}/{total_bytes} of particles  {eta} left" } else { "{bytes} of particles" })
    }

    fn with_template(total: u64, what: &'static str, template: &str) -> Self {
        let now = Instant::now();
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style)
        });
        Progress { bar, total, what, started: now, last_line: now }
    }

    /// So many steps or bytes are done.
    pub(crate) fn show(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        } else if self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            eprintln!("{} {done} of {}, {:.1}/s", self.what, self.total, done as f64 / self.started.elapsed().as_secs_f64());
        }
    }

    /// All are done.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
