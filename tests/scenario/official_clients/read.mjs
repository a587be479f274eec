// Reads a whole workspace with Intercom's official client for Node.js and prints what it saw.
// Usage: node read.mjs ADDRESS PACKAGE [TYPE:EXTERNAL_ID …]; PACKAGE is the client's folder.
import { createRequire } from "node:module";

const [address, folder, ...instances] = process.argv.slice(2);
const { IntercomClient } = createRequire(import.meta.url)(folder);
const client = new IntercomClient({ token: "anything", baseUrl: address });

const all = async (pages) => {
    const items = [];
    for await (const item of await pages) items.push(item);
    return items;
};
const part = (one) => ({
    id: one.id,
    kind: one.part_type,
    body: one.body ?? null,
    author: one.author?.id,
    at: one.created_at,
    files: (one.attachments ?? []).map((file) => file.name),
});

const seen = { contacts: [], conversations: [], tickets: [] };
for (const one of await all(client.contacts.list({ per_page: 50 }))) {
    // A new object for each call: the client notes in it which page is next.
    const id = () => ({ contact_id: one.id });
    seen.contacts.push({
        id: one.id,
        role: one.role,
        external_id: one.external_id ?? null,
        email: one.email ?? null,
        name: one.name ?? null,
        phone: one.phone ?? null,
        attributes: one.custom_attributes,
        tags: (await client.contacts.listAttachedTags(id())).data.map((tag) => tag.name),
        companies: (await all(client.contacts.listAttachedCompanies(id()))).map((found) => found.id),
        notes: (await all(client.notes.list(id()))).map((note) => note.body),
    });
}
for (const listed of await all(client.conversations.list({ per_page: 50 }))) {
    const one = await client.conversations.find({ conversation_id: listed.id });
    seen.conversations.push({
        id: one.id,
        title: one.title ?? null,
        state: one.state,
        at: one.created_at,
        body: one.source.body,
        contacts: one.contacts.contacts.map((contact) => contact.id),
        tags: one.tags.tags.map((tag) => tag.name),
        attributes: one.custom_attributes,
        parts: one.conversation_parts.conversation_parts.map(part),
    });
}
const everything = { field: "created_at", operator: ">", value: "0" };
const search = { query: everything, pagination: { per_page: 50 } };
for (const listed of await all(client.tickets.search(search))) {
    const one = await client.tickets.get({ ticket_id: listed.id });
    // The conversation that a ticket was names it.
    const thread = await client.conversations.find({ conversation_id: listed.id });
    seen.tickets.push({
        id: one.id,
        named: thread.ticket?.id ?? null,
        open: one.open,
        type: one.ticket_type.name,
        attributes: one.ticket_attributes,
        contacts: one.contacts.contacts.map((contact) => contact.id),
        parts: one.ticket_parts.ticket_parts.map(part),
    });
}
seen.companies = (await all(client.companies.list())).map((one) => ({
    id: one.id,
    company_id: one.company_id,
    name: one.name ?? null,
    attributes: one.custom_attributes,
    tags: one.tags.tags.map((tag) => tag.name),
}));
seen.articles = (await all(client.articles.list())).map((one) => ({
    id: one.id,
    title: one.title,
    body: one.body ?? null,
    state: one.state,
    parent: one.parent_ids ?? [],
}));
seen.collections = (await all(client.helpCenters.collections.list())).map((one) => ({
    id: one.id,
    name: one.name,
    parent: one.parent_id ?? null,
}));
seen.help_centers = (await all(client.helpCenters.list())).map((one) => String(one.id));
seen.tags = (await client.tags.list()).data.map((one) => one.name);
seen.admins = (await client.admins.list()).admins.map((one) => one.name);
seen.attributes = (await client.dataAttributes.list())
    .data.filter((one) => one.custom)
    .map((one) => `${one.model} ${one.name} ${one.data_type}`);
seen.instances = [];
for (const named of instances) {
    const [type, key] = named.split(/:(.*)/s);
    const asked = { custom_object_type_identifier: type, external_id: key };
    const one = await client.customObjectInstances.getCustomObjectInstancesByExternalId(asked);
    seen.instances.push({ id: one.id, key: one.external_id, attributes: one.custom_attributes });
}
console.log(JSON.stringify(seen));
