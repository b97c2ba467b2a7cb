//! Tests that draw on a real adapter (a software one will do) and compare the picture with what geometry says.

use crate::layout::NOT_ALIVE;
use glam::Vec3;

use crate::gpu::{Failure, Gpu, Listener};
use crate::self_test::lean;
use crate::shader::Source;
use crate::{Colormap, Look, Mode, Orbit, Renderer, wgpu};

const SIZE: (u32, u32) = (200, 150);
const BACKGROUND: [u8; 3] = [26, 26, 26];

/// A device with particles in a buffer or a texture; what it complains about fails the test.
fn gpu(source: Source) -> Gpu {
    let descriptor = wgpu::InstanceDescriptor { backends: wgpu::Backends::PRIMARY, ..wgpu::InstanceDescriptor::new_without_display_handle() };
    let instance = wgpu::Instance::new(descriptor);
    let options = wgpu::RequestAdapterOptions::default();
    let adapter = pollster::block_on(instance.request_adapter(&options)).expect("a graphics adapter; on Linux mesa-vulkan-drivers has one in software");
    let listener = Listener { lost: Box::new(|_, _| ()), error: Box::new(|message| panic!("{message}")) };
    pollster::block_on(Gpu::on(adapter, source, listener)).unwrap()
}

fn renderer(source: Source, frame: &[[f32; 4]], look: Look) -> Renderer {
    let mut renderer = Renderer::new(gpu(source), wgpu::TextureFormat::Bgra8Unorm);
    renderer.look = look;
    renderer.camera.place(Orbit { azimuth: 0.0, elevation: 0.0, distance: 5.0, target: [0.0; 3] });
    renderer.upload(frame).unwrap();
    renderer
}

fn plain() -> Look {
    Look { radius: 0.4, bounds_drawn: false, background: BACKGROUND.map(|c| f32::from(c) / 255.0), ..Look::default() }
}

struct Shot {
    pixels: Vec<u8>,
    clip_from_world: glam::Mat4,
}

impl Shot {
    fn of(renderer: &Renderer) -> Self {
        let pixels = pollster::block_on(renderer.capture(SIZE).pixels()).unwrap();
        assert_eq!(pixels.len(), (4 * SIZE.0 * SIZE.1) as usize);
        Self { pixels, clip_from_world: renderer.camera.eye(SIZE).clip_from_world }
    }

    fn at(&self, point: [f32; 3]) -> [u8; 3] {
        let clip = self.clip_from_world * Vec3::from(point).extend(1.0);
        let x = ((clip.x / clip.w + 1.0) * SIZE.0 as f32 / 2.0) as usize;
        let y = ((1.0 - clip.y / clip.w) * SIZE.1 as f32 / 2.0) as usize;
        let first = 4 * (y * SIZE.0 as usize + x);
        [self.pixels[first], self.pixels[first + 1], self.pixels[first + 2]]
    }

    /// Pixels that are not background.
    fn covered(&self) -> usize {
        self.pixels.chunks(4).filter(|pixel| pixel[..3] != BACKGROUND).count()
    }

    fn light(&self) -> u64 {
        self.pixels.chunks(4).flat_map(|pixel| &pixel[..3]).map(|&c| u64::from(c)).sum()
    }
}

fn reddish([r, g, b]: [u8; 3]) -> bool {
    r > 2 * b.max(1) && r > g
}

fn bluish([r, _, b]: [u8; 3]) -> bool {
    b > r
}

/// Turbo goes from dark blue to dark red; 0.12 is blue, 0.9 is red.
fn turbo() -> Look {
    Look { colormap: Colormap::Turbo, ..plain() }
}

#[test]
fn a_sphere_covers_its_silhouette() {
    let shot = Shot::of(&renderer(Source::Buffer, &[[0.0, 0.0, 0.0, 0.5]], plain()));
    // The cone from the eye that touches a sphere of radius r at distance d has the tangent r / sqrt(d^2 - r^2).
    let tangent = 0.4 / (5.0_f64 * 5.0 - 0.4 * 0.4).sqrt();
    let radius = tangent / 20.0_f64.to_radians().tan() * f64::from(SIZE.1) / 2.0;
    let expected = std::f64::consts::PI * radius * radius;
    let covered = shot.covered() as f64;
    assert!((covered / expected - 1.0).abs() < 0.03, "{covered} pixels are covered; {expected} should be");
}

