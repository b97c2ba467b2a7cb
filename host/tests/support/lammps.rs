//! The first state of LAMMPS' bench/in.lj, made as LAMMPS makes it.

/// Velocities as LAMMPS' `velocity all create 1.44 87287 loop geom` draws them: each atom's generator (Park & Miller) is seeded by a
/// hash of the seed and the atom's coordinates; then the mean is taken off and the temperature set.
pub(crate) fn velocities(sites: &[[f64; 3]], seed: i32, temperature: f64) -> Vec<[f64; 3]> {
    let mut velocities: Vec<[f64; 3]> = sites.iter().map(|site| geometric_velocity(seed, site)).collect();
    let n = sites.len() as f64;
    for k in 0..3 {
        let mean = velocities.iter().map(|v| v[k]).sum::<f64>() / n;
        velocities.iter_mut().for_each(|v| v[k] -= mean);
    }
    let now = velocities.iter().flatten().map(|c| c * c).sum::<f64>() / (3.0 * n - 3.0);
    let scale = (temperature / now).sqrt();
    velocities.iter().map(|v| v.map(|c| c * scale)).collect()
}

fn geometric_velocity(seed: i32, site: &[f64; 3]) -> [f64; 3] {
    let mut hash = 0u32;
    // The bytes enter as signed characters.
    let mut stir = |byte: u8| {
        hash = hash.wrapping_add(byte as i8 as u32);
        hash = hash.wrapping_add(hash << 10);
        hash ^= hash >> 6;
    };
    seed.to_le_bytes().into_iter().chain(site.iter().flat_map(|c| c.to_le_bytes())).for_each(&mut stir);
    hash = hash.wrapping_add(hash << 3);
    hash ^= hash >> 11;
    hash = hash.wrapping_add(hash << 15);
    let mut state = ((hash & 0x07ff_ffff) as i64).max(1);
    let mut uniform = || {
        state = state * 16807 % 2_147_483_647;
        state as f64 / 2_147_483_647.0
    };
    (0..5).for_each(|_| {
        uniform();
    });
    std::array::from_fn(|_| uniform() - 0.5)
}
