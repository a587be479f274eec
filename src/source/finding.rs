//! Findings: what is wrong or noteworthy in the input, for people.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::SourceKey;
use crate::model::event::{FindingFact, Location};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Something was read with a doubt or a gap.
    Warning,
    /// The row could not become a record.
    Reject,
    /// Nothing may be planned until somebody decides or mends it.
    Blocking,
}

macro_rules! codes {
    ($($variant:ident $word:literal $severity:ident $advice:literal),+ $(,)?) => {
        /// What sort of finding. The word is stable; the variant is named after it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each variant is named after its word")]
        pub enum Code {
            $($variant,)+
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Short stable word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// How grave it is unless said otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)+ }
            }

            /// What to do about it.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)+ }
            }
        }
    };
}

codes! {
    // The bundle as a whole.
    UnknownFile "unknown_file" Blocking
        "Rename the file to a known stem, or name it under `ignore` (manifest.json, or [export] in \
         deskledger.toml).",
    UnknownSheet "unknown_sheet" Blocking
        "Rename the sheet to a known stem, or name it under `ignore` (manifest.json, or [export] \
         in deskledger.toml).",
    SystemFile "system_file" Info "Nothing: such files are left behind by file managers.",
    SymbolicLink "symbolic_link" Blocking
        "Put the file itself into the export; links are not followed.",
    SpecialFile "special_file" Reject
        "Put a plain file there: pipes, sockets and devices are not read.",
    FileNameUnreadable "file_name_unreadable" Reject
        "Rename the file: its name is no text, so no record can name it.",
    FileTooLarge "file_too_large" Blocking
        "Export the sheet as CSV; spreadsheets are read only up to a fixed size.",
    FileDamaged "file_damaged" Blocking "Export the file again; what follows the fault is unread.",
    EmptyFile "empty_file" Warning "Check that the export pass ended; the file has no header.",
    CountMismatch "count_mismatch" Warning
        "Compare with the screen the expected count came from; export again if rows are missing.",
    PassMissing "pass_missing" Warning "Run the named export pass and add its file.",
    CountAbsent "count_absent" Info
        "Note the count that the screen shows: without it nobody can tell that all rows are there.",
    MonthsEmpty "months_empty" Warning
        "Look at those months on the screen: a page of the list may have been skipped.",
    ExampleDropped "example_dropped" Info "Nothing: the rows were marked EXAMPLE.",
    FoldedIn "folded_in" Info "Nothing: the rows are part of other records.",
    NumberGaps "number_gaps" Warning
        "Export again with archived tickets included; gaps may also be deleted tickets.",
    NothingFound "nothing_found" Blocking "Check that this is the right folder.",
    ProductRecognised "product_recognised" Info "Nothing, if it is the right product.",
    ReportGap "report_gap" Warning
        "Capture the report and put it into evidence/reports; it cannot be made again later.",
    // Text and dialects.
    EncodingGuessed "encoding_guessed" Info
        "Check some accented letters; name the encoding under `encodings` (manifest.json, or \
         [export] in deskledger.toml).",
    DoubleEncoded "double_encoded" Warning
        "Export again as UTF-8; the text was converted twice on its way.",
    BadText "bad_text" Warning "Export again as UTF-8; bytes that are no text were replaced.",
    BackslashQuotes "backslash_quotes" Info "Nothing: quotes escaped by backslashes were read.",
    RaggedRow "ragged_row" Reject
        "Mend the row or export again: it has not as many cells as the header.",
    RowTooLarge "row_too_large" Blocking
        "Look for an opening quote without a closing one near this line.",
    JsonSyntax "json_syntax" Blocking "Export the file again; what follows the fault is unread.",
    JsonLineSyntax "json_line_syntax" Reject "Mend the line or export again.",
    NotAnObject "not_an_object" Reject "Each record must be a JSON object.",
    RepeatedKey "repeated_key" Warning "Only the last of the equal JSON keys was used.",
    ControlRemoved "control_removed" Warning
        "Look at the lines: characters that no text may hold were taken out.",
    QuoteUnbalanced "quote_unbalanced" Blocking
        "Close the quote in its cell, doubling those inside, or export again: rows are swallowed.",
    QuoteOdd "quote_odd" Warning "Double the quotes inside the cell, or export again.",
    BodyFormatMixed "body_format_mixed" Warning
        "Say html or text in a column body_format, or for all of them under `body_formats` \
         (manifest.json, or [export] in deskledger.toml): what looks like HTML is shown as it is.",
    // Headers.
    DuplicateHeader "duplicate_header" Blocking "Rename one of the two columns.",
    ColumnShadowed "column_shadowed" Info
        "Nothing, unless the two columns differ: the first one that has a value is used.",
    UnknownColumn "unknown_column" Warning
        "Map it under `columns` in manifest.json; until then it stays in the raw record only.",
    KeyColumnMissing "key_column_missing" Blocking
        "Map the id column under `columns`, or name the row of the headers under `header_rows` \
         (manifest.json, or [export] in deskledger.toml).",
    UnusedBranch "unused_branch" Info
        "Nothing, if the embedded object is exported by itself as well.",
    // Cells.
    IdMissing "id_missing" Reject "Export again with the id column filled.",
    IdFraction "id_fraction" Blocking
        "Say `\"whole_ids\": true` (1001.0 is 1001) or false in manifest.json, or export again.",
    IdPrecisionLost "id_precision_lost" Reject
        "Export again with the column as text: a spreadsheet rounded the id.",
    SpreadsheetDate "spreadsheet_date" Reject
        "Export again with the column as text: a spreadsheet took the value for a date.",
    BadNumber "bad_number" Warning "Correct the cell; the value was left out.",
    NumberAmbiguous "number_ambiguous" Warning
        "Say which separator is the decimal one; the values stay text.",
    BadBoolean "bad_boolean" Warning "Correct the cell; the value was left out.",
    BadDate "bad_date" Warning "Correct the cell; the value was left out.",
    DateOutOfRange "date_out_of_range" Warning "Check the cell: the date is before 1995 or ahead.",
    DateOrderUndecided "date_order_undecided" Blocking
        "Decide whether day or month comes first (decision G9).",
    DateOrderMixed "date_order_mixed" Blocking
        "The column holds dates of both orders; export again with ISO dates.",
    TimeZoneUndecided "time_zone_undecided" Blocking
        "Set the time zone of dates without an offset (decision G8).",
    TimeAmbiguous "time_ambiguous" Info
        "Nothing: the clock was set back at that hour; the earlier reading is used.",
    TimeSkipped "time_skipped" Warning
        "Check the time zone: the clock was set forward over that time.",
    PhoneInvalid "phone_invalid" Warning
        "Correct the number or set the default country; it is kept as written.",
    EmailInvalid "email_invalid" Warning
        "Correct the address; what is none is not sent, and no record is found by it.",
    EmailMended "email_mended" Info
        "Check the address: what stood around it, or cannot be seen, was left out.",
    Truncated "truncated" Warning
        "Export again by another way: the text probably ends where the exporter stopped.",
    QuotedPrintable "quoted_printable" Warning "Check the text: mail encoding was left in it.",
    RelativeDate "relative_date" Reject
        "Write the day and time: `2 hours ago` means nothing outside the screen.",
    DateStyleMixed "date_style_mixed" Info
        "Check the column: its dates are written in several ways.",
    WordCaseMixed "word_case_mixed" Info "Nothing: spellings that differ in case are one word.",
    SpacesOdd "spaces_odd" Info "Nothing: spaces around the text were left out.",
    SmartQuotes "smart_quotes" Info "Check the column: an editor changed some of the quotes.",
    ScreenArtefact "screen_artefact" Warning
        "Copy the text again without the buttons and marks of the screen.",
    SpreadsheetError "spreadsheet_error" Warning
        "Correct the cell: a spreadsheet's error stands in place of what was there.",
    SeparatorMixed "separator_mixed" Warning "Check the list: several separators are in use.",
    NumberShape "number_shape" Warning "Check the ticket number: it is not of the form n/year.",
    // Keys and references.
    DuplicateRow "duplicate_row" Info "Nothing: the same record stands in the export twice.",
    DuplicateId "duplicate_id" Warning
        "Check which one is right: the last one in file order was used.",
    MergedCopy "merged_copy" Info
        "Nothing: the message stands in its own file and inside its ticket.",
    DanglingReference "dangling_reference" Warning
        "Add the missing record, or accept that the reference is lost.",
    OrphanPart "orphan_part" Reject "Export the ticket this belongs to.",
    ReferenceAmbiguous "reference_ambiguous" Warning
        "Say which record is meant by its own id; until then the reference is left out.",
    IdReserved "id_reserved" Reject "Give the record another id: Intercom keeps this one.",
    Folded "folded" Info "Nothing: the rows became part of the records they name.",
    ReferenceOutside "reference_outside" Info "Nothing: the record stands in an earlier export.",
    GeneratedKey "generated_key" Info "Nothing: the source has no id here; one was made.",
    PersonMade "person_made" Info
        "Nothing: threads name people of whom the export has no record; these were made.",
    AgentAmbiguous "agent_ambiguous" Blocking
        "Give the agents different names or aliases, or put their address into the row.",
    DateFromId "date_from_id" Info "Nothing: the time stands in the id itself.",
    // Values.
    UnmappedValue "unmapped_value" Blocking "Map the value and confirm the map.",
    AuthorUnknown "author_unknown" Reject "Say in the row whether customer or agent wrote it.",
    NameMissing "name_missing" Reject "Export again with names: nothing can stand for one.",
    RequiredMissing "required_missing" Warning "Fill the cell if the value exists.",
    SynonymUsed "synonym_used" Info "Confirm that the word means what it was read as.",
    KeyRepeated "key_repeated" Warning
        "Give the rows ids or numbers that differ; rows that are equal throughout were kept once.",
    DomainRepeated "domain_repeated" Warning
        "Merge the companies in the sheet: Intercom would show two of one domain.",
    ThreadEmpty "thread_empty" Warning "Copy the messages of the ticket.",
    MessageEarly "message_early" Warning "Check both times: one of them is wrong.",
    PartnerListed "partner_listed" Info
        "Move the partner's deals and leads by hand; they have no place in Intercom.",
    RepeatedDescription "repeated_description" Info
        "Nothing: the ticket's text was repeated as its first reply.",
    ThreadIncomplete "thread_incomplete" Warning
        "Export the replies again: there are not as many as the ticket says.",
    TranscriptDoubtful "transcript_doubtful" Warning
        "Compare with the screen; the whole transcript is kept as one note (decision C-11).",
    TranscriptUnread "transcript_unread" Warning
        "Name the file after its chat, or in the column transcript_path.",
    UnitGuessed "unit_guessed" Info "Compare one of the durations with the screen.",
    OfflineIsTicket "offline_is_ticket" Info
        "Nothing: the offline message stands in the export as a ticket, too.",
    ReminderListed "reminder_listed" Info "Set the reminder by hand if it is still needed.",
    PlaceholderFound "placeholder_found" Info "Rewrite the placeholder for Intercom.",
    MentionUnlinked "mention_unlinked" Blocking "Decide what becomes of it (decision D4).",
    TagsMerged "tags_merged" Info "Nothing: spellings that differ in case are one tag.",
    SharedEmail "shared_email" Warning
        "Nothing, if it is one person: the records become one contact.",
    TreeFault "tree_fault" Warning
        "Mend the levels of the knowledge base, or accept where the container goes.",
    ClocksRestart "clocks_restart" Info
        "Nothing: the old times are kept as attributes, Intercom's clocks begin anew.",
    ByHand "by_hand" Info "Keep a picture of it and build it again by hand.",
    // Custom fields.
    ObjectType "object_type" Info "Make a type of custom object with these fields in Intercom.",
    CustomType "custom_type" Warning
        "Plan a day or two for the type, then make it with these fields in Intercom.",
    UndeclaredField "undeclared_field" Warning "Confirm that the column is a custom field.",
    FieldTypeDoubt "field_type_doubt" Warning
        "Confirm the type: nearly all values fit a narrower one.",
    FieldCollision "field_collision" Warning
        "Decide whether the equally named fields are one (decision D5).",
    FieldValueOdd "field_value_odd" Warning
        "Correct the value or the field's type; it is kept as text.",
    DependencyLost "dependency_lost" Info
        "Nothing: the options no longer depend on another field.",
    // Files.
    FilesIncomplete "files_incomplete" Warning
        "List the files of the ticket again: there are not as many as it says.",
    FileMissing "file_missing" Warning "Add the file to the export.",
    FileOrphan "file_orphan" Warning "Check why no record names the file.",
    PathRefused "path_refused" Reject "Paths must stay inside the export, with `/`.",
    ChecksumMismatch "checksum_mismatch" Warning "Export the file again.",
    ContentTypeMismatch "content_type_mismatch" Warning
        "Check the file: its content is not what its name says.",
    BadInlineFile "bad_inline_file" Warning "Export the file on its own; its bytes are damaged.",
    FileRenamed "file_renamed" Info "Nothing: the file was found under another spelling.",
    // Databases.
    SchemaFound "schema_found" Info "Check that this is the installation and version meant.",
    Consistency "consistency" Info "Read it with locked tables if a copy of one moment is needed.",
    SourceMoved "source_moved" Warning
        "Read again: rows were changed or removed while the database was read.",
    UnknownTable "unknown_table" Warning
        "Look at the table; nothing of it is read, since it may be an add-on's.",
    NotRead "not_read" Info "Nothing: these rows are not records of the help desk's work.",
    MigrationUnfinished "migration_unfinished" Warning
        "Finish the customer migration in the help desk, or accept how people were read.",
    ZoneInferred "zone_inferred" Info "Confirm the time zone (decision G8).",
    ZoneDiffers "zone_differs" Warning
        "Check the time zone (decision G8): history does not agree with it.",
    HistoryUnparsed "history_unparsed" Warning
        "Nothing: the line is kept as it stands, without a time of its own.",
    PrivacyHold "privacy_hold" Warning "Decide what becomes of it (decision H5).",
    PersonGone "person_gone" Info "Nothing: a placeholder stands for who was deleted.",
    MergeUnfinished "merge_unfinished" Warning
        "Compare the two tickets: a merge broke off, and messages may stand in both.",
    ExportGap "export_gap" Warning "Read the database instead: the export does not hold this.",
    ExportDiffers "export_differs" Warning
        "Look at both: the database is right, and the ticket may have changed since the export.",
    ExportAlone "export_alone" Warning
        "Look at the export: it holds what the database does not, or does not any more.",
}

