//! Reads an installation: its database and the folder of attachments.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use super::clock;
use super::database::Database;
use super::disk::Disk;
use super::emit::Emit;
use super::export_file::{self, Workbook};
use super::guard::{self, Guarantee, ROUNDS_MAX};
use super::inventory::Tally;
use super::known::Known;
use super::pass::{Memory, Pass, Site};
use super::people::Names;
use super::php::Settings;
use super::pictures;
use super::schema::Schema;
use super::seal;
use crate::model::Digest;
use crate::model::digest::Purpose;
use crate::source::bundle::files::INLINE;
use crate::source::bundle::inline::InlineStore;
use crate::source::contract::{
    DatabasePlace, ExportKind, FileInventory, Inventory, Item, ReadSummary, Reading, Seal,
    SealedFile, Sink, SourceError, SourceReader,
};
use crate::source::finding::{Code, Finding};

/// Second words of all keys that a reading of the database covers.
const WHOLE: &[&str] = &[
    "staff",
    "category",
    "custom_field",
    "customer",
    "requester",
    "ticket",
    "history",
    "reply",
    "rating",
    "note",
    "attachment",
    "kb_category",
    "kb_article",
    "kb_attachment",
    "canned_reply",
    "ticket_template",
    "service_message",
];

/// Items that are handed over at once: rarely enough to wake a thread, few enough to be small.
const BATCH_ITEMS: usize = 128;

/// Batches that may wait for the sink.
const BATCHES_WAITING: usize = 4;

/// Reads an installation.
pub struct HeskReader {
    place: DatabasePlace,
    reading: Reading,
    settings: Settings,
    disk: Mutex<Option<Arc<Disk>>>,
    inline: Mutex<Option<InlineStore>>,
}

/// A connection with what was found behind it.
struct Opened {
    database: Database,
    schema: Schema,
}

impl HeskReader {
    /// Takes the address; nothing is connected yet.
    ///
    /// # Errors
    /// If the settings file or the folder of attachments is named and cannot be read.
    pub fn open(place: &DatabasePlace, reading: &Reading) -> Result<Self, SourceError> {
        let settings = match &place.settings {
            Some(path) => Settings::load(path)?,
            None => Settings::default(),
        };
        if let Some(folder) = place.attachments.as_ref().filter(|folder| !folder.is_dir()) {
            let cause = std::io::Error::from(std::io::ErrorKind::NotFound);
            let path = folder.display().to_string();
            return Err(SourceError::Read { path, cause });
        }
        Ok(Self {
            place: place.clone(),
            reading: reading.clone(),
            settings,
            disk: Mutex::new(None),
            inline: Mutex::new(None),
        })
    }

    /// The folder of attachments: the one given, or the one that the settings file names.
    fn folder(&self) -> Option<PathBuf> {
        let beside = || {
            let folder = self.place.settings.as_ref()?.parent()?;
            let named = folder.join(self.settings.attach_dir.as_ref()?);
            named.is_dir().then_some(named)
        };
        self.place.attachments.clone().or_else(beside)
    }

    fn disk(&self) -> Result<Arc<Disk>, SourceError> {
        let mut kept = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(disk) = kept.as_ref() {
            return Ok(disk.clone());
        }
        let disk = Arc::new(Disk::open(self.folder().as_deref())?);
        *kept = Some(disk.clone());
        Ok(disk)
    }

    /// The workbooks of the export beside the database.
    fn workbooks(&self) -> Result<Vec<Workbook>, SourceError> {
        let Some(path) = &self.place.export else { return Ok(Vec::new()) };
        Ok(export_file::find(path)?.0)
    }

