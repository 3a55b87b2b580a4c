//! WebSockets: who may open one, and what ends it.

use crate::app::{App, HOST, PASSWORD, ROOT};
use crate::malformed::odd_json;
use authz::Access;
use axum::body::Body;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use futures::{SinkExt, StreamExt};
use model::permission::Permission;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use server::sockets::Life;
use server::{Config, Route};
use std::net::SocketAddr;
use std::time::Duration;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const PATH: &str = "/test/socket";

/// A socket that says why it ends, and nothing else.
fn test_socket() -> Route {
    async fn run(mut life: Life, mut socket: WebSocket) {
        let _ = socket.send(Message::Text("open".into())).await;
        let ended = life.ended().await;
        let _ = socket.send(Message::Text(format!("{ended:?}").into())).await;
    }
    Route::socket(
        PATH,
        Access::Permission(Permission::OwnAccount),
        async |life: Life, upgrade: WebSocketUpgrade| -> Response {
            upgrade.on_upgrade(move |socket| run(life, socket))
        },
    )
}

async fn app() -> App {
    let app = App::with(Config::default(), vec![test_socket()]).await;
    app.make_main().await;
    app
}

fn upgrade() -> axum::http::request::Builder {
    Request::get(PATH)
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

#[tokio::test]
async fn pages_of_other_sites_open_no_socket() {
    let app = app().await;
    let mut root = app.signed_in(ROOT, PASSWORD).await;
    for origin in ["https://evil.example", "http://evil.example:8080", "null", "http://gantry.test", "file://"] {
        let answer = root.send(upgrade().header(header::ORIGIN, origin), Body::empty()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
        assert_eq!(answer.json()["code"], "AuthFailure.Origin", "{origin}");
    }
    // Ours passes the gate; `oneshot` has no connection to upgrade, which is the next thing that is missing.
    let answer = root.send(upgrade().header(header::ORIGIN, format!("http://{HOST}")), Body::empty()).await;
    assert_eq!(answer.status, StatusCode::UPGRADE_REQUIRED, "{}", answer.body);
    let anonymous = app.browser().send(upgrade().header(header::ORIGIN, format!("http://{HOST}")), Body::empty()).await;
    assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED);
}

struct Live {
    app: App,
    address: SocketAddr,
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

impl Live {
    async fn start() -> Self {
        let app = app().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let service = app.router().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { app, address }
    }

    async fn connect(&self, cookie: &str) -> Result<Socket, tungstenite::Error> {
        let mut socket = self.open(PATH, cookie).await?;
        assert_eq!(next(&mut socket).await, "open");
        Ok(socket)
    }

    async fn open(&self, path: &str, cookie: &str) -> Result<Socket, tungstenite::Error> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("cookie", cookie.parse().expect("a cookie"));
        headers.insert("origin", format!("http://{}", self.address).parse().expect("an origin"));
        Ok(tokio_tungstenite::connect_async(request).await?.0)
    }
}

async fn next(socket: &mut Socket) -> String {
    let message = tokio::time::timeout(Duration::from_secs(5), socket.next()).await.expect("in time");
    message.expect("a message").expect("no error").into_text().expect("a text").to_string()
}

#[tokio::test]
async fn a_socket_ends_with_its_session() {
    let live = Live::start().await;
    let app = &live.app;
    let accounts = &app.state.services.accounts;

    let mut browser = app.signed_in(ROOT, PASSWORD).await;
    let cookie = browser.cookie.clone().expect("a session");
    let mut one = live.connect(&cookie).await.expect("a socket");
    let mut two = live.connect(&cookie).await.expect("a second socket");
    browser.post("/logout", &[]).await;
    assert_eq!(next(&mut one).await, "SignedOut");
    assert_eq!(next(&mut two).await, "SignedOut");
    assert!(live.connect(&cookie).await.is_err(), "no new socket with the old cookie");

    let mut here = app.signed_in(ROOT, PASSWORD).await;
    let there = app.signed_in(ROOT, PASSWORD).await;
    let mut mine = live.connect(here.cookie.as_deref().expect("a session")).await.expect("a socket");
    let mut other = live.connect(there.cookie.as_deref().expect("a session")).await.expect("a socket");
    let new = "another horse battery";
    here.post("/profile/password", &[("current", PASSWORD), ("password", new), ("repeated", new)]).await;
    assert_eq!(next(&mut other).await, "PasswordChanged");

    // Ended elsewhere, by another replica or by age: found by looking.
    let account = app.state.services.store.accounts().get_by_name(ROOT).await.expect("a store").expect("root");
    accounts.session_rows().end_all(&account.id).await.expect("ended");
    accounts.watch().look().await.expect("a look");
    assert_eq!(next(&mut mine).await, "Expired");

    let last = app.signed_in(ROOT, new).await;
    let mut last = live.connect(last.cookie.as_deref().expect("a session")).await.expect("a socket");
    accounts.watch().look().await.expect("a look");
    app.state.stop.cancel();
    assert_eq!(next(&mut last).await, "Stopping", "a living session outlives the look and ends with the server");
    app.state.sockets.close();
    tokio::time::timeout(Duration::from_secs(5), app.state.sockets.wait()).await.expect("all sockets are over");
}

#[tokio::test]
async fn disabling_and_other_rights_end_the_sockets_of_an_account() {
    use authz::right::AccountsManage;
    use authz::{Authz, ConsoleScope};
    let live = Live::start().await;
    let app = &live.app;
    let ann = app.sub_account("ann", "read_only").await;
    let cookie = ann.cookie.expect("a session");
    let accounts = &app.state.services.accounts;
    let rows = app.state.services.store.accounts();
    let root = rows.get_by_name(ROOT).await.expect("a store").expect("root");
    let who = accounts.who(model::Locale::En, &root.id, "").await.expect("a store").expect("root");
    let grant = Authz.require::<AccountsManage>(&who.actor, ConsoleScope).expect("main");
    let ann = model::AccountId(rows.get_by_name("ann").await.expect("a store").expect("ann").id);

    let mut socket = live.connect(&cookie).await.expect("a socket");
    accounts.set_role(&grant, &ann, model::permission::Role::None).await.expect("a role");
    assert_eq!(next(&mut socket).await, "RightsChanged");
    let mut socket = live.connect(&cookie).await.expect("the session goes on");
    accounts.disable(&grant, &ann).await.expect("disabled");
    assert_eq!(next(&mut socket).await, "Disabled");
    assert!(live.connect(&cookie).await.is_err());
}

/// What browsers never send (issue 7.3): a table's socket goes on, a terminal's says that it was not understood.
#[tokio::test(flavor = "multi_thread")]
async fn malformed_messages_break_no_socket() {
    let live = Live::start().await;
    let cookie = live.app.signed_in(ROOT, PASSWORD).await.cookie.expect("a session");
    let mut runner = TestRunner::deterministic();
    let mut odd = || odd_json().new_tree(&mut runner).expect("a value").current();
    let as_message = |bytes: Vec<u8>| match String::from_utf8(bytes) {
        Ok(text) => tungstenite::Message::text(text),
        Err(bytes) => tungstenite::Message::binary(bytes.into_bytes()),
    };
    let table = |id: u32, page: &str| {
        format!(
            r#"{{"subscribe":{{"id":{id},"source":"accounts","have":[],"query":{{"namespaces":[],"filters":[],
            "state":null,"sort":"","descending":false,"page":{page},"per_page":20}}}}}}"#
        )
    };

    let mut socket = live.open("/live", &cookie).await.expect("a socket");
    for _ in 0..1000 {
        socket.send(as_message(odd())).await.expect("the socket lives");
    }
    for page in ["0", "18446744073709551615", "-1", "1.5"] {
        socket.send(tungstenite::Message::text(table(7, page))).await.expect("the socket lives");
    }
    // More tables than a page has.
    for id in 100..200 {
        socket.send(tungstenite::Message::text(table(id, "1"))).await.expect("the socket lives");
    }
    socket.send(tungstenite::Message::text(table(7, "1"))).await.expect("the socket lives");
    let heard = async {
        loop {
            let said: serde_json::Value = serde_json::from_str(&next(&mut socket).await).expect("JSON");
            if said["patch"]["id"] == 7 {
                return said["patch"]["matching"].clone();
            }
        }
    };
    assert_eq!(heard.await, 1, "the main account is listed");

    let terminal = "/clusters/cls-aaaaaaaa/pods/default/x/~terminal/socket";
    for _ in 0..100 {
        let mut socket = live.open(terminal, &cookie).await.expect("a socket");
        // Binary first messages are no request; a text always gets its answer.
        let text = String::from_utf8_lossy(&odd()).into_owned();
        socket.send(tungstenite::Message::text(text)).await.expect("sent");
        let said: serde_json::Value = serde_json::from_str(&next(&mut socket).await).expect("JSON");
        assert_eq!(said["ended"]["error"], true, "{said}");
    }
}
