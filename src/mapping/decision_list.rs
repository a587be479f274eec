//! Every decision with its options, as data.

use super::decision::{Blocking, Choice, Circumstance, Decision, Value};

/// The customer tells something for the record.
const TOLD: &[Choice] = &[value("is", "this", Value::Text("answer"))];

const DESKERO: &[&str] = &["deskero"];
const CLICKDESK: &[&str] = &["clickdesk"];
const HESK: &[&str] = &["hesk"];
const INFRAON: &[&str] = &["infraon"];
const ITCO: &[&str] = &["itco"];

const fn word(word: &'static str, meaning: &'static str) -> Choice {
    Choice { word, meaning, value: Value::None }
}

const fn value(word: &'static str, meaning: &'static str, value: Value) -> Choice {
    Choice { word, meaning, value }
}

const fn asked(
    sources: &'static [&'static str],
    id: &'static str,
    question: &'static str,
    options: &'static [Choice],
    default: Option<&'static str>,
) -> Decision {
    Decision { id, question, options, default, blocking: Blocking::No, sources }
}

const fn blocking(mut decision: Decision, blocking: Blocking) -> Decision {
    decision.blocking = blocking;
    decision
}

/// All decisions.
pub static DECISIONS: &[Decision] = &[
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
        DESKERO,
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
        DESKERO,
        "D5",
        "What of fields that tickets and customers both have?",
        &[
            word("separate", "each keeps its own attribute, as mapping.toml says"),
            word("consolidate", "the customer's stays, the ticket's is left out by mapping.toml"),
            word("drop", "both are left out by mapping.toml"),
        ],
        Some("separate"),
    ),
    asked(
        DESKERO,
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
        DESKERO,
        "D7",
        "Do company names on customers become companies?",
        &[word("create", "yes; spellings are merged as mapping.toml says"), word("skip", "no")],
        Some("create"),
    ),
    asked(
        DESKERO,
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
        DESKERO,
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
        DESKERO,
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
        DESKERO,
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
        CLICKDESK,
        "C-1",
        "Which tickets become conversations, which tickets?",
        &[
            word("by_rule", "by origin and category"),
            word("conversation", "all become conversations"),
            word("ticket", "all become tickets"),
        ],
        Some("by_rule"),
    ),
    asked(
        CLICKDESK,
        "C-2",
        "Which ticket types are used?",
        &[
            word("create", "two new ones: ClickDesk request, Offline message"),
            word("existing", "those that are there"),
        ],
        Some("create"),
    ),
    asked(
        CLICKDESK,
        "C-3",
        "What do telephone calls become?",
        &[word("note", "a note"), word("custom_object", "a custom object")],
        Some("note"),
    ),
    asked(
        CLICKDESK,
        "C-4",
        "What do listed tags become?",
        &[word("tag", "tags"), word("attribute", "attributes")],
        Some("tag"),
    ),
    asked(
        CLICKDESK,
        "C-5",
        "What do tags of a chat stand on?",
        &[
            word("contact", "the contact"),
            word("conversation", "the conversation"),
            word("both", "both"),
        ],
        Some("contact"),
    ),
    asked(
        CLICKDESK,
        "C-6",
        "Which permission does an agent get?",
        &[
            word("by_level", "admins become admins, the others see the inbox only"),
            word("inbox_only", "all see the inbox only"),
        ],
        Some("by_level"),
    ),
    asked(
        CLICKDESK,
        "C-7",
        "Which anonymous visitors become leads?",
        &[
            word("with_thread", "those who said something"),
            word("all", "all"),
            word("none", "none"),
        ],
        Some("with_thread"),
    ),
    asked(
        CLICKDESK,
        "C-8",
        "Who speaks on social threads without an e-mail address?",
        &[
            word("per_handle", "a lead for each handle"),
            word("shared", "one lead for all"),
            word("skip", "they do not move"),
        ],
        Some("per_handle"),
    ),
    asked(
        CLICKDESK,
        "C-9",
        "Where does the category of a canned response go?",
        &[word("prefix", "before its name"), word("description", "into its description")],
        Some("prefix"),
    ),
    asked(
        CLICKDESK,
        "C-10",
        "Do place, address and browser of visitors move?",
        &[word("drop", "no"), word("keep", "yes, to attributes")],
        Some("drop"),
    ),
    asked(
        CLICKDESK,
        "C-11",
        "What of transcripts that cannot be told apart into messages?",
        &[word("note", "one note"), word("stop", "they wait")],
        Some("note"),
    ),
    asked(
        CLICKDESK,
        "C-12",
        "How are public replies on tickets written?",
        &[
            word("note", "as notes"),
            word("comment", "as comments, once it is proven that no mail goes out"),
        ],
        Some("note"),
    ),
    asked(
        CLICKDESK,
        "C-13",
        "What of system lines in chats?",
        &[
            word("summary", "one note that sums them up"),
            word("note", "a note for each"),
            word("drop", "left out"),
        ],
        Some("summary"),
    ),
    asked(
        HESK,
        "H1",
        "How is the source reached?",
        &[
            word("database", "the database and the folder of attachments"),
            word("export", "the export file"),
        ],
        None,
    ),
    asked(
        HESK,
        "H2",
        "Which team takes which category?",
        &[word("mapping", "the table `teams` of mapping.toml, confirmed with it")],
        Some("mapping"),
    ),
    asked(
        HESK,
        "H3",
        "What of customers without an e-mail address?",
        &[
            word("placeholder", "an address at a reserved domain, flagged"),
            word("lead", "a lead"),
            word("skip", "they do not move"),
        ],
        Some("placeholder"),
    ),
    asked(
        HESK,
        "H4",
        "Do IP addresses move?",
        &[word("drop", "no"), word("keep", "yes, to an attribute")],
        Some("drop"),
    ),
    asked(
        HESK,
        "H5",
        "What of records that are anonymised or asked to be erased?",
        &[
            word("hold", "they wait, kept apart"),
            word("skip", "they do not move"),
            word("anonymous", "they move without the person"),
        ],
        Some("hold"),
    ),
    asked(
        HESK,
        "H6",
        "Is the table of status words right?",
        &[word("mapping", "the table `status` of mapping.toml, confirmed with it")],
        Some("mapping"),
    ),
    asked(
        HESK,
        "H7",
        "Which role does a manager get?",
        &[word("agent", "agent"), word("admin", "admin")],
        Some("agent"),
    ),
    asked(
        HESK,
        "H8",
        "What becomes of articles that not everybody may read?",
        &[
            word("draft", "they stay drafts"),
            word("internal_article", "internal articles, seen by teammates"),
            word("publish", "they are published"),
        ],
        Some("draft"),
    ),
    asked(HESK, "H9", "In which region is the workspace?", TOLD, None),
    asked(
        HESK,
        "H10",
        "Are addresses of attachments rewritten?",
        &[word("on", "yes"), word("off", "no")],
        Some("on"),
    ),
    asked(
        INFRAON,
        "I1",
        "Do technicians also become contacts?",
        &[word("contacts", "yes"), word("match", "no, they are only matched with admins")],
        Some("contacts"),
    ),
    asked(
        INFRAON,
        "I2",
        "How is an inactive technician marked?",
        &[
            word("attribute", "by an attribute"),
            word("block", "the contact is blocked, which archives its conversations"),
        ],
        Some("attribute"),
    ),
    asked(
        INFRAON,
        "I3",
        "Does the plan have custom objects?",
        &[word("yes", "yes"), word("no", "no: an archive file and attributes instead")],
        None,
    ),
    asked(
        INFRAON,
        "I4",
        "Is the table of status words right?",
        &[word("mapping", "the table `status` of mapping.toml, confirmed with it")],
        Some("mapping"),
    ),
    asked(
        INFRAON,
        "I5",
        "Where do companies come from?",
        &[
            word("file", "the companies file"),
            word("department", "departments"),
            word("location", "locations"),
            word("partner", "partners"),
            word("none", "nowhere"),
        ],
        Some("file"),
    ),
    asked(
        INFRAON,
        "I6",
        "Which types of configuration items move?",
        &[word("all", "all standard ones"), value("only", "these", Value::Text("types"))],
        Some("all"),
    ),
    asked(
        INFRAON,
        "I7",
        "Which categories of assets move?",
        &[word("all", "all"), value("only", "these", Value::Text("categories"))],
        Some("all"),
    ),
    asked(
        INFRAON,
        "I8",
        "What does the category of an incident become?",
        &[word("tag", "a tag"), word("attribute", "an attribute"), word("both", "both")],
        Some("tag"),
    ),
    asked(
        INFRAON,
        "I9",
        "What becomes of articles that not everybody may read?",
        &[
            word("internal_article", "internal articles, seen by teammates"),
            word("draft", "they stay drafts"),
            word("publish", "they are published"),
        ],
        Some("internal_article"),
    ),
    asked(
        INFRAON,
        "I10",
        "What do items of the service catalogue become?",
        &[word("manifest", "a file"), word("custom_object", "custom objects")],
        Some("manifest"),
    ),
    asked(
        INFRAON,
        "I11",
        "Do merged and archived incidents move?",
        &[
            word("include", "archived ones do; merged ones closed, with a pointer"),
            word("skip", "no"),
        ],
        Some("include"),
    ),
    asked(
        INFRAON,
        "I12",
        "What of requesters without an e-mail address?",
        &[word("queue", "they wait"), word("lead", "they become leads")],
        Some("queue"),
    ),
    asked(
        INFRAON,
        "I13",
        "What becomes of business hours?",
        &[word("document", "a document"), word("schedule", "a schedule of office hours")],
        Some("document"),
    ),
    asked(
        INFRAON,
        "I14",
        "What of change types outside the three?",
        &[word("keep", "their text is kept"), word("map", "they are mapped")],
        Some("keep"),
    ),
    asked(
        ITCO,
        "T1",
        "What does a ticket become?",
        &[
            word("convert", "a conversation that is converted to a ticket"),
            word("conversation", "a conversation only"),
            word("linked", "a conversation and a linked ticket"),
        ],
        Some("convert"),
    ),
    asked(
        ITCO,
        "T2",
        "Where does the priority go?",
        &[
            word("attribute", "to an attribute of the conversation"),
            word("ticket_attribute", "to an attribute of the ticket"),
            word("native", "to the priority, if the API takes it"),
        ],
        Some("attribute"),
    ),
    asked(
        ITCO,
        "T3",
        "Until when is a pending ticket snoozed?",
        &[
            word("given", "its date, if in the future, else 7 days spread over 48 hours"),
            value("spread", "that many days, spread over 48 hours", Value::Number("days")),
            word("open", "it becomes open"),
        ],
        Some("given"),
    ),
    asked(
        ITCO,
        "T4",
        "How do attachments move?",
        &[
            word("manual", "by hand, from a list"),
            word("automatic", "by the tool where files are given, the others from a list"),
        ],
        Some("manual"),
    ),
    asked(
        ITCO,
        "T5",
        "Do tags move?",
        &[word("reference", "a sheet lists them"), word("apply", "yes")],
        Some("reference"),
    ),
    asked(
        ITCO,
        "T6",
        "Does the knowledge base move?",
        &[word("reference", "a document lists it"), word("import", "yes")],
        Some("reference"),
    ),
    asked(
        ITCO,
        "T7",
        "What of agents without an account?",
        &[word("stop", "their threads wait"), word("fallback", "the fallback admin of G3 speaks")],
        Some("stop"),
    ),
    asked(
        ITCO,
        "T8",
        "How is the tree of teams written?",
        &[word("flatten", "Parent / Child"), word("leaf", "the last name")],
        Some("flatten"),
    ),
    asked(
        ITCO,
        "T9",
        "By what is a company known that has no domain?",
        &[word("name", "its name"), word("skip", "it does not move")],
        Some("name"),
    ),
    asked(
        ITCO,
        "T10",
        "What do fields with several options become?",
        &[
            word("joined", "one text"),
            word("booleans", "a yes or no for each option"),
            word("first", "the first option"),
        ],
        Some("joined"),
    ),
];
