//! Deskero's decisions, and those of all sources, as data.

use super::decision_kind::{
    Blocking, Choice, Circumstance, Decision, Value, asked, blocking, value, word,
};

/// The customer tells something for the record.
const TOLD: &[Choice] = &[value("is", "this", Value::Text("answer"))];

const DESKERO: &[&str] = &["deskero"];

/// Sources whose words for states may mean "put aside"; ITCO is asked T3.
const SNOOZING: &[&str] = &["deskero", "clickdesk", "hesk", "infraon"];

/// Sources whose articles may name a category without a record of it.
const LABELLED: &[&str] = &["deskero", "itco"];

/// Sources whose people name their company.
const NAMING_COMPANIES: &[&str] = &["deskero", "clickdesk", "infraon"];

/// Sources with saved replies; ClickDesk's are asked about in C-9 too.
const WITH_SAVED_REPLIES: &[&str] = &["deskero", "clickdesk", "hesk"];

/// Sources with a knowledge base.
const WITH_KNOWLEDGE: &[&str] = &["deskero", "hesk", "infraon", "itco"];

/// Sources whose personal details have no decision of their own.
const PERSONAL: &[&str] = &["deskero", "infraon", "itco"];

/// Sources whose customers without an address have no decision of their own.
const ADDRESSLESS: &[&str] = &["deskero", "itco"];

