//! Colour maps: 256 sRGB colours each, from the tables in `colormaps/`, which name their authors.

/// Colours of one map.
pub(crate) const COLORS: u32 = 256;

/// How a scalar becomes a colour. All but turbo are perceptually uniform: equal steps look equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colormap {
    /// The default; reads well in grey too.
    #[default]
    Viridis,
    /// The same with and without red-green colour blindness.
    Cividis,
    /// Even, with more hues.
    Batlow,
    /// Most contrast; not even.
    Turbo,
}

impl Colormap {
    /// Every map, in the order of their rows in the texture.
    pub const ALL: [Self; 4] = [Self::Viridis, Self::Cividis, Self::Batlow, Self::Turbo];

    /// Name in scenes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viridis => "viridis",
            Self::Cividis => "cividis",
            Self::Batlow => "batlow",
            Self::Turbo => "turbo",
        }
    }

    /// The map of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|map| map.name() == name)
    }

    const fn table(self) -> &'static str {
        match self {
            Self::Viridis => include_str!("../colormaps/viridis.txt"),
            Self::Cividis => include_str!("../colormaps/cividis.txt"),
            Self::Batlow => include_str!("../colormaps/batlow.txt"),
            Self::Turbo => include_str!("../colormaps/turbo.txt"),
        }
    }

    /// The 256 colours, low to high, as six hexadecimal digits each.
    pub fn colors(self) -> impl Iterator<Item = &'static str> {
        self.table().split_ascii_whitespace()
    }

    /// `count` evenly spaced colours as `#rrggbb`; `count` is 2 to 256.
    pub fn stops(self, count: usize) -> Vec<String> {
        let colors: Vec<_> = self.colors().collect();
        let last = count.clamp(2, colors.len()) - 1;
        (0..=last).map(|k| format!("#{}", colors[(k * (colors.len() - 1) + last / 2) / last])).collect()
    }

    /// Red, green, blue and 255 for each colour.
    pub(crate) fn bytes(self) -> Vec<u8> {
        self.colors().flat_map(|color| (u32::from_str_radix(color, 16).unwrap_or(0) << 8 | 0xff).to_be_bytes()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_map_has_256_colors_and_its_published_ends() {
        let ends = [("440154", "fde725"), ("00224e", "fee838"), ("011959", "faccfa"), ("30123b", "7a0403")];
        for (map, (first, last)) in Colormap::ALL.into_iter().zip(ends) {
            let colors: Vec<_> = map.colors().collect();
            assert_eq!(colors.len(), COLORS as usize, "{}", map.name());
            assert_eq!((colors[0], colors[255]), (first, last), "{}", map.name());
            assert!(colors.iter().all(|color| color.len() == 6 && u32::from_str_radix(color, 16).is_ok()));
            assert_eq!(map.bytes().len(), 4 * COLORS as usize);
            assert_eq!(Colormap::from_name(map.name()), Some(map));
        }
    }

    #[test]
    fn stops_begin_and_end_with_the_map() {
        let stops = Colormap::Viridis.stops(17);
        assert_eq!((stops.len(), &*stops[0], &*stops[8], &*stops[16]), (17, "#440154", "#21918c", "#fde725"));
    }

    /// Lightness must rise all along a uniform map, or values read off are in the wrong order. CIE 1976 L*.
    #[test]
    fn lightness_rises_along_the_uniform_maps() {
        for map in [Colormap::Viridis, Colormap::Cividis, Colormap::Batlow] {
            let lightness: Vec<f64> = map.bytes().chunks(4).map(|c| lightness([c[0], c[1], c[2]])).collect();
            for pair in lightness.windows(9) {
                assert!(pair[8] > pair[0], "{}: {} then {}", map.name(), pair[0], pair[8]);
            }
        }
    }

    fn lightness(color: [u8; 3]) -> f64 {
        let linear = color.map(|c| (f64::from(c) / 255.0).powf(2.2));
        let y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
        if y > 0.008856 { 116.0 * y.cbrt() - 16.0 } else { 903.3 * y }
    }
}
