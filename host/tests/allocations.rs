//! Physics allocates nothing: not in a step, nor in any other call, whatever the scene.
#![expect(unsafe_code, reason = "an allocator that counts")]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use support::{preset, start};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: the system's allocator does the work; a counter without a destructor is there for as long as the thread.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
    assert_eq!(allocations(|| assert_eq!(std::hint::black_box(1), 1)), 0);
}

#[test]
fn no_call_of_physics_allocates() {
    for name in motes_scene::PRESETS.iter().map(|preset| preset.name) {
        let mut simulation = start(&preset(name, &[]), 1);
        // Long enough for lists to be built again and emitters to emit; a million particles take their time.
        let steps = if name == "million" { 3 } else { 30 };
        let calls = allocations(|| {
            simulation.step(steps).unwrap();
            simulation.publish().unwrap();
            simulation.diagnose().unwrap();
            simulation.hash().unwrap();
            simulation.checkpoint().unwrap();
            simulation.step(1).unwrap();
            simulation.restore().unwrap();
            simulation.step(1).unwrap();
        });
        assert_eq!(calls, 0, "{name}");
    }
}
