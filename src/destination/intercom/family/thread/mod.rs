//! What conversations and tickets share: messages and notes, and the parts they become.

pub mod answer;
pub mod compared;
pub mod events;
pub mod list;
pub mod look_up;
pub mod note;
pub mod part;
pub mod read;
pub mod whole;
