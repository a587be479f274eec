//! Hesk's own export of an invented site, as each family's Hesk writes it: made from the rows
//! alone, by code that shares nothing with the reader.

use std::collections::BTreeMap;

use chrono::{FixedOffset, NaiveDateTime};
use chrono_tz::Tz;

use super::family::Family;
use super::site::Site;

/// The site's clock.
pub const ZONE: Tz = chrono_tz::Europe::Berlin;

/// An export of a winter's day: Hesk names it after the moment.
pub const NAME: &str = "hesk_export_2023-12-01_11-00-00_000001.xml";

/// By how much the site's clock was ahead at that moment, in hours. Hesk shifts every date of an
/// export by that, those of summer too.
const AHEAD_H: i32 = 1;

/// One cell: its type in SpreadsheetML and its text.
pub type Cell = (&'static str, String);

/// Rows of a table by column; NULL is absent.
type Table = Vec<BTreeMap<String, String>>;

fn text(text: impl Into<String>) -> Cell {
    ("String", text.into())
}

fn number(text: &str) -> Cell {
    ("Number", text.to_owned())
}

/// An instant by the clock that the site had at the moment of the export; nothing is an empty text.
fn time(utc: Option<&String>) -> Cell {
    let Some(utc) = utc else { return text("") };
    let utc = NaiveDateTime::parse_from_str(utc, "%Y-%m-%d %H:%M:%S").unwrap();
    let local = utc.and_utc().with_timezone(&FixedOffset::east_opt(AHEAD_H * 3600).unwrap());
    ("DateTime", local.format("%Y-%m-%dT%H:%M:%S.000").to_string())
}

fn decoded(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#039;", "'"), ("&#96;", "`")];
    let text = pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    text.replace("&amp;", "&")
}

/// A stored fragment as Hesk shows it in plain text.
fn plain(stored: &str) -> String {
    let mut shown = String::new();
    let mut rest = stored;
    while let Some((before, link)) = rest.split_once("<a href=\"") {
        let (address, after) = link.split_once('"').unwrap();
        shown.push_str(before);
        shown.push_str(address.trim_start_matches("mailto:"));
        rest = after.split_once("</a>").unwrap().1;
    }
    shown.push_str(rest);
    decoded(&shown.replace("<br />\n", "\n").replace("<br />", "\n"))
}

/// A workbook of these rows.
pub fn written(rows: &[Vec<Cell>]) -> String {
    let rows: String = rows.iter().map(|cells| row(cells)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n\
         <Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" \
         xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">\
         <Worksheet ss:Name=\"Sheet1\"><Table>{rows}</Table></Worksheet>\
         <Worksheet ss:Name=\"Sheet2\"><Table></Table></Worksheet></Workbook>"
    )
}

fn row(cells: &[Cell]) -> String {
    let cell = |(kind, text): &Cell| {
        let text = text.replace("]]>", "]]]]><![CDATA[>");
        format!("<Cell><Data ss:Type=\"{kind}\"><![CDATA[{text}]]></Data></Cell>")
    };
    format!("<Row>{}</Row>\n", cells.iter().map(cell).collect::<String>())
}

/// What the export needs of the database.
pub struct Exporter {
    family: Family,
    tables: BTreeMap<&'static str, Table>,
    /// Words of states and priorities, as the exporting user's language has them.
    pub words: fn(&str) -> String,
}

impl Exporter {
    pub async fn new(site: &Site, family: Family) -> Self {
        let mut names = vec!["tickets", "replies", "users", "categories", "custom_fields"];
        if family.has_customers() {
            names.extend(["customers", "ticket_to_customer"]);
        }
        let mut tables = BTreeMap::new();
        for name in names {
            tables.insert(name, site.maria.rows(&format!("hesk_{name}")).await);
        }
        Self { family, tables, words: str::to_owned }
    }

    fn find(&self, table: &str, id: &str) -> Option<&BTreeMap<String, String>> {
        self.tables[table].iter().find(|row| row["id"] == id)
    }

    fn name(&self, table: &str, id: &str) -> Option<String> {
        Some(decoded(&self.stored_name(table, id)?))
    }

    /// A name as it is stored, escaped.
    fn stored_name(&self, table: &str, id: &str) -> Option<String> {
        self.find(table, id)?.get("name").cloned()
    }

    fn fields(&self) -> Vec<(String, String, String)> {
        let used = self.tables["custom_fields"].iter().filter(|row| row["use"] != "0");
        let field = |row: &BTreeMap<String, String>| {
            let labels: serde_json::Value = serde_json::from_str(&row["name"]).unwrap();
            let label = decoded(labels["English"].as_str().unwrap());
            (format!("custom{}", row["id"]), row["type"].clone(), label)
        };
        used.map(field).collect()
    }

    /// Headings and rows.
    pub fn rows(&self) -> Vec<Vec<Cell>> {
        let mut rows = vec![self.headings()];
        rows.extend(self.tables["tickets"].iter().map(|ticket| self.ticket(ticket)));
        rows
    }

    fn headings(&self) -> Vec<Cell> {
        let mut names = vec!["#", "Tracking ID", "Date", "Updated"];
        names.extend((self.family == Family::V37).then_some("First reply at"));
        names.extend(self.family.has_customers().then_some("Resolved at"));
        names.extend(["Name", "Email"]);
        names.extend(self.family.has_customers().then_some("Followers"));
        names.extend(["Category", "Priority", "Status", "Subject", "Message", "Owner"]);
        if self.family == Family::V37 {
            names.extend(["Replies", "Replies (Staff)"]);
        }
        names.push("Time worked");
        names.extend((self.family >= Family::V34).then_some("Due date"));
        let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        names.extend(self.fields().into_iter().map(|(_, _, label)| label));
        if self.family.has_customers() {
            names.push("Ticket History".to_owned());
            names.extend((self.family == Family::V37).then(|| "Reply messages".to_owned()));
            names.push("Ticket URL".to_owned());
        }
        names.into_iter().map(text).collect()
    }

    fn ticket(&self, ticket: &BTreeMap<String, String>) -> Vec<Cell> {
        let is_latest = self.family == Family::V37;
        let mut cells = vec![number(&ticket["id"]), text(&ticket["trackid"])];
        cells.extend([time(ticket.get("dt")), time(ticket.get("lastchange"))]);
        cells.extend(is_latest.then(|| time(ticket.get("firstreply"))));
        cells.extend(self.family.has_customers().then(|| time(ticket.get("closedat"))));
        cells.extend(self.people(ticket));
        let category = self.name("categories", &ticket["category"]);
        cells.push(text(category.or_else(|| self.name("categories", "1")).unwrap()));
        cells.extend([self.priority(&ticket["priority"]), self.state(&ticket["status"])]);
        cells.extend([text(decoded(&ticket["subject"])), text(plain(&ticket["message"]))]);
        cells.push(text(self.name("users", &ticket["owner"]).unwrap_or_default()));
        if is_latest {
            cells.extend([number(&ticket["replies"]), number(&ticket["staffreplies"])]);
        }
        cells.push(text(&ticket["time_worked"]));
        cells.extend((self.family >= Family::V34).then(|| time(ticket.get("due_date"))));
        for (column, kind, _) in self.fields() {
            cells.push(custom(&ticket[&column], &kind));
        }
        if self.family.has_customers() {
            cells.push(text(&ticket["history"]));
            cells.extend(is_latest.then(|| text(self.replies(&ticket["id"]))));
            let page = "https://help.example.com/ticket.php?track=";
            cells.push(text(format!("{page}{}", ticket["trackid"])));
        }
        cells
    }

    fn people(&self, ticket: &BTreeMap<String, String>) -> Vec<Cell> {
        if !self.family.has_customers() {
            return vec![text(decoded(&ticket["name"])), text(decoded(&ticket["email"]))];
        }
        let linked = |kind: &'static str| {
            let links = self.tables["ticket_to_customer"].iter();
            let links = links
                .filter(move |link| link["ticket_id"] == ticket["id"])
                .filter(move |link| link["customer_type"] == kind);
            links.filter_map(|link| self.find("customers", &link["customer_id"]))
        };
        let stored = |row: &BTreeMap<String, String>, column: &str| {
            row.get(column).cloned().unwrap_or_default()
        };
        let word = |row, column| decoded(&stored(row, column)).replace("\\'", "'");
        let requester = linked("REQUESTER").next();
        let of = |column| text(requester.map(|row| word(row, column)).unwrap_or_default());
        // Followers stand as they are stored, those without a name by their address alone.
        let mut followers: Vec<String> = Vec::new();
        for row in linked("FOLLOWER") {
            let (name, address) = (stored(row, "name"), stored(row, "email"));
            let one = match name.is_empty() {
                true => address,
                false => format!("{name} <{address}>"),
            };
            if !followers.contains(&one) {
                followers.push(one);
            }
        }
        vec![of("name"), of("email"), text(followers.join(","))]
    }

    fn priority(&self, id: &str) -> Cell {
        let names = ["Critical", "High", "Medium", "Low", "Someday"];
        let name = names[id.parse::<usize>().unwrap()];
        let renamed = self.family == Family::V37 && name == "High";
        text((self.words)(if renamed { "Soon" } else { name }))
    }

    fn state(&self, id: &str) -> Cell {
        let names = ["New", "Waiting reply", "Replied", "Resolved", "In Progress", "On Hold"];
        let own = if id == "6" { "At the supplier" } else { "Unknown" };
        text((self.words)(names.get(id.parse::<usize>().unwrap()).unwrap_or(&own)))
    }

    fn replies(&self, ticket: &str) -> String {
        let mut replies: Vec<_> =
            self.tables["replies"].iter().filter(|reply| reply["replyto"] == ticket).collect();
        replies.sort_by_key(|reply| (reply["dt"].clone(), reply["id"].len(), reply["id"].clone()));
        let mut cell = String::new();
        for reply in replies {
            let staff = self.stored_name("users", &reply["staffid"]);
            let customer =
                reply.get("customer_id").and_then(|id| self.stored_name("customers", id));
            let name = staff.or(customer).unwrap_or_else(|| "[Customer]".to_owned());
            let (_, date) = time(reply.get("dt"));
            let body = plain(&reply["message"]);
            cell.push_str(&format!("Reply by {name}\nDate {date}\n{body}\n---\n"));
        }
        cell
    }
}

fn custom(stored: &str, kind: &str) -> Cell {
    match (kind, stored.parse::<i64>()) {
        (_, _) if stored.is_empty() => text(""),
        ("date", Ok(second)) => {
            let day = chrono::DateTime::from_timestamp(second, 0).unwrap();
            ("DateTime", day.format("%Y-%m-%dT00:00:00.000").to_string())
        }
        _ => text(plain(stored)),
    }
}
