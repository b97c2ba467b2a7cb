//! A file of particles on its way into the block: read in pieces, and again for every reset. Nothing of it is kept but its fingerprint.

use motes_physics::block::Block;
use motes_scene::InputError;
use motes_scene::stream::{Outline, Reader, Rows, Sink, Survey, Total, settle};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek};
use std::path::Path;

/// Bytes that are read at a time.
const PIECE: usize = 1 << 18;

/// Is told how many bytes of how many are read; of 0 where nobody knows, as of a pipe. Both are the same at the end of each reading.
pub type Progress = Box<dyn FnMut(u64, u64) + Send>;

/// An open file of particles.
pub struct ParticleFile {
    name: String,
    file: File,
    length: u64,
    done: u64,
    piece: Vec<u8>,
    outline: Outline,
    /// A reader that has read the head alone, and the bytes behind that.
    begun: Option<(Reader, Vec<u8>)>,
    species: Vec<String>,
    /// What the first reading came to.
    total: Option<Total>,
    progress: Progress,
}

impl ParticleFile {
    /// Opens a file and reads what a scene must know of it: its head, and where that leaves something open the whole file once.
    ///
    /// # Errors
    /// When it cannot be read, or is no file of particles.
    pub fn open(path: &Path, progress: Progress) -> Result<Self, InputError> {
        let name = path.display().to_string();
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (data, file) = opened.map_err(|error| InputError::Io { file: name.clone(), error })?;
        let length = if data.is_file() { data.len() } else { 0 };
        let (piece, outline) = (vec![0; PIECE], Outline::default());
        let mut particles = ParticleFile { name, file, length, done: 0, piece, outline, begun: None, species: Vec::new(), total: None, progress };
        particles.survey()?;
        Ok(particles)
    }

    /// How many particles, and their box.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    fn io(&self, error: std::io::Error) -> InputError {
        InputError::Io { file: self.name.clone(), error }
    }

    /// Reads the next piece; its length is 0 at the end.
    fn read(&mut self) -> Result<usize, InputError> {
        loop {
            match self.file.read(&mut self.piece) {
                Ok(read) => {
                    self.done += read as u64;
                    (self.progress)(self.done.min(self.length.max(1) - 1), self.length);
                    return Ok(read);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.io(error)),
            }
        }
    }

    fn tell_end(&mut self) {
        (self.progress)(self.length, self.length);
    }

    fn survey(&mut self) -> Result<(), InputError> {
        let mut reader = Reader::new(&self.name);
        let (mut read, mut used) = (0, 0);
        while reader.head().is_none() {
            read = self.read()?;
            if read == 0 {
                reader.finish(&mut ())?;
                return Err(self.io(ErrorKind::UnexpectedEof.into()));
            }
            used = reader.read_head(&self.piece[..read])?;
        }
        let mut survey = Survey::new(reader.head().unwrap_or(&Default::default()));
        if survey.is_settled() {
            self.outline = survey.outline(&self.name);
            self.begun = Some((reader, self.piece[used..read].to_vec()));
            return Ok(());
        }
        while read > 0 && !survey.feed(&mut reader, &self.piece[used..read])? {
            (read, used) = (self.read()?, 0);
        }
        survey.finish(&mut reader)?;
        self.tell_end();
        self.outline = survey.outline(&self.name);
        Ok(())
    }

    /// Goes back to the beginning.
    fn rewind(&mut self) -> Result<(Reader, Vec<u8>), InputError> {
        self.done = 0;
        self.file.rewind().map_err(|error| match error.kind() {
            ErrorKind::NotSeekable => self.io(std::io::Error::new(
                error.kind(),
                "it must be read twice, for its count, its box or a reset, and a pipe can be read once; save it to a file",
            )),
            _ => self.io(error),
        })?;
        Ok((Reader::new(&self.name), Vec::new()))
    }

    /// Names of the scene's species.
    pub(crate) fn name_species(&mut self, names: &[String]) {
        self.species = names.to_vec();
    }

    /// Writes all particles to their places in the block, and zeros to the places behind them.
    pub(crate) fn fill(&mut self, block: &mut Block) -> Result<(), InputError> {
        block.release();
        let mut places = Places {
            position: block.take("position"),
            low: block.take("position_low"),
            velocity: block.take("velocity"),
            species: block.take("species"),
            id: block.take("id"),
        };
        let result = self.read_all(&mut places).and_then(|(total, reader)| places.close(total.count as usize, &self.name, &reader));
        block.release();
        result
    }

    /// Reads all particles without a block, for a scene with species of these names. Keeps their ids meanwhile, where the file has any.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn check(&mut self, species: &[String]) -> Result<(), InputError> {
        self.name_species(species);
        let mut ids = OwnIds(Vec::new());
        let (_, reader) = self.read_all(&mut ids)?;
        if reader.head().is_some_and(|head| head.ids) { differ(&mut ids.0, usize::MAX, &self.name, &reader) } else { Ok(()) }
    }

    /// All particles, for a scene with species of these names.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn particles(&mut self, species: &[String]) -> Result<Rows, InputError> {
        self.name_species(species);
        let mut all = All(Rows::default());
        self.read_all(&mut all)?;
        Ok(all.0)
    }

    fn read_all(&mut self, sink: &mut dyn Sink) -> Result<(Total, Reader), InputError> {
        let (mut reader, rest) = self.begun.take().map_or_else(|| self.rewind(), Ok)?;
        reader.name_species(&self.species);
        let mut over = reader.feed(&rest, sink)?;
        drop(rest);
        while !over {
            let read = self.read()?;
            over = read == 0 || reader.feed(&self.piece[..read], sink)?;
        }
        let total = reader.finish(sink)?;
        self.tell_end();
        self.compare(total)?;
        Ok((total, reader))
    }

    /// Every reading comes to the same, or the file was changed.
    fn compare(&mut self, total: Total) -> Result<(), InputError> {
        if total.count == self.outline.count && self.total.is_none_or(|first| first == total) {
            self.total = Some(total);
            return Ok(());
        }
        let message = "it was changed since it was first read; begin anew with the file as it is now";
        Err(self.io(std::io::Error::new(ErrorKind::InvalidData, message)))
    }
}

