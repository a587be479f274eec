//! How fast a Hesk database is read, beside a bare SELECT loop through the same driver, and peak
//! memory.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use deskledger::engine::read::Input;
use deskledger::env::Env;
use deskledger::source::{DatabasePlace, Place, Reading, SourceSettings, find};
use futures::TryStreamExt;
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, Row, raw_sql};

use super::project::peak_memory_mb;
use super::{Failure, Outcome, raw, reading};

/// What the design asks for.
const MEMORY_MB_TARGET: u64 = 256;

/// Share of the bare loop's speed that is asked for.
const SHARE_TARGET: f64 = 0.5;

#[derive(clap::Args)]
pub struct Arguments {
    /// Server whose user may make databases: mysql://user@host:port.
    #[arg(long, env = "DESKLEDGER_TEST_MYSQL")]
    server: String,
    /// Tickets of the database that is made for the purpose.
    #[arg(long, default_value_t = 100_000)]
    tickets: u64,
    /// Replies per ticket.
    #[arg(long, default_value_t = 4)]
    replies: u64,
    /// How often the bare loop and the reader alone are run; the best counts.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

/// Columns of the bare loop: those that the reader asks for.
const TICKET: &str = "id, trackid, category, priority, subject, message, message_html, dt, \
    lastchange, firstreply, closedat, articles, ip, language, status, openedby, firstreplyby, \
    closedby, replies, staffreplies, owner, assignedby, time_worked, lastreplier, replierid, \
    archive, locked, attachments, merged, history, due_date, name, email";
const REPLY: &str = "id, replyto, name, message, message_html, dt, attachments, staffid, rating";

/// Makes a database, reads it bare and by the reader, and removes it.
pub async fn run(arguments: &Arguments) -> Outcome {
    let name = format!("dl_bench_{}", std::process::id());
    let server = arguments.server.trim_end_matches('/').to_owned();
    let mut root = MySqlConnection::connect(&server).await?;
    root.execute(AssertSqlSafe(format!("CREATE DATABASE {name} CHARACTER SET utf8"))).await?;
    let url = format!("{server}/{name}");
    let outcome = measure(arguments, &url).await;
    root.execute(AssertSqlSafe(format!("DROP DATABASE {name}"))).await?;
    outcome
}

async fn measure(arguments: &Arguments, url: &str) -> Outcome {
    fill(arguments, url).await?;
    let rows = arguments.tickets * (1 + arguments.replies);
    let mut bare_s = f64::MAX;
    for _ in 0..arguments.rounds {
        let start = Instant::now();
        let bytes = bare(url).await?;
        bare_s = bare_s.min(start.elapsed().as_secs_f64());
        println!("bare loop: {:.0} rows/s, {} MB", rows as f64 / bare_s, bytes / 1_000_000);
    }
    let share = |seconds: f64| format!("{:.2} of the bare loop", bare_s / seconds);
    let settings = settings(url);
    let mut reader_s = f64::MAX;
    for _ in 0..arguments.rounds {
        let settings = settings.clone();
        let start = Instant::now();
        let records = tokio::task::spawn_blocking(move || read(&settings)).await??;
        reader_s = reader_s.min(start.elapsed().as_secs_f64());
        println!(
            "reader alone: {:.0} rows/s, {records} records, {}",
            rows as f64 / reader_s,
            share(reader_s)
        );
    }
    print_peak("reader alone");
    let folder = tempfile::tempdir()?;
    let context = reading::context(folder.path()).await?;
    let input = || {
        Ok(Input {
            reader: find("hesk")?.open(&settings)?,
            system: "hesk".to_owned(),
            place: "database".to_owned(),
            partial: false,
        })
    };
    for title in ["read whole", "read again, unchanged"] {
        let seconds = reading::pass(&context, title, input).await?;
        println!(
            "{title}: {:.0} rows/s of tickets and replies, {} (target {SHARE_TARGET:.2})",
            rows as f64 / seconds,
            share(seconds)
        );
    }
    print_peak("read");
    context.ledger.close().await;
    bound(folder.path(), url, bare_s, rows).await
}

/// What is left to gain: the bare loop beside bare inserts of as many events as the reading made,
/// nothing decoded, hashed, found or folded.
async fn bound(folder: &Path, url: &str, bare_s: f64, rows: u64) -> Outcome {
    let (file, ledger) = (folder.join("raw.db"), folder.join(reading::LEDGER));
    let start = Instant::now();
    let inserts = tokio::task::spawn_blocking(move || raw::as_much(&file, &ledger));
    let (_, inserted) = tokio::try_join!(bare(url), async { Ok(inserts.await?) })?;
    let both_s = start.elapsed().as_secs_f64();
    let (count, took) = inserted?;
    println!(
        "bare loop beside raw libsqlite3 inserting {count} events: {:.0} rows/s, {:.2} of the bare \
         loop; the inserts took {:.1} s",
        rows as f64 / both_s,
        bare_s / both_s,
        took.as_secs_f64()
    );
    Ok(())
}

fn print_peak(title: &str) {
    if let Some(peak_mb) = peak_memory_mb("self") {
        println!("{title}: peak memory {peak_mb} MB (target {MEMORY_MB_TARGET})");
    }
}

/// Every cell of every ticket and reply, looked at and dropped.
async fn bare(url: &str) -> Result<u64, Failure> {
    let mut connection = MySqlConnection::connect(url).await?;
    let mut bytes = 0;
    for (columns, table) in [(TICKET, "hesk_tickets"), (REPLY, "hesk_replies")] {
        let sql = AssertSqlSafe(format!("SELECT {columns} FROM {table} ORDER BY id"));
        let mut rows = raw_sql(sql).fetch(&mut connection);
        while let Some(row) = rows.try_next().await? {
            for at in 0..row.len() {
                let cell: Option<&[u8]> = row.try_get_unchecked(at)?;
                bytes += cell.map_or(0, |cell| cell.len() as u64);
            }
        }
    }
    Ok(bytes)
}

fn settings(url: &str) -> SourceSettings {
    let place = Place::Database(Box::new(DatabasePlace {
        url: url.to_owned(),
        password: None,
        attachments: None,
        settings: None,
        prefix: None,
        lock_tables: false,
        export: None,
        expected: BTreeMap::new(),
    }));
    SourceSettings { place, reading: Reading::undecided(Env::system().now()) }
}

fn read(settings: &SourceSettings) -> Result<u64, Failure> {
    let mut reader = find("hesk")?.open(settings)?;
    let mut records = 0;
    reader.read(&mut |_| {
        records += 1;
        ControlFlow::Continue(())
    })?;
    Ok(records)
}

/// Tables of the 3.4 family with invented rows of usual sizes.
async fn fill(arguments: &Arguments, url: &str) -> Outcome {
    let stamp = "timestamp NOT NULL DEFAULT '2000-01-01 00:00:00'";
    let text = "REPEAT('All work &amp; no play, said the bell.<br />\\n', 8)";
    let history = "CONCAT('<li class=\"smaller\">2023-01-01 10:00:00 | submitted by Someone</li>', \
        '<li class=\"smaller\">2023-01-02 10:00:00 | closed by Ada Prime (ada)</li>')";
    let (tickets, replies) = (arguments.tickets, arguments.tickets * arguments.replies);
    let per = arguments.replies.max(1);
    let customs: Vec<String> =
        (1..=50).map(|number| format!("custom{number} mediumtext NOT NULL DEFAULT ''")).collect();
    let statements = [
        format!(
            "CREATE TABLE hesk_tickets (id mediumint unsigned NOT NULL, trackid varchar(13), \
             name varchar(255), email varchar(1000), category smallint, \
             priority enum('0','1','2','3'), subject varchar(255), message mediumtext, \
             message_html mediumtext, dt {stamp}, lastchange {stamp}, firstreply timestamp NULL, \
             closedat timestamp NULL, articles varchar(255), ip varchar(45), language varchar(50), \
             status tinyint, openedby mediumint, firstreplyby smallint, closedby mediumint, \
             replies smallint, staffreplies smallint, owner smallint, assignedby mediumint, \
             time_worked time, lastreplier enum('0','1'), replierid smallint, \
             archive enum('0','1'), locked enum('0','1'), attachments mediumtext, \
             merged mediumtext, history mediumtext, due_date timestamp NULL, {}, \
             PRIMARY KEY (id), KEY trackid (trackid)) ENGINE=MyISAM",
            customs.join(", ")
        ),
        format!(
            "CREATE TABLE hesk_replies (id mediumint unsigned NOT NULL, \
             replyto mediumint unsigned, \
             name varchar(255), message mediumtext, message_html mediumtext, dt {stamp}, \
             attachments mediumtext, staffid smallint, rating enum('1','5'), PRIMARY KEY (id), \
             KEY replyto (replyto)) ENGINE=MyISAM"
        ),
        "CREATE TABLE hesk_users (id smallint, user varchar(255), isadmin enum('0','1'), \
         name varchar(255), email varchar(255), categories varchar(500)) ENGINE=MyISAM"
            .to_owned(),
        "CREATE TABLE hesk_categories (id smallint, name varchar(255)) ENGINE=MyISAM".to_owned(),
        "INSERT INTO hesk_users VALUES (1, 'ada', '1', 'Ada Prime', 'ada@example.com', '')"
            .to_owned(),
        "INSERT INTO hesk_categories VALUES (1, 'General')".to_owned(),
        format!(
            "INSERT INTO hesk_tickets (id, trackid, name, email, category, priority, subject, \
             message, message_html, dt, lastchange, ip, status, openedby, replies, staffreplies, \
             owner, time_worked, lastreplier, archive, locked, attachments, merged, history) \
             SELECT seq, CONCAT('T-', seq), CONCAT('Person ', seq % 20000), \
             CONCAT('p', seq % 20000, '@example.com'), 1, '2', CONCAT('Subject ', seq), {text}, \
             {text}, '2023-01-01 09:00:00' + INTERVAL seq MINUTE, '2023-06-01 09:00:00', \
             '192.0.2.1', seq % 6, 0, {per}, {per} DIV 2, 1, '00:00:00', '0', '0', '0', '', '', \
             {history} FROM seq_1_to_{tickets}"
        ),
        format!(
            "INSERT INTO hesk_replies (id, replyto, name, message, message_html, dt, attachments, \
             staffid) SELECT seq, (seq - 1) DIV {per} + 1, 'Someone', {text}, {text}, \
             '2023-01-01 10:00:00' + INTERVAL seq MINUTE, '', seq % 2 FROM seq_1_to_{replies}"
        ),
    ];
    let mut connection = MySqlConnection::connect(url).await?;
    connection.execute("SET time_zone = '+00:00', sql_mode = ''").await?;
    for sql in statements {
        connection.execute(AssertSqlSafe(sql)).await?;
    }
    Ok(())
}
