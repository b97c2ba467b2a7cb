//! Runs with plug-ins: what one does wrong costs the run that plug-in and nothing else.
//!
//! Every stretch of steps begins with a checkpoint. When a plug-in fails in one of them, the block goes back to it, makes the steps that
//! were whole once more, and goes on without the plug-in: the same bits as if it had been taken out at that step by hand.

use crate::engine::{Call, Plugs};
use crate::plug_ins::PlugIns;
use crate::simulation::{HostError, Simulation, With, plugs_of};
use motes_physics::Status;
use motes_physics::layout::FLAG_WATCH;
use motes_physics::plug_ins::watch::TRIAL_STEPS;
use motes_scene::growth::{self, Grown, GrowthError};
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
    pub(crate) trial_until: Option<u64>,
}

impl Plugged {
    /// In the place of those that a run had, if it had any.
    pub(crate) fn following(before: Option<&Self>, plug_ins: Arc<PlugIns>) -> Self {
        let stopped = before.map_or_else(Vec::new, |before| before.stopped.clone());
        Self { plug_ins, stopped, trial_until: before.and_then(|before| before.trial_until) }
    }

    pub(crate) fn plug_ins(&self) -> &Arc<PlugIns> {
        &self.plug_ins
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
            plugged.plug_ins.refresh();
        }
        self.tell_plug_ins()?;
        let result = self.physics(Call::Init);
        self.begun(result)
    }

    /// Tells plug-ins where the block is.
    pub(crate) fn tell_plug_ins(&mut self) -> Result<(), HostError> {
        let Some(Plugged { plug_ins, .. }) = &self.plugged else { return Ok(()) };
        plug_ins.init().map_err(|reason| HostError::PlugIn { reason })
    }

    /// What became of a first state: a plug-in that failed in it is told by name.
    pub(crate) fn begun(&mut self, result: Result<u64, HostError>) -> Result<(), HostError> {
        match self.failure(&result) {
            Some((number, reason)) => Err(HostError::PlugIn { reason: format!("{}: {reason}", self.file_of(number)) }),
            None => result.map(|_| ()),
        }
    }

    /// Goes on with the plug-ins of a scene that is the run's but for plug-ins which come behind those that it has. Those that it has keep their
    /// data; all are on trial in the next steps. Particles that have joined stay. A reset goes back to that scene.
    ///
    /// # Errors
    /// When there is no memory, when a plug-in cannot be loaded or fails at once, or when the scene is another; the run is as it was.
    pub fn go_on_with(&mut self, scene: &Compiled) -> Result<(), HostError> {
        self.has_plug_ins_of(scene)?;
        let header = self.header()?;
        let plan = match header.added {
            0 => Grown { prefix: scene.prefix.clone(), block_bytes: scene.block_bytes },
            added => {
                let (header, records) = growth::read_prefix(&scene.prefix).ok_or(HostError::PlugIn { reason: "the scene's block is damaged".to_owned() })?;
                growth::grow(&header, &growth::records_of(&records), u64::from(added)).map_err(HostError::Growth)?
            }
        };
        let (bytes, kept) = (plan.block_bytes, self.plugged.as_ref().map(|plugged| plugged.plug_ins.kept_for_block()));
        let plugs = match kept {
            None => plugs_of(scene, self.reserve, bytes),
            Some(kept) if kept < bytes => {
                let text = format!("the block would have {bytes} bytes, and {kept} are kept for it in front of the data of plug-ins; begin with more reserve");
                return Err(HostError::Growth(GrowthError::Limit(text)));
            }
            Some(kept) => Plugs::Of(scene, kept - bytes),
        };
        let mut place = self.place(plan, true, Some(plugs))?;
        if kept.is_some_and(|kept| place.kept_for_block() != Some(kept)) {
            return Err(HostError::Memory { bytes });
        }
        place.try_until(header.step + TRIAL_STEPS);
        self.go_over(place, With::More)?;
        self.origin = scene.prefix.clone();
        Ok(())
    }

    /// Refuses a scene in whose place for a plug-in of the run there is another: parameters are carried over by their order.
    fn has_plug_ins_of(&self, scene: &Compiled) -> Result<(), HostError> {
        let present = (0..).map_while(|number| self.plugged.as_ref()?.plug_ins.get(number));
        let fail = |reason: String| Err(HostError::PlugIn { reason });
        for (number, loaded) in present.enumerate() {
            if scene.plug_ins.get(number).is_none_or(|other| other.plug_in.sha256 != loaded.plug_in.sha256) {
                return fail(format!("{} is not plug-in {number} of the scene, as it is in the run; name others behind it", loaded.plug_in.file));
            }
        }
        if scene.plug_ins.is_empty() { fail("the scene has no plug-ins to go on with".to_owned()) } else { Ok(()) }
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
        let prefix = self.prefix.clone();
        let step = memory.mend(self, &prefix);
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