/// Values longer than this are shortened in findings; enough to find the cell again.
const VALUE_CHARS_MAX: usize = 80;

/// Something wrong or noteworthy in the input.
///
/// `value` may be personal: findings go to reports for people, never to logs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What sort.
    pub code: Code,
    /// How grave.
    pub severity: Severity,
    /// File and line, if it has a place.
    pub at: Option<Location>,
    /// Object it concerns.
    pub object: Option<String>,
    /// Column it concerns.
    pub column: Option<String>,
    /// The value, shortened.
    pub value: Option<String>,
    /// Why it is a finding, one sentence.
    pub reason: String,
    /// What to do about it, one sentence.
    pub what_to_do: String,
    /// The record it concerns.
    pub key: Option<SourceKey>,
}

impl Finding {
    /// A finding with the code's own severity and advice.
    pub fn new(code: Code, reason: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            at: None,
            object: None,
            column: None,
            value: None,
            reason: reason.into(),
            what_to_do: code.advice().to_owned(),
            key: None,
        }
    }

    /// With another severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// With a place.
    #[must_use]
    pub fn at(mut self, file: &str, line: u64) -> Self {
        self.at = Some(Location { file: file.to_owned(), line });
        self
    }

    /// With an object.
    #[must_use]
    pub fn object(mut self, object: &str) -> Self {
        self.object = Some(object.to_owned());
        self
    }

    /// With a column.
    #[must_use]
    pub fn column(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }

    /// With a value, which is shortened.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        self.value = Some(shorten(value));
        self
    }

    /// With a key.
    #[must_use]
    pub fn key(mut self, key: &SourceKey) -> Self {
        self.key = Some(key.clone());
        self
    }

    /// True if a person must have seen it before anything is planned. Counters that drift are only
    /// worth knowing.
    fn asks(&self) -> bool {
        let drifts = self.code == Code::CountMismatch && self.severity == Severity::Info;
        (self.severity >= Severity::Reject && !self.code.is_answered_later())
            || (self.code.doubts() && !drifts)
    }

    /// The part of it that goes into the ledger: no value.
    pub fn fact(&self) -> FindingFact {
        FindingFact {
            code: self.code.word().to_owned(),
            column: self.column.clone(),
            blocking: self.severity >= Severity::Reject,
        }
    }
}

