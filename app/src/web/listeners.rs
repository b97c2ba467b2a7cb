//! Callbacks of the page. wgpu wants handlers that could go to another thread, which a JavaScript function cannot; so
//! functions stay in a table of this thread and handlers hold a number.

use std::cell::RefCell;
use std::collections::BTreeMap;

use js_sys::Function;
use motes_renderer::Listener;
use wasm_bindgen::prelude::JsValue;

#[derive(Default)]
struct Entry {
    lost: Option<Function>,
    error: Option<Function>,
}

thread_local! {
    static ENTRIES: RefCell<BTreeMap<u32, Entry>> = const { RefCell::new(BTreeMap::new()) };
}

/// The callbacks of one View; dropped with it.
pub(super) struct Listeners(u32);

impl Listeners {
    pub(super) fn new() -> Self {
        ENTRIES.with_borrow_mut(|entries| {
            let number = entries.last_key_value().map_or(0, |(last, _)| last + 1);
            entries.insert(number, Entry::default());
            Self(number)
        })
    }

    pub(super) fn on_lost(&self, callback: Function) {
        self.change(|entry| entry.lost = Some(callback));
    }

    pub(super) fn on_error(&self, callback: Function) {
        self.change(|entry| entry.error = Some(callback));
    }

    fn change(&self, change: impl FnOnce(&mut Entry)) {
        ENTRIES.with_borrow_mut(|entries| entries.get_mut(&self.0).map(change));
    }

    /// Handlers for the device. Those of a View that is gone do nothing.
    pub(super) fn for_gpu(&self) -> Listener {
        let number = self.0;
        Listener {
            lost: Box::new(move |reason, destroyed| call(number, |entry| entry.lost.clone(), &[reason.into(), destroyed.into()])),
            error: Box::new(move |message| call(number, |entry| entry.error.clone(), &[message.into()])),
        }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        ENTRIES.with_borrow_mut(|entries| entries.remove(&self.0));
    }
}

/// The table is free while the page's function runs: it may well drop the View.
fn call(number: u32, choose: impl Fn(&Entry) -> Option<Function>, arguments: &[JsValue]) {
    let function = ENTRIES.with_borrow(|entries| entries.get(&number).and_then(choose));
    if let Some(function) = function {
        _ = match arguments {
            [one] => function.call1(&JsValue::UNDEFINED, one),
            [one, two, ..] => function.call2(&JsValue::UNDEFINED, one, two),
            [] => function.call0(&JsValue::UNDEFINED),
        };
    }
}
