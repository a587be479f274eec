//! The rows of an invented site, one for every trap. Its clock is that of Berlin.

use super::beside::{knowledge, latest, notes_and_files, shelf};
use super::family::Family;

/// What must never be read.
pub const SECRET: &str = "NEVER-READ";

/// What must never come back: the name and address of a customer who was deleted or anonymised.
pub const GONE: [&str; 2] = ["Dora Gone", "dora.gone@example.com"];

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// An INSERT of these cells; `NULL` is NULL.
pub fn insert(table: &str, cells: &[(&str, &str)]) -> String {
    let names: Vec<String> = cells.iter().map(|(name, _)| format!("`{name}`")).collect();
    let value = |text: &str| if text == "NULL" { text.to_owned() } else { quoted(text) };
    let values: Vec<String> = cells.iter().map(|(_, text)| value(text)).collect();
    format!("INSERT INTO `{table}` ({}) VALUES ({})", names.join(","), values.join(","))
}

/// Statements, as they are gathered.
pub struct Rows {
    pub family: Family,
    prefix: String,
    statements: Vec<String>,
}

impl Rows {
    pub fn add(&mut self, table: &str, cells: &[(&str, &str)]) {
        self.statements.push(insert(&format!("{}{table}", self.prefix), cells));
    }

    pub fn is(&self, family: Family) -> bool {
        self.family >= family
    }

    /// A ticket; who asked goes where the family keeps it.
    fn ticket(&mut self, (name, email): (&str, &str), cells: &[(&str, &str)]) {
        let (names, emails) =
            if self.family.has_customers() { ("u_name", "u_email") } else { ("name", "email") };
        let mut all = vec![(names, name), (emails, email)];
        all.extend(cells);
        for needed in ["message", "attachments", "merged", "history"] {
            if !all.iter().any(|(column, _)| *column == needed) {
                all.push((needed, ""));
            }
        }
        let customs = if self.family.has_customers() { 100 } else { 50 };
        let customs: Vec<String> = (1..=customs).map(|number| format!("custom{number}")).collect();
        for custom in &customs {
            if !all.iter().any(|(column, _)| column == custom) {
                all.push((custom, ""));
            }
        }
        let message = all.iter().find(|(column, _)| *column == "message").unwrap().1;
        if self.is(Family::V34) && !all.iter().any(|(column, _)| *column == "message_html") {
            all.push(("message_html", message));
        }
        self.add("tickets", &all);
    }

    fn reply(&mut self, name: &str, customer: &str, cells: &[(&str, &str)]) {
        let mut all = cells.to_vec();
        if self.family.has_customers() {
            all.push(("customer_id", customer));
        } else {
            all.push(("name", name));
        }
        let message = all.iter().find(|(column, _)| *column == "message").unwrap().1;
        if self.is(Family::V34) && !all.iter().any(|(column, _)| *column == "message_html") {
            all.push(("message_html", message));
        }
        self.add("replies", &all);
    }
}

/// Statements that fill the tables.
pub fn rows(family: Family, prefix: &str) -> Vec<String> {
    let mut rows = Rows { family, prefix: prefix.to_owned(), statements: Vec::new() };
    staff(&mut rows);
    settings(&mut rows);
    if family.has_customers() {
        customers(&mut rows);
    }
    tickets(&mut rows);
    plain_tickets(&mut rows);
    hard_tickets(&mut rows);
    odd_tickets(&mut rows);
    replies(&mut rows);
    hard_replies(&mut rows);
    notes_and_files(&mut rows);
    knowledge(&mut rows);
    shelf(&mut rows);
    if family >= Family::V37 {
        latest(&mut rows);
    }
    rows.statements
}

fn staff(rows: &mut Rows) {
    let people = [
        ("1", "ada", "1", "Ada Prime", "ada@example.com", ""),
        ("2", "bo", "0", "Bo O&#039;Lee", "bo@example.com", "1,2"),
        ("3", "cy", "0", "Cy Rest", "cy@example.com", "2"),
    ];
    for (id, user, admin, name, email, categories) in people {
        let mut cells = vec![
            ("id", id),
            ("user", user),
            ("pass", SECRET),
            ("isadmin", admin),
            ("name", name),
            ("email", email),
            ("categories", categories),
            ("heskprivileges", "can_view_tickets"),
        ];
        if rows.is(Family::V34) {
            cells.push(("mfa_secret", SECRET));
        }
        if rows.is(Family::V37) {
            cells.push(("active", if id == "3" { "0" } else { "1" }));
        }
        rows.add("users", &cells);
    }
    rows.add("categories", &[("id", "1"), ("name", "General")]);
    rows.add("categories", &[("id", "2"), ("name", "Sales &amp; Returns"), ("type", "1")]);
}