impl Code {
    /// True if something of the export is not what it was, or not there, although rows were read.
    pub fn loses(self) -> bool {
        matches!(self, Self::BadText | Self::CountMismatch | Self::SpreadsheetError)
    }

    /// True if something may have been lost that no row shows: other bytes than were meant, a value
    /// behind another, one of two rows. A person must have seen it.
    fn doubts(self) -> bool {
        matches!(
            self,
            Self::EncodingGuessed
                | Self::ColumnShadowed
                | Self::DuplicateId
                | Self::KeyRepeated
                | Self::CountMismatch
        )
    }

    /// The code of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.word() == word)
    }

    /// True if a decision, the map or the manifest must say what is meant: nothing could be read
    /// rightly by being accepted as it is.
    pub fn needs_answer(self) -> bool {
        matches!(
            self,
            Self::TimeZoneUndecided
                | Self::DateOrderUndecided
                | Self::MentionUnlinked
                | Self::UnmappedValue
                | Self::IdFraction
                | Self::NothingFound
        )
    }

    /// True if a decision or the map answers it without reading again; they block themselves.
    pub fn is_answered_later(self) -> bool {
        matches!(self, Self::MentionUnlinked | Self::UnmappedValue)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        Self::of(&word).ok_or_else(|| serde::de::Error::custom("no code of a finding"))
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.word())
    }
}

