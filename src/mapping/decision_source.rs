//! The decisions of the other sources, as data.

use super::decision_kind::{Choice, Decision, Value, asked, value, word};

/// The customer tells something for the record.
const TOLD: &[Choice] = &[value("is", "this", Value::Text("answer"))];

const CLICKDESK: &[&str] = &["clickdesk"];
const HESK: &[&str] = &["hesk"];
const INFRAON: &[&str] = &["infraon"];
const ITCO: &[&str] = &["itco"];

/// Decisions about one source each.
pub(super) static OF_SOURCES: &[Decision] = &[
    asked(
        CLICKDESK,
        "C-1",
        "Which tickets become conversations, which tickets?",
        &[
            word(
                "by_rule",
                "the table `threads` of mapping.toml by category; bugs, features and internal \
                 ones become tickets; what began as a chat, on a social network or as an e-mail \
                 that is closed becomes a conversation; the rest tickets",
            ),
            word("conversation", "all become conversations, messages left offline too"),
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
            word(
                "existing",
                "those that the table `ticket_types` of mapping.toml names, never new ones",
            ),
        ],
        Some("create"),
    ),
    asked(
        CLICKDESK,
        "C-3",
        "What do telephone calls become?",
        &[
            word("note", "a note in the conversation, or a conversation"),
            word("custom_object", "a custom object of type call"),
        ],
        Some("note"),
    ),
    asked(
        CLICKDESK,
        "C-4",
        "What do listed tags become?",
        &[
            word("tag", "tags"),
            value(
                "attribute",
                "these become attributes: a yes or no, of structured ones (`stage: trial`) a text; \
                 `stage` stands for all of its values",
                Value::Text("tags, by commas"),
            ),
        ],
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
        &[
            word(
                "mapping",
                "the table `teams` of mapping.toml; what shares a team or has none is tagged",
            ),
            word("mapping_only", "the same, without tags"),
        ],
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
        &[
            word("on", "yes: a link to a file that is attached names the file"),
            word("off", "no, they are listed"),
        ],
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
            word(
                "block",
                "the same, and a list of contacts to block by hand: blocking archives for good",
            ),
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
        &[word(
            "document",
            "a document; office hours are entered by hand, since this program does not write them",
        )],
        Some("document"),
    ),
    asked(
        INFRAON,
        "I14",
        "What of change types outside the three?",
        &[
            word("keep", "their text is kept"),
            word("map", "they become Normal, and a list names them"),
        ],
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
        "Where does the priority go (version 2.16 of the API cannot set a conversation's own)?",
        &[
            word("attribute", "to an attribute of the conversation"),
            word("ticket_attribute", "to an attribute of the ticket"),
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
