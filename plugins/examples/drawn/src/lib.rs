//! A potential that somebody draws: heights over the x-y plane, on a grid that the host writes to while the simulation runs. Particles
//! roll down its slopes.
#![no_std]

use motes_plug_in::{Block, describe};

/// Points of the grid along each axis.
const POINTS: usize = 64;

/// Heights, row by row from the lower corner: what a page draws on.
#[unsafe(no_mangle)]
pub static mut POTENTIAL: [f32; POINTS * POINTS] = [0.0; POINTS * POINTS];

describe!(
    br#"{
  "name": "drawn",
  "about": "A potential over the x-y plane; write 64 x 64 heights into its array POTENTIAL.",
  "writes": ["force"],
  "grids": [{ "symbol": "POTENTIAL", "columns": 64, "rows": 64, "doc": "Heights over the x-y plane." }],
  "parameters": [
    { "name": "size", "default": 2, "min": 0.001, "max": 1000000, "unit": "length", "doc": "Side of the square about the origin that the grid covers." },
    { "name": "strength", "default": 1, "min": -1000000, "max": 1000000, "unit": "energy", "doc": "Energy of a height of 1." }
  ]
}"#
);

/// See the description.
#[repr(C)]
pub struct Parameters {
    size: f64,
    strength: f64,
}

/// Adds the slope's force. Between four points the height is that of the plane through them in x and in y.
///
/// # Safety
/// Called by the host with its block, and rows that no other thread has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn force(block: Block, parameters: &Parameters, first: u32, count: u32) {
    // SAFETY: positions stand still while forces are added, and these rows are this call's; the heights are written between steps.
    let (positions, forces, heights) = unsafe {
        (block.rows::<[f32; 3]>("position", first, count), block.rows_mut::<[f32; 3]>("force", first, count), &*&raw const POTENTIAL)
    };
    let cells = (POINTS - 1) as f32;
    let scale = cells / parameters.size as f32;
    let strength = parameters.strength as f32 * scale;
    for (x, f) in positions.iter().zip(forces) {
        let place = |k: usize| x[k] * scale + 0.5 * cells;
        let (a, b) = (place(0), place(1));
        if !(a >= 0.0 && a < cells && b >= 0.0 && b < cells) {
            continue;
        }
        let (i, j) = (a as usize, b as usize);
        let (s, t) = (a - i as f32, b - j as f32);
        let height = |i: usize, j: usize| heights.get(j * POINTS + i).copied().unwrap_or(0.0);
        let (low, right, up, far) = (height(i, j), height(i + 1, j), height(i, j + 1), height(i + 1, j + 1));
        f[0] -= strength * ((right - low) * (1.0 - t) + (far - up) * t);
        f[1] -= strength * ((up - low) * (1.0 - s) + (far - right) * s);
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