/// Findings of one sort about one column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FindingGroup {
    /// What it is called by: other findings of the sort have another id.
    pub id: String,
    /// Nothing may be planned before a person accepted it or mended what it is about.
    pub asks: bool,
    /// What sort.
    pub code: Code,
    /// How grave.
    pub severity: Severity,
    /// Object.
    pub object: Option<String>,
    /// Column.
    pub column: Option<String>,
    /// How many.
    pub count: u64,
    /// The first few.
    pub examples: Vec<Finding>,
}

/// Examples kept per group: enough to see the pattern, few enough for a million findings.
const EXAMPLES_MAX: usize = 10;

type GroupKey = (std::cmp::Reverse<Severity>, Code, Option<String>, Option<String>);

/// Counts findings and keeps examples, in bounded memory.
#[derive(Debug, Default)]
pub struct FindingTally {
    groups: std::collections::BTreeMap<GroupKey, FindingGroup>,
}

impl FindingTally {
    /// Counts one.
    pub fn add(&mut self, finding: Finding) {
        let key = (
            std::cmp::Reverse(finding.severity),
            finding.code,
            finding.object.clone(),
            finding.column.clone(),
        );
        let group = self.groups.entry(key).or_insert_with(|| FindingGroup {
            id: String::new(),
            asks: finding.asks(),
            code: finding.code,
            severity: finding.severity,
            object: finding.object.clone(),
            column: finding.column.clone(),
            count: 0,
            examples: Vec::new(),
        });
        group.count += 1;
        if group.examples.len() < EXAMPLES_MAX {
            group.examples.push(finding);
        }
    }

