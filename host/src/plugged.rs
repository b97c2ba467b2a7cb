//! Runs with plug-ins: what one does wrong costs the run that plug-in and nothing else.
//!
//! Every stretch of steps begins with a checkpoint. When a plug-in fails in one of them, the block goes back to it, makes the steps that
//! were whole once more, and goes on without the plug-in: the same bits as if it had been taken out at that step by hand.

use crate::engine::{Call, Engine};
use crate::plug_ins::PlugIns;
use crate::simulation::{HostError, Simulation};
use crate::team::Threads;
use motes_physics::Status;
use motes_physics::layout::FLAG_WATCH;
use motes_physics::migrate::migrate;
use motes_physics::plug_ins::watch::TRIAL_STEPS;
use motes_scene::{Compiled, LoadedPlugIn};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A plug-in that was switched off in the middle of a run, which went on without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoppedPlugIn {
    /// Its file.
    pub file: String,
    /// The steps that were made with it.
    pub step: u64,
    /// What it did.
    pub reason: String,
}

/// The plug-ins of a run, and what became of them.
pub(crate) struct Plugged {
    plug_ins: Arc<PlugIns>,
    stopped: Vec<StoppedPlugIn>,
    /// Step at which plug-ins that came in mid-run have passed their trial.
    trial_until: Option<u64>,
}

impl Plugged {
    pub(crate) fn new(plug_ins: Arc<PlugIns>) -> Self {
        Self { plug_ins, stopped: Vec::new(), trial_until: None }
    }

    pub(crate) fn save(&self) {
        self.plug_ins.save();
    }

    pub(crate) fn restore(&self) {
        self.plug_ins.restore();
    }
}

impl Simulation {
    /// Makes the first state, with plug-ins as they were loaded.
    pub(crate) fn init(&mut self) -> Result<(), HostError> {
        if let Some(plugged) = &self.plugged {
            plugged.plug_ins.begin().map_err(|reason| HostError::PlugIn { reason })?;
        }
        let result = self.physics(Call::Init);
        self.begun(result)
    }

    /// What became of a first state: a plug-in that failed in it is told by name.
    fn begun(&mut self, result: Result<u64, HostError>) -> Result<(), HostError> {
        match self.failure(&result) {
            Some((number, reason)) => Err(HostError::PlugIn { reason: format!("{}: {reason}", self.file_of(number)) }),
            None => result.map(|_| ()),
        }
    }

    /// A run that goes on from another's state: of the same scene, with other plug-ins. The other is as it was, and may go on too.
    ///
    /// # Errors
    /// When there is no memory, when a plug-in cannot be loaded or fails at once, or when the scene is another.
    pub fn going_on_from(from: &mut Simulation, scene: &Compiled, threads: Threads) -> Result<Self, HostError> {
        let (memory, plug_ins) = PlugIns::on_new_memory(scene, threads.count())?;
        let team = threads.calling(Arc::clone(&plug_ins));
        let mut simulation = Self::with_prefix(scene, memory, Some(plug_ins), || Ok(Engine::Native(team)))?;
        let own = Arc::clone(&simulation.memory);
        let memory = Arc::clone(&from.memory);
        if let Some(plugged) = &simulation.plugged {
            plugged.plug_ins.begin().map_err(|reason| HostError::PlugIn { reason })?;
        }
        let step = from.header()?.step;
        let fault = |fault| HostError::Fault { step, fault };
        let result = {
            let mut block = memory.lead(from).map_err(|status| fault(status.into()))?;
            let mut to = own.lead(&mut simulation).map_err(|status| fault(status.into()))?;
            let flags = block.header().flags;
            block.header_mut().flags |= FLAG_WATCH;
            let result = simulation.engine.threads().map(|team| migrate(&mut block, &mut to, team));
            block.header_mut().flags = flags;
            result.unwrap_or(Ok(())).map(|()| 0).map_err(fault)
        };
        simulation.begun(result)?;
        if let Some(plugged) = &mut simulation.plugged {
            plugged.trial_until = Some(step + TRIAL_STEPS);
        }
        simulation.checkpoint()?;
        Ok(simulation)
    }

    /// Ends the trial of plug-ins that came in mid-run, once they have passed it.
    fn end_trial(&mut self) -> Result<(), HostError> {
        let step = self.header()?.step;
        if let Some(plugged) = &mut self.plugged
            && plugged.trial_until.take_if(|until| step >= *until).is_some()
        {
            self.with_block(|block| block.header_mut().flags &= !FLAG_WATCH)?;
        }
        Ok(())
    }

    /// All data of plug-ins; none without them.
    pub(crate) fn plug_in_words(&self) -> Vec<u32> {
        self.plugged.as_ref().map_or_else(Vec::new, |plugged| plugged.plug_ins.words())
    }

