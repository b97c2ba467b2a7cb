//! Keys of the window; the page has the same, and more.

use winit::keyboard::{Key, NamedKey};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    TogglePlay,
    Step,
    Back,
    Reset,
    Faster(bool),
    /// Turn, or move with Shift, as if a pointer had gone so many pixels.
    Drag(f64, f64),
    /// Come nearer by a factor.
    Dolly(f64),
    Recenter,
    TogglePoints,
    FullScreen,
    RestartGraphics,
    Close,
}

/// Printed when the window opens.
pub(super) const HELP: &str = "space play or pause · . one portion of steps · , back by one · [ ] slower, faster · r begin again · arrows turn, with shift move
+ - nearer, farther · Home look as at first · o spheres or points · f full screen · F9 restart graphics · q or Escape close";

/// Pixels of dragging that an arrow key stands for.
const ARROW: f64 = 24.0;
const NEARER: f64 = 0.9;

/// What this key asks for, if anything.
pub(super) fn action(key: &Key) -> Option<Action> {
    Some(match key.as_ref() {
        Key::Named(NamedKey::Space) => Action::TogglePlay,
        Key::Named(NamedKey::ArrowLeft) => Action::Drag(-ARROW, 0.0),
        Key::Named(NamedKey::ArrowRight) => Action::Drag(ARROW, 0.0),
        Key::Named(NamedKey::ArrowUp) => Action::Drag(0.0, -ARROW),
        Key::Named(NamedKey::ArrowDown) => Action::Drag(0.0, ARROW),
        Key::Named(NamedKey::Home) => Action::Recenter,
        Key::Named(NamedKey::F9) => Action::RestartGraphics,
        Key::Named(NamedKey::Escape) => Action::Close,
        Key::Character(text) => match text.to_lowercase().as_str() {
            " " => Action::TogglePlay,
            "." => Action::Step,
            "," => Action::Back,
            "r" => Action::Reset,
            "]" => Action::Faster(true),
            "[" => Action::Faster(false),
            "+" | "=" => Action::Dolly(NEARER),
            "-" => Action::Dolly(1.0 / NEARER),
            "o" => Action::TogglePoints,
            "f" => Action::FullScreen,
            "q" => Action::Close,
            _ => return None,
        },
        _ => return None,
    })
}
