//! A second way into a test database, for what the repositories rightly do not offer.

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection};
use testkit::TestStore;

/// Runs one statement on a connection of its own.
pub async fn execute(store: &TestStore, sql: &str) {
    let url = &store.config().url;
    let sql = AssertSqlSafe(sql.to_owned());
    if url.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(url).await.expect("connect");
        sqlx::query(sql).execute(&mut connection).await.expect("statement");
        connection.close().await.expect("close");
    } else {
        let mut connection = PgConnection::connect(url).await.expect("connect");
        sqlx::query(sql).execute(&mut connection).await.expect("statement");
        connection.close().await.expect("close");
    }
}

/// The first column of all rows, as text.
pub async fn column(store: &TestStore, sql: &str) -> Vec<String> {
    let url = &store.config().url;
    let sql = AssertSqlSafe(sql.to_owned());
    if url.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(url).await.expect("connect");
        sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("rows")
    } else {
        let mut connection = PgConnection::connect(url).await.expect("connect");
        sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("rows")
    }
}
