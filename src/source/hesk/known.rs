//! What the records of an installation need to know of each other, from its small tables.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::custom::CustomField;
use super::database::Database;
use super::emit::numbered;
use super::row::Row;
use super::schema::{Schema, Selection};
use super::words::Words;
use crate::model::record::PersonRef;
use crate::source::contract::{Reading, SourceError};

/// Category that stands in for one that is gone, as in Hesk itself.
pub const FIRST_CATEGORY: u32 = 1;

/// A member of staff.
#[derive(Clone, Debug)]
pub struct Staff {
    /// As other records name them.
    pub person: PersonRef,
    /// Word for the role.
    pub role: String,
    /// Ids of the categories they see; empty for administrators.
    pub categories: Vec<u32>,
}

/// What is known of an installation.
#[derive(Debug)]
pub struct Known {
    /// Names of states and priorities.
    pub words: Words,
    /// Members of staff by id.
    pub staff: BTreeMap<u32, Staff>,
    /// Ids of staff by login.
    pub logins: HashMap<String, u32>,
    /// Categories by id.
    pub categories: BTreeMap<u32, String>,
    /// Custom fields in use, and columns with values that none describes.
    pub fields: Vec<CustomField>,
    /// Staff who are named but gone, with the name a reply gave them last.
    pub gone: BTreeMap<u32, Option<String>>,
    /// Permission groups whose tables have another form than the one we know.
    pub groups_unread: bool,
}

