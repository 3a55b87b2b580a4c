//! The code editor (CodeMirror, loaded at first use).

use crate::Labels;
use js_sys::{Array, Function, Object, Reflect};
use leptos::task::spawn_local;
use model::rpc::Diagnostic;
use send_wrapper_local::Local;
use view::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::Element;

#[wasm_bindgen(module = "gantry/lazy")]
extern "C" {
    #[wasm_bindgen(js_name = mountEditor, catch)]
    async fn mount_editor(element: &Element, options: &JsValue) -> Result<JsValue, JsValue>;
}

/// A value of the page's only thread, kept in a store that may be copied into closures.
mod send_wrapper_local {
    use leptos::prelude::{LocalStorage, StoredValue};
    pub(super) type Local<T> = StoredValue<Option<T>, LocalStorage>;
}

/// An editor on the page; without its bundle the text stays in a plain text area.
#[derive(Clone, Copy)]
pub(super) struct Editor {
    handle: Local<JsValue>,
    /// The text until the editor is there, and when it could not be loaded.
    text: StoredValue<String>,
    /// The editor could not be loaded.
    pub(super) failed: RwSignal<bool>,
    pub(super) ready: RwSignal<bool>,
}

impl Editor {
    pub(super) fn new() -> Self {
        Self {
            handle: StoredValue::new_local(None),
            text: StoredValue::new(String::new()),
            failed: RwSignal::new(false),
            ready: RwSignal::new(false),
        }
    }

    /// Puts the editor into an element.
    pub(super) fn mount(
        self,
        element: Element,
        text: String,
        read_only: bool,
        labels: &Labels,
        changed: impl Fn() + 'static,
    ) {
        self.dispose();
        self.text.set_value(text.clone());
        let options = Object::new();
        let put = |name: &str, value: JsValue| {
            Reflect::set(&options, &JsValue::from_str(name), &value).unwrap_or_default();
        };
        put("doc", JsValue::from_str(&text));
        put("readOnly", JsValue::from_bool(read_only));
        put("lang", JsValue::from_str("yaml"));
        put("label", JsValue::from_str("YAML"));
        put("phrases", phrases(labels));
        let change = Closure::<dyn FnMut()>::new(changed);
        put("onChange", change.as_ref().clone());
        change.forget();
        spawn_local(async move {
            match mount_editor(&element, &options).await {
                Ok(handle) => {
                    self.handle.set_value(Some(handle));
                    self.ready.set(true);
                }
                Err(_) => self.failed.set(true),
            }
        });
    }

    fn call(self, name: &str, arguments: &[JsValue]) -> Option<JsValue> {
        self.handle.with_value(|handle| {
            let handle = handle.as_ref()?;
            let method: Function = Reflect::get(handle, &JsValue::from_str(name)).ok()?.dyn_into().ok()?;
            method.apply(handle, &arguments.iter().collect::<Array>()).ok()
        })
    }

    pub(super) fn text(self) -> String {
        self.call("getDoc", &[]).and_then(|text| text.as_string()).unwrap_or_else(|| self.text.with_value(Clone::clone))
    }

    /// What was typed into the plain text area.
    pub(super) fn type_plain(self, text: String) {
        self.text.set_value(text);
    }

    pub(super) fn set_text(self, text: &str) {
        self.text.set_value(text.to_owned());
        self.call("setDoc", &[JsValue::from_str(text)]);
    }

    pub(super) fn set_read_only(self, read_only: bool) {
        self.call("setReadOnly", &[JsValue::from_bool(read_only)]);
        if !read_only {
            self.call("focus", &[]);
        }
    }

    pub(super) fn go_to_line(self, line: u32) {
        self.call("gotoLine", &[JsValue::from_f64(f64::from(line))]);
    }

    pub(super) fn mark(self, problems: &[Diagnostic]) {
        let list: Array = problems
            .iter()
            .map(|problem| {
                let entry = Object::new();
                let put = |name: &str, value: JsValue| {
                    Reflect::set(&entry, &JsValue::from_str(name), &value).unwrap_or_default();
                };
                put("line", JsValue::from_f64(f64::from(problem.line)));
                put("col", JsValue::from_f64(f64::from(problem.column)));
                put("message", JsValue::from_str(&problem.message));
                put("severity", JsValue::from_str(&problem.severity));
                entry
            })
            .collect();
        self.call("setDiagnostics", &[list.into()]);
    }

    /// Shows the text as a change of `original`, as soon as the editor is there.
    pub(super) fn compare_when_ready(self, original: String) {
        watch(move || {
            if self.ready.get() {
                self.call("setOriginal", &[JsValue::from_str(&original)]);
            }
        });
    }

    pub(super) fn dispose(self) {
        self.call("dispose", &[]);
        self.handle.set_value(None);
        self.ready.set(false);
    }
}

/// CodeMirror's own texts.
fn phrases(labels: &Labels) -> JsValue {
    const PHRASES: [(&str, &str); 9] = [
        ("Find", "ui-editor-find"),
        ("Replace", "ui-editor-replace"),
        ("next", "ui-editor-next"),
        ("previous", "ui-editor-previous"),
        ("all", "ui-editor-all"),
        ("match case", "ui-editor-case"),
        ("by word", "ui-editor-word"),
        ("replace", "ui-editor-replace-one"),
        ("close", "ui-close"),
    ];
    let out = Object::new();
    for (english, key) in PHRASES {
        Reflect::set(&out, &JsValue::from_str(english), &JsValue::from_str(&labels.get(key))).unwrap_or_default();
    }
    out.into()
}
