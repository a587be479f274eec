//! Named ways in which something may not arrive as it was. Transform counts them; after
//! verification every difference has one of these names or is an error (DESIGN §4).

use serde::{Deserialize, Serialize};

/// What sort of loss it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossClass {
    /// All is there, said in another form.
    Form,
    /// All is there, in another place.
    Place,
    /// A time differs.
    Time,
    /// It does not arrive.
    Dropped,
    /// It arrives, but reading it back cannot prove it.
    Proof,
    /// A person has to move it; a hand-off document lists it.
    ByHand,
}

macro_rules! losses {
    ($($name:ident $word:literal $class:ident $explanation:literal;)+) => {
        /// Name of a loss; written in snake case.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum LossName {
            $(#[doc = $explanation] #[serde(rename = $word)] $name,)+
        }

        impl LossName {
            /// All names, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The name as it stands in events and reports.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What sort of loss.
            pub fn class(self) -> LossClass {
                match self { $(Self::$name => LossClass::$class,)+ }
            }

            /// One line for people.
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$name => $explanation,)+ }
            }
        }
    };
}

losses! {
    HtmlToTextFirstMessage "html_to_text_first_message" Form
        "The first message of a conversation takes plain text only; its markup is gone.";
    MarkdownAsText "markdown_as_text" Form
        "Markdown in a message is shown as it was typed.";
    EmbeddedContentRemoved "embedded_content_removed" Dropped
        "Frames, forms, players, scripts or invisible tracking images were taken out of a text.";
    HeadingLevel "heading_level" Form
        "An article knows two levels of headings; deeper ones become the second.";
    InlineImageAsFile "inline_image_as_file" Place
        "An image inside a text is attached as a file; its place is marked in the text.";
    ActivityEventAsNote "activity_event_as_note" Form
        "An event is a note that tells what happened, when and by whom.";
    AgentOpenedStub "agent_opened_stub" Form
        "A thread opened by a teammate starts with a line from the contact that says so.";
    AgentUnmatched "agent_unmatched" Form
        "A teammate without an account in Intercom; the fallback admin speaks, the name is kept.";
    OtherAuthorNamed "other_author_named" Form
        "Written by another customer or an automaton; the text names the author.";
    CcAsNote "cc_as_note" Form
        "People in copy are listed in a note.";
    SocialChannel "social_channel" Dropped
        "The conversation can no longer be answered on the social network it came from.";
    CloseTimeIsImportTime "close_time_is_import_time" Time
        "A conversation counts as closed when it was imported; an attribute keeps the time.";
    UpdatedAtNotSettable "updated_at_not_settable" Time
        "The time of the last change is that of the import.";
    SnoozeNeedsFuture "snooze_needs_future" Time
        "A snoozed conversation needs a date in the future; a new one was set.";
    TimeNudged "time_nudged" Time
        "Two messages had the same second; one was moved by a second or more.";
    TimeClamped "time_clamped" Time
        "A message was dated before its conversation or in the future; it was moved inside.";
    TimeMissing "time_missing" Time
        "A message had no time; it follows the one before it.";
    DateAsMidnight "date_as_midnight" Form
        "A day became the point in time at which it begins, in UTC.";
    ContactNoteDatedNow "contact_note_dated_now" Time
        "A note on a contact is dated when it was imported.";
    FilesOfFirstMessageSecondPart "files_of_first_message_second_part" Place
        "Files of the first message stand in a part of their own, right after it.";
    OverTenFilesSplit "over_ten_files_split" Place
        "A message takes ten files; the others stand in a part right after it.";
    Over500PartsReadback "over_500_parts_readback" Proof
        "Intercom shows the newest 500 parts only; older ones are proven by their answers.";
    OverSizeByHand "over_size_by_hand" ByHand
        "A file is larger than the limit; it is listed.";
    FileMissing "file_missing" ByHand
        "A file is named by the export but not in it; it is listed.";
    OldDeskLinkKept "old_desk_link_kept" ByHand
        "A link still leads to the old help desk; it is listed.";
    ReminderListed "reminder_listed" ByHand
        "A reminder is told in the text and listed.";
    MultiSelectJoined "multi_select_joined" Form
        "Several options became one text.";
    MultiSelectFirst "multi_select_first" Dropped
        "Of several options the first was kept (decision T10).";
    PublicReplyAsNote "public_reply_as_note" Form
        "A public reply on a ticket is a note that says so (decision C-12).";
    TicketFilesAsNote "ticket_files_as_note" Place
        "A customer's reply on a ticket takes no files; they stand in a note right after it.";
    SystemLineDropped "system_line_dropped" Dropped
        "A line that the system wrote is left out (decision C-13).";
    SystemLinesSummed "system_lines_summed" Place
        "Lines that the system wrote stand in one note (decision C-13).";
    ConvertedForGood "converted_for_good" Form
        "A conversation became a ticket; there is no way back but deleting it.";
    ReferenceMissing "reference_missing" ByHand
        "A reference leads to nothing that moves; it is listed.";
    ObjectValueUnfit "object_value_unfit" ByHand
        "A custom object's value does not fit its attribute's type; it is left out and listed.";
    ChangeTypeMapped "change_type_mapped" ByHand
        "A type of change outside the three became another; it is listed (decision I14).";
    ObjectAsText "object_as_text" Form
        "A reference to a custom object is a text (decision I3).";
    AttachmentByHand "attachment_by_hand" ByHand
        "A file is moved by hand; it is listed (decision T4).";
    TagListed "tag_listed" ByHand
        "A tag is on a sheet only; it is listed (decision T5).";
    EmailPlaceholder "email_placeholder" ByHand
        "A customer without an address got one that stands for none; it is listed.";
    EmailCleaned "email_cleaned" Form
        "An e-mail address was written in a form that Intercom refuses; it was cleaned.";
    EmailUnusable "email_unusable" ByHand
        "An e-mail address has a form that Intercom refuses and that nothing mends; it is listed.";
    MergedThread "merged_thread" Form
        "A thread that was merged into another is closed, with a pointer to it.";
    AttributeTextCut "attribute_text_cut" Place
        "A text is longer than an attribute takes; the whole of it stands in a note or a list.";
    PersonalDropped "personal_dropped" Dropped
        "A personal detail is left out by decision D12.";
    FieldDropped "field_dropped" Dropped
        "A field is left out by a rule of the map.";
    TagCaseMerged "tag_case_merged" Form
        "Two spellings of a tag became one.";
    SecondPhoneToAttribute "second_phone_to_attribute" Place
        "A contact has one telephone number; a further one is an attribute.";
    PhoneInvalid "phone_invalid" Place
        "A telephone number could not be read as one; it is an attribute or listed.";
    SecondEmail "second_email" Place
        "A contact has one e-mail address; a further one is an attribute or listed.";
    MergedValueDiffers "merged_value_differs" ByHand
        "Two customers with one e-mail address differ in a value; the first is kept.";
    ContactFileByHand "contact_file_by_hand" ByHand
        "A contact takes no files; they are listed.";
    ArticleTimestamps "article_timestamps" Time
        "An article is dated when it was imported.";
    ArticleViewsVotes "article_views_votes" Dropped
        "Views, votes and scores of an article do not move.";
    ArticleVisibility "article_visibility" Form
        "An article that not everybody could read is treated by decision D9.";
    ArticleOldAddress "article_old_address" ByHand
        "The old address of an article is listed for a redirect.";
    ArticleFileByHand "article_file_by_hand" ByHand
        "A file of an article has to be uploaded by hand; it is listed.";
    ArticleImageByHand "article_image_by_hand" ByHand
        "An image of an article has no public address; it is listed.";
    ArticleLocale "article_locale" Form
        "An article is created in the help centre's default language, not under its own.";
    CollectionOrder "collection_order" ByHand
        "The order of collections cannot be set; it is listed.";
    CollectionLevelFolded "collection_level_folded" Form
        "Collections go three levels deep; a deeper one stands on the third, its path in its name.";
    CollectionAudience "collection_audience" Dropped
        "Who may read a collection is not a property of the collection in Intercom.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_serde_writes_and_unique() {
        let mut seen = std::collections::BTreeSet::new();
        for name in LossName::ALL {
            assert_eq!(serde_json::to_value(name).unwrap(), name.word());
            assert!(seen.insert(name.word()));
            assert!(name.explanation().ends_with('.'), "{}", name.word());
        }
    }
}