/// Arrays of the block.
struct Places<'a> {
    position: &'a mut [f32],
    low: &'a mut [f32],
    velocity: &'a mut [f32],
    species: &'a mut [u32],
    id: &'a mut [u32],
}

/// Rows beyond the array are left out; the count tells of them afterwards.
fn put<T: Copy>(array: &mut [T], at: usize, rows: &[T]) {
    if let Some(place) = array.get_mut(at..at.saturating_add(rows.len())) {
        place.copy_from_slice(rows);
    }
}

impl Sink for Places<'_> {
    fn take(&mut self, first: u64, rows: &Rows) {
        let first = first as usize;
        put(self.position, 3 * first, &rows.position);
        put(self.low, 3 * first, &rows.position_low);
        put(self.velocity, 3 * first, &rows.velocity);
        put(self.species, first, &rows.species);
        put(self.id, first, &rows.id);
    }
}

impl Places<'_> {
    /// Empties the slots behind the particles, and sees to the ids.
    fn close(self, count: usize, file: &str, reader: &Reader) -> Result<(), InputError> {
        for array in [self.position, self.low, self.velocity] {
            array.iter_mut().skip(3 * count).for_each(|x| *x = 0.0);
        }
        self.species.iter_mut().skip(count).for_each(|s| *s = 0);
        if !reader.head().is_some_and(|head| head.ids) {
            self.id.iter_mut().enumerate().skip(count).for_each(|(k, id)| *id = k as u32);
            return Ok(());
        }
        differ(self.id, count, file, reader)
    }
}

/// The first `count` ids differ; the others get free ones.
fn differ(ids: &mut [u32], count: usize, file: &str, reader: &Reader) -> Result<(), InputError> {
    let count = count.min(ids.len());
    settle(ids, count).map_err(|(first, second)| InputError::doubled_id(file, ids[first], reader.place(first as u64), reader.place(second as u64)))
}

/// Everything.
struct All(Rows);

impl Sink for All {
    fn take(&mut self, _: u64, rows: &Rows) {
        self.0.position.extend(&rows.position);
        self.0.position_low.extend(&rows.position_low);
        self.0.velocity.extend(&rows.velocity);
        self.0.species.extend(&rows.species);
        self.0.id.extend(&rows.id);
    }
}

/// Ids alone.
struct OwnIds(Vec<u32>);

impl Sink for OwnIds {
    fn take(&mut self, _: u64, rows: &Rows) {
        self.0.extend(&rows.id);
    }
}
