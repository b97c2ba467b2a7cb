//! Pointer, wheel and touch: one finger or button turns, two fingers or the right button move, wheel and pinch come nearer.

use winit::dpi::PhysicalPosition;
use winit::event::{ElementState, MouseButton, MouseScrollDelta, Touch, TouchPhase, WindowEvent};
use winit::keyboard::ModifiersState;

/// A change of the camera, in physical pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Motion {
    Turn(f64, f64),
    Move(f64, f64),
    Dolly(f64),
}

/// Wheel: this many pixels of scrolling come nearer by a factor of e.
const WHEEL_PIXELS: f64 = 600.0;
const LINE_PIXELS: f64 = 60.0;
/// Fingers closer than this do not pinch.
const PINCH_PIXELS: f64 = 8.0;

type Place = PhysicalPosition<f64>;

/// What is pressed where.
#[derive(Default)]
pub(super) struct Gestures {
    cursor: Option<Place>,
    button: Option<MouseButton>,
    fingers: Vec<(u64, Place)>,
    pub(super) modifiers: ModifiersState,
}

fn spread(fingers: &[(u64, Place)]) -> (Place, f64) {
    let (a, b) = (fingers[0].1, fingers[1].1);
    (PhysicalPosition::new((a.x + b.x) / 2.0, (a.y + b.y) / 2.0), (a.x - b.x).hypot(a.y - b.y))
}

impl Gestures {
    /// What an event asks the camera for.
    pub(super) fn take(&mut self, event: &WindowEvent) -> Vec<Motion> {
        match event {
            WindowEvent::ModifiersChanged(modifiers) => self.modifiers = modifiers.state(),
            WindowEvent::MouseInput { state, button, .. } => self.button = (*state == ElementState::Pressed).then_some(*button),
            WindowEvent::CursorMoved { position, .. } => return self.drag(*position),
            WindowEvent::CursorLeft { .. } => self.cursor = None,
            WindowEvent::MouseWheel { delta, .. } => {
                let pixels = match delta {
                    MouseScrollDelta::LineDelta(_, lines) => f64::from(*lines) * LINE_PIXELS,
                    MouseScrollDelta::PixelDelta(by) => by.y,
                };
                return vec![Motion::Dolly((-pixels / WHEEL_PIXELS).clamp(-1.0, 1.0).exp())];
            }
            WindowEvent::PinchGesture { delta, .. } if delta.is_finite() => return vec![Motion::Dolly((-delta).clamp(-1.0, 1.0).exp())],
            WindowEvent::Touch(touch) => return self.touch(touch),
            _ => {}
        }
        Vec::new()
    }

    fn drag(&mut self, to: Place) -> Vec<Motion> {
        let from = self.cursor.replace(to).unwrap_or(to);
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        match self.button {
            Some(MouseButton::Left) if !self.modifiers.shift_key() => vec![Motion::Turn(dx, dy)],
            Some(MouseButton::Left | MouseButton::Right | MouseButton::Middle) => vec![Motion::Move(dx, dy)],
            _ => Vec::new(),
        }
    }

    fn touch(&mut self, touch: &Touch) -> Vec<Motion> {
        let place = self.fingers.iter().position(|(id, _)| *id == touch.id);
        match (touch.phase, place) {
            (TouchPhase::Started, None) if self.fingers.len() < 2 => self.fingers.push((touch.id, touch.location)),
            (TouchPhase::Ended | TouchPhase::Cancelled, Some(k)) => _ = self.fingers.remove(k),
            (TouchPhase::Moved, Some(k)) if self.fingers.len() == 2 => {
                let (middle, apart) = spread(&self.fingers);
                self.fingers[k].1 = touch.location;
                let (now, wide) = spread(&self.fingers);
                let mut motions = vec![Motion::Move(now.x - middle.x, now.y - middle.y)];
                if apart > PINCH_PIXELS && wide > PINCH_PIXELS {
                    motions.push(Motion::Dolly(apart / wide));
                }
                return motions;
            }
            (TouchPhase::Moved, Some(k)) => {
                let from = std::mem::replace(&mut self.fingers[k].1, touch.location);
                return vec![Motion::Turn(touch.location.x - from.x, touch.location.y - from.y)];
            }
            _ => {}
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use winit::event::DeviceId;

    fn finger(id: u64, phase: TouchPhase, x: f64, y: f64) -> WindowEvent {
        WindowEvent::Touch(Touch { device_id: DeviceId::dummy(), phase, location: PhysicalPosition::new(x, y), force: None, id })
    }

    #[test]
    fn one_finger_turns_and_two_move_and_pinch() {
        let mut gestures = Gestures::default();
        assert!(gestures.take(&finger(1, TouchPhase::Started, 100.0, 100.0)).is_empty());
        assert_eq!(gestures.take(&finger(1, TouchPhase::Moved, 110.0, 95.0)), [Motion::Turn(10.0, -5.0)]);
        gestures.take(&finger(2, TouchPhase::Started, 210.0, 95.0));
        assert_eq!(gestures.take(&finger(2, TouchPhase::Moved, 310.0, 95.0)), [Motion::Move(50.0, 0.0), Motion::Dolly(0.5)]);
        gestures.take(&finger(1, TouchPhase::Ended, 110.0, 95.0));
        assert_eq!(gestures.take(&finger(2, TouchPhase::Moved, 311.0, 95.0)), [Motion::Turn(1.0, 0.0)]);
    }

    #[test]
    fn a_button_drags_from_where_the_cursor_was() {
        let mut gestures = Gestures::default();
        let at = |x, y| WindowEvent::CursorMoved { device_id: DeviceId::dummy(), position: PhysicalPosition::new(x, y) };
        let press = |button| WindowEvent::MouseInput { device_id: DeviceId::dummy(), state: ElementState::Pressed, button };
        assert!(gestures.take(&at(5.0, 5.0)).is_empty());
        gestures.take(&press(MouseButton::Left));
        assert_eq!(gestures.take(&at(8.0, 4.0)), [Motion::Turn(3.0, -1.0)]);
        gestures.take(&press(MouseButton::Right));
        assert_eq!(gestures.take(&at(9.0, 4.0)), [Motion::Move(1.0, 0.0)]);
    }
}