    /// Runs one connection's work on a runtime of its own, on the calling thread.
    fn wait<T>(
        &self,
        work: impl Future<Output = Result<T, SourceError>>,
    ) -> Result<T, SourceError> {
        let failed = |cause: std::io::Error| SourceError::Database {
            doing: "starting",
            cause: cause.kind().to_string(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(failed)?.block_on(work)
    }

    /// Reads everything into a channel, in batches.
    fn read_into(&self, send: &SyncSender<Vec<Item>>) -> Result<ReadSummary, SourceError> {
        let mut batch = Vec::with_capacity(BATCH_ITEMS);
        let summary = self.wait(self.read_all(&mut |item| {
            batch.push(item);
            if batch.len() >= BATCH_ITEMS {
                let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_ITEMS));
                if send.send(full).is_err() {
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        }))?;
        // Whoever has stopped listening has had enough.
        let _ = send.send(batch);
        Ok(summary)
    }

    async fn connect(&self) -> Result<Opened, SourceError> {
        let mut database = Database::open(&self.place).await?;
        let prefix = self.place.prefix.as_deref().or(self.settings.prefix.as_deref());
        let schema = Schema::find(&mut database, prefix).await?;
        Ok(Opened { database, schema })
    }

    async fn seal_all(&self) -> Result<Seal, SourceError> {
        let Opened { mut database, schema } = self.connect().await?;
        let mut files = Vec::new();
        for (name, told) in guard::contents(&mut database, &schema).await? {
            let digest = Digest::of(Purpose::File, told.as_bytes());
            let path = format!("table/{}{name}", schema.prefix);
            let size_bytes = table_bytes(&mut database, &schema, name).await?;
            files.push(SealedFile { path, size_bytes, digest });
        }
        database.close().await;
        let disk = self.disk()?;
        for name in disk.names() {
            files.push(disk.sealed(name)?);
        }
        for workbook in self.workbooks()? {
            let SealedFile { path, size_bytes, digest } = workbook.sealed()?;
            files.push(SealedFile { path: format!("export/{path}"), size_bytes, digest });
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(seal::seal(files, ExportKind::Full, self.place.expected.clone()))
    }

    async fn read_all(&self, sink: &mut Sink<'_>) -> Result<ReadSummary, SourceError> {
        let Opened { mut database, schema } = self.connect().await?;
        if schema.has_local_times() {
            let reason = "versions before 2.6 keep times by the server's own clock; let Hesk's \
                          updater bring a copy to 2.6 or later and read that";
            return Err(SourceError::Unfit(reason.to_owned()));
        }
        let disk = self.disk()?;
        let guarantee = Guarantee::begin(&mut database, &schema, self.place.lock_tables).await?;
        let mut emit = Emit::new(sink, guarantee == Guarantee::ReadAgain);
        schema.findings().into_iter().for_each(|finding| emit.note(finding));
        let (site, findings) =
            clock::site(&mut database, &schema, &self.reading, &self.settings).await?;
        findings.into_iter().for_each(|finding| emit.note(finding));
        let mut before = match guarantee {
            Guarantee::ReadAgain => {
                guard::state(&mut database, &schema, &guard::State::new()).await?
            }
            _ => guard::State::new(),
        };
        let mut rounds = 0;
        loop {
            self.round(&mut database, &schema, (&disk, &site), &mut emit).await?;
            if guarantee != Guarantee::ReadAgain || !emit.goes_on() {
                break;
            }
            let after = guard::state(&mut database, &schema, &before).await?;
            let moved = guard::moved(&before, &after);
            if moved.is_empty() {
                break;
            }
            rounds += 1;
            if rounds == ROUNDS_MAX {
                let reason = format!("{} kept changing while it was read.", moved.join(", "));
                emit.note_always(Finding::new(Code::SourceMoved, reason));
                break;
            }
            before = after;
            emit.again();
        }
        if rounds > 0 && emit.missed() > 0 {
            let reason = format!("{} records were removed while it was read.", emit.missed());
            emit.note_always(Finding::new(Code::SourceMoved, reason));
        }
        emit.note_always(guarantee.finding(rounds));
        left_alone(&mut database, &schema, &mut emit).await?;
        database.close().await;
        emit.whole(WHOLE);
        self.compare_expected(&mut emit);
        Ok(emit.finish())
    }

    async fn round(
        &self,
        database: &mut Database,
        schema: &Schema,
        (disk, site): (&Disk, &Site),
        emit: &mut Emit<'_, '_>,
    ) -> Result<(), SourceError> {
        let language = self.settings.language.as_deref();
        let mut known = Known::load(database, schema, &self.reading, language).await?;
        if known.groups_unread {
            let reason = "Rights by groups have another form than the one we know.";
            emit.note(Finding::new(Code::UnknownTable, reason).object("permission_groups"));
        }
        let (names, finding) = Names::of(schema, has_customers(database, schema).await?);
        finding.into_iter().for_each(|finding| emit.note(finding));
        let known = &mut known;
        let memory = Memory::default();
        let export = self.place.export.as_deref();
        let mut pass = Pass { database, schema, known, disk, site, export, emit, memory };
        let goes_on = pass.staff().await?
            && pass.categories().await?
            && pass.custom_fields().await?
            && pass.customers(names).await?
            && pass.tickets(names).await?
            && pass.replies(names).await?
            && pass.notes(names).await?
            && pass.unnamed_files().await?
            && pass.knowledge().await?
            && pass.canned().await?
            && pass.templates().await?
            && pass.service_messages().await?
            && export.map_or(Ok(true), |path| pass.export_beside(path))?
            && pass.former_staff();
        if goes_on {
            pass.strangers_on_disk();
        }
        Ok(())
    }

    /// What the statistics page shows against what was found.
    fn compare_expected(&self, emit: &mut Emit<'_, '_>) {
        for (object, claimed) in &self.place.expected {
            let found = emit.rows(object);
            if found != *claimed {
                let reason = format!("{found} were found; the statistics page shows {claimed}.");
                emit.note_always(Finding::new(Code::CountMismatch, reason).object(object));
            }
        }
    }
}

async fn has_customers(database: &mut Database, schema: &Schema) -> Result<bool, SourceError> {
    if !schema.has_customers() {
        return Ok(false);
    }
    let any = |table: &str| format!("EXISTS (SELECT 1 FROM {})", schema.quoted(table));
    let sql = format!("SELECT {}, {}", any("ticket_to_customer"), any("tickets"));
    let cells = database.cells(sql).await?.pop().unwrap_or_default();
    Ok(cells.first().is_some_and(|any| any == "1") || cells.get(1).is_some_and(|any| any == "0"))
}

async fn table_bytes(
    database: &mut Database,
    schema: &Schema,
    name: &str,
) -> Result<u64, SourceError> {
    let sql = format!(
        "SELECT data_length FROM information_schema.tables \
         WHERE table_schema = DATABASE() AND table_name = '{}{name}'",
        schema.prefix
    );
    let cells = database.cells(sql).await?;
    Ok(cells.into_iter().flatten().next().and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Rows of tables that are left alone, so that nothing goes missing without a word.
async fn left_alone(
    database: &mut Database,
    schema: &Schema,
    emit: &mut Emit<'_, '_>,
) -> Result<(), SourceError> {
    for (name, why) in schema.left_tables().filter(|(_, why)| *why != "secret") {
        let sql = format!("SELECT COUNT(*) FROM {}", schema.quoted(name));
        let cells = database.cells(sql).await?;
        let count = cells.into_iter().flatten().next().unwrap_or_default();
        if count != "0" {
            let reason = format!("{count} rows are left alone: {why}.");
            emit.note_always(Finding::new(Code::NotRead, reason).object(name));
        }
    }
    Ok(())
}

impl SourceReader for HeskReader {
    fn seal(&mut self) -> Result<Seal, SourceError> {
        self.wait(self.seal_all())
    }

    fn inventory(&mut self) -> Result<Inventory, SourceError> {
        let mut tally = Tally::default();
        let summary = self.read(&mut |item| {
            tally.take(&item);
            ControlFlow::Continue(())
        })?;
        let folder = self.disk()?.names().len() as u64;
        let files = vec![FileInventory {
            path: "attachments/".to_owned(),
            taken_for: Some("attachment".to_owned()),
            dialect: Some(format!("{folder} files")),
            size_bytes: 0,
        }];
        Ok(tally.complete(summary, files, &self.place.expected))
    }

    fn read(&mut self, sink: &mut Sink<'_>) -> Result<ReadSummary, SourceError> {
        *self.disk.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let (reader, mut broke) = (&*self, false);
        // A sink may block, which no code inside a runtime may: rows are read on another thread.
        let summary = std::thread::scope(|scope| {
            let (send, receive) = sync_channel::<Vec<Item>>(BATCHES_WAITING);
            let worker = scope.spawn(move || reader.read_into(&send));
            'all: for batch in &receive {
                for item in batch {
                    if sink(item).is_break() {
                        broke = true;
                        break 'all;
                    }
                }
            }
            // The worker learns that nobody listens any more.
            drop(receive);
            worker.join()
        });
        let died = || SourceError::Database {
            doing: "reading rows",
            cause: "the reading thread ended before its time".to_owned(),
        };
        let mut summary = summary.map_err(|_| died())??;
        summary.ended_early |= broke;
        Ok(summary)
    }

    fn open_attachment(&self, path: &str) -> Result<Box<dyn Read + Send>, SourceError> {
        let Some(sha256) = path.strip_prefix(INLINE) else {
            return Ok(Box::new(self.disk()?.open_file(path)?));
        };
        let mut inline = self.inline.lock().unwrap_or_else(PoisonError::into_inner);
        let store = match inline.as_mut() {
            Some(store) => store,
            None => inline.insert(self.wait(async {
                let Opened { mut database, schema } = self.connect().await?;
                let store = pictures::lay_out(&mut database, &schema).await?;
                database.close().await;
                Ok(store)
            })?),
        };
        let failed = |cause| SourceError::Read { path: path.to_owned(), cause };
        let bytes = store.get(sha256).map_err(failed)?;
        let bytes = bytes.ok_or_else(|| SourceError::NoSuchFile(path.to_owned()))?;
        Ok(Box::new(Cursor::new(bytes)))
    }
}
