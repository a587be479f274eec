//! Translations of articles and collections: no step of ours writes one.

use serde_json::Value;

use super::answered::answers;

answers! {
    /// What is read of something in several languages.
    TranslatedAnswer {
        /// The language of its own fields.
        default_locale: Option<&'a str>,
        /// The others, by language; the first may be among them.
        translated_content: &'a Value,
    }

    /// One language.
    LanguageAnswer {
        /// Title of an article.
        title: Option<&'a str>,
        /// Name of a collection.
        name: Option<&'a str>,
        /// A collection's description.
        description: Option<&'a str>,
    }
}

/// The languages beside its own in which it says something, as `translation:it`.
pub fn translations(object: &Value) -> Vec<String> {
    let read = TranslatedAnswer::of(object);
    let says = |content: &Value| {
        let LanguageAnswer { title, name, description } = LanguageAnswer::of(content);
        [title, name, description].into_iter().flatten().any(|text| !text.trim().is_empty())
    };
    let languages = read.translated_content.as_object().into_iter().flatten();
    let others = languages.filter(|(language, content)| {
        Some(language.as_str()) != read.default_locale && says(content)
    });
    others.map(|(language, _)| format!("translation:{language}")).collect()
}
