//! The parts of a scene that every model shares: time step and seed, domain, species, view.

use crate::record;

/// Names of what a frame's scalar may show, in the order of `view.color_by`.
pub const SCALARS: &[&str] = &["speed", "kinetic-energy", "height", "age", "species", "id", "density", "pressure"];

record! {
    /// Time step and seed of the random numbers.
    Simulation in Simulation as "simulation" {
        /// Time step.
        dt: Float = 0.005, 1e-12..=1e3, "time", live;
        /// Seed of all random numbers; the same seed gives the same run.
        seed: Integer = 1, 0.0..=9007199254740991.0, "";
    }
}

record! {
    /// The box that particles live in; axes that are not periodic are open (colliders make walls).
    Domain in Domain as "domain" {
        /// Lower corner.
        min: Vector3 = [-1.0, -1.0, -1.0], -1e6..=1e6, "length";
        /// Upper corner; each component greater than that of `min`.
        max: Vector3 = [1.0, 1.0, 1.0], -1e6..=1e6, "length";
        /// Axes on which what leaves at one side enters at the other.
        periodic: Bool3 = [0.0, 0.0, 0.0], 0..=1, "";
        /// Walls that particles bounce off, at the sides of these axes.
        walls: Bool3 = [0.0, 0.0, 0.0], 0..=1, "";
        /// Axes that particles move along; with two, z is zero throughout.
        dimensions: Integer = 3, 2..=3, "";
    }
}

impl Domain {
    /// 2 or 3.
    pub fn dimensions(&self) -> usize {
        if self.dimensions == 2 { 2 } else { 3 }
    }
}

record! {
    /// What particles of one kind have in common.
    Species in Species as "species" {
        /// Mass of one particle.
        mass: Float = 1.0, 1e-9..=1e9, "mass", live;
        /// Radius for contact and for drawing.
        radius: Float = 0.5, 0..=1e6, "length", live;
        /// Electric charge.
        charge: Float = 0.0, -1e9..=1e9, "charge", live;
        /// They stay where they are; a velocity is that of the surface that they make.
        fixed: Bool = 0, 0..=1, "";
    }
}

record! {
    /// How frames are coloured and first looked at.
    View in View as "view" {
        /// What the colour shows.
        color_by: Choice(SCALARS) = 0, 0..=7, "", live;
        /// Value at the lower end of the colour map.
        color_min: Float = 0.0, -1e12..=1e12, "", live;
        /// Value at the upper end of the colour map.
        color_max: Float = 1.0, -1e12..=1e12, "", live;
        /// Colour map; all are perceptually uniform but turbo.
        colormap: Choice(&["viridis", "cividis", "batlow", "turbo"]) = 0, 0..=3, "", live;
        /// Shaded spheres or glowing points.
        mode: Choice(&["spheres", "points"]) = 0, 0..=1, "", live;
        /// Factor on the species' radius for drawing.
        radius_scale: Float = 1.0, 1e-3..=1e3, "", live;
        /// Draw the edges of the domain.
        bounds: Bool = 1, 0..=1, "", live;
        /// Camera direction around the vertical axis.
        azimuth: Float = 30.0, -360..=360, "deg", live;
        /// Camera direction above the horizon.
        elevation: Float = 20.0, -90..=90, "deg", live;
        /// Camera distance in units of the domain's diagonal.
        distance: Float = 1.4, 0.01..=100, "", live;
    }
}
