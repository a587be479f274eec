"""Reads a whole workspace with Intercom's official client for Python and prints what it saw.

Usage: python read.py ADDRESS [TYPE:EXTERNAL_ID ...]
"""

import json
import sys

from intercom import Intercom
from intercom.types import SingleFilterSearchRequest, StartingAfterPaging

address, instances = sys.argv[1], sys.argv[2:]
client = Intercom(token="anything", base_url=address)


def plain(value):
    """A value as JSON has it."""
    if hasattr(value, "model_dump"):
        return plain(value.model_dump(exclude_unset=True, by_alias=True))
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def part(one):
    author = one.author.id if one.author else None
    files = [file.name for file in one.attachments or []]
    return {"id": one.id, "kind": one.part_type, "body": getattr(one, "body", None),
            "author": author, "at": one.created_at, "files": files}


seen = {"contacts": [], "conversations": [], "tickets": []}
for one in client.contacts.list(per_page=50):
    companies = client.contacts.list_attached_companies(one.id)
    seen["contacts"].append({
        "id": one.id, "role": one.role, "external_id": one.external_id, "email": one.email,
        "name": one.name, "phone": one.phone, "attributes": plain(one.custom_attributes),
        "tags": [tag.name for tag in client.contacts.list_attached_tags(one.id).data],
        "companies": [company.id for company in companies],
        "notes": [note.body for note in client.notes.list(one.id)],
    })
for listed in client.conversations.list(per_page=50):
    one = client.conversations.find(listed.id)
    seen["conversations"].append({
        "id": one.id, "title": one.title, "state": one.state, "at": one.created_at,
        "body": one.source.body, "contacts": [contact.id for contact in one.contacts.contacts],
        "tags": [tag.name for tag in one.tags.tags], "attributes": plain(one.custom_attributes),
        "parts": [part(each) for each in one.conversation_parts.conversation_parts],
    })
query = SingleFilterSearchRequest(field="created_at", operator=">", value="0")
for listed in client.tickets.search(query=query, pagination=StartingAfterPaging(per_page=50)):
    one = client.tickets.get(listed.id)
    # The conversation that a ticket was names it.
    ticket = plain(client.conversations.find(listed.id)).get("ticket") or {}
    seen["tickets"].append({
        "id": one.id, "named": ticket.get("id"), "open": one.open, "type": one.ticket_type.name,
        "attributes": plain(one.ticket_attributes),
        "contacts": [contact.id for contact in one.contacts.contacts],
        "parts": [part(each) for each in one.ticket_parts.ticket_parts],
    })
seen["companies"] = [
    {"id": one.id, "company_id": one.company_id, "name": one.name,
     "attributes": plain(one.custom_attributes), "tags": [tag.name for tag in one.tags.tags]}
    for one in client.companies.list()
]
seen["articles"] = [
    {"id": one.id, "title": one.title, "body": one.body, "state": one.state,
     "parent": plain(one).get("parent_ids") or []}
    for one in client.articles.list()
]
seen["collections"] = [
    {"id": one.id, "name": one.name, "parent": one.parent_id}
    for one in client.help_centers.collections.list()
]
seen["help_centers"] = [str(one.id) for one in client.help_centers.list()]
seen["tags"] = [one.name for one in client.tags.list().data]
seen["admins"] = [one.name for one in client.admins.list().admins]
seen["attributes"] = [
    f"{one.model} {one.name} {one.data_type}"
    for one in client.data_attributes.list().data if one.custom
]
seen["instances"] = []
for named in instances:
    kind, key = named.split(":", 1)
    one = client.custom_object_instances.get_custom_object_instances_by_external_id(
        kind, external_id=key)
    seen["instances"].append(
        {"id": one.id, "key": one.external_id, "attributes": plain(one.custom_attributes)})
json.dump(seen, sys.stdout)
