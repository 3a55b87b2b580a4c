//! Images, quantities, and the memory pair whose limit is written along with the request.

use super::lens::{Lens, Marks, Path, read, remove, text_of, write};
use model::form::QuantityUnit;
use model::form::image::ImageRef;
use model::quantity;
use serde_json::{Value, json};

/// A quantity shown in the field's unit. Untouched, it keeps its spelling; touched, it is written as typed (a bare
/// number in MiB with its unit, W-39).
pub struct Quantity {
    pub path: Path,
    pub unit: QuantityUnit,
}

impl Lens for Quantity {
    fn get(&self, object: &Value) -> Value {
        Value::String(quantity::show(&text_of(read(object, self.path)), self.unit))
    }

    fn set(&self, object: &Value, value: &Value) -> Value {
        let mut object = object.clone();
        let text = value.as_str().unwrap_or_default().trim();
        if text.is_empty() {
            remove(&mut object, self.path, 0);
        } else {
            // What is no quantity goes on as it is: the YAML view shows it, the checker refuses it.
            let stored = quantity::store(text, self.unit).unwrap_or_else(|_| text.to_owned());
            write(&mut object, self.path, Value::String(stored));
        }
        object
    }

    fn shown(&self, _: &Value, marks: &mut Marks) {
        marks.mark(self.path);
    }
}

/// Memory request and limit. With `limit_follows`, a request alone writes the limit equal to it (spec 30 R-5, W-40).
pub struct Memory {
    pub request: Quantity,
    pub limit: Quantity,
    pub limit_follows: bool,
}

impl Lens for Memory {
    fn get(&self, object: &Value) -> Value {
        json!({ "memory_request": self.request.get(object), "memory_limit": self.limit.get(object) })
    }

    fn set(&self, object: &Value, value: &Value) -> Value {
        let request = value.get("memory_request").cloned().unwrap_or_default();
        let mut limit = value.get("memory_limit").cloned().unwrap_or_default();
        if self.limit_follows && limit.as_str().is_none_or(|text| text.trim().is_empty()) {
            limit.clone_from(&request);
        }
        self.limit.put(&self.request.put(object, &request), &limit)
    }

    fn shown(&self, object: &Value, marks: &mut Marks) {
        self.request.shown(object, marks);
        self.limit.shown(object, marks);
    }
}

/// Image and tag of one reference; a digest stays with the image (W-32).
pub struct Image {
    pub path: Path,
}

impl Lens for Image {
    fn get(&self, object: &Value) -> Value {
        let image = ImageRef::parse(&text_of(read(object, self.path)));
        json!({ "image": image.without_tag(), "tag": image.tag.unwrap_or_default() })
    }

    fn set(&self, object: &Value, value: &Value) -> Value {
        let mut object = object.clone();
        let (image, tag) = (text_of(value.get("image")), text_of(value.get("tag")));
        if image.trim().is_empty() && tag.trim().is_empty() {
            remove(&mut object, self.path, 0);
        } else {
            write(&mut object, self.path, Value::String(ImageRef::join(&image, &tag)));
        }
        object
    }

    fn shown(&self, _: &Value, marks: &mut Marks) {
        marks.mark(self.path);
    }
}