    /// The groups, gravest first.
    pub fn into_groups(self) -> Vec<FindingGroup> {
        let groups = self.groups.into_values();
        groups.map(|group| FindingGroup { id: group.digest(), ..group }).collect()
    }
}

/// Signs of an id: enough to tell a few hundred findings apart, few enough to type.
const ID_CHARS: usize = 10;

impl FindingGroup {
    /// A digest of all that tells these findings from others but their values, which may be
    /// personal: sort, column, number, and where the first of them stand and why.
    fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        let mut put = |text: &str| {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        };
        put(self.code.word());
        put(self.object.as_deref().unwrap_or_default());
        put(self.column.as_deref().unwrap_or_default());
        put(&self.count.to_string());
        for example in &self.examples {
            let at = example.at.as_ref();
            put(at.map_or("", |at| &at.file));
            put(&at.map_or(0, |at| at.line).to_string());
            put(&example.reason);
        }
        let digest = hasher.finalize();
        digest.iter().take(ID_CHARS / 2).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn shorten(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_distinct_and_short() {
        let words: std::collections::BTreeSet<_> = Code::ALL.iter().map(|c| c.word()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(words.iter().all(|word| word.len() <= 24), "{words:?}");
    }

    #[test]
    fn values_are_shortened_between_characters() {
        let finding = Finding::new(Code::BadDate, "no date").value(&"ü".repeat(100));
        assert_eq!(finding.value.unwrap().chars().count(), VALUE_CHARS_MAX + 1);
    }

    #[test]
    fn a_tally_counts_all_and_keeps_some() {
        let mut tally = FindingTally::default();
        for line in 0..50 {
            tally.add(Finding::new(Code::BadDate, "no date").at("tickets.csv", line));
        }
        tally.add(Finding::new(Code::UnmappedValue, "unknown word"));
        let groups = tally.into_groups();
        assert_eq!(groups[0].severity, Severity::Blocking);
        assert_eq!((groups[1].count, groups[1].examples.len()), (50, EXAMPLES_MAX));
    }

    fn id(list: &[(&str, u64, &str, &str)]) -> String {
        let mut tally = FindingTally::default();
        for (file, line, reason, value) in list {
            tally.add(Finding::new(Code::RaggedRow, *reason).at(file, *line).value(value));
        }
        tally.into_groups().remove(0).id
    }

    #[test]
    fn an_id_is_of_these_findings_and_no_others() {
        let first = id(&[("a.csv", 3, "why", "x")]);
        assert_eq!(first.len(), ID_CHARS);
        assert_eq!(first, id(&[("a.csv", 3, "why", "another value")]), "values are personal");
        for other in [
            &[("a.csv", 4, "why", "x")][..],
            &[("b.csv", 3, "why", "x")],
            &[("a.csv", 3, "why not", "x")],
            &[("a.csv", 3, "why", "x"), ("a.csv", 9, "why", "x")],
        ] {
            assert_ne!(first, id(other), "{other:?}");
        }
    }

    #[test]
    fn groups_are_read_back_as_they_were_written() {
        let mut tally = FindingTally::default();
        for code in Code::ALL {
            tally.add(Finding::new(*code, "why").at("a.csv", 1).object("tickets"));
        }
        let text = serde_json::to_string(&tally.into_groups()).unwrap();
        let back: Vec<FindingGroup> = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }
}
