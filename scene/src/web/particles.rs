//! Files of particles for JavaScript, piece by piece: rows go from the reader's small batch straight into arrays of the block.

use super::{fail, object, options_of};
use crate::compile_for;
use crate::input::{InputError, Place};
use crate::stream::{Ids, Outline, Reader, Rows, Sink, Survey};
use js_sys::{Float32Array, Object, Reflect, Uint32Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// How many particles a file has, and their box.
#[wasm_bindgen]
pub struct ParticleOutline(Outline);

#[wasm_bindgen]
impl ParticleOutline {
    /// Particles.
    #[wasm_bindgen(getter)]
    pub fn count(&self) -> f64 {
        self.0.count as f64
    }

    /// As `compileScene`, for these particles in place of the scene's own.
    ///
    /// # Errors
    /// An `Error` whose message is the whole report.
    pub fn compile(&self, text: &str, options: &JsValue) -> Result<Object, JsValue> {
        object(&compile_for(text, &options_of(options)?, &self.0).map_err(fail)?)
    }
}

/// One reading of a file.
#[wasm_bindgen]
pub struct ParticleReader {
    file: String,
    reader: Reader,
    survey: Option<Survey>,
    places: Option<Places>,
}

#[wasm_bindgen]
impl ParticleReader {
    /// Begins to read a file of that name.
    #[wasm_bindgen(constructor)]
    pub fn new(file: String) -> Self {
        ParticleReader { reader: Reader::new(&file), file, survey: None, places: None }
    }

    /// Takes bytes of the head, and returns how many; the others come again.
    ///
    /// # Errors
    /// An `Error` that names line or byte.
    #[wasm_bindgen(js_name = readHead)]
    pub fn read_head(&mut self, bytes: &[u8]) -> Result<usize, JsValue> {
        let used = self.reader.read_head(bytes).map_err(fail)?;
        self.survey = self.reader.head().map(Survey::new);
        Ok(used)
    }

    /// Whether the head was read.
    #[wasm_bindgen(getter, js_name = hasHead)]
    pub fn has_head(&self) -> bool {
        self.survey.is_some()
    }

    /// Whether the outline is known without another look at the file.
    #[wasm_bindgen(getter, js_name = isSettled)]
    pub fn is_settled(&self) -> bool {
        self.survey.as_ref().is_some_and(Survey::is_settled)
    }

    /// Takes bytes behind the head to find the outline; true once no more are wanted. Nothing else can be done with this reader then.
    ///
    /// # Errors
    /// An `Error` that names line or byte.
    pub fn survey(&mut self, bytes: &[u8]) -> Result<bool, JsValue> {
        self.survey.as_mut().map_or(Ok(true), |survey| survey.feed(&mut self.reader, bytes)).map_err(fail)
    }

    /// The file is at its end, or no more of it is wanted.
    ///
    /// # Errors
    /// An `Error` that tells what is missing.
    #[wasm_bindgen(js_name = endSurvey)]
    pub fn end_survey(&mut self) -> Result<(), JsValue> {
        match &mut self.survey {
            Some(survey) => survey.finish(&mut self.reader),
            None => self.reader.finish(&mut ()).map(|_| ()),
        }
        .map_err(fail)
    }

    /// What was found.
    pub fn outline(&self) -> ParticleOutline {
        ParticleOutline(self.survey.as_ref().map_or_else(Outline::default, |survey| survey.outline(&self.file)))
    }

    /// Rows go to these arrays from now on; `species` are the names that the scene has for them.
    pub fn fill(&mut self, fields: &JsValue, species: Vec<String>) {
        self.reader.name_species(&species);
        self.places = Places::new(fields);
    }

    /// Takes bytes behind the head, or all where the head was not read before; true once no more are wanted.
    ///
    /// # Errors
    /// An `Error` that names line or byte.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<bool, JsValue> {
        match &mut self.places {
            Some(places) => self.reader.feed(bytes, places).map_err(fail),
            None => Ok(true),
        }
    }

    /// The file is at its end: sees to the ids, empties the slots behind the particles, and returns a fingerprint of all.
    ///
    /// # Errors
    /// An `Error` that names line or byte.
    pub fn finish(&mut self) -> Result<String, JsValue> {
        let Some(places) = &mut self.places else { return Err(fail("the reader was given no arrays")) };
        let total = self.reader.finish(places).map_err(fail)?;
        places.close(total.count, &self.file, &self.reader)?;
        Ok(format!("{} particles {:016x}", total.count, total.digest))
    }
}

