//! Agents, companies, customers.

use super::columns::{agent, company, customer};
use super::memory::{Memory, key, time_or_id};
use crate::model::Record;
use crate::model::record::{Company, Contact, PersonRef, Phone, Teammate};
use crate::source::bundle::cell;
use crate::source::bundle::cells::Cells;
use crate::source::finding::Code;

/// A person by the columns of id, e-mail and name.
pub(super) fn person(
    cells: &mut Cells<'_>,
    object: &str,
    id: usize,
    email: usize,
    name: usize,
) -> PersonRef {
    let key = cells.row.id(id).and_then(|id| key(object, id));
    let email = cells.emails(email).into_iter().next();
    PersonRef { key, email, name: cells.string(name) }
}

/// Login names are often the only e-mail address there is.
pub(super) fn address_in(cells: &Cells<'_>, slot: usize) -> Option<String> {
    let name = cells.row.text(slot).filter(|name| name.contains('@'))?;
    cell::emails(name).into_iter().next()
}

/// An agent.
pub(super) fn agent(cells: &mut Cells<'_>) -> Option<Record> {
    let email = cells.emails(agent::EMAIL).into_iter().next();
    let email = email.or_else(|| address_in(cells, agent::USERNAME));
    if email.is_none() {
        cells.note_cell(Code::RequiredMissing, agent::EMAIL, "Teammates are found by e-mail.");
    }
    Some(Record::from(Teammate {
        name: cells.string(agent::NAME),
        email,
        role: cells.string(agent::ROLE),
        teams: cells.list(agent::GROUPS, "group"),
        active: cells.boolean(agent::ACTIVE),
        ..Teammate::default()
    }))
}

/// A company.
pub(super) fn company(memory: &mut Memory, cells: &mut Cells<'_>) -> Option<Record> {
    let Some(name) = cells.string(company::NAME) else {
        cells.note_cell(Code::NameMissing, company::NAME, "The company has no name.");
        return None;
    };
    let slots = [
        company::ADDRESS,
        company::CITY,
        company::PROVINCE,
        company::COUNTRY,
        company::POSTAL_CODE,
        company::PHONE,
    ];
    Some(Record::from(Company {
        name,
        website: cells.string(company::WEBSITE),
        standard: cells.standard(&slots),
        fields: cells.fields(),
        created_at: time_or_id(memory, cells, company::CREATED_AT),
    }))
}

const CUSTOMER_STANDARD: [usize; 18] = [
    customer::ADDRESS,
    customer::CITY,
    customer::PROVINCE,
    customer::COUNTRY,
    customer::POSTAL_CODE,
    customer::WEBSITE,
    customer::SIGNATURE,
    customer::TWITTER,
    customer::FACEBOOK,
    customer::LINKEDIN,
    customer::GOOGLE,
    customer::YOUTUBE,
    customer::SKYPE,
    customer::MSN,
    customer::GTALK,
    customer::CHANNEL,
    customer::PHOTO,
    customer::INSERTED_BY,
];

/// A customer.
pub(super) fn customer(memory: &mut Memory, cells: &mut Cells<'_>) -> Option<Record> {
    let mut emails = cells.emails(customer::EMAIL);
    if emails.is_empty() {
        emails.extend(address_in(cells, customer::USERNAME));
    }
    // The mobile number is preferred, the other one becomes an attribute.
    let phones: Vec<Phone> = [
        cells.phone(customer::MOBILE, "mobile"),
        cells.phone(customer::PHONE, "phone"),
        cells.phone(customer::FAX, "fax"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut standard = cells.standard(&CUSTOMER_STANDARD);
    if let Some(day) = cells.day(customer::BIRTH_DATE) {
        standard.insert("birth_date".to_owned(), day);
    }
    Some(Record::from(Contact {
        name: cells.string(customer::NAME),
        emails,
        phones,
        language: cells.string(customer::LANGUAGE),
        company: cells.row.id(customer::COMPANY_ID).and_then(|id| key("company", id)),
        company_name: cells.string(customer::COMPANY),
        preferred: cells.boolean(customer::PREFERRED),
        memos: cells.body(customer::MEMO, None).into_iter().collect(),
        tags: cells.list(customer::TAGS, "tag"),
        standard,
        fields: cells.fields(),
        created_at: time_or_id(memory, cells, customer::CREATED_AT),
    }))
}