/// Decisions about Deskero, and about all sources.
pub(super) static COMMON: &[Decision] = &[
    asked(
        DESKERO,
        "D1",
        "How is the data exported?",
        &[
            word("csv", "bundle of files from the admin panel"),
            word("api", "pulled through the API"),
            word("vendor", "dump made by the vendor"),
        ],
        Some("csv"),
    ),
    asked(
        DESKERO,
        "D2",
        "Is the table of status words right?",
        &[word("mapping", "the table `status` of mapping.toml, confirmed with it")],
        Some("mapping"),
    ),
    asked(
        SNOOZING,
        "D3",
        "Until when is a snoozed ticket snoozed that has no future due date?",
        &[
            value("spread", "that many days, spread over 48 hours", Value::Number("days")),
            word("leave_open", "it becomes open"),
            word("close", "it becomes closed"),
        ],
        Some("spread:7"),
    ),
    blocking(
        asked(
            DESKERO,
            "D4",
            "What becomes of mentions that belong to no ticket?",
            &[
                word(
                    "standalone",
                    "a contact and a conversation of one message, tagged social_origin",
                ),
                word("merge", "a note in the related conversation; without one they wait"),
                word("exclude", "they are listed only"),
            ],
            None,
        ),
        Blocking::If(Circumstance::UnlinkedMentions),
    ),
    asked(
        &[],
        "D5",
        "What of fields that tickets and customers both have?",
        &[
            word("separate", "each keeps its own attribute, as mapping.toml says"),
            word("consolidate", "the customer's stays, the ticket's is left out and counted"),
            word("drop", "both are left out and counted"),
        ],
        Some("separate"),
    ),
    asked(
        LABELLED,
        "D6",
        "Where do articles go that name only a category?",
        &[
            word("flat_labels", "a collection for each label; `A > B` is a path"),
            word("map_file", "the table `collections` of mapping.toml"),
            value("single", "one collection for all", Value::Text("name")),
        ],
        Some("flat_labels"),
    ),
    asked(
        NAMING_COMPANIES,
        "D7",
        "Do company names on customers become companies?",
        &[word("create", "yes; spellings are merged as mapping.toml says"), word("skip", "no")],
        Some("create"),
    ),
    asked(
        WITH_SAVED_REPLIES,
        "D8",
        "How are canned answers delivered?",
        &[
            word("file", "a file for the import of macros and a checklist"),
            word("internal_article", "one internal article with all of them"),
            word("skip", "not at all"),
        ],
        Some("file"),
    ),
    asked(
        DESKERO,
        "D9",
        "What becomes of articles that not everybody may read?",
        &[
            word("draft", "they stay drafts"),
            word("internal_article", "internal articles, seen by teammates"),
            word("publish", "they are published"),
        ],
        Some("draft"),
    ),
    asked(
        WITH_KNOWLEDGE,
        "D10",
        "What of an article's author, dates, views and votes?",
        &[word("drop", "left out and counted"), word("footer", "a line at the end of the article")],
        Some("drop"),
    ),
    asked(
        DESKERO,
        "D11",
        "Do archived tickets move?",
        &[word("include", "yes"), word("exclude", "no")],
        Some("include"),
    ),
    asked(
        PERSONAL,
        "D12",
        "Do birth date, signature, photo and chat addresses move?",
        &[word("drop", "no"), word("keep", "yes, to attributes")],
        Some("drop"),
    ),
    asked(
        DESKERO,
        "D13",
        "Which plan does the help desk have?",
        &[
            word("free", "Free"),
            word("small_business", "Small Business"),
            word("professional", "Professional"),
            word("enterprise", "Enterprise"),
            value("other", "another one", Value::Text("name")),
        ],
        None,
    ),
    asked(
        ADDRESSLESS,
        "D14",
        "What of customers without an e-mail address?",
        &[word("lead", "they become leads"), word("skip", "they do not move")],
        Some("lead"),
    ),
    asked(
        &[],
        "G1",
        "In which region is the workspace?",
        &[word("us", "United States"), word("eu", "Europe"), word("au", "Australia")],
        None,
    ),
    asked(
        &[],
        "G2",
        "Which version of the API is spoken?",
        &[value("version", "this one", Value::Text("version"))],
        Some("version:2.16"),
    ),
    blocking(
        asked(
            &[],
            "G3",
            "Which admin stands in for teammates without an account?",
            &[value(
                "admin",
                "the one of this id; the text keeps the name",
                Value::Text("admin id"),
            )],
            None,
        ),
        Blocking::Always,
    ),
    blocking(
        asked(
            &[],
            "G4",
            "Are outbound, workflows, auto-replies and phone validation off?",
            &[word("confirmed", "yes, all of them")],
            None,
        ),
        Blocking::Always,
    ),
    asked(
        &[],
        "G5",
        "How are telephone numbers written?",
        &[
            word("normalise", "E.164; what is no number stands in an attribute"),
            word("raw", "as they are"),
            word("drop", "not at all"),
        ],
        Some("normalise"),
    ),
    asked(
        &[],
        "G6",
        "How does a thread begin that a teammate opened?",
        &[
            word("stub", "a line from the contact says who opened it, then the teammate speaks"),
            word("as_contact", "the contact says the teammate's words, which name their author"),
        ],
        Some("stub"),
    ),
    asked(
        &[],
        "G7",
        "What of contacts that are in Intercom already?",
        &[
            word("update", "their fields are overwritten; the old values are kept for a rollback"),
            word("fill", "only empty fields are filled"),
            word("skip", "they are used as they are"),
        ],
        Some("update"),
    ),
    blocking(
        asked(
            &[],
            "G8",
            "In which time zone are dates without an offset?",
            &[value("zone", "this one, by its IANA name", Value::Text("zone"))],
            None,
        ),
        Blocking::If(Circumstance::NaiveDates),
    ),
    blocking(
        asked(
            &[],
            "G9",
            "Which comes first in ambiguous dates?",
            &[word("day", "the day"), word("month", "the month")],
            None,
        ),
        Blocking::If(Circumstance::AmbiguousDates),
    ),
    asked(
        &[],
        "G10",
        "From which size on are files listed rather than sent?",
        &[value("list", "larger ones are listed", Value::Number("megabytes"))],
        Some("list:20"),
    ),
    asked(&[], "G11", "Which role and seat does each teammate get?", TOLD, None),
    asked(
        &[],
        "G12",
        "From when on do conversations move?",
        &[
            word("all", "all of them"),
            value("since", "those last touched on this day or later", Value::Day),
        ],
        Some("all"),
    ),
    asked(
        &[],
        "G13",
        "What of records that were moved, and are gone at the source or left out since?",
        &[
            word("keep", "what stands in Intercom stays, and is counted as kept"),
            word(
                "remove",
                "it is deleted, archived or emptied, unless somebody touched it since; contacts \
                 are archived, so that their conversations stay",
            ),
        ],
        Some("keep"),
    ),
    asked(
        &[],
        "G14",
        "What of people who were moved, and are erased or anonymised at the source since?",
        &[
            word("keep", "what stands of them in Intercom stays, and is counted as kept"),
            word("remove", "it is removed as under G13"),
        ],
        None,
    ),
];
