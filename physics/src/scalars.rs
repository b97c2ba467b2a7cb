//! The scalar that frames are coloured by.

use crate::block::Block;
use crate::forces::fluid::Fluid;
use crate::layout::NOT_ALIVE;
use crate::records::Records;
use crate::stage::SpeciesTable;

/// The scalar that frames are coloured by.
pub struct Scalars<'a> {
    choice: u64,
    position: &'a [f32],
    velocity: &'a [f32],
    age: &'a [f32],
    species: &'a [u32],
    id: &'a [u32],
    fluid: &'a [f32],
    rest_density: f32,
    table: SpeciesTable,
}

impl<'a> Scalars<'a> {
    /// Takes the arrays that the choice needs; `position` stays with the caller.
    pub fn new(block: &Block<'a>, choice: u64, position: &'a [f32]) -> Self {
        let (velocity, age) = (&*block.take("velocity"), &*block.take("age"));
        let fluid = match choice {
            6 => block.take("density"),
            7 => block.take("pressure"),
            _ => &mut [],
        };
        let rest_density = Records::Running(block).one::<Fluid>().rest_density as f32;
        let table = SpeciesTable::new(Records::Running(block));
        Scalars { choice, position, velocity, age, species: block.take("species"), id: block.take("id"), fluid, rest_density, table }
    }

    /// The scalar of particle `i`.
    #[inline]
    pub fn at(&self, i: usize) -> f32 {
        if self.age.get(i).is_some_and(|age| *age < 0.0) {
            return NOT_ALIVE;
        }
        let squared = || {
            let v = &self.velocity[i * 3..i * 3 + 3];
            v[0] * v[0] + v[1] * v[1] + v[2] * v[2]
        };
        match self.choice {
            0 => libm::sqrtf(squared()),
            1 => 0.5 * self.table.mass_of(self.species[i]) * squared(),
            2 => self.position[i * 3 + 1],
            3 => self.age.get(i).copied().unwrap_or(0.0),
            4 => self.species[i] as f32,
            5 => self.id[i] as f32,
            _ => self.fluid.get(i).map_or(0.0, |part| part * self.rest_density),
        }
    }
}
