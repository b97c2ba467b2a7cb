//! Files of particles, read as they arrive: XYZ, CSV, PLY and NPY, pushed in pieces of any size, handed on in small batches of rows.
//!
//! [`Reader::read_head`] takes bytes until the file has told what is in it; then a host can allot a block of the right size, and
//! [`Reader::feed`] hands rows to a [`Sink`], which writes them to their places. A reader keeps one unfinished line or record, one batch
//! and, where the file has ids, nothing of them: those are checked in the block afterwards ([`Ids`]). What is wrong is told with line or byte.
//!
//! A file whose first lines leave something open (how many particles, where the box begins) is read once before: see [`Survey`].

mod csv;
mod digest;
mod format;
mod ids;
mod npy;
mod outline;
mod ply;
mod reader;
mod rows;
mod text;
mod xyz;

pub use format::Head;
pub use ids::{Ids, settle};
pub use outline::{Outline, Survey};
pub use reader::{Reader, Total};
pub use rows::{BATCH, Rows, Sink};
