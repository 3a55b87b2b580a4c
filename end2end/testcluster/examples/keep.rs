//! Starts a cluster and keeps it until SIGTERM or Ctrl-C: `cargo run -p testcluster --example keep -- dev [plane|load=PODS]`.

use testcluster::{Options, keep, load};

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_else(|| "dev".to_owned());
    match args.next().as_deref() {
        None => keep(&Options::node(&name), |_| Ok(())),
        Some("plane") => keep(&Options::plane(&name), |_| Ok(())),
        Some(other) => {
            let pods = other.strip_prefix("load=").and_then(|n| n.parse().ok());
            let pods = pods.ok_or_else(|| anyhow::anyhow!("unknown kind {other:?}: plane or load=PODS"))?;
            keep(&Options::load(&name), move |cluster| {
                load::fill(cluster, load::Counts::pods(pods), &mut |line| println!("{line}")).map(drop)
            })
        }
    }
}
