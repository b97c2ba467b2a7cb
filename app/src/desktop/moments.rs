//! Moments of the run that the window can go back to.

use motes_host::{HostError, Recorder, RecordingError, Simulation};

/// Bytes of keyframes that are kept; the page has as many.
const RING_BYTES: usize = 96 << 20;
/// Steps between two keyframes at least, and share of the run's time that they may take.
const EVERY: u64 = 64;
const SHARE: f64 = 0.1;

/// Keyframes, where the run is not too large for them.
pub(super) struct Moments(Result<Recorder, String>);

impl Moments {
    /// Begins with the present state.
    pub(super) fn begin(simulation: &mut Simulation) -> Self {
        Self(Self::recorder(simulation))
    }

    fn recorder(simulation: &mut Simulation) -> Result<Recorder, String> {
        let bytes = simulation.header().map_err(|error| error.to_string())?.block_bytes;
        if bytes > RING_BYTES as u64 {
            return Err(format!("a run of {bytes} bytes is not recorded; at most {RING_BYTES} bytes are"));
        }
        Recorder::new(simulation, RING_BYTES, EVERY).map(|recorder| recorder.with_share(SHARE)).map_err(|error| error.to_string())
    }

    /// Runs steps. What cannot be kept ends the keeping, not the run.
    pub(super) fn step(&mut self, simulation: &mut Simulation, steps: u32) -> Result<(), HostError> {
        let Ok(recorder) = &mut self.0 else { return simulation.step(steps) };
        match recorder.step(simulation, steps.into()) {
            Ok(()) => Ok(()),
            Err(RecordingError::Host(error)) => Err(error),
            Err(error) => {
                self.0 = Err(error.to_string());
                Ok(())
            }
        }
    }

    /// Goes so many steps back, or as far as can be.
    pub(super) fn back(&mut self, simulation: &mut Simulation, steps: u64) -> Result<(), String> {
        let recorder = self.0.as_mut().map_err(|reason| reason.clone())?;
        let now = simulation.header().map_err(|error| error.to_string())?.step;
        let (first, _) = recorder.range().map_err(|error| error.to_string())?;
        recorder.rewind(simulation, now.saturating_sub(steps).max(first)).map_err(|error| error.to_string())
    }
}
