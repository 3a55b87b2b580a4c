//! `view!`: leptos' notation for elements, in calls of the crate `view`.

use proc_macro::TokenStream;
use proc_macro2::{Span, TokenStream as Tokens};
use quote::{ToTokens, quote, quote_spanned};
use rstml::node::{KeyedAttribute, Node, NodeAttribute, NodeBlock, NodeElement, NodeName};
use syn::spanned::Spanned;
use syn::{Block, Error, LitStr, Result, Stmt};

/// Elements as in leptos' `view!`: `name=value`, `name` alone, `on:event=handler`, `prop:value=…`, `inner_html=…`, texts in
/// quotes, `{expressions}`, islands by their names. Gives a `view::View`.
#[proc_macro]
pub fn view(input: TokenStream) -> TokenStream {
    rstml::parse(input).and_then(|nodes| several(&nodes)).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn several(nodes: &[Node]) -> Result<Tokens> {
    if let [one] = nodes {
        let content = single(one)?;
        return Ok(quote!(::view::Content::into_content(#content)));
    }
    let children = nodes.iter().map(single).collect::<Result<Vec<_>>>()?;
    Ok(quote!(::view::View::default()#(.child(#children))*))
}

fn single(node: &Node) -> Result<Tokens> {
    Ok(match node {
        Node::Element(element) if is_component(element.name()) => component(element)?,
        Node::Element(element) => html(element)?,
        Node::Text(text) => text.value.to_token_stream(),
        Node::Block(NodeBlock::ValidBlock(block)) => bare(block),
        Node::Block(block) => block.to_token_stream(),
        Node::Fragment(fragment) => several(&fragment.children)?,
        Node::Doctype(_) => quote!(::view::View::doctype()),
        other => return Err(Error::new(other.span(), "texts stand in quotes here")),
    })
}

/// Braces around one expression are notation, not a block.
fn bare(block: &Block) -> Tokens {
    match block.stmts.as_slice() {
        [Stmt::Expr(expression, None)] => expression.to_token_stream(),
        _ => block.to_token_stream(),
    }
}

/// Components are named as types are.
fn is_component(name: &NodeName) -> bool {
    let name = name.to_string();
    name.rsplit("::").next().is_some_and(|last| last.trim_start().starts_with(|first: char| first.is_ascii_uppercase()))
}

fn html(element: &NodeElement<rstml::Infallible>) -> Result<Tokens> {
    let name = text(element.name());
    let attributes = element.attributes().iter().map(attribute).collect::<Result<Vec<_>>>()?;
    let children = element.children.iter().map(single).collect::<Result<Vec<_>>>()?;
    Ok(quote!(::view::Element::new(#name)#(#attributes)*#(.child(#children))*))
}

fn component(element: &NodeElement<rstml::Infallible>) -> Result<Tokens> {
    if let Some(child) = element.children.first() {
        return Err(Error::new(child.span(), "an island has no children"));
    }
    let name = element.name();
    let mut properties = Vec::new();
    for attribute in element.attributes() {
        let (key, value) = keyed(attribute).and_then(|attribute| Ok((&attribute.key, value(attribute)?)))?;
        properties.push(quote!(.#key(#value)));
    }
    Ok(quote! {
        ::view::island(::view::leptos::component::component_view(
            &#name,
            ::view::leptos::component::component_props_builder(&#name)#(#properties)*.build(),
        ))
    })
}

fn attribute(attribute: &NodeAttribute) -> Result<Tokens> {
    let attribute = keyed(attribute)?;
    let key = attribute.key.to_string();
    let key = key.replace(char::is_whitespace, "").trim_start_matches("r#").to_owned();
    let span = attribute.key.span();
    let value = value(attribute)?;
    if let Some(event) = key.strip_prefix("on:") {
        let event = syn::Ident::new(event, Span::call_site());
        return Ok(quote_spanned!(span=> .on(::view::event::#event, #value)));
    }
    if let Some(property) = key.strip_prefix("prop:") {
        let property = match property {
            "value" => quote!(::view::Property::Value),
            "checked" => quote!(::view::Property::Checked),
            "indeterminate" => quote!(::view::Property::Indeterminate),
            _ => return Err(Error::new(span, "value, checked or indeterminate")),
        };
        return Ok(quote!(.property(#property, #value)));
    }
    if key == "inner_html" {
        return Ok(quote!(.inner_html(#value)));
    }
    if key.contains(':') {
        return Err(Error::new(span, "attributes, on: and prop: are known here"));
    }
    let key = LitStr::new(&key, span);
    Ok(quote!(.attribute(#key, #value)))
}

fn keyed(attribute: &NodeAttribute) -> Result<&KeyedAttribute> {
    match attribute {
        NodeAttribute::Attribute(attribute) => Ok(attribute),
        NodeAttribute::Block(block) => Err(Error::new(block.span(), "an attribute has a name")),
    }
}

/// An attribute without a value is a flag.
fn value(attribute: &KeyedAttribute) -> Result<Tokens> {
    if attribute.possible_value.to_value().is_none() {
        return Ok(quote!(true));
    }
    let value = attribute.value().ok_or_else(|| Error::new(attribute.span(), "an expression is expected"))?;
    Ok(value.to_token_stream())
}

fn text(name: &NodeName) -> LitStr {
    LitStr::new(name.to_string().replace(char::is_whitespace, "").trim_start_matches("r#"), name.span())
}
