//! The desk's export, as flat tables in the old desk's layout.

use std::collections::BTreeSet;
use std::path::Path;

use crate::desk::Desk;

/// How much of the desk is exported.
#[derive(Clone, Copy, Debug)]
pub enum Export<'a> {
    /// Everything that is there.
    Full,
    /// These records alone.
    Partial(&'a BTreeSet<String>),
}

impl Export<'_> {
    fn holds(self, id: &str) -> bool {
        match self {
            Self::Full => true,
            Self::Partial(ids) => ids.contains(id),
        }
    }
}

/// Writes the export into a folder, in place of what was there.
///
/// # Errors
/// If the folder cannot be written.
pub fn write(desk: &Desk, export: Export<'_>, folder: &Path) -> std::io::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    let kind = if matches!(export, Export::Full) { "full" } else { "delta" };
    let manifest = serde_json::json!({
        "source": "deskero", "source_account": "simulation", "export_kind": kind,
        "timezone": "UTC",
    });
    std::fs::write(folder.join("manifest.json"), manifest.to_string())?;
    people(desk, export, folder)?;
    threads(desk, export, folder)?;
    knowledge(desk, export, folder)
}

fn people(desk: &Desk, export: Export<'_>, folder: &Path) -> std::io::Result<()> {
    let agents = desk.agents.iter().filter(|one| export.holds(&one.id));
    let rows = agents.map(|one| vec![one.id.clone(), one.email.clone(), one.name.clone()]);
    table(folder, "agents.csv", "id,email,name", rows)?;
    let companies = desk.companies.iter().filter(|one| export.holds(&one.id));
    let rows = companies.map(|one| vec![one.id.clone(), one.name.clone()]);
    table(folder, "companies.csv", "id,company", rows)?;
    let customers = desk.customers.iter().filter(|one| export.holds(&one.id));
    let rows = customers.map(|one| {
        let company = one.company.and_then(|at| desk.companies.get(at));
        vec![
            one.id.clone(),
            one.name().to_owned(),
            one.email.clone().unwrap_or_default(),
            one.tags.join("|"),
            company.map(|company| company.name.clone()).unwrap_or_default(),
            company.map(|company| company.id.clone()).unwrap_or_default(),
            one.plan.clone().unwrap_or_default(),
        ]
    });
    let header = "id,full name,e-mail,tags,company,company._id,cf_plan";
    table(folder, "customers.csv", header, rows)
}

fn threads(desk: &Desk, export: Export<'_>, folder: &Path) -> std::io::Result<()> {
    let agent = |at: Option<usize>| {
        at.and_then(|at| desk.agents.get(at)).map(|one| one.id.clone()).unwrap_or_default()
    };
    let customer = |at: usize| desk.customers.get(at).map(|one| one.id.clone()).unwrap_or_default();
    let there = || desk.tickets.iter().filter(|one| !one.withdrawn);
    let rows = there().filter(|one| export.holds(&one.id)).map(|one| {
        vec![
            one.id.clone(),
            format!("{}/2024", one.number),
            one.subject.clone(),
            one.opening.latest().to_owned(),
            if one.closed { "closed" } else { "opened" }.to_owned(),
            customer(one.customer),
            agent(one.assigned),
            (one.at * 1000).to_string(),
            one.tags.join("|"),
            one.order.clone().unwrap_or_default(),
        ]
    });
    let header = "id,number,subject,description,status,openedBy.id,assignedTo.id,insertDate,tags,\
                  cf_order";
    table(folder, "tickets.csv", header, rows)?;
    let rows = there().flat_map(|ticket| {
        let said = ticket.replies.iter().filter(|one| !one.withdrawn && export.holds(&one.id));
        said.map(|one| {
            let from = if one.agent.is_none() { customer(ticket.customer) } else { String::new() };
            vec![
                one.id.clone(),
                ticket.id.clone(),
                (one.at * 1000).to_string(),
                from,
                agent(one.agent),
                one.words.latest().to_owned(),
            ]
        })
    });
    let header = "id,ticket_id,replyDate,replyFromCustomer.id,replyFromOperator.id,text";
    table(folder, "replies.csv", header, rows)
}

/// The knowledge base's upper level has one id.
const GROUP: &str = "65ba180000000000000000ff";

fn knowledge(desk: &Desk, export: Export<'_>, folder: &Path) -> std::io::Result<()> {
    let group = [GROUP].into_iter().filter(|id| export.holds(id));
    let rows = group.map(|id| vec![id.to_owned(), desk.group.clone(), "ALL".to_owned()]);
    table(folder, "kb_groups.csv", "id,group,visibility", rows)?;
    let areas = desk.areas.iter().filter(|one| export.holds(&one.id));
    let rows = areas.map(|one| vec![one.id.clone(), one.name.clone(), GROUP.to_owned()]);
    table(folder, "kb_areas.csv", "id,area,group_id", rows)?;
    let articles = desk.articles.iter().filter(|one| !one.withdrawn && export.holds(&one.id));
    let rows = articles.map(|one| {
        vec![
            one.id.clone(),
            one.title.clone(),
            format!("<p>{}</p>", one.words.latest()),
            desk.areas.get(one.area).map(|area| area.id.clone()).unwrap_or_default(),
            one.published.to_string(),
            "ALL".to_owned(),
        ]
    });
    table(folder, "kb_articles.csv", "id,title,text,area.id,approved,visibility", rows)
}

/// A table, unless it has no rows.
fn table(
    folder: &Path,
    name: &str,
    header: &str,
    rows: impl Iterator<Item = Vec<String>>,
) -> std::io::Result<()> {
    let cell = |text: &String| {
        let quoted = text.contains(['"', ',', '\n', ';']);
        if quoted { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.clone() }
    };
    let line = |row: Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(",");
    let lines: Vec<String> = rows.map(line).collect();
    if lines.is_empty() {
        return Ok(());
    }
    std::fs::write(folder.join(name), format!("{header}\n{}\n", lines.join("\n")))
}