/// Arrays of the block.
struct Places {
    position: Float32Array,
    low: Option<Float32Array>,
    velocity: Float32Array,
    species: Uint32Array,
    id: Uint32Array,
}

impl Places {
    fn new(fields: &JsValue) -> Option<Self> {
        let get = |name: &str| Reflect::get(fields, &name.into()).unwrap_or_default();
        let floats = |name: &str| get(name).dyn_into::<Float32Array>().ok();
        let words = |name: &str| get(name).dyn_into::<Uint32Array>().ok();
        Some(Places { position: floats("position")?, low: floats("position_low"), velocity: floats("velocity")?, species: words("species")?, id: words("id")? })
    }

    fn close(&self, count: u64, file: &str, reader: &Reader) -> Result<(), JsValue> {
        let count = count.min(u64::from(self.id.length())) as u32;
        for array in [Some(&self.position), self.low.as_ref(), Some(&self.velocity)].into_iter().flatten() {
            array.fill(0.0, 3 * count, array.length());
        }
        self.species.fill(0, count, self.species.length());
        if reader.head().is_some_and(|head| head.ids) {
            return self.settle(count, file, reader);
        }
        (count..self.id.length()).for_each(|k| self.id.set_index(k, k));
        Ok(())
    }

    /// As `stream::settle`, on an array that lies elsewhere.
    fn settle(&self, count: u32, file: &str, reader: &Reader) -> Result<(), JsValue> {
        let (mut passes, mut next) = (Ids::new(u64::from(count)), count);
        while !passes.all_seen() || next < self.id.length() {
            self.pass(count, |_, ids| passes.take(ids)).map_err(|id| self.twice(id, count, file, reader))?;
            passes.end_pass((self.id.length() - next) as usize, |id| {
                self.id.set_index(next, id);
                next += 1;
            });
        }
        Ok(())
    }

    /// Looks at the first ids through a small buffer.
    fn pass(&self, count: u32, mut look: impl FnMut(u32, &[u32]) -> Result<(), u32>) -> Result<(), u32> {
        let mut buffer = [0; 4096];
        for begin in (0..count).step_by(buffer.len()) {
            let some = &mut buffer[..(count - begin).min(4096) as usize];
            self.id.subarray(begin, begin + some.len() as u32).copy_to(some);
            look(begin, some)?;
        }
        Ok(())
    }

    fn twice(&self, id: u32, count: u32, file: &str, reader: &Reader) -> JsValue {
        let mut rows = Vec::new();
        let _ = self.pass(count, |begin, ids| {
            rows.extend((begin..).zip(ids).filter(|(_, other)| **other == id).map(|(row, _)| u64::from(row)).take(2 - rows.len().min(2)));
            if rows.len() < 2 { Ok(()) } else { Err(0) }
        });
        let place = |k: usize| rows.get(k).map_or(Place::Byte(0), |row| reader.place(*row));
        fail(InputError::doubled_id(file, id, place(0), place(1)))
    }
}

/// Rows beyond the array are left out; the count tells of them afterwards.
fn fits(length: u32, first: u64, rows: usize) -> Option<(u32, u32)> {
    let end = first.checked_add(rows as u64).filter(|end| *end <= u64::from(length))?;
    Some((first as u32, end as u32))
}

impl Sink for Places {
    fn take(&mut self, first: u64, rows: &Rows) {
        if let Some((begin, end)) = fits(self.id.length(), first, rows.len()) {
            self.position.subarray(3 * begin, 3 * end).copy_from(&rows.position);
            if let Some(low) = &self.low {
                low.subarray(3 * begin, 3 * end).copy_from(&rows.position_low);
            }
            self.velocity.subarray(3 * begin, 3 * end).copy_from(&rows.velocity);
            self.species.subarray(begin, end).copy_from(&rows.species);
            self.id.subarray(begin, end).copy_from(&rows.id);
        }
    }
}