    /// Keeps other data for [`Self::restore`] than plug-ins have now.
    pub(crate) fn save_plug_in_words(&self, words: &[u32]) {
        if let Some(plugged) = &self.plugged {
            plugged.plug_ins.save_words(words);
        }
    }

    /// Plug-ins that were switched off so far.
    pub fn stopped_plug_ins(&self) -> &[StoppedPlugIn] {
        self.plugged.as_ref().map_or(&[], |plugged| &plugged.stopped)
    }

    /// A number that a plug-in has computed.
    pub fn plug_in_output(&mut self, plug_in: usize, output: usize) -> Option<f64> {
        let address = self.plugged.as_ref()?.plug_ins.get(plug_in as u32)?.output(output);
        self.with_block(|block| block.slot(address)).ok().flatten()
    }

    /// A number in a plug-in's exported data.
    pub fn plug_in_data(&mut self, plug_in: usize, symbol: &str, index: u32) -> Option<f32> {
        let plug_ins = &self.plugged.as_ref()?.plug_ins;
        let word = plug_ins.word(plug_ins.symbol(plug_in, symbol)?.checked_add(4 * index)?)?;
        Some(f32::from_bits(word.load(Ordering::Relaxed)))
    }

    /// Writes a number into a plug-in's exported data, between two steps; false if there is no such place.
    pub fn set_plug_in_data(&mut self, plug_in: usize, symbol: &str, index: u32, value: f32) -> bool {
        let Some(plug_ins) = self.plugged.as_ref().map(|plugged| &plugged.plug_ins) else { return false };
        let address = plug_ins.symbol(plug_in, symbol).and_then(|first| first.checked_add(4 * index));
        let Some(word) = address.and_then(|address| plug_ins.word(address)) else { return false };
        word.store(value.to_bits(), Ordering::Relaxed);
        true
    }

    /// Runs steps; whatever plug-in fails in one of them is switched off before it.
    pub(crate) fn step_with_plug_ins(&mut self, steps: u32) -> Result<(), HostError> {
        self.end_trial()?;
        let mut left = steps;
        loop {
            self.checkpoint()?;
            let begun = self.header()?.step;
            let result = self.physics(Call::Step(left));
            let Some((number, reason)) = self.failure(&result) else { return result.map(|_| ()) };
            let made = self.back_to_checkpoint(begun)?;
            let again = self.physics(Call::Step(made));
            if self.failure(&again).is_some() {
                // It does not do the same twice: no step with it can be relied on.
                self.back_to_checkpoint(begun)?;
                self.stop_plug_in(number, begun, reason)?;
                continue;
            }
            again?;
            self.stop_plug_in(number, begun + u64::from(made), reason)?;
            left -= made;
        }
    }

    /// The plug-in that a call failed for, and what it did.
    fn failure(&mut self, result: &Result<u64, HostError>) -> Option<(u32, String)> {
        let failed = self.plugged.as_ref()?.plug_ins.take_failure();
        let damage = match result {
            Err(HostError::Fault { fault, .. }) if fault.status == Status::PlugInDamage => {
                let what = ["the block's header or tables", "bytes between arrays", "an array that it does not name in `writes`"];
                Some((fault.particle, format!("it changed {}", what[(fault.detail[1] as usize).min(2)])))
            }
            _ => None,
        };
        failed.or(damage)
    }

    /// Brings the last checkpoint back; the steps that were made since.
    fn back_to_checkpoint(&mut self, begun: u64) -> Result<u32, HostError> {
        self.engine.revive()?;
        let memory = Arc::clone(&self.memory);
        let origin = self.origin.clone();
        let step = memory.mend(self, &origin);
        self.restore()?;
        Ok(step.saturating_sub(begun) as u32)
    }

    fn file_of(&self, number: u32) -> String {
        let loaded = self.plugged.as_ref().and_then(|plugged| plugged.plug_ins.get(number));
        loaded.map_or_else(String::new, |loaded| loaded.plug_in.file.clone())
    }

    /// Never calls the plug-in again.
    fn stop_plug_in(&mut self, number: u32, step: u64, reason: String) -> Result<(), HostError> {
        let file = self.file_of(number);
        let stages = self.plugged.as_ref().and_then(|plugged| plugged.plug_ins.get(number)).map_or(0, LoadedPlugIn::stages);
        self.set_slot(stages, 0.0)?;
        if let Some(plugged) = &mut self.plugged {
            // After a return to a moment before, it fails at the same step again.
            plugged.stopped.retain(|stopped| stopped.file != file);
            plugged.stopped.push(StoppedPlugIn { file, step, reason });
        }
        Ok(())
    }
}
