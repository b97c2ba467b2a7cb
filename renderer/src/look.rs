//! What the picture shall look like, apart from the particles and the camera.

use crate::Colormap;

/// Spheres in the way of particles that are drawn at most; the rest are left out.
pub const MOST_OBSTACLES: usize = 32;

/// How particles are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Shaded spheres that hide what is behind them.
    #[default]
    Spheres,
    /// Points of light that add up.
    Points,
}

impl Mode {
    /// The mode of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "spheres" => Some(Self::Spheres),
            "points" => Some(Self::Points),
            _ => None,
        }
    }
}

/// Settings of a picture. Colours are sRGB, 0 to 1; lengths are in the scene's units.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// How particles are drawn.
    pub mode: Mode,
    /// How their scalar becomes a colour.
    pub colormap: Colormap,
    /// Scalars at the ends of the colour map; what lies outside has the colour of the end.
    pub color_range: [f32; 2],
    /// Radius of every particle.
    pub radius: f32,
    /// Corners of the domain.
    pub bounds: [[f32; 3]; 2],
    /// Whether the domain's edges are drawn.
    pub bounds_drawn: bool,
    /// Spheres that particles collide with: center and radius.
    pub obstacles: Vec<[f32; 4]>,
    /// Behind everything.
    pub background: [f32; 3],
    /// Of the domain's edges.
    pub line_color: [f32; 3],
}

impl Default for Look {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            colormap: Colormap::default(),
            color_range: [0.0, 1.0],
            radius: 0.01,
            bounds: [[-1.0; 3], [1.0; 3]],
            bounds_drawn: true,
            obstacles: Vec::new(),
            background: [0.055, 0.067, 0.086],
            line_color: [0.35, 0.39, 0.45],
        }
    }
}

impl Look {
    /// Length of the domain's diagonal.
    pub fn diagonal(&self) -> f64 {
        let [low, high] = self.bounds;
        (0..3).map(|k| f64::from(high[k] - low[k]).powi(2)).sum::<f64>().sqrt()
    }

    /// Middle of the domain.
    pub fn middle(&self) -> [f64; 3] {
        let [low, high] = self.bounds;
        [0, 1, 2].map(|k| (f64::from(low[k]) + f64::from(high[k])) / 2.0)
    }
}
