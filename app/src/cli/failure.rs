//! What can go wrong, what is printed, and with which exit code the program ends.

use super::sound;
use miette::{LabeledSpan, MietteDiagnostic, NamedSource, Report};
use motes_host::{HostError, RecordingError, StoppedEffect, StoppedPlugIn};
use motes_physics::Status;
use motes_scene::growth::GrowthError;
use motes_scene::{ErrorClass, InputError, SceneErrors};
use std::io::{self, Write};

/// Wrong arguments or scene.
pub(crate) const USAGE: u8 = 2;
const INTERNAL: u8 = 1;
const INPUT: u8 = 3;
const NUMERICAL: u8 = 4;
const OUTPUT: u8 = 5;
#[cfg(feature = "window")]
const GRAPHICS: u8 = 6;
const LIMIT: u8 = 7;
const VALIDATION: u8 = 8;
const REFUSED: u8 = 9;
const INTERRUPTED: u8 = 130;

/// An error on its way to the user.
#[derive(Debug)]
pub(crate) enum Failure {
    Scene(SceneErrors),
    /// The scene file itself could not be read.
    Unreadable {
        file: String,
        error: io::Error,
    },
    Particles(InputError),
    /// A recording could not be read.
    Recording {
        file: String,
        error: RecordingError,
    },
    /// physics.wasm could not be read or compiled.
    Module(String),
    Host(HostError),
    Output {
        file: String,
        error: io::Error,
    },
    /// No window or nothing to draw with.
    #[cfg(feature = "window")]
    Graphics(String),
    Interrupted {
        step: u64,
    },
    /// Physics is not what was published.
    Validation {
        failed: usize,
    },
    /// A plug-in could not be read or loaded.
    PlugIn(String),
    /// An effect of the sound could not be read or loaded.
    Effect(String),
    /// A plug-in was switched off in the middle of the run.
    Stopped(StoppedPlugIn),
    /// An effect was left out of the sound from somewhere on.
    Silenced(StoppedEffect),
    /// A module was not taken; the run is whole without it.
    Refused {
        module: String,
        step: u64,
        reason: String,
    },
    /// All that was switched off or not taken in a run that came to its end.
    Bypassed(Vec<Failure>),
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Particles(error) => Failure::Particles(error),
            error => Failure::Host(error),
        }
    }
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Failure::Scene(errors) => match errors.class() {
                ErrorClass::Scene => USAGE,
                ErrorClass::Input => INPUT,
                ErrorClass::Limit => LIMIT,
            },
            Failure::Unreadable { .. }
            | Failure::Particles(_)
            | Failure::Host(HostError::Particles(_))
            | Failure::Recording { .. }
            | Failure::Module(_)
            | Failure::PlugIn(_)
            | Failure::Effect(_)
            | Failure::Host(HostError::PlugIn { .. } | HostError::Effect { .. }) => INPUT,
            Failure::Host(HostError::Growth(GrowthError::Input(_))) => INPUT,
            Failure::Host(HostError::Growth(GrowthError::Limit(_))) => LIMIT,
            Failure::Host(HostError::Module { .. }) => INTERNAL,
            Failure::Host(HostError::Memory { .. } | HostError::Threads { .. }) => LIMIT,
            Failure::Host(HostError::Fault { fault, .. }) => match fault.status {
                Status::NotFinite | Status::NeighborCapacity | Status::ParticleLost => NUMERICAL,
                _ => INTERNAL,
            },
            Failure::Output { .. } => OUTPUT,
            #[cfg(feature = "window")]
            Failure::Graphics(_) => GRAPHICS,
            Failure::Interrupted { .. } => INTERRUPTED,
            Failure::Validation { .. } => VALIDATION,
            Failure::Refused { .. } | Failure::Stopped(_) | Failure::Silenced(_) | Failure::Bypassed(_) => REFUSED,
        }
    }

    /// Prints the error and gives its exit code.
    pub(crate) fn report(&self) -> u8 {
        match self {
            Failure::Scene(errors) => scene(errors),
            Failure::Unreadable { file, error } => {
                plain(&format!("{file} cannot be read: {error}"), "`motes scenes` lists the presets; anything else is the path of a file")
            }
            Failure::Particles(error) => eprintln!("{error}"),
            Failure::Recording { file, error } => {
                plain(&format!("{file} cannot be read: {error}"), "frames before that place are whole; `motes run --record` and the page write recordings")
            }
            Failure::Module(reason) => {
                plain(reason, "`cargo xtask web --build-only` builds physics.wasm and sync.wasm into target/web; --module names another file")
            }
            Failure::PlugIn(reason) | Failure::Host(HostError::PlugIn { reason }) => {
                plain(reason, "docs/plug-ins.md tells how one is built; `motes plug-in FILE` says what is wrong with it")
            }
            Failure::Stopped(plug_in) => stopped_plug_in(plug_in),
            Failure::Effect(reason) | Failure::Host(HostError::Effect { reason }) => plain(reason, "docs/sound.md tells how an effect is built"),
            Failure::Silenced(effect) => stopped_effect(effect),
            Failure::Host(error) => plain(&error.to_string(), ""),
            Failure::Output { file, error } => {
                plain(&format!("{file} cannot be written: {error}"), "what was written before is complete up to the last whole frame")
            }
            #[cfg(feature = "window")]
            Failure::Graphics(reason) => {
                plain(reason, "`motes run` needs neither window nor graphics; on Linux a software driver comes with the package mesa-vulkan-drivers")
            }
            Failure::Validation { failed } => eprintln!("{failed} checks failed: the lines above that begin with FAIL"),
            Failure::Refused { module, step, reason } => {
                plain(&format!("{module} was not taken at step {step}: {reason}"), "the run went on as if nothing had been asked")
            }
            Failure::Bypassed(all) => all.iter().for_each(|failure| {
                failure.report();
            }),
            Failure::Interrupted { step } => eprintln!("interrupted after step {step}; output files are complete up to there"),
        }
        self.code()
    }
}

