//! `gantry serve`: start, run, stop.

use crate::config::Config;
use crate::listen::{self, Listening};
use crate::{jobs, router, routes, wiring};
use anyhow::{Context, bail};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::io;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Everything is over after this, whatever hangs.
const HARD_STOP: Duration = Duration::from_millis(9_500);
/// How long sockets may take to close.
const SOCKETS: Duration = Duration::from_secs(1);

pub(super) fn run(config: Config) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    wiring::log(&config)?;
    let result = runtime.block_on(serve(config));
    // A blocking call that hangs must not keep the process.
    runtime.shutdown_timeout(Duration::from_millis(200));
    result
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let tls = listen::tls(&config.tls).map_err(anyhow::Error::msg)?;
    // First the port: a second start must not touch the database of the first.
    let listener = bind(&config).await?;
    let address = config.address(listener.local_addr()?);
    let store = wiring::store(&config).await?;
    let metrics = record_metrics()?;
    let services = wiring::services(&config, store.clone());
    let mut state = wiring::state(config.clone(), services);
    state.metrics = Some(metrics);
    let stop = state.stop.clone();
    tokio::spawn(stop_on_signal(signals().context("signals cannot be received")?, stop.clone()));
    services::clusters::registry::load(&store, &state.services.clusters).await?;
    let jobs = jobs::driver(&state).start(stop.clone());

    println!("data directory  {}", std::path::absolute(&config.server.data_dir)?.display());
    println!("address         {address}");
    crate::demo::prepare(&state).await?;
    let token = state.services.accounts.issue_set_up_token().await?;
    tracing::info!(%address, "ready");
    // Last, so that nobody overlooks it.
    if let Some(token) = token {
        println!("set-up link     {address}/setup?token={token}");
    }

    let listening = Listening {
        listener,
        tls,
        connections: config.limits.connections,
        stop: stop.clone(),
        stop_within: config.server.stop_within.0,
    };
    let sockets = state.sockets.clone();
    let ending = async {
        listening.serve(router::router(state, routes::all())).await;
        // Sockets have left their connections; they only have to say why they close.
        sockets.close();
        let _ = tokio::time::timeout(SOCKETS, sockets.wait()).await;
        jobs.finish().await;
        store.close().await;
    };
    tokio::select! {
        () = ending => {}
        () = after(&stop, HARD_STOP) => tracing::warn!("the stop took too long and was cut"),
    }
    tracing::info!("stopped");
    Ok(())
}

async fn after(stop: &CancellationToken, time: Duration) {
    stop.cancelled().await;
    tokio::time::sleep(time).await;
}

async fn bind(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.server.listen;
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            bail!("{address} is taken by another program; set server.listen (GANTRY_SERVER__LISTEN) to a free port")
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on {address} (server.listen)")),
    }
}

/// The signals that ask for a stop. Taken before the start is announced: who reads "ready" may stop us at once.
fn signals() -> io::Result<[Signal; 2]> {
    Ok([signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?])
}

async fn stop_on_signal([mut terminate, mut interrupt]: [Signal; 2], stop: CancellationToken) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    stop.cancel();
}

fn record_metrics() -> anyhow::Result<PrometheusHandle> {
    let seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
    PrometheusBuilder::new()
        .set_buckets(&seconds)
        .and_then(PrometheusBuilder::install_recorder)
        .context("the metrics could not be started")
}
