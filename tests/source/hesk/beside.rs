//! Rows beside the threads: notes, files, knowledge base, templates, what only 3.7 has.

use super::family::Family;
use super::rows::Rows;

pub fn notes_and_files(rows: &mut Rows) {
    rows.add(
        "notes",
        &[
            ("id", "1"),
            ("ticket", "1"),
            ("who", "1"),
            ("dt", "2023-06-01 14:00:00"),
            ("message", "Be <a href=\"mailto:ann@example.com\">ann@example.com</a> nice"),
            ("attachments", "4#inside.txt,"),
        ],
    );
    rows.add(
        "notes",
        &[
            ("id", "2"),
            ("ticket", "2"),
            ("who", "9"),
            ("dt", "2023-01-11 10:00:00"),
            ("message", "Old note"),
            ("attachments", ""),
        ],
    );
    files(rows);
}

fn files(rows: &mut Rows) {
    let files = [
        (
            "1",
            "AAA-BBB-1111",
            "AAA-BBB-1111_00000000000000000000000000000001.pdf",
            "bill.pdf",
            "4",
            "0",
        ),
        (
            "2",
            "AAA-BBB-1111",
            "AAA-BBB-1111_00000000000000000000000000000002.txt",
            "notes.txt",
            "5",
            "0",
        ),
        (
            "3",
            "AAA-BBB-1111",
            "NNN-PPP-6666_00000000000000000000000000000003.txt",
            "half.txt",
            "4",
            "0",
        ),
        (
            "4",
            "AAA-BBB-1111",
            "AAA-BBB-1111_00000000000000000000000000000004.txt",
            "inside.txt",
            "99",
            "1",
        ),
        (
            "5",
            "CCC-DDD-2222",
            "CCC-DDD-2222_0000000000000000000000000000000A.txt",
            "loose.txt",
            "5",
            "0",
        ),
        (
            "6",
            "ZZZ-ZZZ-9999",
            "ZZZ-ZZZ-9999_00000000000000000000000000000006.txt",
            "lost.txt",
            "4",
            "0",
        ),
        ("7", "CCC-DDD-2222", "../escape.txt", "escape.txt", "4", "0"),
    ];
    for (id, ticket, saved, real, size, kind) in files {
        let cells = [
            ("att_id", id),
            ("ticket_id", ticket),
            ("saved_name", saved),
            ("real_name", real),
            ("size", size),
            ("type", kind),
        ];
        rows.add("attachments", &cells);
    }
}

pub fn knowledge(rows: &mut Rows) {
    let categories = [
        ("1", "0", "Knowledgebase", "0", "1", "0", "0"),
        ("2", "1", "How &amp; why", "0", "1", "0", "1"),
        ("3", "2", "Internal", "1", "1", "0", "0"),
        ("4", "88", "Orphan", "0", "7", "0", "0"),
    ];
    for (id, parent, name, kind, public, private, drafts) in categories {
        let cells = [
            ("id", id),
            ("parent", parent),
            ("name", name),
            ("type", kind),
            ("articles", public),
            ("articles_private", private),
            ("articles_draft", drafts),
            ("cat_order", id),
        ];
        rows.add("kb_categories", &cells);
    }
    let edited = "<li class=\"smaller\">2023-05-01 10:00:00 | submitted by Ada (ada)</li>\
        <li class=\"smaller\">2023-05-02 11:00:00 | modified by Bo (bo)</li>";
    let html = "<p>See <a href=\"knowledgebase.php?article=2\">this</a> and \
        <a href=\"ticket.php?track=AAA-BBB-1111\">that</a> and \
        <a href=\"download_attachment.php?kb_att=1\">the guide</a>, \
        <a href=\"knowledgebase.php?article=4\">home</a>.</p>";
    let articles = [
        ("1", "2", "Wheels &amp; spokes", html, "0", "1", "1#guide.pdf,", edited),
        ("2", "3", "For us", "Plain &lt;text&gt;<br />\nsecond", "0", "0", "", edited),
        ("3", "2", "Not ready", "<p>later</p>", "2", "1", "", ""),
        ("4", "88", "Homeless", "Text", "0", "0", "", ""),
    ];
    for (id, category, subject, content, kind, html, files, history) in articles {
        let cells = [
            ("id", id),
            ("catid", category),
            ("dt", "2023-05-01 08:00:00"),
            ("author", "1"),
            ("subject", subject),
            ("content", content),
            ("keywords", "wheel, spoke"),
            ("type", kind),
            ("html", html),
            ("views", "12"),
            ("attachments", files),
            ("history", history),
        ];
        rows.add("kb_articles", &cells);
    }
    let saved = "00000000000000000000000000000011.pdf";
    rows.add(
        "kb_attachments",
        &[("att_id", "1"), ("saved_name", saved), ("real_name", "guide.pdf"), ("size", "4")],
    );
}

pub fn shelf(rows: &mut Rows) {
    rows.add(
        "std_replies",
        &[
            ("id", "1"),
            ("title", "Thanks &amp; bye"),
            ("message", "Dear %%HESK_NAME%%,\nthanks &amp; bye"),
            ("reply_order", "10"),
        ],
    );
    let mut cells =
        vec![("id", "2"), ("title", "Rich"), ("message", "Bold"), ("reply_order", "20")];
    if rows.is(Family::V34) {
        cells.push(("message_html", "<p><b>Bold</b></p>"));
    }
    rows.add("std_replies", &cells);
    rows.add(
        "ticket_templates",
        &[("id", "1"), ("title", "New order"), ("message", "Order of %%HESK_custom1%%")],
    );
    rows.add(
        "service_messages",
        &[
            ("id", "1"),
            ("dt", "2023-05-01 08:00:00"),
            ("author", "1"),
            ("title", "We move &amp; rest"),
            ("message", "<b>Closed</b> on Monday"),
            ("style", "2"),
        ],
    );
    rows.add("reply_drafts", &[("owner", "1"), ("ticket", "1"), ("message", "unsent-words")]);
    rows.add("mail", &[("subject", "a private word")]);
}

pub fn latest(rows: &mut Rows) {
    for (ticket, user) in [("1", "3"), ("404", "3")] {
        rows.add("ticket_to_collaborator", &[("ticket_id", ticket), ("user_id", user)]);
    }
    for (one, other) in [("1", "2"), ("1", "404")] {
        rows.add("linked_tickets", &[("ticket_id1", one), ("ticket_id2", other)]);
    }
    for (id, name) in [("0", "NULL"), ("1", "Soon"), ("4", "Someday")] {
        let name = format!("{{\"English\":\"{name}\"}}");
        rows.add("custom_priorities", &[("id", id), ("name", &name), ("priority_order", id)]);
    }
    rows.add("permission_groups", &[("id", "1"), ("name", "Sales team")]);
    rows.add("permission_group_members", &[("group_id", "1"), ("user_id", "2")]);
    rows.add("permission_group_categories", &[("group_id", "1"), ("category_id", "1")]);
}