/// Runs `command`; a panic, which has told its place by then, is an internal error.
pub(crate) fn guarded(command: impl FnOnce() -> u8 + std::panic::UnwindSafe) -> u8 {
    std::panic::catch_unwind(command).unwrap_or_else(|_| {
        eprintln!("internal error: this is a mistake in the program, not in your scene; please report it with the lines above");
        INTERNAL
    })
}

fn plain(message: &str, help: &str) {
    let diagnostic = MietteDiagnostic::new(message);
    let diagnostic = if help.is_empty() { diagnostic } else { diagnostic.with_help(help) };
    eprintln!("{:?}", Report::new(diagnostic));
}

fn stopped_plug_in(StoppedPlugIn { file, step, reason }: &StoppedPlugIn) {
    let help = "the run went on without it from there, as if it had never been called again";
    plain(&format!("{file} was switched off after step {step}: {reason}"), help);
}

fn stopped_effect(StoppedEffect { file, frame, reason }: &StoppedEffect) {
    let seconds = *frame as f64 / f64::from(sound::RATE);
    let help = "the sound went on without it from there, as if it had never been called again";
    plain(&format!("{file} was switched off after {seconds:.3} s of sound: {reason}"), help);
}

fn scene(errors: &SceneErrors) {
    for error in &errors.errors {
        let mut diagnostic = MietteDiagnostic::new(&error.message);
        if !error.help.is_empty() {
            diagnostic = diagnostic.with_help(&error.help);
        }
        let source = error.span.and_then(|span| errors.sources.get(span.source).map(|source| (span, source)));
        let report = match source {
            Some((span, source)) => {
                let label = LabeledSpan::at(span.start..span.end, "here");
                Report::new(diagnostic.with_label(label)).with_source_code(NamedSource::new(&source.name, source.text.clone()))
            }
            None => Report::new(diagnostic),
        };
        eprintln!("{report:?}");
    }
    if errors.dropped > 0 {
        eprintln!("and {} more errors", errors.dropped);
    }
}

/// Writes to standard output; a closed pipe is an error like any other, not a panic.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| Failure::Output { file: "standard output".to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use motes_physics::Fault;

    fn of_fault(status: Status) -> u8 {
        Failure::Host(HostError::Fault { step: 3, fault: Fault::from(status) }).code()
    }

    #[test]
    fn faults_of_physics_are_told_apart_from_mistakes_of_the_program() {
        for status in [Status::NotFinite, Status::NeighborCapacity, Status::ParticleLost] {
            assert_eq!(of_fault(status), NUMERICAL);
        }
        for status in [Status::NotABlock, Status::LayoutMismatch, Status::BadRecord, Status::OutOfBounds, Status::MissingModel] {
            assert_eq!(of_fault(status), INTERNAL);
        }
        assert_eq!(Failure::Host(HostError::Memory { bytes: 1 << 40 }).code(), LIMIT);
    }

    #[test]
    fn a_panic_is_an_internal_error_and_nothing_else_is() {
        assert_eq!(guarded(|| panic!("on purpose")), INTERNAL);
        assert_eq!(guarded(|| 5), 5);
    }
}
