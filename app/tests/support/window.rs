//! An X client that looks at the window from outside and presses keys.

use std::path::Path;
use std::time::{Duration, Instant};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{self, ConnectionExt as _, ImageFormat, InputFocus};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// Pixels of the window.
pub(crate) const SIZE: (u16, u16) = (320, 240);
/// Background of the window: that of `Look::default`, in bytes.
const BACKGROUND: [u8; 3] = [14, 17, 22];
const PATIENCE: Duration = Duration::from_secs(20);

/// The scene's default distance in diagonals of a domain of 4 by 3 by 2.
fn eye() -> f64 {
    1.4 * f64::sqrt(16.0 + 9.0 + 4.0)
}

fn pixels_per_tangent() -> f64 {
    f64::from(SIZE.1) / 2.0 / 20.0_f64.to_radians().tan()
}

/// Pixel of a point, seen from the front.
pub(crate) fn project([x, y, z]: [f64; 3]) -> (usize, usize) {
    let scale = pixels_per_tangent() / (eye() - z);
    ((f64::from(SIZE.0) / 2.0 + x * scale) as usize, (f64::from(SIZE.1) / 2.0 - y * scale) as usize)
}

/// Pixels that a sphere covers; those beside the axis are a little wider, which 6 % allow for.
pub(crate) fn silhouette([_, _, z]: [f64; 3], radius: f64) -> f64 {
    let distance = eye() - z;
    std::f64::consts::PI * (pixels_per_tangent() * radius).powi(2) / (distance * distance - radius * radius)
}

/// Red, green and blue of each pixel.
#[derive(PartialEq)]
pub(crate) struct Shot(Vec<[u8; 3]>);

impl Shot {
    pub(crate) fn of_png(path: &Path) -> Self {
        let file = std::io::BufReader::new(std::fs::File::open(path).expect("a picture"));
        let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut bytes).expect("a PNG");
        assert_eq!((info.width, info.height), (SIZE.0.into(), SIZE.1.into()));
        Self(bytes.chunks_exact(4).map(|p| [p[0], p[1], p[2]]).collect())
    }

    pub(crate) fn at(&self, (x, y): (usize, usize)) -> [u8; 3] {
        self.0[y * usize::from(SIZE.0) + x]
    }

    /// Pixels that are not background.
    pub(crate) fn covered(&self) -> usize {
        self.0.iter().filter(|pixel| **pixel != BACKGROUND).count()
    }
}

/// A connection to the X server.
pub(crate) struct Display {
    connection: RustConnection,
    root: xproto::Window,
}

impl Display {
    /// A server that nobody else is connected to may just be starting over.
    pub(crate) fn connect() -> Self {
        let tries = (0..20).map(|_| x11rb::connect(None).inspect_err(|_| std::thread::sleep(Duration::from_millis(100))));
        let (connection, screen) = tries.into_iter().find_map(Result::ok).expect("the X server that DISPLAY names");
        let root = connection.setup().roots[screen].root;
        Self { connection, root }
    }

    fn title(&self, window: xproto::Window) -> Option<String> {
        let reply = self.connection.get_property(false, window, xproto::AtomEnum::WM_NAME, xproto::AtomEnum::ANY, 0, 256).ok()?.reply().ok()?;
        String::from_utf8(reply.value).ok()
    }

    /// The window whose title begins so.
    pub(crate) fn find(&self, title: &str) -> xproto::Window {
        let late = Instant::now() + PATIENCE;
        while Instant::now() < late {
            let tree = self.connection.query_tree(self.root).expect("X").reply().expect("windows");
            if let Some(&window) = tree.children.iter().find(|&&w| self.title(w).is_some_and(|t| t.starts_with(title))) {
                return window;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("no window is called {title}");
    }

    fn shot(&self, window: xproto::Window) -> Option<Shot> {
        let reply = self.connection.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, SIZE.0, SIZE.1, u32::MAX).ok()?.reply().ok()?;
        Some(Shot(reply.data.chunks_exact(4).map(|p| [p[2], p[1], p[0]]).collect()))
    }

    /// The window's pixels as soon as they are as wanted.
    pub(crate) fn wait(&self, window: xproto::Window, what: &str, wanted: impl Fn(&Shot) -> bool) -> Shot {
        let late = Instant::now() + PATIENCE;
        while Instant::now() < late {
            if let Some(shot) = self.shot(window).filter(&wanted) {
                return shot;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{what} did not come");
    }

    /// Presses and lets go a key.
    pub(crate) fn press(&self, window: xproto::Window, key: &str) {
        let symbol = match key {
            "period" => u32::from(b'.'),
            "comma" => u32::from(b','),
            "q" => u32::from(b'q'),
            "Home" => 0xff50,
            "Right" => 0xff53,
            "F9" => 0xffc6,
            other => panic!("which key is {other}?"),
        };
        let setup = self.connection.setup();
        let (low, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
        let map = self.connection.get_keyboard_mapping(low, count).expect("X").reply().expect("keys");
        let place = map.keysyms.chunks(map.keysyms_per_keycode.into()).position(|symbols| symbols.first() == Some(&symbol));
        let code = low + place.expect("a key for it") as u8;
        self.connection.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).expect("X");
        for kind in [xproto::KEY_PRESS_EVENT, xproto::KEY_RELEASE_EVENT] {
            self.connection.xtest_fake_input(kind, code, x11rb::CURRENT_TIME, self.root, 0, 0, 0).expect("X").check().expect("a key");
        }
        self.connection.flush().expect("X");
    }
}