fn settings(rows: &mut Rows) {
    let fields = [
        ("1", "1", "text", r#"{"English":"Order no &amp; co","Deutsch":"Bestellnummer"}"#, "{}"),
        (
            "2",
            "1",
            "select",
            r#"{"English":"Colour"}"#,
            r#"{"select_options":["Red","Gr\u00fcn &amp; Blau"]}"#,
        ),
        (
            "3",
            "2",
            "checkbox",
            r#"{"English":"Extras"}"#,
            r#"{"checkbox_options":["Bell","Rack"]}"#,
        ),
        ("4", "1", "date", r#"{"English":"Bought on"}"#, r#"{"date_format":"F j, Y"}"#),
        ("5", "1", "email", r#"{"English":"Other mail"}"#, r#"{"multiple":"0"}"#),
        ("6", "0", "text", r#"{"English":"Not used"}"#, "{}"),
    ];
    for (id, used, kind, name, value) in fields {
        let cells = [("id", id), ("use", used), ("type", kind), ("name", name), ("value", value)];
        rows.add("custom_fields", &cells);
    }
    if rows.family.has_customers() {
        let cells = [
            ("id", "51"),
            ("use", "1"),
            ("type", "text"),
            ("name", r#"{"English":"Serial"}"#),
            ("value", "{}"),
        ];
        rows.add("custom_fields", &cells);
    }
    let name = r#"{"English":"At the supplier"}"#;
    rows.add("custom_statuses", &[("id", "6"), ("name", name), ("color", "aabbcc")]);
}

fn customers(rows: &mut Rows) {
    let people = [
        ("1", "Ann Ask", "ann@example.com", "1"),
        ("2", "", "ANN@example.com", "0"),
        ("3", "Fay Follow", "o\\'fay@example.com", "0"),
        ("4", "No Address", "NULL", "0"),
        ("5", "[Customer]", "", "0"),
        ("6", "Gil &amp; Son", "gil@example.com", "0"),
    ];
    for (id, name, email, verified) in people {
        let cells = [
            ("id", id),
            ("name", name),
            ("email", email),
            ("verified", verified),
            ("pass", SECRET),
            ("verification_token", SECRET),
        ];
        rows.add("customers", &cells);
    }
    let links = [
        ("1", "1", "REQUESTER"),
        ("1", "3", "FOLLOWER"),
        ("1", "3", "FOLLOWER"),
        ("2", "6", "REQUESTER"),
        ("3", "4", "REQUESTER"),
        ("6", "6", "REQUESTER"),
        ("7", "6", "REQUESTER"),
        ("8", "2", "REQUESTER"),
        ("8", "2", "FOLLOWER"),
    ];
    for (ticket, person, kind) in links {
        let cells = [("ticket_id", ticket), ("customer_id", person), ("customer_type", kind)];
        rows.add("ticket_to_customer", &cells);
    }
    if rows.family == Family::V35 {
        // An upgraded site: anonymised tickets share one customer.
        let cells = [("ticket_id", "4"), ("customer_id", "5"), ("customer_type", "REQUESTER")];
        rows.add("ticket_to_customer", &cells);
    }
}

fn tickets(rows: &mut Rows) {
    let later = rows.family.has_customers();
    let both = if later { "ann@example.com" } else { "ann@example.com,fay@example.com" };
    let message = "Hello &amp;amp; welcome, it's &lt;b&gt;broken&lt;/b&gt; &#96;now&#96;.<br />\n\
        See <a href=\"https://example.org/?a=1&amp;b=2\">https://example.org/?a=1&amp;b=2</a>";
    let history = "<li class=\"smaller\">2023-06-01 12:00:02 | submitted by Ann Ask</li>\
        <li class=\"smaller\">2023-06-01 13:00:00 | \
        assigned to Bo O&#039;Lee (bo) by Ada Prime (ada)</li>\
        <li class=\"smaller\">2023-06-02 09:30:00 | \
        Status geändert auf Beantwortet von Bo (bo)</li>\
        <li class=\"smaller\">gestern irgendwann | etwas Eigenes</li>";
    let mut cells = vec![
        ("id", "1"),
        ("trackid", "AAA-BBB-1111"),
        ("category", "2"),
        ("priority", "1"),
        ("subject", "Bell &amp; whistle &quot;broken&quot;"),
        ("message", message),
        ("dt", "2023-06-01 10:00:00"),
        ("lastchange", "2023-06-03 08:00:00"),
        ("firstreply", "2023-06-01 12:00:00"),
        ("articles", "2,1"),
        ("ip", "192.0.2.7"),
        ("language", "English"),
        ("status", "2"),
        ("replies", "3"),
        ("staffreplies", "1"),
        ("owner", "2"),
        ("assignedby", "1"),
        ("time_worked", "27:05:00"),
        ("lastreplier", "1"),
        ("archive", "1"),
        ("attachments", "1#bill.pdf,"),
        ("merged", "#OLD-TRK-1111##OLD-TRK-2222#"),
        ("history", history),
        ("custom1", "A &amp; 1"),
        ("custom2", "Grün &amp; Blau"),
        ("custom3", "Bell<br />Rack"),
        ("custom4", "1685577600"),
        ("custom5", "x@example.com"),
    ];
    if rows.is(Family::V34) {
        cells.push(("due_date", "2023-06-14 22:00:00"));
    }
    if later {
        cells.push(("custom51", "SN 51"));
    }
    rows.ticket(("Ann Ask", both), &cells);
}

fn plain_tickets(rows: &mut Rows) {
    let rich = "<p>Your <strong>parts</strong> &amp; tools.</p><ul><li>one</li></ul>";
    let mut cells = vec![
        ("id", "2"),
        ("trackid", "CCC-DDD-2222"),
        ("subject", "Opened for Gil"),
        ("message", "Your parts &amp; tools."),
        ("dt", "2023-01-10 09:00:00"),
        ("lastchange", "2023-01-12 09:00:00"),
        ("closedat", "2023-01-12 09:00:00"),
        ("closedby", "2"),
        ("status", "3"),
        ("openedby", "2"),
        ("locked", "1"),
        ("replies", "2"),
        ("staffreplies", "2"),
        ("owner", "3"),
        ("history", "<li class=\"smaller\">2023-01-10 10:00:01 | ticket created by Bo (bo)</li>"),
    ];
    if rows.is(Family::V34) {
        cells.push(("message_html", rich));
    }
    rows.ticket(("Gil &amp; Son", "gil@example.com"), &cells);
    let cells = [
        ("id", "3"),
        ("trackid", "EEE-GGG-3333"),
        ("subject", "[no subject]"),
        ("message", "By mail, without an address"),
        ("dt", "2023-11-05 10:00:00"),
        ("lastchange", "2023-11-05 10:00:00"),
        ("status", "5"),
        ("openedby", "-3"),
        ("priority", "0"),
        ("assignedby", "-1"),
        ("owner", "2"),
        ("history", "<li class=\"smaller\">2023-11-05 11:00:00 | submitted by IMAP fetching</li>"),
    ];
    rows.ticket(("No Address", ""), &cells);
}

fn hard_tickets(rows: &mut Rows) {
    let later = rows.family.has_customers();
    // 3.5 left the copies of an anonymised ticket in clear, and never emptied the later fields.
    let (name, email) =
        if rows.family == Family::V35 { (GONE[0], GONE[1]) } else { ("[Customer]", "") };
    let mut cells = vec![
        ("id", "4"),
        ("trackid", "HHH-JJJ-4444"),
        ("subject", "[Subject]"),
        ("message", "[Message]"),
        ("dt", "2023-02-01 09:00:00"),
        ("ip", "0.0.0.0"),
        ("lastchange", "2023-03-01 09:00:00"),
        ("status", "3"),
        ("replies", "2"),
        ("staffreplies", "1"),
        (
            "history",
            "<li class=\"smaller\">2023-03-01 10:00:00 | anonymized by Ada Prime (ada)</li>",
        ),
    ];
    if later {
        cells.push(("custom51", GONE[0]));
    }
    rows.ticket((name, email), &cells);
    // From 3.5 on, the customer of this one was deleted; only stale copies are left.
    let (name, email) = if later { (GONE[0], GONE[1]) } else { ("Ann Ask", "ann@example.com") };
    let cells = [
        ("id", "5"),
        ("trackid", "LLL-MMM-5555"),
        ("subject", "Whose is it?"),
        ("message", "Nobody's"),
        ("dt", "2023-04-01 09:00:00"),
        ("replies", "1"),
        ("lastchange", "2023-04-01 09:00:00"),
        ("status", "1"),
    ];
    rows.ticket((name, email), &cells);
}

fn odd_tickets(rows: &mut Rows) {
    let cells = [
        ("id", "6"),
        ("trackid", "NNN-PPP-6666"),
        ("subject", "Merged by half"),
        ("message", "I was merged"),
        ("dt", "2023-06-02 07:00:00"),
        ("lastchange", "2023-06-02 07:00:00"),
        ("attachments", "3#half.txt,"),
        ("status", "0"),
    ];
    rows.ticket(("Gil &amp; Son", "gil@example.com"), &cells);
    let cells = [
        ("id", "7"),
        ("trackid", "QQQ-RRR-7777"),
        ("subject", "perchÃ© no"),
        ("message", "Ã¨ cosÃ¬"),
        ("dt", "2023-07-01 07:00:00"),
        ("lastchange", "2023-07-01 07:00:00"),
        ("category", "99"),
        ("status", "17"),
        ("owner", "9"),
        ("replies", "5"),
        ("custom4", "next week"),
    ];
    rows.ticket(("Gil &amp; Son", "gil@example.com"), &cells);
    let cells = [
        ("id", "8"),
        ("trackid", "SSS-TTT-8888"),
        ("subject", "Again"),
        ("message", "Me again"),
        ("dt", "2023-08-01 07:00:00"),
        ("lastchange", "2023-08-01 07:00:00"),
        ("status", "6"),
    ];
    rows.ticket(("Ann", "ANN@example.com"), &cells);
}

fn replies(rows: &mut Rows) {
    rows.reply(
        "Bo O&#039;Lee",
        "NULL",
        &[
            ("id", "1"),
            ("replyto", "1"),
            ("message", "On it<br />\nBo"),
            ("dt", "2023-06-01 12:00:00"),
            ("staffid", "2"),
            ("rating", "5"),
            ("attachments", "2#notes.txt,"),
        ],
    );
    rows.reply(
        "Ann Ask",
        "1",
        &[
            ("id", "2"),
            ("replyto", "1"),
            ("message", "Thanks &amp; bye"),
            ("dt", "2023-06-02 12:00:00"),
            ("attachments", ""),
        ],
    );
    rows.reply(
        "Gil &amp; Son",
        "6",
        &[
            ("id", "3"),
            ("replyto", "1"),
            ("message", "I was merged"),
            ("dt", "2023-06-02 07:00:00"),
            ("attachments", "3#half.txt,"),
        ],
    );
    rows.reply(
        "Old Hand",
        "NULL",
        &[
            ("id", "4"),
            ("replyto", "2"),
            ("message", "Long ago"),
            ("dt", "2023-01-11 09:00:00"),
            ("staffid", "9"),
        ],
    );
}

fn hard_replies(rows: &mut Rows) {
    rows.reply(
        "[Customer]",
        "NULL",
        &[
            ("id", "5"),
            ("replyto", "4"),
            ("message", "[Message]"),
            ("dt", "2023-02-02 09:00:00"),
            ("staffid", "1"),
        ],
    );
    rows.reply(
        "[Customer]",
        "NULL",
        &[("id", "6"), ("replyto", "4"), ("message", "[Message]"), ("dt", "2023-02-03 09:00:00")],
    );
    rows.reply(
        "Nobody",
        "NULL",
        &[("id", "7"), ("replyto", "999"), ("message", "Lost"), ("dt", "2023-02-03 09:00:00")],
    );
    let picture = "<p>Look: <img src=\"data:image/png;base64,iVBORw0KGgo=\" alt=\"x\" /></p>";
    let mut cells = vec![
        ("id", "8"),
        ("replyto", "2"),
        ("message", "Look: [picture]"),
        ("dt", "2023-01-12 08:00:00"),
        ("staffid", "2"),
    ];
    if rows.is(Family::V34) {
        cells.push(("message_html", picture));
    }
    rows.reply("Bo O&#039;Lee", "NULL", &cells);
    rows.reply(
        "Ann Ask",
        "77",
        &[
            ("id", "9"),
            ("replyto", "5"),
            ("message", "From one who left"),
            ("dt", "2023-04-02 09:00:00"),
        ],
    );
}

/// Files of the folder, with their bytes.
pub const FILES: &[(&str, &[u8])] = &[
    ("AAA-BBB-1111_00000000000000000000000000000001.pdf", b"%PDF"),
    ("NNN-PPP-6666_00000000000000000000000000000003.txt", b"half"),
    ("AAA-BBB-1111_00000000000000000000000000000004.txt", b"cut"),
    ("ccc-ddd-2222_0000000000000000000000000000000a.txt", b"loose"),
    ("00000000000000000000000000000011.pdf", b"%PDF"),
    ("stranger.txt", b"?"),
    ("index.htm", b""),
];