#[test]
fn a_sphere_beside_the_axis_is_seen_as_the_ellipse_that_perspective_makes_of_it() {
    let (center, radius) = (Vec3::new(1.5, 0.9, 0.0), 0.4_f32);
    let shot = Shot::of(&renderer(Source::Buffer, &[[center.x, center.y, center.z, 0.5]], plain()));
    let eye = Vec3::new(0.0, 0.0, 5.0);
    let tangent = 20.0_f32.to_radians().tan();
    let mut wrong = 0;
    for y in 0..SIZE.1 {
        for x in 0..SIZE.0 {
            let right = ((x as f32 + 0.5) / SIZE.0 as f32 * 2.0 - 1.0) * tangent * SIZE.0 as f32 / SIZE.1 as f32;
            let up = (1.0 - (y as f32 + 0.5) / SIZE.1 as f32 * 2.0) * tangent;
            let ray = Vec3::new(right, up, -1.0).normalize();
            let beside = (center - eye) - ray * ray.dot(center - eye);
            let first = 4 * (y * SIZE.0 + x) as usize;
            let drawn = shot.pixels[first..first + 3] != BACKGROUND;
            wrong += usize::from(drawn != (beside.length() < radius));
        }
    }
    assert!(wrong <= 2, "{wrong} pixels are on the wrong side of the silhouette");
}

#[test]
fn what_is_nearer_hides_what_is_behind_whatever_the_order() {
    let (near, far) = ([0.0, 0.0, 0.5, 0.9], [0.1, 0.0, -0.8, 0.12]);
    for frame in [[near, far], [far, near]] {
        let shot = Shot::of(&renderer(Source::Buffer, &frame, turbo()));
        let middle = shot.at([0.0, 0.0, 0.5]);
        assert!(reddish(middle), "{middle:?}");
    }
}

#[test]
fn spheres_meet_where_geometry_says() {
    // Equal spheres side by side meet in the plane between them, and the seam is straight: depth is that of the surface.
    let shot = Shot::of(&renderer(Source::Buffer, &[[-0.25, 0.0, 0.0, 0.12], [0.25, 0.0, 0.0, 0.9]], turbo()));
    for y in [-0.2, 0.0, 0.2] {
        let (left, right) = (shot.at([-0.03, y, 0.0]), shot.at([0.03, y, 0.0]));
        assert!(bluish(left) && reddish(right), "at {y}: {left:?} and {right:?}");
    }
}

#[test]
fn colors_are_those_of_the_map() {
    let frame = [[-1.2, 0.0, 0.0, 10.0], [0.0, 0.0, 0.0, 15.0], [1.2, 0.0, 0.0, 99.0]];
    for map in Colormap::ALL {
        let shot = Shot::of(&renderer(Source::Buffer, &frame, Look { colormap: map, color_range: [10.0, 20.0], ..plain() }));
        let table = map.bytes();
        for (row, entry) in frame.iter().zip([0, 128, 255]) {
            let wanted = lean([0, 1, 2].map(|c| table[4 * entry + c]));
            let seen = shot.at([row[0], row[1], row[2]]);
            // Light changes how bright a colour is and a highlight adds white; neither changes which way it leans.
            let apart = wanted.angle_between(lean(seen)).to_degrees();
            assert!(apart < 12.0, "{}: entry {entry} shows as {seen:?}, {apart} degrees apart", map.name());
        }
    }
}

#[test]
fn particles_that_are_not_alive_are_not_drawn() {
    for mode in [Mode::Spheres, Mode::Points] {
        let shot = Shot::of(&renderer(Source::Buffer, &[[0.0, 0.0, 0.0, NOT_ALIVE]], Look { mode, ..plain() }));
        assert_eq!(shot.covered(), 0, "{mode:?}");
        let empty = Shot::of(&renderer(Source::Buffer, &[], Look { mode, ..plain() }));
        assert_eq!(empty.covered(), 0, "{mode:?}");
    }
}

#[test]
fn a_texture_shows_what_a_buffer_shows() {
    // Three rows of the texture, the last not full.
    let frame: Vec<[f32; 4]> = (0..2500).map(|k| k as f32 / 2500.0).map(|t| [(t * 40.0).sin(), 2.0 * t - 1.0, (t * 40.0).cos(), t]).collect();
    for mode in [Mode::Spheres, Mode::Points] {
        let look = Look { mode, radius: 0.05, ..plain() };
        let [buffer, texture] = [Source::Buffer, Source::Texture].map(|source| Shot::of(&renderer(source, &frame, look.clone())));
        assert!(buffer.covered() > 2000, "{}", buffer.covered());
        assert!(buffer.pixels == texture.pixels, "{mode:?}: the two differ");
    }
}

#[test]
fn points_add_up_in_any_order() {
    let mut frame: Vec<[f32; 4]> = (0..300).map(|k| k as f32).map(|k| [(k * 0.37).sin(), (k * 0.11).cos(), (k * 0.73).sin(), k / 300.0]).collect();
    let look = Look { mode: Mode::Points, radius: 0.1, background: [0.0; 3], ..plain() };
    let forward = Shot::of(&renderer(Source::Buffer, &frame, look.clone()));
    frame.reverse();
    let backward = Shot::of(&renderer(Source::Buffer, &frame, look.clone()));
    let apart = forward.pixels.iter().zip(&backward.pixels).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(apart <= Some(2), "{apart:?}");
    let [one, two, hundred] = [1, 2, 100].map(|count| Shot::of(&renderer(Source::Buffer, &vec![[0.0, 0.0, 0.0, 0.7]; count], look.clone())).light());
    assert!(0 < one && one < two && two < hundred, "{one}, {two}, {hundred}");
}

