//! What the server makes of views.

use view::prelude::*;

fn html(view: impl Content) -> String {
    view.into_content().into_html()
}

/// What people wrote stays text, in elements, attributes and text areas.
#[test]
fn text_is_text() {
    let text = r#"<b a="1">&amp;</b>"#;
    assert_eq!(
        html(view! { <p title=text>{text}</p> }),
        "<p title=\"<b a=&quot;1&quot;>&amp;amp;</b>\">&lt;b a=\"1\"&gt;&amp;amp;&lt;/b&gt;</p>"
    );
    let area = view! { <textarea prop:value="\n</textarea>"></textarea> };
    assert_eq!(html(area), "<textarea>\n\n&lt;/textarea&gt;</textarea>");
}

#[test]
fn attributes_are_there_or_not() {
    let none: Option<String> = None;
    let checked = || true;
    let element = view! { <input type="checkbox" hidden=false data-l aria-label=none prop:checked=checked class="" /> };
    assert_eq!(html(element), "<input type=\"checkbox\" data-l checked class>");
    let (href, off) = (|| Some("/x"), || None::<String>);
    assert_eq!(html(view! { <a href=href aria-disabled=off>"x"</a> }), "<a href=\"/x\">x</a>");
}

/// The borders of what changes are marked; what does not change costs nothing.
#[test]
fn what_changes_has_borders() {
    let owner = Owner::new();
    owner.set();
    let n = RwSignal::new(2_usize);
    let many = move || (n.get() > 5).then_some("!");
    let part = view! { <p>{move || n.get()} " of " {3_usize} {many}</p> };
    assert_eq!(html(part), "<p><!--[-->2<!--]--> of 3<!--[--><!--]--></p>");
    let list = keyed(move || (0..n.get()).collect(), |n| *n, |n| view! { <li>{n}</li> });
    assert_eq!(html(view! { <ul>{list}</ul> }), "<ul><!--[--><li>0</li><li>1</li><!--]--></ul>");
    assert_eq!(html(view! { <hr /> "a" {()} {None::<String>} {["b", "c"]} }), "<hr>abc");
}

/// A memo is heard of only when it differs, a signal whenever it is set.
#[test]
fn signals_hold_what_was_put_in() {
    let owner = Owner::new();
    owner.set();
    let n = RwSignal::new(1);
    let even = Memo::new(move |()| n.get() % 2 == 0);
    assert!(!even.get());
    n.update(|n| *n += 1);
    assert!(even.get_untracked() && n.with_untracked(|n| *n == 2));
    n.set(7);
    assert_eq!((n.get(), even.get()), (7, false));
}
