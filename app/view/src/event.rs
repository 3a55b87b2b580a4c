//! The events that views listen to, each with what its handler gets.

#![allow(non_upper_case_globals, reason = "names of events, as they stand behind on:")]

use std::marker::PhantomData;

/// The name of an event whose handlers get an `E`.
pub struct Name<E> {
    pub(crate) name: &'static str,
    event: PhantomData<E>,
}

const fn name<E>(name: &'static str) -> Name<E> {
    Name { name, event: PhantomData }
}

impl<E> Name<E> {
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        self.name
    }
}

pub const blur: Name<web_sys::FocusEvent> = name("blur");
pub const change: Name<web_sys::Event> = name("change");
pub const click: Name<web_sys::MouseEvent> = name("click");
pub const close: Name<web_sys::Event> = name("close");
pub const focusin: Name<web_sys::FocusEvent> = name("focusin");
pub const input: Name<web_sys::Event> = name("input");
pub const keydown: Name<web_sys::KeyboardEvent> = name("keydown");
pub const mouseenter: Name<web_sys::MouseEvent> = name("mouseenter");
pub const mouseleave: Name<web_sys::MouseEvent> = name("mouseleave");
pub const paste: Name<web_sys::Event> = name("paste");
pub const scroll: Name<web_sys::Event> = name("scroll");
pub const submit: Name<web_sys::SubmitEvent> = name("submit");
