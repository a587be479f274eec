//! The structs that are sent against the tables by which is compared what is read: a field that is
//! renamed in one of them and not in the other is found here.

use serde::Serialize;
use serde_json::{Value, json};

use super::super::kind::ObjectKind;
use super::super::reference::{Attributes, IntRef, Ref};
use super::article::payload::{ArticleBody, ArticleState, InternalArticleBody};
use super::attribute::payload::{
    ConversationAttributeBody, ConversationDataType, DataAttributeBody, DataType, Model,
    OptionLabel, OptionValue,
};
use super::collection::payload::CollectionBody;
use super::company::payload::CompanyBody;
use super::contact::payload::{ContactBody, Role};
use super::custom_object::payload::ObjectBody;
use super::of::of_kind;
use super::ticket::payload::{TicketCategory, TicketTypeBody};

fn text() -> Option<String> {
    Some("x".to_owned())
}

fn attributes() -> Attributes {
    [("tier".to_owned(), json!("gold"))].into()
}

fn check(kind: ObjectKind, body: &impl Serialize, fields: usize) {
    let family = of_kind(kind);
    let table = family.fields();
    let Value::Object(body) = serde_json::to_value(body).unwrap() else { panic!("no object") };
    assert_eq!(body.len(), fields, "{kind:?}: a field is not sent");
    for name in body.keys() {
        let is_row = table.rows.iter().any(|row| row.0 == name);
        let is_attributes = table.attributes.is_some_and(|(sent_as, _)| sent_as == name);
        let is_key = family.always_sent().contains(&name.as_str());
        assert!(is_row || is_attributes || is_key, "{kind:?}: {name} is in no table");
    }
}

#[test]
fn what_is_sent_of_people_and_companies_is_in_their_tables() {
    let contact = ContactBody {
        role: Some(Role::User),
        external_id: text(),
        email: text(),
        phone: text(),
        name: text(),
        avatar: text(),
        signed_up_at: Some(1),
        owner_id: Some(Ref::from("7")),
        unsubscribed_from_emails: Some(true),
        custom_attributes: attributes(),
    };
    check(ObjectKind::Contact, &contact, 10);
    let company = CompanyBody {
        company_id: text(),
        name: text(),
        plan: text(),
        size: Some(1),
        website: text(),
        industry: text(),
        monthly_spend: Some(1),
        remote_created_at: Some(1),
        custom_attributes: attributes(),
    };
    check(ObjectKind::Company, &company, 9);
    let object = ObjectBody {
        external_id: "x".to_owned(),
        external_created_at: Some(1),
        external_updated_at: Some(1),
        custom_attributes: attributes(),
    };
    check(ObjectKind::Object, &object, 4);
}

#[test]
fn what_is_sent_of_the_help_centre_is_in_its_tables() {
    let collection = CollectionBody {
        name: text(),
        description: text(),
        parent_id: Some(Ref::from("7")),
        help_center_id: Some(7),
    };
    check(ObjectKind::Collection, &collection, 4);
    let article = ArticleBody {
        title: text(),
        description: text(),
        body: text(),
        author_id: Some(IntRef::from(7)),
        state: Some(ArticleState::Draft),
        parent_id: Some(json!(7)),
        parent_type: Some("collection"),
    };
    check(ObjectKind::Article, &article, 7);
    let internal = InternalArticleBody {
        title: text(),
        body: text(),
        author_id: Some(IntRef::from(7)),
        owner_id: Some(IntRef::from(7)),
    };
    check(ObjectKind::InternalArticle, &internal, 4);
}

#[test]
fn what_is_sent_of_attributes_and_types_is_in_their_tables() {
    let attribute = DataAttributeBody {
        name: "x".to_owned(),
        model: Model::Contact,
        data_type: DataType::Options,
        options: vec![OptionValue { value: "x".to_owned() }],
        description: text(),
    };
    check(ObjectKind::DataAttribute, &attribute, 5);
    let attribute = ConversationAttributeBody {
        name: "x".to_owned(),
        data_type: ConversationDataType::List,
        description: text(),
        multiline: Some(true),
        options: vec![OptionLabel { label: "x".to_owned() }],
        // What a relationship leads to is not compared: it cannot be changed later.
        reference: None,
    };
    check(ObjectKind::ConversationAttribute, &attribute, 5);
    let kind = TicketTypeBody {
        name: "x".to_owned(),
        description: text(),
        category: TicketCategory::Customer,
        icon: text(),
    };
    check(ObjectKind::TicketType, &kind, 4);
}
