//! Plug-ins for Motes in Rust.
//!
//! A plug-in is a `cdylib` without the standard library that exports some of
//!
//! ```text
//! init(block: Block, parameters: &Parameters)                                      before the first step, after resets, when arrays moved
//! force(block: Block, parameters: &Parameters, first: u32, count: u32)             adds to the array `force`
//! velocity(block: Block, parameters: &Parameters, first: u32, count: u32, dt: f64) after the kick, before particles move
//! position(block: Block, parameters: &Parameters, first: u32, count: u32, dt: f64) after particles have moved
//! after_step(block: Block, parameters: &mut Parameters)                            once a step, on one thread
//! ```
//!
//! as `extern "C"` functions. `Parameters` is a `#[repr(C)]` struct of `f64` in the order of the description, outputs last. The
//! description is JSON in a section of the module, see [`describe`].
#![no_std]

mod layout;

use core::slice;

/// The block that all arrays lie in.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Block(*const u8);

impl Block {
    fn word(self, offset: usize) -> usize {
        // SAFETY: the host hands over the address of a block, whose header has these words.
        unsafe { (self.0.add(offset) as *const u32).read() as usize }
    }

    /// Particles in use.
    pub fn particle_count(self) -> usize {
        self.word(layout::HEADER_PARTICLE_COUNT)
    }

    /// Simulated time.
    pub fn time(self) -> f64 {
        // SAFETY: as above.
        unsafe { (self.0.add(layout::HEADER_TIME) as *const f64).read() }
    }

    /// Address of the array of that name; `None` where the scene has none.
    fn field(self, name: &str) -> Option<*mut u8> {
        let table = self.word(layout::HEADER_FIELD_TABLE);
        (0..self.word(layout::HEADER_FIELD_COUNT)).find_map(|k| {
            // SAFETY: entry k of a table that has more than k; its name is 32 bytes.
            let entry = Block(unsafe { self.0.add(table + k * layout::FIELD_BYTES) });
            let known = unsafe { slice::from_raw_parts(entry.0.add(layout::FIELD_NAME), 32) };
            let same = known.starts_with(name.as_bytes()) && known.get(name.len()) == Some(&0);
            // SAFETY: inside the block.
            same.then(|| unsafe { self.0.add(entry.word(layout::FIELD_OFFSET)) as *mut u8 })
        })
    }

    /// Rows `first` to `first + count` of an array to read; empty where the scene has none of that name.
    ///
    /// # Safety
    /// `T` is what a row holds (`[f32; 3]` for `position`, `velocity` and `force`, `u32` for `id` and `species`), and nobody writes it meanwhile.
    pub unsafe fn rows<'a, T>(self, name: &str, first: u32, count: u32) -> &'a [T] {
        // SAFETY: as the caller promises.
        unsafe { self.rows_mut(name, first, count) }
    }

    /// Rows `first` to `first + count` of an array that the description names in `writes`.
    ///
    /// # Safety
    /// As of [`Self::rows`], and the rows are those that the host handed over: other threads have the others.
    pub unsafe fn rows_mut<'a, T>(self, name: &str, first: u32, count: u32) -> &'a mut [T] {
        match self.field(name) {
            // SAFETY: the array has that many rows, as the host promises.
            Some(address) => unsafe { slice::from_raw_parts_mut((address as *mut T).add(first as usize), count as usize) },
            None => &mut [],
        }
    }
}

/// Puts the description into the module: `describe!(br#"{"name": "pull", ...}"#);`
#[macro_export]
macro_rules! describe {
    ($json:expr) => {
        #[used]
        #[unsafe(link_section = "motes.plug_in")]
        static DESCRIPTION: [u8; $json.len()] = *$json;
    };
}
