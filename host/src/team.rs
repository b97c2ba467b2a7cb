//! The team of a native run: a crew of its own, its vectors, and who wants to know about stages.

use crate::crew::Crew;
use crate::plug_ins::PlugIns;
use motes_physics::plug_ins::Call;
use motes_physics::simd::Isa;
use motes_physics::team::{Serial, Team, Work};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A number of threads.
pub struct Threads {
    crew: Option<Crew>,
    isa: Isa,
    profile: Option<Mutex<Profile>>,
    told: Option<fn(&'static str)>,
    plug_ins: Option<Arc<PlugIns>>,
}

/// Time spent in each stage.
#[derive(Default)]
struct Profile {
    spent: Vec<(&'static str, Duration)>,
    now: Option<(&'static str, Instant)>,
}

impl Profile {
    /// Ends the stage that runs and begins `next`.
    fn turn(&mut self, next: Option<&'static str>) {
        let time = Instant::now();
        if let Some((name, begun)) = self.now.take() {
            let spent = time - begun;
            match self.spent.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => *sum += spent,
                None => self.spent.push((name, spent)),
            }
        }
        self.now = next.map(|name| (name, time));
    }
}

impl Threads {
    /// The calling thread and `count - 1` more. Kernels use the widest vectors that the processor has.
    pub fn new(count: u32) -> std::io::Result<Self> {
        let crew = if count > 1 { Some(Crew::start(count - 1)?) } else { None };
        Ok(Self { crew, isa: Isa::widest(), profile: None, told: None, plug_ins: None })
    }

    /// Kernels use this instruction set.
    pub fn with_isa(self, isa: Isa) -> Self {
        Self { isa, ..self }
    }

    /// Measures the time of stages.
    pub fn profiled(self) -> Self {
        Self { profile: Some(Mutex::default()), ..self }
    }

    /// Calls this when a stage begins.
    pub fn telling(self, told: fn(&'static str)) -> Self {
        Self { told: Some(told), ..self }
    }

    /// Calls these plug-ins from now on.
    pub(crate) fn call_plug_ins(&mut self, plug_ins: Option<Arc<PlugIns>>) {
        self.plug_ins = plug_ins;
    }

    /// This thread and those beside it.
    pub(crate) fn count(&self) -> u32 {
        1 + self.crew.as_ref().map_or(0, Crew::helpers)
    }

    /// Ends the measured stage, when a call into physics has come back.
    pub(crate) fn rest(&self) {
        if let Some(profile) = &self.profile {
            profile.lock().unwrap_or_else(|broken| broken.into_inner()).turn(None);
        }
    }

    /// Time of each stage since the last time this was asked.
    pub(crate) fn take_profile(&self) -> Vec<(&'static str, Duration)> {
        self.profile.as_ref().map_or_else(Vec::new, |profile| std::mem::take(&mut profile.lock().unwrap_or_else(|broken| broken.into_inner()).spent))
    }
}

impl Team for Threads {
    fn run(&self, count: u32, work: &dyn Work) {
        match &self.crew {
            Some(crew) if count > 1 => crew.run(count, work),
            _ => Serial.run(count, work),
        }
    }

    fn isa(&self) -> Isa {
        self.isa
    }

    fn plug_ins(&self) -> u32 {
        self.plug_ins.as_ref().map_or(0, |plug_ins| plug_ins.count())
    }

    fn plug_in(&self, call: Call) {
        // A failure is kept there, and seen by the stage when it asks how many there are.
        let _ = self.plug_ins.as_ref().is_some_and(|plug_ins| plug_ins.call(call));
    }

    fn mark(&self, stage: &'static str) {
        if let Some(told) = self.told {
            told(stage);
        }
        if let Some(profile) = &self.profile {
            profile.lock().unwrap_or_else(|broken| broken.into_inner()).turn(Some(stage));
        }
    }
}
