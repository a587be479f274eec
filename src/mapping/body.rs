//! What a message says, as Intercom takes it, with an account of what it cannot say.

use crate::model::SourceKey;
use crate::model::record::{Body, BodyFormat};

use super::account::Account;
use super::context::Context;
use super::document;
use super::escape;
use super::file::{Files, Sent};
use super::html::{self, Found, Image, Surroundings, Use};
use super::loss::LossName;

/// What is needed to read the bodies of a conversation.
pub(super) struct Reader<'a> {
    pub(super) context: &'a Context,
    pub(super) files: &'a Files<'a>,
}

impl Reader<'_> {
    /// A body as HTML, with the images that stood in it.
    pub(super) fn html(
        &self,
        body: &Body,
        subject: &SourceKey,
        account: &mut Account,
    ) -> (String, Vec<Sent>) {
        match body.format {
            BodyFormat::Html => {
                let named = |reference: &str| self.files.named(reference);
                let (html, mut found) = html::to_html(&body.content, &self.around(&named));
                let html = self.name_files(html, &mut found);
                (html, self.note_down(&found, subject, account))
            }
            BodyFormat::Text => (escape::of_text(&body.content), Vec::new()),
            BodyFormat::Markdown => {
                account.lose(LossName::MarkdownAsText);
                (escape::of_text(&body.content), Vec::new())
            }
        }
    }

    /// A body as plain text, with the images that stood in it.
    pub(super) fn text(
        &self,
        body: &Body,
        subject: &SourceKey,
        account: &mut Account,
    ) -> (String, Vec<Sent>) {
        match body.format {
            BodyFormat::Html => {
                account.lose(LossName::HtmlToTextFirstMessage);
                let named = |reference: &str| self.files.named(reference);
                let (text, found) = html::to_text(&body.content, &self.around(&named));
                (text, self.note_down(&found, subject, account))
            }
            BodyFormat::Text => (body.content.trim().to_owned(), Vec::new()),
            BodyFormat::Markdown => {
                account.lose(LossName::MarkdownAsText);
                (body.content.trim().to_owned(), Vec::new())
            }
        }
    }

    fn around<'b>(&'b self, file_name: &'b dyn Fn(&str) -> Option<String>) -> Surroundings<'b> {
        Surroundings { links: &self.context.links, file_name, purpose: Use::Message }
    }

    /// Links to files that are attached name the file, where decision H10 says so.
    fn name_files(&self, mut html: String, found: &mut Found) -> String {
        if !self.context.policy.of_source.attachment_links {
            return html;
        }
        found.old_links.retain(|link| {
            let Some(name) = self.files.named(link) else { return true };
            let target = format!("href=\"{}\"", escape::escape(link));
            let title = format!("title=\"attached as {}\"", escape::escape(&name));
            html = html.replace(&target, &title);
            false
        });
        html
    }

    fn note_down(&self, found: &Found, subject: &SourceKey, account: &mut Account) -> Vec<Sent> {
        if found.removed {
            account.lose(LossName::EmbeddedContentRemoved);
        }
        for link in &found.old_links {
            let text = self.context.links.described(link);
            account.by_hand(LossName::OldDeskLinkKept, document::OLD_LINKS, subject, text);
        }
        for image in &found.images {
            match image {
                Image::Reference(reference) if self.files.named(reference).is_none() => {
                    let text = format!("image {reference} is not in the export");
                    account.by_hand(LossName::FileMissing, document::ATTACHMENTS, subject, text);
                }
                _ => account.lose(LossName::InlineImageAsFile),
            }
        }
        found.images.iter().filter_map(Sent::of_image).collect()
    }
}

/// What people see of a body, for comparing.
pub(super) fn visible(body: &Body) -> String {
    let text = match body.format {
        BodyFormat::Html => super::text::of_html(&body.content),
        BodyFormat::Text | BodyFormat::Markdown => body.content.clone(),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
