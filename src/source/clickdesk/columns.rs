//! Columns of ClickDesk's objects.
//!
//! Only chats have a published field list (clickdesk.com/rest-api); their names are aliases here.
//! The rest is captured from screens by people, under the canonical names.

use crate::source::bundle::layout::columns;

columns! {
    /// Columns of departments.
    department {
        ID = "department_id" Id, ["id", "dept_id"];
        NAME = "name" Text, ["department", "department name"];
        DESCRIPTION = "description" Text, [];
        MEMBERS = "members" List, ["agents", "member emails"];
        ROUTING = "routing" Word, ["distribution", "assignment"];
        PARENT = "parent" Text, ["parent_id", "parent department"];
    }
}

columns! {
    /// Columns of agents.
    agent {
        ID = "agent_id" Id, ["id", "operator_id"];
        NAME = "name" Text, ["agent name", "full name"];
        EMAIL = "email" Email, ["e-mail", "mail", "agent email"];
        ALIAS = "alias" List, ["display_name", "chat name", "nickname", "aliases"];
        ROLE = "role" Word, ["level", "permission"];
        DEPARTMENTS = "departments" List, ["department", "groups"];
        ACTIVE = "active" Boolean, ["enabled"];
    }
}

columns! {
    /// Columns of visitors.
    visitor {
        ID = "visitor_id" Id, ["id", "contact_id", "customer_id", "key"];
        NAME = "name" Text, ["full name", "visitor name"];
        EMAIL = "email" Email, ["e-mail", "mail", "visitor email"];
        PHONE = "phone" Phone, ["telephone", "phone number"];
        COMPANY = "company" Text, ["company name", "organisation", "organization"];
        TAGS = "tags" List, ["tag", "labels"];
        FIRST_SEEN_AT = "first_seen_at" DateTime, ["first seen", "created_at", "created"];
        LAST_SEEN_AT = "last_seen_at" DateTime, ["last seen", "updated_at"];
        SOCIAL_SOURCE = "social_source" Word, ["network"];
        FACEBOOK = "facebook_url" Text, ["facebook"];
        TWITTER = "twitter_handle" Text, ["twitter"];
        COUNTRY = "country" Word, [];
        CITY = "city" Text, [];
        REGION = "region" Text, ["state"];
        IP = "ip" Text, ["ip_address"];
        BROWSER = "browser" Word, [];
        OS = "os" Word, ["operating system"];
        REFERRER = "referrer" Text, ["referer"];
        LANDING_URL = "landing_url" Text, ["landing page"];
        NOTES = "notes" Body, ["note"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
        ATTACHMENTS = "attachments" Files, [];
    }
}

columns! {
    /// Columns of chats.
    chat {
        ID = "chat_id" Id, ["session_id", "id", "key"];
        VISITOR_ID = "visitor_id" Id, [];
        VISITOR_EMAIL = "visitor_email" Email, ["email"];
        VISITOR_NAME = "visitor_name" Text, ["name", "visitor"];
        AGENT_NAME = "agent_name" Text, ["agent", "operator"];
        AGENT_EMAIL = "agent_email" Email, ["operator email"];
        AGENT_ID = "agent_id" Text, ["operator_id"];
        USER_ID = "user_id" Text, [];
        DEPARTMENT = "department" Text, ["department_id", "dept"];
        CHAT_TYPE = "chat_type" Word, ["type"];
        INITIATED_TYPE = "initiated_type" Word, ["initiated_chat_type"];
        CHANNEL = "channel" Word, ["bot_id"];
        STARTED_AT = "started_at" DateTime, ["start_time", "started", "start"];
        ENDED_AT = "ended_at" DateTime, ["end_time", "ended", "end"];
        LAST_MESSAGE_AT = "last_message_at" DateTime, ["last_messg_rcvd_time"];
        DURATION_SECONDS = "duration_seconds" Integer, ["duration (s)", "duration in seconds"];
        DURATION = "duration" Integer, ["duration_ms"];
        MESSAGE_COUNT = "message_count" Integer, ["chat_length", "messages count"];
        STATUS = "status" Word, ["chat_status"];
        CLOSED_BY = "closed_by" Word, ["ended_by"];
        RATING = "rating" Text, ["user_rate"];
        PAGE_URL = "page_url" Text, ["visitor_info.url", "page"];
        REFERRER = "referrer" Text, ["visitor_info.referrer", "referer"];
        COUNTRY = "visitor_country" Word, ["visitor_info.country", "country"];
        COUNTRY_CODE = "visitor_country_code" Word, ["visitor_info.country_code"];
        REGION = "visitor_region" Text, ["visitor_info.region", "region"];
        CITY = "visitor_city" Text, ["visitor_info.city", "city"];
        OS = "visitor_os" Word, ["visitor_info.os", "os"];
        BROWSER = "visitor_browser" Word, ["visitor_info.browser", "browser"];
        BROWSER_VERSION = "visitor_browser_version" Text, ["visitor_info.browser_version"];
        LATITUDE = "visitor_latitude" Text, ["visitor_info.latitude"];
        LONGITUDE = "visitor_longitude" Text, ["visitor_info.longitude"];
        IP = "visitor_ip" Text, ["ip", "ip_address", "visitor_info.ip"];
        VISITOR_INFO = "visitor_info" Text, [];
        TAGS = "tags" List, ["tag", "labels"];
        TRANSCRIPT_PATH = "transcript_path" Text, ["transcript file"];
        TRANSCRIPT = "transcript" Text, ["conversation"];
        ATTACHMENTS = "attachments" Files, [];
        MESSAGES = "messages" Children, ["chat_messages"];
    }
}

/// Messages of chats and of tickets differ only in what they belong to.
macro_rules! message_columns {
    ($(#[$doc:meta])* $module:ident $thread:literal $object:literal [$($alias:literal),*]) => {
        columns! {
            $(#[$doc])*
            $module {
                ID = "message_id" Id, ["id"];
                THREAD_ID = $thread Ref($object), [$($alias),*];
                SEQ = "seq" Integer, ["sequence", "position"];
                AUTHOR_TYPE = "author_type" Word, ["from", "sender_type"];
                AUTHOR_ID = "author_id" Text, ["sender_id"];
                AUTHOR_EMAIL = "author_email" Email, ["sender_email"];
                AUTHOR_NAME = "author_name" Text, ["author", "sender", "name"];
                VISIBILITY = "visibility" Word, [];
                BODY = "body" Body, ["message", "text"];
                BODY_FORMAT = "body_format" Word, [];
                CREATED_AT = "created_at" DateTime, ["time", "date", "timestamp"];
                CHANNEL = "channel" Word, [];
                EVENT_TYPE = "event_type" Word, ["event"];
                EVENT_FROM = "event_from" Text, ["old value"];
                EVENT_TO = "event_to" Text, ["new value"];
                ATTACHMENTS = "attachments" Files, [];
                IN_REPLY_TO = "in_reply_to" Text, [];
                EXTERNAL_ID = "external_message_id" Text, [];
            }
        }
    };
}

message_columns! {
    /// Columns of the messages of chats.
    chat_message "chat_id" "chats" ["ticket_id", "session_id", "chat"]
}

message_columns! {
    /// Columns of the messages of tickets.
    ticket_message "ticket_id" "tickets" ["ticket"]
}

columns! {
    /// Columns of tickets.
    ticket {
        ID = "ticket_id" Id, ["id", "key"];
        NUMBER = "number" Text, ["ticket number", "ticket #"];
        SUBJECT = "subject" Text, ["title"];
        DESCRIPTION = "description" Body, ["message", "body", "text"];
        BODY_FORMAT = "body_format" Word, [];
        STATUS = "status" Word, [];
        PRIORITY = "priority" Word, [];
        CHANNEL = "channel" Word, ["source", "origin"];
        VISITOR_ID = "visitor_id" Id, [];
        VISITOR_EMAIL = "visitor_email" Email, ["email", "requester email", "requester"];
        VISITOR_NAME = "visitor_name" Text, ["name", "requester name"];
        AGENT_NAME = "agent_name" Text, ["agent", "assignee", "assigned to"];
        AGENT_EMAIL = "agent_email" Email, ["assignee email"];
        AGENT_ID = "agent_id" Text, [];
        USER_ID = "user_id" Text, [];
        DEPARTMENT = "department" Text, ["department_id", "dept"];
        CREATED_AT = "created_at" DateTime, ["created", "created_time"];
        UPDATED_AT = "updated_at" DateTime, ["updated", "updated_time"];
        CLOSED_AT = "closed_at" DateTime, ["closed", "closed_time"];
        CATEGORY = "category" Word, [];
        TYPE = "type" Word, ["ticket_type"];
        TAGS = "tags" List, ["tag", "labels"];
        ORIGIN_CHAT_ID = "origin_chat_id" Ref("chats"), ["chat_id", "session_id"];
        ATTACHMENTS = "attachments" Files, [];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
        MESSAGES = "messages" Children, ["ticket_messages", "replies"];
    }
}

columns! {
    /// Columns of offline messages.
    offline {
        ID = "message_id" Id, ["id", "offline_message_id"];
        VISITOR_ID = "visitor_id" Id, [];
        VISITOR_EMAIL = "email" Email, ["visitor_email", "e-mail"];
        VISITOR_NAME = "visitor_name" Text, ["name"];
        PHONE = "phone" Phone, ["telephone"];
        DEPARTMENT = "department" Text, ["department_id", "dept"];
        SUBJECT = "subject" Text, ["title"];
        MESSAGE = "message" Body, ["body", "text"];
        CREATED_AT = "created_at" DateTime, ["created", "time", "date"];
        PAGE_URL = "page_url" Text, ["page", "url"];
        STATUS = "status" Word, [];
        REPLIED_BY = "replied_by" Text, ["agent", "agent_email", "agent_name"];
        REPLIED_AT = "replied_at" DateTime, ["reply time"];
        REPLY = "reply" Body, ["answer"];
        TICKET_ID = "ticket_id" Id, ["ticket"];
        ATTACHMENTS = "attachments" Files, [];
    }
}

columns! {
    /// Columns of posts and messages on social networks.
    social {
        ID = "message_id" Id, ["id", "post_id", "tweet_id"];
        NETWORK = "network" Word, ["source", "channel"];
        DIRECTION = "direction" Word, [];
        KIND = "kind" Word, ["type"];
        THREAD_ID = "thread_id" Text, ["thread", "conversation_id"];
        AUTHOR_HANDLE = "author_handle" Text, ["handle", "screen name"];
        AUTHOR_NAME = "author_name" Text, ["author", "name"];
        AUTHOR_EMAIL = "author_email" Email, ["email"];
        TEXT = "text" Body, ["body", "message"];
        CREATED_AT = "created_at" DateTime, ["time", "date"];
        PERMALINK = "permalink" Text, ["url", "link"];
        AGENT_EMAIL = "agent_email" Email, ["agent"];
        ATTACHMENTS = "attachments" Files, [];
    }
}

columns! {
    /// Columns of telephone calls.
    call {
        ID = "call_id" Id, ["id"];
        CHAT_ID = "chat_id" Ref("chats"), ["session_id"];
        VISITOR_ID = "visitor_id" Id, [];
        VISITOR_EMAIL = "visitor_email" Email, ["email"];
        VISITOR_NAME = "visitor_name" Text, ["name"];
        PHONE = "phone" Phone, ["visitor_phone", "telephone", "number"];
        DIRECTION = "direction" Word, [];
        STARTED_AT = "started_at" DateTime, ["start_time", "started", "created_at"];
        DURATION_SECONDS = "duration_seconds" Integer, ["duration (s)", "duration"];
        AGENT_EMAIL = "agent_email" Email, ["user_id"];
        AGENT_NAME = "agent_name" Text, ["agent", "agent_id"];
        OUTCOME = "outcome" Word, ["status", "result"];
        RECORDING = "recording_path" Files, ["recording", "attachments"];
        NOTES = "notes" Body, ["note"];
    }
}

columns! {
    /// Columns of canned responses.
    canned {
        ID = "canned_id" Id, ["id"];
        TITLE = "title" Text, ["name"];
        SHORTCUT = "shortcut" Text, ["short code", "key"];
        BODY = "body" Body, ["text", "message", "response"];
        BODY_FORMAT = "body_format" Word, [];
        CATEGORY = "category" Text, ["folder", "group"];
        OWNER = "owner" Text, ["agent", "agent_email"];
        SHARED = "shared" Boolean, ["public"];
    }
}

columns! {
    /// Columns of the widget's settings.
    widget {
        ID = "setting" Id, ["name", "key", "id"];
        VALUE = "value" Text, ["text"];
        SCREEN = "screen" Text, ["page", "tab"];
        EVIDENCE = "evidence_file" Text, ["evidence", "capture"];
        NOTES = "notes" Text, ["note", "description"];
    }
}

columns! {
    /// Columns of the list of captured reports.
    report {
        ID = "metric" Id, ["report", "name", "id"];
        PERIOD = "period" Text, ["months", "range"];
        CAPTURED = "captured" Boolean, ["done"];
        EVIDENCE = "evidence_file" Text, ["evidence", "capture", "file"];
        VALUE = "value" Text, ["figure"];
        NOTES = "notes" Text, ["note", "description"];
    }
}
