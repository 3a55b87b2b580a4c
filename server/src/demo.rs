//! `cargo xtask serve --demo`: a main account with a printed password, the test cluster imported, a few workloads in it,
//! so that somebody without a cluster sees everything alive. Started again, it finds its new cluster under the old entry.

use crate::state::AppState;
use anyhow::{Context, anyhow};
use authz::Actor;
use model::change::Change;
use model::dialog::DialogTarget;
use model::object::{KindKey, ObjectRef};
use model::permission::Role;
use model::rpc::SubmitDialog;
use model::{AccountId, AppError, ClusterId, Locale, Theme};
use rand::Rng;
use serde_json::{Value, json};
use services::RequestCx;
use services::accounts::{SetUp, Visitor};
use std::net::{IpAddr, Ipv4Addr};

const NAME: &str = "demo";
const NAMESPACE: &str = "shop";
/// On every node of the test cluster; nothing is pulled.
const IMAGE: &str = "tc.local/busybox:1.35";

/// Which imported cluster is the demo's: each start makes a new one, with new certificates.
const SETTING: &str = "demo.cluster";

/// Prepares the demo when `GANTRY_DEMO_KUBECONFIG` names a kubeconfig.
///
/// # Errors
/// One line that says what could not be prepared.
pub async fn prepare(state: &AppState) -> anyhow::Result<()> {
    let Some(path) = std::env::var_os("GANTRY_DEMO_KUBECONFIG") else { return Ok(()) };
    let text = std::fs::read_to_string(&path).with_context(|| format!("GANTRY_DEMO_KUBECONFIG: {}", path.display()))?;
    let (actor, password) = match state.services.accounts.issue_set_up_token().await? {
        Some(token) => main_account(state, token).await?,
        None => (known_account(state).await?, None),
    };
    let cx = RequestCx {
        services: state.services.clone(),
        actor: Some(actor),
        locale: Locale::En,
        theme: Theme::System,
        request_id: "demo".to_owned(),
        nonce: String::new(),
        address: Ipv4Addr::LOCALHOST.to_string(),
        path_and_query: String::new(),
    };
    let id = connect(&cx, &text).await?;
    populate(&cx, &id).await?;
    let name = &cx.actor().map_err(|error| anyhow!("{error}"))?.name;
    match password {
        Some(password) => println!("demo account    {name}   password  {password}"),
        None => {
            println!(
                "demo account    {name}   password as printed at the first start, or: gantry admin reset-password"
            );
        }
    }
    Ok(())
}

/// The main account of a new installation, with a random password.
async fn main_account(state: &AppState, token: String) -> anyhow::Result<(Actor, Option<String>)> {
    let accounts = &state.services.accounts;
    let password = password();
    let visitor = Visitor {
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: "demo".to_owned(),
        locale: Locale::En,
        request_id: "demo".to_owned(),
    };
    let input = SetUp {
        token,
        name: NAME.to_owned(),
        password: password.clone(),
        repeated: password.clone(),
        language: Locale::En,
    };
    let signed_in = accounts.set_up(&visitor, &input).await.map_err(|error| anyhow!("the demo account: {error}"))?;
    let who = accounts.who(Locale::En, &signed_in.account.0, "").await;
    let who = who.map_err(|error| anyhow!("the demo account: {error}"))?.context("the demo account is gone")?;
    Ok((who.actor, Some(password)))
}

/// The main account of an installation that is there already.
async fn known_account(state: &AppState) -> anyhow::Result<Actor> {
    let main = state.services.store.accounts().list().await?.into_iter().next().context("no main account")?;
    Ok(Actor::new(AccountId(main.id), main.name, true, Role::Full))
}

/// Imports the demo's cluster, or gives the imported one the credential of the new start.
async fn connect(cx: &RequestCx, text: &str) -> anyhow::Result<ClusterId> {
    let store = &cx.services.store;
    let known = store.settings().get::<String>(SETTING).await?.and_then(|id| ClusterId::parse(&id).ok());
    if let Some(id) = known.filter(|id| cx.services.clusters.ids().contains(id)) {
        let target = DialogTarget::Cluster { cluster: id.clone() };
        let data = json!({"kubeconfig": text, "context": ""});
        let call = SubmitDialog { action: "cluster-replace".to_owned(), target, data, typed: String::new() };
        services::dialogs::submit(cx, &call).await.map_err(|error| anyhow!("the demo cluster: {}", words(&error)))?;
        return Ok(id);
    }
    let before = cx.services.clusters.ids();
    services::clusters::import::import_text(cx, text, |_| true).await;
    let new = cx.services.clusters.ids().into_iter().find(|id| !before.contains(id));
    let id = new.context("the demo cluster could not be imported; the log says why")?;
    store.settings().set(SETTING, id.as_str(), store::now()).await?;
    Ok(id)
}

/// What an error says, with the words at its fields.
fn words(error: &AppError) -> String {
    let fields: Vec<&str> = error.fields.iter().map(|field| field.message.as_str()).collect();
    [error.message.as_str(), &fields.join("; ")].join(" ").trim().to_owned()
}

fn password() -> String {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut rng = rand::rng();
    (0..20).map(|_| LETTERS[rng.random_range(0..LETTERS.len())] as char).collect()
}

/// A few Deployments in different states.
async fn populate(cx: &RequestCx, cluster: &ClusterId) -> anyhow::Result<()> {
    let actor = cx.actor().map_err(|error| anyhow!("{error}"))?;
    let user = cx.services.clusters.user(cluster, &services::objects::caller(actor))?;
    let target = |kind: KindKey, namespace: Option<&str>, name: &str| ObjectRef {
        cluster: cluster.clone(),
        kind,
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
        uid: None,
    };
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
    let mut plan =
        vec![Change::Create { target: target(KindKey::new("", "namespaces"), None, NAMESPACE), object: namespace }];
    let chatter = "i=0; while true; do i=$((i+1)); echo \"$(date -Iseconds) INFO order $i accepted\"; sleep 1; done";
    for (name, replicas, script) in [
        ("web", 3, "mkdir -p /www && echo hello > /www/index.html && httpd -f -p 8080 -h /www"),
        ("orders", 2, chatter),
        ("payments", 1, "echo 'FATAL no route to the bank'; sleep 3; exit 1"),
        ("reports", 0, "sleep 1000000"),
    ] {
        let object = deployment(name, replicas, script);
        plan.push(Change::Create {
            target: target(KindKey::new("apps", "deployments"), Some(NAMESPACE), name),
            object,
        });
    }
    let items = services::change::apply(cx, &user, &plan).await.map_err(|error| anyhow!("{error}"))?;
    for item in items.iter().filter(|item| item.error.is_some()) {
        tracing::warn!(object = item.title, error = ?item.error, "a demo workload could not be made");
    }
    Ok(())
}

fn deployment(name: &str, replicas: u32, script: &str) -> Value {
    let labels = json!({"k8s-app": name, "qcloud-app": name});
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"terminationGracePeriodSeconds": 1, "containers": [{
                    "name": name,
                    "image": IMAGE,
                    "command": ["sh", "-c", script],
                    "resources": {"requests": {"cpu": "20m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
                }]},
            },
        },
    })
}