impl Known {
    /// Reads the small tables.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn load(
        database: &mut Database,
        schema: &Schema,
        reading: &Reading,
        language: Option<&str>,
    ) -> Result<Self, SourceError> {
        let mut known = Self {
            words: Words::new(reading)?,
            staff: BTreeMap::new(),
            logins: HashMap::new(),
            categories: BTreeMap::new(),
            fields: Vec::new(),
            gone: BTreeMap::new(),
            groups_unread: false,
        };
        for row in small(database, schema, "custom_statuses").await? {
            if let (Some(id), Some(name)) = (row.number("id"), row.raw("name")) {
                known.words.add_state(id, name, language);
            }
        }
        for row in small(database, schema, "custom_priorities").await? {
            if let (Some(id), Some(name)) = (row.number("id"), row.raw("name")) {
                known.words.add_priority(id, name, language);
            }
        }
        for row in small(database, schema, "categories").await? {
            if let (Some(id), Some(name)) = (row.id("id"), row.label("name")) {
                known.categories.insert(id, name);
            }
        }
        known.load_staff(database, schema).await?;
        known.load_fields(database, schema, language).await?;
        Ok(known)
    }

    async fn load_staff(
        &mut self,
        database: &mut Database,
        schema: &Schema,
    ) -> Result<(), SourceError> {
        let groups = self.load_groups(database, schema).await?;
        for row in small(database, schema, "users").await? {
            let Some(id) = row.id("id") else { continue };
            let member = groups.get(&id);
            let role = match (row.flag("isadmin"), member) {
                (true, _) => "administrator".to_owned(),
                (false, Some(group)) if !group.names.is_empty() => group.names.join(", "),
                (false, _) => "agent".to_owned(),
            };
            let mut categories = super::list::ids(row.raw("categories").unwrap_or_default());
            categories.extend(member.iter().flat_map(|group| group.categories.iter().copied()));
            categories.sort_unstable();
            categories.dedup();
            let person = PersonRef {
                key: Some(numbered("staff", id)),
                email: row.label("email"),
                name: row.label("name"),
            };
            if let Some(login) = row.label("user") {
                self.logins.insert(login.to_lowercase(), id);
            }
            self.staff.insert(id, Staff { person, role, categories });
        }
        Ok(())
    }

    /// Groups of 3.7, by member.
    async fn load_groups(
        &mut self,
        database: &mut Database,
        schema: &Schema,
    ) -> Result<BTreeMap<u32, Group>, SourceError> {
        let mut of_staff: BTreeMap<u32, Group> = BTreeMap::new();
        if !schema.has("permission_groups") {
            return Ok(of_staff);
        }
        let whole = [
            ("permission_group_members", ["group_id", "user_id"]),
            ("permission_group_categories", ["group_id", "category_id"]),
        ];
        let is_whole = |(table, columns): &(&str, [&str; 2])| {
            columns.iter().all(|column| schema.has_column(table, column))
        };
        if !whole.iter().all(is_whole) {
            self.groups_unread = true;
            return Ok(of_staff);
        }
        let names: BTreeMap<u32, String> = small(database, schema, "permission_groups")
            .await?
            .iter()
            .filter_map(|row| Some((row.id("id")?, row.label("name")?)))
            .collect();
        let mut categories: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for row in small(database, schema, "permission_group_categories").await? {
            if let (Some(group), Some(category)) = (row.id("group_id"), row.id("category_id")) {
                categories.entry(group).or_default().push(category);
            }
        }
        for row in small(database, schema, "permission_group_members").await? {
            let (Some(group), Some(user)) = (row.id("group_id"), row.id("user_id")) else {
                continue;
            };
            let member = of_staff.entry(user).or_default();
            member.names.extend(names.get(&group).cloned());
            member.categories.extend(categories.get(&group).into_iter().flatten());
        }
        Ok(of_staff)
    }

    async fn load_fields(
        &mut self,
        database: &mut Database,
        schema: &Schema,
        language: Option<&str>,
    ) -> Result<(), SourceError> {
        for row in small(database, schema, "custom_fields").await? {
            if row.raw("use") != Some("0") {
                self.fields.extend(CustomField::of(&row, language));
            }
        }
        let declared: HashSet<u32> = self.fields.iter().map(|field| field.number).collect();
        let columns = schema.custom_columns();
        let others: Vec<u32> = columns.iter().copied().filter(|n| !declared.contains(n)).collect();
        self.fields.retain(|field| columns.contains(&field.number));
        if !others.is_empty() {
            let filled: Vec<String> =
                others.iter().map(|n| format!("SUM(`custom{n}` <> '')")).collect();
            let tickets = schema.quoted("tickets");
            let sql = format!("SELECT {} FROM {tickets}", filled.join(","));
            let cells = database.cells(sql).await?.pop().unwrap_or_default();
            for (number, count) in others.into_iter().zip(cells) {
                if !matches!(count.as_str(), "" | "0") {
                    self.fields.push(CustomField::undeclared(number));
                }
            }
        }
        self.fields.sort_by_key(|field| field.number);
        Ok(())
    }

    /// A member of staff as records name them; one who is gone is noted, to be made a record of.
    pub fn staff(&mut self, id: u32, named: Option<&str>) -> PersonRef {
        if let Some(staff) = self.staff.get(&id) {
            return staff.person.clone();
        }
        let name = self.gone.entry(id).or_default();
        if let Some(named) = named {
            *name = Some(named.to_owned());
        }
        let key = Some(numbered("staff", id));
        PersonRef { key, email: None, name: named.map(str::to_owned) }
    }

    /// Whose login this is.
    pub fn by_login(&self, login: &str) -> Option<PersonRef> {
        let id = self.logins.get(&login.to_lowercase())?;
        Some(self.staff.get(id)?.person.clone())
    }

    /// Name of a category; one that is gone is taken for the first, as Hesk does. True if so.
    pub fn category(&self, id: u32) -> (Option<String>, bool) {
        match self.categories.get(&id) {
            Some(name) => (Some(name.clone()), false),
            None => (self.categories.get(&FIRST_CATEGORY).cloned(), true),
        }
    }
}

#[derive(Default)]
struct Group {
    names: Vec<String>,
    categories: Vec<u32>,
}

/// All rows of a small table, in order of their ids; none if it is not there.
///
/// # Errors
/// If the database cannot be read.
pub async fn small(
    database: &mut Database,
    schema: &Schema,
    table: &str,
) -> Result<Vec<Row>, SourceError> {
    if !schema.has(table) {
        return Ok(Vec::new());
    }
    let Selection { columns, list } = schema.selection(table, &[]);
    let Some(first) = columns.name(0) else { return Ok(Vec::new()) };
    let order = if schema.has_column(table, "id") { "id" } else { first };
    let quoted = schema.quoted(table);
    let sql = format!("SELECT {list} FROM {quoted} ORDER BY `{order}`");
    database.rows(sql, &columns).await
}
