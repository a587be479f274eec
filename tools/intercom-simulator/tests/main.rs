//! The simulator through its HTTP surface. Every answer is checked against the API description
//! where that is at hand.

mod article;
mod attribute;
mod company;
mod contact;
mod contract;
mod control;
mod conversation;
mod conversation_state;
mod custom_object;
mod description;
mod fault;
mod search;
mod support;
mod ticket;
mod transport;
