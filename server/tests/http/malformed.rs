//! A thousand malformed requests for every address: no 5xx, no panic (issue 7.3).

use crate::app::{App, Browser, PASSWORD, ROOT};
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use server::routes;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;

const REQUESTS: usize = 1000;

#[derive(Clone, Debug)]
struct Malformed {
    method: &'static str,
    segment: String,
    query: String,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

/// Text that parsers stumble over.
fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("%".to_owned()),
        Just("%00%ff%zz".to_owned()),
        Just("../../etc/passwd".to_owned()),
        Just("cls-aaaaaaaa".to_owned()),
        Just("a".repeat(3000)),
        "\\PC{0,40}",
    ]
}

pub fn odd_json() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"{}".to_vec()),
        Just(b"null".to_vec()),
        Just(b"[]".to_vec()),
        Just(vec![b'['; 5000]),
        Just(br#"{"name":"\ud800","password":{}}"#.to_vec()),
        Just(br#"{"text":"a: &a [*a]","context":"x"}"#.to_vec()),
        Just(br#"{"source":{"of":"kind"},"query":{}}"#.to_vec()),
        Just(br#"{"name":1e999,"password":-0}"#.to_vec()),
        vec(any::<u8>(), 0..200),
    ]
}

fn malformed() -> impl Strategy<Value = Malformed> {
    let method =
        prop_oneof![4 => Just("own"), 1 => prop_oneof![Just("PUT"), Just("HEAD"), Just("OPTIONS"), Just("PURGE")]];
    let name = prop_oneof![
        Just("content-type"),
        Just("content-length"),
        Just("cookie"),
        Just("accept"),
        Just("accept-language"),
        Just("accept-encoding"),
        Just("if-none-match"),
        Just("x-forwarded-for"),
        Just("upgrade"),
        Just("origin"),
    ];
    let value = prop_oneof![
        Just(b"application/json".to_vec()),
        Just(b"application/x-www-form-urlencoded".to_vec()),
        Just(b"multipart/form-data; boundary=x".to_vec()),
        Just(b"gantry=AAAAAAAAAAAAAAAAAAAAAA; gantry-locale=zz".to_vec()),
        Just(b"gantry=%%%; gantry=".to_vec()),
        Just(b"18446744073709551616".to_vec()),
        Just(b"text/html".to_vec()),
        Just(b"websocket".to_vec()),
        vec(any::<u8>().prop_filter("of a header", |b| *b >= 0x20 && *b != 0x7f), 0..60),
    ];
    let body = prop_oneof![
        odd_json(),
        odd_text().prop_map(|text| format!("name={text}&password={text}&token={text}").into_bytes())
    ];
    (method, odd_text(), odd_text(), vec((name, value), 0..4), body)
        .prop_map(|(method, segment, query, headers, body)| Malformed { method, segment, query, headers, body })
}

/// What the `http` crate lets into an address, as hyper does.
fn address(path: &str, malformed: &Malformed) -> String {
    let filled: Vec<String> = path
        .split('/')
        .map(|part| if part.starts_with('{') { lenient(&malformed.segment) } else { part.to_owned() })
        .collect();
    format!("{}?{}", filled.join("/"), lenient(&malformed.query))
}

fn lenient(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_ascii_graphic() && !"#?<>\"{}|\\^`/".contains(c) {
                c.to_string()
            } else {
                model::links::encode(&c.to_string())
            }
        })
        .collect()
}

async fn send(browser: &mut Browser, method: &str, path: &str, malformed: &Malformed) {
    let method = if malformed.method == "own" { method } else { malformed.method };
    let mut request = Request::builder().method(method).uri(address(path, malformed));
    for (name, value) in &malformed.headers {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            request = request.header(*name, value);
        }
    }
    let answer = browser.send(request, Body::from(malformed.body.clone())).await;
    assert!(answer.status.as_u16() < 500, "{method} {path}: {} {} for {malformed:?}", answer.status, answer.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_breaks_an_address() {
    let app = App::set_up().await;
    // A session each, made before anything is attacked: guesses at a password make its account wait.
    let mut attacked = Vec::new();
    for route in routes::all() {
        attacked.push((route, app.browser(), app.signed_in(ROOT, PASSWORD).await));
    }
    let turns = Arc::new(Semaphore::new(4));
    let mut runs = tokio::task::JoinSet::new();
    for (route, mut anonymous, mut root) in attacked {
        let (cookie, turns) = (root.cookie.clone(), Arc::clone(&turns));
        runs.spawn(async move {
            let _turn = turns.acquire().await.expect("a turn");
            let mut runner = TestRunner::deterministic();
            let strategy = malformed();
            for round in 0..REQUESTS {
                let malformed = strategy.new_tree(&mut runner).expect("a request").current();
                // Answers that wait for nothing would keep the others from their turn.
                tokio::task::yield_now().await;
                // Half of them as somebody who may do everything, so that they get beyond the gate; the others each from
                // another address, so that they get beyond the limit of one.
                if round % 2 == 0 {
                    root.cookie.clone_from(&cookie);
                    send(&mut root, route.method.as_str(), &route.path, &malformed).await;
                } else {
                    anonymous.cookie = None;
                    anonymous.address = SocketAddr::from(([198, 51, (round / 256) as u8, (round % 256) as u8], 1));
                    send(&mut anonymous, route.method.as_str(), &route.path, &malformed).await;
                }
            }
        });
    }
    while let Some(run) = runs.join_next().await {
        run.expect("no panic");
    }
}