#[test]
fn an_obstacle_hides_points_and_spheres_behind_it() {
    for mode in [Mode::Spheres, Mode::Points] {
        let look = Look { mode, obstacles: vec![[0.0, 0.0, 1.0, 0.5]], ..turbo() };
        let shot = Shot::of(&renderer(Source::Buffer, &[[0.0, 0.0, -0.6, 0.9], [1.0, 0.0, 0.0, 0.9]], look));
        let [r, g, b] = shot.at([0.0, 0.0, 1.0]);
        assert!(r.abs_diff(g) < 6 && g.abs_diff(b) < 6 && r > 60, "{mode:?}: an obstacle is grey, not {:?}", [r, g, b]);
        assert!(reddish(shot.at([1.0, 0.0, 0.0])), "{mode:?}");
    }
}

#[test]
fn the_domain_has_twelve_edges() {
    let look = Look { bounds_drawn: true, line_color: [1.0; 3], ..plain() };
    let mut renderer = renderer(Source::Buffer, &[], look);
    renderer.camera.place(Orbit { azimuth: 25.0, elevation: 20.0, distance: 6.0, target: [0.0; 3] });
    let shot = Shot::of(&renderer);
    for axis in 0..3 {
        for corner in 0..4 {
            let ends = [-0.5, 0.1, 0.6].map(|along| {
                let mut point = [along; 3];
                point[(axis + 1) % 3] = if corner & 1 == 0 { -1.0 } else { 1.0 };
                point[(axis + 2) % 3] = if corner & 2 == 0 { -1.0 } else { 1.0 };
                point
            });
            let seen = ends.iter().filter(|point| near_white(&shot, **point)).count();
            assert!(seen >= 2, "edge {corner} along axis {axis} is not there");
        }
    }
    assert!(shot.covered() < 2500, "and nothing else: {}", shot.covered());
}

/// Whether a line passes within a pixel.
fn near_white(shot: &Shot, point: [f32; 3]) -> bool {
    let step = 2.0 * 6.0 * 20.0_f32.to_radians().tan() / SIZE.1 as f32;
    (-1..=1).any(|dx: i8| (-1..=1).any(|dy: i8| shot.at([point[0] + f32::from(dx) * step, point[1] + f32::from(dy) * step, point[2]])[0] > 200))
}

#[test]
fn the_self_test_passes_on_both_stores() {
    for source in [Source::Buffer, Source::Texture] {
        let renderer = Renderer::new(gpu(source), wgpu::TextureFormat::Rgba8Unorm);
        pollster::block_on(renderer.self_test().unwrap().verdict()).unwrap();
    }
}

#[test]
fn targets_that_encode_by_themselves_look_the_same() {
    let frame = [[-0.6, 0.0, 0.0, 0.2], [0.6, 0.0, 0.0, 0.8]];
    let look = Look { bounds_drawn: true, ..plain() };
    let plain = Shot::of(&renderer(Source::Buffer, &frame, look.clone()));
    let mut encoding = Renderer::new(gpu(Source::Buffer), wgpu::TextureFormat::Bgra8UnormSrgb);
    encoding.look = look;
    encoding.camera.place(Orbit { azimuth: 0.0, elevation: 0.0, distance: 5.0, target: [0.0; 3] });
    encoding.upload(&frame).unwrap();
    let encoding = Shot::of(&encoding);
    let apart = plain.pixels.iter().zip(&encoding.pixels).map(|(a, b)| a.abs_diff(*b)).max();
    // sRGB is not quite a power of 2.2.
    assert!(apart <= Some(10), "{apart:?}");
}

#[test]
fn more_particles_than_fit_are_refused_and_nothing_changes() {
    let mut renderer = renderer(Source::Texture, &[[0.0, 0.0, 0.0, 0.5]], plain());
    let most = renderer.gpu().max_particles();
    assert_eq!(most % 1024, 0);
    let before = Shot::of(&renderer).covered();
    let refused = renderer.upload(&vec![[0.0; 4]; most + 1]);
    assert_eq!(refused, Err(Failure::TooMany { count: most + 1, most }));
    assert_eq!(Shot::of(&renderer).covered(), before);
}

#[test]
fn a_lost_device_says_so_and_ends_nothing() {
    let renderer = renderer(Source::Buffer, &[[0.0, 0.0, 0.0, 0.5]], plain());
    renderer.gpu().destroy();
    assert!(renderer.gpu().lost().is_some());
}
