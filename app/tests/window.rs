//! The window on a real display: what it shows is what physics says, keys do what they should, lost graphics come back.
//! On Linux, with the display that DISPLAY names (Xvfb will do).
#![cfg(all(target_os = "linux", feature = "window"))]

mod support;

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use support::window::{Display, SIZE, Shot, project};
use support::{motes, refusal, scratch, text};

/// Three marbles that fly without forces: their places after a step count are known.
const SCENE: &str = r#"
version = 1
title = "Three in flight"
about = "Straight lines."
dt = 0.01
[domain]
min = [-2, -1.5, -1]
max = [2, 1.5, 1]
[[species]]
name = "marble"
mass = 1
radius = 0.15
[[fill]]
kind = "random"
count = 3
min = [-1, -1, -1]
max = [1, 1, 1]
[view]
color_by = "speed"
color_min = 0
color_max = 2
colormap = "turbo"
azimuth = 0
elevation = 0
bounds = false
"#;

/// x, y, z, velocity; speeds 0.2, 1 and 1.8 are blue, green and red in turbo.
const MARBLES: [[f64; 6]; 3] = [[-1.0, 0.5, 0.0, 0.2, 0.0, 0.0], [0.0, -0.9, 0.3, 0.0, 1.0, 0.0], [0.8, 0.6, -0.2, 0.0, -1.8, 0.0]];

/// Where a marble is after `steps`.
fn place(marble: [f64; 6], steps: f64) -> [f64; 3] {
    [0, 1, 2].map(|k| marble[k] + marble[k + 3] * steps * 0.01)
}

fn arguments(name: &str) -> Vec<String> {
    let (scene, init) = (scratch(&format!("{name}.toml")), scratch(&format!("{name}.xyz")));
    std::fs::write(&scene, SCENE).expect("a scene file");
    let rows = MARBLES.map(|m| format!("marble {}\n", m.map(|v| v.to_string()).join(" "))).concat();
    let head = "3\nLattice=\"4 0 0 0 3 0 0 0 2\" Origin=\"-2 -1.5 -1\" Properties=species:S:1:pos:R:3:velo:R:3 pbc=\"F F F\"\n";
    std::fs::write(&init, format!("{head}{rows}")).expect("an initial state");
    ["view", text(&scene), "--init", text(&init), "--size", &format!("{}x{}", SIZE.0, SIZE.1)].map(str::to_owned).to_vec()
}

fn marbles_are_seen(shot: &Shot, steps: f64) {
    let blue = |[r, g, b]: [u8; 3]| b > r && b > g;
    let green = |[r, g, b]: [u8; 3]| g > r && g > b;
    let red = |[r, g, b]: [u8; 3]| r > 2 * g && r > 2 * b;
    for (marble, hue) in MARBLES.into_iter().zip([blue, green, red]) {
        let at = place(marble, steps);
        let seen = shot.at(project(at));
        assert!(hue(seen), "the marble at {at:?} shows as {seen:?}");
    }
    // Three circles of this radius and nothing else.
    let covered = shot.covered() as f64;
    let expected: f64 = MARBLES.iter().map(|m| support::window::silhouette(place(*m, steps), 0.15)).sum();
    assert!((covered / expected - 1.0).abs() < 0.06, "{covered} pixels are covered, {expected} should be");
}

/// The display for this test alone, since windows would cover each other; or nothing and the reason said.
fn display() -> Option<(Display, MutexGuard<'static, ()>)> {
    static ONE: Mutex<()> = Mutex::new(());
    if std::env::var_os("DISPLAY").is_none() {
        println!("skipped: DISPLAY names no X server");
        return None;
    }
    let alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    Some((Display::connect(), alone))
}

struct Window(Child);

impl Window {
    fn open(name: &str, more: &[&str]) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_motes"));
        program.args(arguments(name)).args(more).env_remove("WAYLAND_DISPLAY").stderr(Stdio::piped());
        Self(program.spawn().expect("the program starts"))
    }

    /// Exit code and what was told.
    fn end(mut self) -> (Option<i32>, String) {
        let late = Instant::now() + Duration::from_secs(30);
        while self.0.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < late, "the window does not close");
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut told = String::new();
        self.0.stderr.take().expect("a pipe").read_to_string(&mut told).expect("text");
        (self.0.wait().expect("a child").code(), told)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        _ = self.0.kill();
    }
}

#[test]
fn a_screenshot_shows_particles_where_physics_has_them() {
    let Some(_display) = display() else { return };
    let file = scratch("flight.png");
    let mut words = arguments("flight");
    words.extend(["--steps", "50", "--screenshot", text(&file)].map(str::to_owned));
    let output = motes(&words.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    marbles_are_seen(&Shot::of_png(&file), 50.0);
}

#[test]
fn the_window_itself_shows_them_and_obeys_keys() {
    let Some((display, _alone)) = display() else { return };
    let window = Window::open("keys", &["--pause"]);
    let id = display.find("Three in flight");
    let first = display.wait(id, "the first picture", |shot| (100..20_000).contains(&shot.covered()));
    marbles_are_seen(&first, 0.0);
    display.press(id, "period");
    let stepped = display.wait(id, "a portion of steps", |shot| *shot != first);
    marbles_are_seen(&stepped, 4.0);
    display.press(id, "comma");
    display.wait(id, "the moment before", |shot| *shot == first);
    display.press(id, "period");
    display.wait(id, "the same steps again", |shot| *shot == stepped);
    display.press(id, "F9");
    std::thread::sleep(Duration::from_millis(500));
    let again = display.wait(id, "the same picture on new graphics", |shot| *shot == stepped);
    display.press(id, "Right");
    let turned = display.wait(id, "the picture turned", |shot| *shot != again);
    assert!(turned.covered() > 100);
    display.press(id, "Home");
    display.wait(id, "the picture as at first", |shot| *shot == again);
    display.press(id, "q");
    let (code, told) = window.end();
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("the graphics device is gone") && told.matches("Three in flight: 3 particles").count() == 2, "{told}");
}

#[test]
fn it_plays_until_its_pictures_are_shown() {
    let Some(_display) = display() else { return };
    let (code, told) = Window::open("plays", &["--frames", "12"]).end();
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn without_a_display_it_says_so_with_its_exit_code() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_motes")).arg("view").env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").output().expect("the program starts");
    assert_eq!(output.status.code(), Some(6));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no window can be opened"));
}

#[test]
fn wrong_sizes_are_refused() {
    for size in ["0x10", "800", "x", "99999x1"] {
        let (code, message) = refusal(&["view", "marbles", "--size", size]);
        assert_eq!(code, 2, "{size}");
        assert!(message.contains("for example 1200x800"), "{message}");
    }
}
