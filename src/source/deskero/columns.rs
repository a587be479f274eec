//! Columns of Deskero's objects, with their headers in the four interface languages.
//!
//! The names follow Deskero's published API guide and example clients; its CSV layout is not
//! published, so headers are matched by many aliases.

use crate::source::bundle::layout::columns;

columns! {
    /// Columns of agents.
    agent {
        ID = "agent_id" Id, ["id", "_id", "operator_id", "id operatore"];
        NAME = "name" Text, ["full name", "agent name", "nome", "nombre", "nom"];
        EMAIL = "email" Email, ["account.email", "e-mail", "mail", "correo"];
        USERNAME = "username" Text, ["account.username"];
        ROLE = "role" Word, ["ruolo", "rol", "rôle"];
        GROUPS = "groups" List, ["group", "teams", "gruppi", "grupos", "groupes"];
        ACTIVE = "active" Boolean, ["enabled", "account.enabled", "attivo", "activo", "actif"];
    }
}

columns! {
    /// Columns of companies.
    company {
        ID = "company_id" Id, ["id", "_id", "id azienda"];
        NAME = "name" Text, ["company", "company name", "azienda", "empresa", "société"];
        WEBSITE = "website" Text, ["web site", "sito web", "sitio web", "site web", "url"];
        ADDRESS = "address" Text, ["indirizzo", "dirección", "adresse"];
        CITY = "city" Text, ["città", "ciudad", "ville"];
        PROVINCE = "province" Text, ["provincia"];
        COUNTRY = "country" Word, ["state", "stato", "país", "pays"];
        POSTAL_CODE = "postal_code" Text,
            ["postalNumber", "zip", "cap", "código postal", "code postal"];
        PHONE = "phone" Text, ["phoneNumber", "telefono", "teléfono", "téléphone"];
        CREATED_AT = "created_at" DateTime, ["insertDate", "created"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
    }
}

columns! {
    /// Columns of customers.
    customer {
        ID = "customer_id" Id, ["id", "_id", "client_id", "id cliente"];
        NAME = "name" Text,
            ["full name", "customer name", "nome", "nombre", "nom", "nome completo"];
        EMAIL = "email" Email, ["e-mail", "account.email", "mail", "correo", "courriel"];
        USERNAME = "username" Text, ["account.username"];
        PHONE = "phone" Phone, ["phoneNumber", "telephone", "telefono", "teléfono", "téléphone"];
        MOBILE = "mobile" Phone, ["mobileNumber", "cellulare", "móvil", "portable"];
        FAX = "fax" Phone, ["faxNumber"];
        ADDRESS = "address" Text, ["indirizzo", "dirección", "adresse"];
        CITY = "city" Text, ["città", "ciudad", "ville"];
        PROVINCE = "province" Text, ["provincia"];
        COUNTRY = "country" Word, ["state", "stato", "país", "pays"];
        POSTAL_CODE = "postal_code" Text,
            ["postalNumber", "zip", "cap", "código postal", "code postal"];
        COMPANY = "company" Text,
            ["company.company", "company.name", "azienda", "empresa", "société"];
        COMPANY_ID = "company_id" Ref("companies"), ["company.id", "company._id"];
        PREFERRED = "preferred_client" Boolean,
            ["topClient", "preferred", "preferred client", "top client", "cliente preferito"];
        LANGUAGE = "language" Text, ["language.language", "lingua", "idioma", "langue"];
        WEBSITE = "website" Text, ["web site", "sito web", "sitio web", "site web"];
        MEMO = "memo" Body, ["note", "notes"];
        SIGNATURE = "signature" Text, ["firma"];
        TWITTER = "twitter_url" Text, ["twitterAccountUrl", "twitter"];
        FACEBOOK = "facebook_url" Text, ["facebookAccountUrl", "facebook"];
        LINKEDIN = "linkedin_url" Text, ["linkedinAccountUrl", "linkedin"];
        GOOGLE = "google_url" Text, ["googleAccountUrl", "google"];
        YOUTUBE = "youtube_url" Text, ["youtubeAccountUrl", "youtube"];
        SKYPE = "skype" Text, [];
        MSN = "msn" Text, [];
        GTALK = "gtalk" Text, [];
        CHANNEL = "registration_channel" Text,
            ["registrationChannel", "registrationChannel.channel"];
        BIRTH_DATE = "birth_date" Date, ["birthDate", "data di nascita", "fecha de nacimiento"];
        PHOTO = "photo_url" Text, ["profilePhotoUrl"];
        INSERTED_BY = "inserted_by_agent_id" Ref("agents"), ["insertByAgentId"];
        CREATED_AT = "created_at" DateTime, ["insertDate", "created", "data inserimento"];
        TAGS = "tags" List, ["tag", "etichette", "etiquetas", "étiquettes"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
        ATTACHMENTS = "attachments" Files, ["attachedDocuments"];
    }
}

columns! {
    /// Columns of tickets.
    ticket {
        ID = "ticket_id" Id, ["id", "_id"];
        NUMBER = "number" Number, ["ticket number", "ticket #", "numero", "número", "numéro"];
        SUBJECT = "subject" Text, ["title", "oggetto", "asunto", "sujet", "objet"];
        DESCRIPTION = "description" Body,
            ["body", "text", "message", "descrizione", "descripción"];
        BODY_FORMAT = "body_format" Word, ["description format"];
        STATUS = "status" Word, ["status.status", "stato", "estado", "statut"];
        PRIORITY = "priority" Word, ["priorità", "prioridad", "priorité"];
        TYPE = "type" Word, ["type.type", "type.labels.en", "tipo"];
        AREA = "area" Word, ["area.area", "area.labels.en", "área"];
        GROUP = "group" Word, ["group.group", "group.labels.en", "gruppo", "grupo", "groupe"];
        SOURCE = "source" Word, ["channel", "source.source", "source.labels.en", "canale", "canal"];
        CUSTOMER_ID = "customer_id" Ref("customers"), ["openedBy.id", "openedBy._id", "client_id"];
        CUSTOMER_EMAIL = "customer_email" Email,
            ["openedBy.email", "openedBy.account.email", "requester email", "requester"];
        CUSTOMER_USERNAME = "customer_username" Text, ["openedBy.account.username"];
        CUSTOMER_NAME = "customer_name" Text,
            ["openedBy.name", "openedBy.full name", "requester name", "cliente", "client"];
        AGENT_ID = "agent_id" Ref("agents"), ["assignedTo.id", "assignedTo._id"];
        AGENT_EMAIL = "agent_email" Email,
            ["assignedTo.email", "assignedTo.account.email", "assigned to email"];
        AGENT_NAME = "agent_name" Text,
            ["assignedTo.name", "assigned to", "assigned", "operatore", "operador", "opérateur"];
        CC = "cc" Email, ["cc.email", "copia", "copie"];
        CREATED_AT = "created_at" DateTime,
            ["insertDate", "created", "data inserimento", "creado", "créé le"];
        UPDATED_AT = "updated_at" DateTime,
            ["managedDate", "last update", "ultimo aggiornamento", "actualizado"];
        CLOSED_AT = "closed_at" DateTime, ["closedDate", "closed", "data chiusura"];
        DUE_AT = "due_at" DateTime, ["sla", "sla_deadline", "due date", "scadenza"];
        MEMO = "memo" Body, [];
        TAGS = "tags" List, ["tags.text", "tags.tag", "etichette", "etiquetas", "étiquettes"];
        TO_REPLY = "to_reply" Boolean, ["toReply"];
        TO_REPLY_CUSTOMER = "to_reply_customer" Boolean, ["toReplyCustomer"];
        CUSTOM_PORTAL_ID = "custom_portal_id" Text, ["customPortalId"];
        SOCIAL_TYPE = "social_type" Text, [];
        SOCIAL_ID = "social_id" Text, [];
        TWEET_ID = "tweet_id" Text, ["tweetId"];
        TWEET_TYPE = "tweet_type" Text, ["tweetType"];
        FACEBOOK_ID = "facebook_id" Text, ["facebookId"];
        FACEBOOK_TYPE = "facebook_type" Text, ["facebookType"];
        LINKEDIN_ID = "linkedin_id" Text, ["linkedinId"];
        GOOGLE_ID = "google_plus_id" Text, ["googlePlusId"];
        YOUTUBE_ID = "youtube_id" Text, ["youtubeId"];
        YOUTUBE_TYPE = "youtube_type" Text, ["youtubeType"];
        MESSAGE_UNIQUE_ID = "message_unique_id" Text, ["messageUniqueId"];
        ARCHIVED = "archived" Boolean, ["archiviato", "archivado", "archivé"];
        REPLY_COUNT = "number_of_replies" Integer, ["numberOfReplies", "replies count"];
        ATTACHMENTS = "attachments" Files, ["attachedDocuments"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
        REPLIES = "replies" Children, [];
        NOTES = "ticket_notes" Children, ["ticketNotes"];
    }
}

columns! {
    /// Columns of replies, and of events in the same form.
    reply {
        ID = "message_id" Id, ["id", "_id", "reply_id"];
        TICKET_ID = "ticket_id" Ref("tickets"), ["ticket.id", "ticket._id", "ticket"];
        BODY = "body" Body, ["text", "reply", "message", "testo", "texto", "texte"];
        BODY_FORMAT = "body_format" Word, [];
        CREATED_AT = "created_at" DateTime, ["replyDate", "date", "insertDate", "data", "fecha"];
        FROM_CUSTOMER_ID = "reply_from_customer_id" Ref("customers"),
            ["replyFromCustomer.id", "replyFromCustomer._id"];
        FROM_CUSTOMER_EMAIL = "reply_from_customer_email" Email,
            ["replyFromCustomer.email", "replyFromCustomer.account.email"];
        FROM_CUSTOMER_NAME = "reply_from_customer_name" Text, ["replyFromCustomer.name"];
        FROM_AGENT_ID = "reply_from_agent_id" Ref("agents"),
            ["replyFromOperator.id", "replyFromOperator._id"];
        FROM_AGENT_EMAIL = "reply_from_agent_email" Email,
            ["replyFromOperator.email", "replyFromOperator.account.email"];
        FROM_AGENT_NAME = "reply_from_agent_name" Text, ["replyFromOperator.name"];
        TO_CUSTOMER_ID = "reply_to_customer_id" Id,
            ["replyToCustomer.id", "replyToCustomer._id"];
        TO_AGENT_ID = "reply_to_agent_id" Id, ["replyToOperator.id", "replyToOperator._id"];
        AUTHOR_TYPE = "author_type" Word, ["from", "autore", "autor", "auteur"];
        AUTHOR_ID = "author_id" Id, [];
        AUTHOR_EMAIL = "author_email" Email, [];
        AUTHOR_NAME = "author_name" Text, [];
        VISIBILITY = "visibility" Word, [];
        SEQ = "seq" Integer, ["sequence", "position"];
        CHANNEL = "channel" Word, ["source", "source.source"];
        EVENT_TYPE = "event_type" Word, ["event"];
        EVENT_FROM = "event_from" Text, ["old value"];
        EVENT_TO = "event_to" Text, ["new value"];
        EXTERNAL_ID = "external_message_id" Text, ["messageUniqueId"];
        IN_REPLY_TO = "in_reply_to" Text, [];
        TWEET_ID = "tweet_id" Text, ["tweetId"];
        FACEBOOK_ID = "facebook_id" Text, ["facebookId"];
        LINKEDIN_ID = "linkedin_id" Text, ["linkedinId"];
        GOOGLE_ID = "google_plus_id" Text, ["googlePlusId"];
        YOUTUBE_ID = "youtube_id" Text, ["youtubeId"];
        ATTACHMENTS = "attachments" Files, ["attachedDocuments"];
    }
}

columns! {
    /// Columns of notes.
    note {
        ID = "note_id" Id, ["id", "_id"];
        TICKET_ID = "ticket_id" Ref("tickets"), ["ticket.id", "ticket._id", "ticket"];
        BODY = "body" Body, ["note", "text", "testo", "nota"];
        BODY_FORMAT = "body_format" Word, [];
        AGENT_ID = "agent_id" Ref("agents"), ["insertBy", "insertBy.id", "insertBy._id"];
        AGENT_EMAIL = "agent_email" Email, ["insertBy.email", "insertBy.account.email"];
        AGENT_NAME = "agent_name" Text, ["insertBy.name"];
        ASSIGNED_TO = "assigned_to" Id, ["assignedTo", "assignedTo.id", "assignedTo._id"];
        CREATED_AT = "created_at" DateTime, ["date", "insertDate", "data", "fecha"];
        REMINDER_AT = "reminder_at" DateTime, ["remindMe"];
        ATTACHMENTS = "attachments" Files, ["attachedDocuments"];
    }
}

columns! {
    /// Columns of social mentions.
    mention {
        ID = "mention_id" Id, ["id", "_id", "tweetId", "post id"];
        NETWORK = "network" Word, ["source", "channel"];
        KIND = "kind" Word, ["type"];
        AUTHOR_HANDLE = "author_handle" Text, ["handle", "screen name"];
        AUTHOR_NAME = "author_name" Text, ["author"];
        AUTHOR_URL = "author_url" Text, [];
        TEXT = "text" Body, ["body", "message"];
        CREATED_AT = "created_at" DateTime, ["date", "insertDate"];
        PERMALINK = "permalink" Text, ["url", "link"];
        TICKET_ID = "ticket_id" Ref("tickets"), ["ticket.id"];
        CUSTOMER_ID = "customer_id" Ref("customers"), ["customer.id"];
        KEYWORD = "keyword" Text, ["monitor"];
        SENTIMENT = "sentiment" Word, [];
    }
}

columns! {
    /// Columns of the upper level of the knowledge base.
    kb_group {
        ID = "group_id" Id, ["id", "_id"];
        NAME = "name" Text, ["group", "title", "gruppo"];
        VISIBILITY = "visibility" Word, [];
        POSITION = "position" Integer, ["order"];
        AREAS = "knowledge_areas" Children, ["knowledgeAreas"];
    }
}

columns! {
    /// Columns of the lower level of the knowledge base.
    kb_area {
        ID = "area_id" Id, ["id", "_id"];
        NAME = "name" Text, ["area", "title"];
        GROUP_ID = "group_id" Ref("kb_groups"),
            ["knowledgeGroup.id", "knowledgeGroup._id", "group.id"];
        PARENT_ID = "parent_id" Ref("kb_areas"), ["parent.id"];
        VISIBILITY = "visibility" Word, [];
        POSITION = "position" Integer, ["order"];
        ITEMS = "knowledge_items" Children, ["knowledgeItems"];
    }
}

columns! {
    /// Columns of articles.
    kb_article {
        ID = "article_id" Id, ["id", "_id"];
        TITLE = "title" Text, ["titolo", "título", "titre"];
        BODY = "body" Body, ["text", "testo", "texto", "texte"];
        BODY_FORMAT = "body_format" Word, [];
        AREA_ID = "area_id" Ref("kb_areas"), ["area.id", "area._id"];
        CATEGORY = "category" Text, ["area.area", "area", "path", "categoria", "catégorie"];
        STATUS = "status" Word, ["approved", "published", "stato", "estado", "statut"];
        VISIBILITY = "visibility" Word, ["visibilità", "visibilidad", "visibilité"];
        FEATURED = "featured" Boolean, [];
        AUTHOR_ID = "author_id" Ref("agents"), ["insertBy.id", "insertBy._id", "insertBy"];
        AUTHOR_EMAIL = "author_email" Email, ["insertBy.email", "insertBy.account.email"];
        AUTHOR_NAME = "author_name" Text, ["insertBy.name", "author"];
        CONTRIBUTOR_ID = "contributor_id" Id,
            ["contributeBy.id", "contributeBy._id", "contributeBy"];
        CREATED_AT = "created_at" DateTime, ["insertDate"];
        UPDATED_AT = "updated_at" DateTime, ["managedDate", "last update"];
        VIEWS = "views" Integer, ["visite"];
        VOTES_NUMBER = "votes_number" Integer, ["votesNumber"];
        VOTES_SUM = "votes_sum" Integer, ["votesSum"];
        SCORE = "score" Decimal, [];
        TAGS = "tags" List, ["tags.text"];
        LOCALE = "locale" Word, ["language", "lingua"];
        SLUG = "slug" Text, [];
        URL = "url" Text, ["link"];
        ATTACHMENTS = "attachments" Files, ["attachedDocuments"];
    }
}

columns! {
    /// Columns of saved replies.
    canned_answer {
        ID = "template_id" Id, ["id", "_id"];
        NAME = "name" Text, ["title", "titolo", "título", "titre"];
        BODY = "body" Body, ["text", "testo", "texto", "texte"];
        BODY_FORMAT = "body_format" Word, [];
        CATEGORY = "category" Text, ["folder", "categoria", "catégorie"];
        VISIBLE_TO = "visible_to" Text, ["visibility"];
    }
}
