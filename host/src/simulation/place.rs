//! Where a run is, and how it goes over to another place: for particles that join, for plug-ins that come in, and back to the scene.
//!
//! Another memory is made beside the one that runs, with an engine and plug-ins on it where they work on their own memory alone. Data of
//! plug-ins keep their addresses, since they may hold some. The memory that the run comes from is only read, and its reader of frames keeps
//! it until there is a frame in the new one, so nothing that someone looks at changes under their eyes.

use super::{HostError, Simulation};
use crate::engine::{Engine, Plugs};
use crate::memory::Memory;
use crate::plugged::Plugged;
use motes_physics::layout::{FLAG_WATCH, Header};
use motes_scene::growth::{Grown, GrowthError};
use std::mem::{offset_of, swap};
use std::sync::{Arc, PoisonError};

/// Bytes that are kept behind the block where plug-ins have their data, unless told: as many as it has, within these.
const RESERVE: (u64, u64) = (16 << 20, 256 << 20);
/// Bytes of a Wasm memory at most.
const MOST_BYTES: u64 = 1 << 32;

/// Bytes that a block may grow into in front of the data of plug-ins.
pub(super) fn reserve_of(told: Option<u64>, block_bytes: u64) -> u64 {
    told.unwrap_or(block_bytes.clamp(RESERVE.0, RESERVE.1)).min(MOST_BYTES)
}

/// A memory, who works on it, and what a damaged block is mended by.
pub(crate) struct Place {
    memory: Arc<Memory>,
    /// Where an engine works on its own memory alone.
    engine: Option<Engine>,
    plugged: Option<Plugged>,
    prefix: Vec<u8>,
}

/// What a run goes over with.
pub(crate) enum With {
    /// Its own plug-ins and their data.
    Its,
    /// More plug-ins, to be on trial; those that it has keep their data.
    More,
}

impl Place {
    /// What the block is written into.
    pub(super) fn memory(&self) -> Arc<Memory> {
        Arc::clone(&self.memory)
    }

    /// Bytes that a block may have in front of the data of plug-ins.
    pub(crate) fn kept_for_block(&self) -> Option<u64> {
        self.plugged.as_ref().map(|plugged| plugged.plug_ins().kept_for_block())
    }

    /// Its plug-ins are on trial until that step.
    pub(crate) fn try_until(&mut self, step: u64) {
        self.plugged.iter_mut().for_each(|plugged| plugged.trial_until = Some(step));
    }
}

impl Simulation {
    /// Another place for that block, and for the present one behind it if that is to be carried over; with the run's plug-ins unless told.
    pub(crate) fn place(&mut self, Grown { prefix, block_bytes: bytes }: Grown, carry: bool, new: Option<Plugs>) -> Result<Place, HostError> {
        let now = self.header()?.block_bytes;
        let plugs = new.unwrap_or_else(|| self.plugged.as_ref().map_or(Plugs::None, |plugged| Plugs::Same(plugged.plug_ins())));
        let made = self.engine.place((&prefix, bytes), if carry { now } else { 0 }, &plugs)?;
        let made = made.ok_or_else(|| {
            let text = format!("the block would have {bytes} bytes beside the {now} that it has, and the system has no room for both; use fewer particles");
            HostError::Growth(GrowthError::Limit(text))
        })?;
        let plugged = made.plug_ins.map(|plug_ins| Plugged::following(self.plugged.as_ref(), plug_ins));
        Ok(Place { memory: Arc::new(made.memory), engine: made.engine, plugged, prefix })
    }

    /// The run is at that place now, and the place is where it was.
    pub(super) fn exchange(&mut self, place: &mut Place) {
        swap(&mut self.memory, &mut place.memory);
        swap(&mut self.plugged, &mut place.plugged);
        swap(&mut self.prefix, &mut place.prefix);
        if let Some(engine) = &mut place.engine {
            swap(&mut self.engine, engine);
        }
        self.engine.call_plug_ins(self.plugged.as_ref().map(|plugged| Arc::clone(plugged.plug_ins())));
    }

    /// Goes on at another place, with its state made from that of the present one. When that cannot be, nothing has happened.
    ///
    /// # Errors
    /// A fault of physics; a plug-in that failed over it, by name.
    pub(crate) fn go_over(&mut self, mut place: Place, with: With) -> Result<(), HostError> {
        self.exchange(&mut place);
        if let Err(error) = self.arrive(&place, with) {
            self.exchange(&mut place);
            return Err(error);
        }
        self.tell_reader();
        self.publish()
    }

    fn arrive(&mut self, from: &Place, with: With) -> Result<(), HostError> {
        let more = matches!(with, With::More);
        if let (true, Some(plugged)) = (more, &self.plugged) {
            plugged.plug_ins().refresh();
            from.plugged.iter().for_each(|before| plugged.plug_ins().take_data_of(before.plug_ins()));
        }
        self.tell_plug_ins()?;
        let result = self.carry_over(&from.memory, more);
        self.begun(result)?;
        // As in pages, where plug-ins are told once more when the block has come to where blocks lie.
        if !more {
            self.tell_plug_ins()?;
        }
        if let Some(plugged) = &self.plugged {
            plugged.save();
        }
        let mut prefix = Arc::clone(&self.memory).copy(self, self.prefix.len());
        // A trial that has ended by the time that this is needed must not begin again.
        prefix[offset_of!(Header, flags)] &= !(FLAG_WATCH as u8);
        self.prefix = prefix;
        Ok(())
    }

    fn carry_over(&mut self, memory: &Memory, watch: bool) -> Result<u64, HostError> {
        let own = Arc::clone(&self.memory);
        let open = |status: motes_physics::Status| HostError::Fault { step: 0, fault: status.into() };
        let mut from = memory.lead(self).map_err(open)?;
        let mut to = own.lead(self).map_err(open)?;
        let flags = from.header().flags;
        from.header_mut().flags |= if watch { FLAG_WATCH } else { 0 };
        let result = self.engine.migrate((memory, &mut from), (&own, &mut to));
        from.header_mut().flags = flags;
        result
    }

    /// Tells the reader of frames where to go on.
    pub(super) fn tell_reader(&mut self) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&self.memory));
    }
}
