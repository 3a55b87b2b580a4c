//! The browser's half: every island of `app` and `ui`, compiled to one wasm file. `js/start.js` loads it.

// Without a use of `app` the linker drops its islands silently, and every page is dead without a build error.
use app as _;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(message: &str);
}

/// Prepares the page for its islands; `js/start.js` calls it and then wakes the islands one by one. After an island has
/// panicked it is called again.
///
/// A panic is reported with its message and place. Without the hook the console would only say `unreachable`.
#[wasm_bindgen]
pub fn hydrate() {
    // Nothing unwinds here: after a first panic this thread counts as panicking for good, and the hook is in place.
    if !std::thread::panicking() {
        std::panic::set_hook(Box::new(|panic| console_error(&panic.to_string())));
    }
    leptos::mount::hydrate_islands();
}
