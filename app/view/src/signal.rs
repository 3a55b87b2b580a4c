//! Signals that are compiled once: leptos' own are some kilobytes of wasm for each type that one holds.

use leptos::prelude::{LocalStorage, Set as _, StoredValue, Track as _};
use send_wrapper::SendWrapper;
use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

type Held = StoredValue<Rc<dyn Any>, LocalStorage>;

/// A value that views and effects hear of when it changes. As leptos' signal of this name, for the browser's one thread.
pub struct RwSignal<T: 'static> {
    changes: leptos::prelude::RwSignal<()>,
    held: Held,
    value: PhantomData<fn(T) -> T>,
}

impl<T> Clone for RwSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RwSignal<T> {}

/// The same signal, whatever it holds.
impl<T> PartialEq for RwSignal<T> {
    fn eq(&self, other: &Self) -> bool {
        self.changes == other.changes
    }
}

impl<T> std::fmt::Debug for RwSignal<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RwSignal")
    }
}

impl<T: 'static> RwSignal<T> {
    #[must_use]
    pub fn new(value: T) -> Self {
        let (changes, held) = hold(Rc::new(RefCell::new(value)));
        Self { changes, held, value: PhantomData }
    }

    /// Reads, and hears of the next change.
    ///
    /// # Panics
    /// When the part of the page that made it is gone.
    pub fn with<U>(&self, read: impl FnOnce(&T) -> U) -> U {
        self.changes.track();
        self.with_untracked(read)
    }

    /// Reads once.
    ///
    /// # Panics
    /// When the part of the page that made it is gone.
    pub fn with_untracked<U>(&self, read: impl FnOnce(&T) -> U) -> U {
        let held = held(self.held).expect("a signal of a part that is there");
        read(&cell::<T>(&held).borrow())
    }

    pub fn set(&self, value: T) {
        self.update(|old| *old = value);
    }

    pub fn update(&self, change: impl FnOnce(&mut T)) {
        if let Some(held) = held(self.held) {
            change(&mut cell::<T>(&held).borrow_mut());
            self.changes.set(());
        }
    }
}

impl<T: Clone + 'static> RwSignal<T> {
    /// # Panics
    /// When the part of the page that made it is gone.
    #[must_use]
    pub fn get(&self) -> T {
        self.with(T::clone)
    }

    /// # Panics
    /// When the part of the page that made it is gone.
    #[must_use]
    pub fn get_untracked(&self) -> T {
        self.with_untracked(T::clone)
    }
}

fn hold(value: Rc<dyn Any>) -> (leptos::prelude::RwSignal<()>, Held) {
    (leptos::prelude::RwSignal::new(()), StoredValue::new_local(value))
}

fn held(held: Held) -> Option<Rc<dyn Any>> {
    leptos::prelude::GetValue::try_get_value(&held)
}

fn cell<T: 'static>(held: &Rc<dyn Any>) -> &RefCell<T> {
    held.downcast_ref().expect("what was put in")
}

/// A value that follows from others, and is heard of only when it differs. As leptos' memo, compiled once.
pub struct Memo<T: 'static> {
    computed: leptos::prelude::Memo<Computed>,
    value: PhantomData<fn() -> T>,
}

#[derive(Clone)]
struct Computed {
    value: SendWrapper<Rc<dyn Any>>,
    same: fn(&dyn Any, &dyn Any) -> bool,
}

impl PartialEq for Computed {
    fn eq(&self, other: &Self) -> bool {
        (self.same)(&**self.value, &**other.value)
    }
}

/// How a value follows. Not `dyn Fn`: its table holds the body two times more.
trait Compute {
    fn compute(&self) -> Computed;
}

impl<F: Fn(()) -> T, T: PartialEq + 'static> Compute for F {
    fn compute(&self) -> Computed {
        let same = |one: &dyn Any, other: &dyn Any| one.downcast_ref::<T>() == other.downcast_ref::<T>();
        Computed { value: SendWrapper::new(Rc::new(self(()))), same }
    }
}

fn memo(compute: Box<dyn Compute>) -> leptos::prelude::Memo<Computed> {
    let compute = SendWrapper::new(compute);
    leptos::prelude::Memo::new(move |_| compute.compute())
}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

impl<T: PartialEq + 'static> Memo<T> {
    #[must_use]
    pub fn new(compute: impl Fn(()) -> T + 'static) -> Self {
        Self { computed: memo(Box::new(compute)), value: PhantomData }
    }

    /// Reads, and hears of the next change.
    ///
    /// # Panics
    /// When the part of the page that made it is gone.
    pub fn with<U>(&self, read: impl FnOnce(&T) -> U) -> U {
        read(leptos::prelude::Get::get(&self.computed).value.downcast_ref().expect("what was computed"))
    }

    /// Reads once.
    ///
    /// # Panics
    /// When the part of the page that made it is gone.
    pub fn with_untracked<U>(&self, read: impl FnOnce(&T) -> U) -> U {
        read(
            leptos::prelude::GetUntracked::get_untracked(&self.computed)
                .value
                .downcast_ref()
                .expect("what was computed"),
        )
    }
}

impl<T: Clone + PartialEq + 'static> Memo<T> {
    /// # Panics
    /// When the part of the page that made it is gone.
    #[must_use]
    pub fn get(&self) -> T {
        self.with(T::clone)
    }

    /// # Panics
    /// When the part of the page that made it is gone.
    #[must_use]
    pub fn get_untracked(&self) -> T {
        self.with_untracked(T::clone)
    }
}
