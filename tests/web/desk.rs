//! A project whose customers and tickets have hostile names, moved, read back, partly taken back
//! and sealed.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::desk::{Desk, OWN_LEDGER, demo_workspace};

/// A name that is markup, and would tell that it ran.
pub const SCRIPT: &str = "<script>window.hit=1</script>";
/// A name that ends the attribute it stands in.
pub const IMAGE: &str = "\"><img src=x onerror=window.hit=1>";
/// A name that turns the order of reading.
pub const TURNED: &str = "invoice\u{202E}fdp.exe";
/// Words of a message that nobody else says.
pub const SAID: &str = "The handle of the rake came off";
/// Words of an answer.
pub const ANSWERED: &str = "A new rake is on its way";
/// An address that only a page may hold.
pub const ADDRESS: &str = "ines.secret@garden.example";

/// A word that no line has room for.
pub fn long_word() -> String {
    "Donaudampfschiff".repeat(12)
}

/// A desk of a few records, everything done with it.
pub struct Hostile {
    pub desk: Desk,
    /// The operator's public key.
    pub key: String,
    _bundle: TempDir,
}

/// Quotes a cell.
fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn write_bundle(folder: &Path) {
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
    let person = |n: u32| format!("61c0a0f1c2d3e4f50000000{n}");
    let ticket = |n: u32| format!("6512a0f1c2d3e4f50000000{n}");
    let agent = "60a0a0f1c2d3e4f500000001";
    write("manifest.json", r#"{"source": "deskero", "timezone": "UTC"}"#.to_owned());
    write("agents.csv", format!("id,email,name\n{agent},bo@corp.example,Bo Berg\n"));
    let mut customers = "id,email,name\n".to_owned();
    let names = [SCRIPT.to_owned(), IMAGE.to_owned(), TURNED.to_owned(), long_word()];
    let addresses = [ADDRESS, "piet@garden.example", "yuki@garden.example", "ann@garden.example"];
    for (n, (name, address)) in (1..).zip(names.iter().zip(addresses)) {
        customers.push_str(&format!("{},{address},{}\n", person(n), cell(name)));
    }
    write("customers.csv", customers);
    let mut tickets = "id,number,subject,description,status,priority,source,openedBy.id,\
        openedBy.email,assignedTo.id,assignedTo.email,insertDate,managedDate,closedDate,tags,\
        numberOfReplies\n"
        .to_owned();
    for (n, (name, address)) in (1..).zip(names.iter().zip(addresses)) {
        tickets.push_str(&format!(
            "{},{n}/2024,{},{},opened,0,email,{},{address},{agent},bo@corp.example,\
             17066952{n}0000,,,,\n",
            ticket(n),
            cell(&format!("About {name}")),
            cell(&format!("{SAID} {name}")),
            person(n),
        ));
    }
    // A row that cannot be used.
    tickets.push_str(&format!("{},9/2024,{}\n", ticket(9), cell(SCRIPT)));
    write("tickets.csv", tickets);
    write(
        "replies.csv",
        format!(
            "message_id,ticket_id,replyDate,replyFromCustomer.id,replyFromOperator.id,text\n\
             6513a0f1c2d3e4f500000001,{},1706698800000,,{agent},{ANSWERED}\n",
            ticket(1)
        ),
    );
}

impl Hostile {
    /// Everything but the rollback, and the seal.
    pub async fn new() -> Self {
        let bundle = tempfile::tempdir().unwrap();
        write_bundle(bundle.path());
        let desk = Desk::new(bundle.path(), demo_workspace(), OWN_LEDGER).await;
        desk.read().await;
        desk.accept().await;
        desk.plan().await;
        for words in ["apply --yes", "verify --all"] {
            let said = desk.say(&words.split(' ').collect::<Vec<_>>()).await;
            assert!(matches!(said.exit, 0 | 3), "{words}: {said:?}");
        }
        let undone = desk.say(&["rollback", "apply", "--yes", "--only", &Self::contact(4)]).await;
        assert!(matches!(undone.exit, 0 | 3), "{undone:?}");
        let file = desk.folder().join("operator.pem").display().to_string();
        let key = desk.say(&["audit", "key", "new", &file]).await;
        assert_eq!(key.exit, 0, "{key:?}");
        let key = public_key(&key.json());
        let sealed = desk.say(&["audit", "checkpoint", "--key-file", &file]).await;
        assert_eq!(sealed.exit, 0, "{sealed:?}");
        Self { desk, key, _bundle: bundle }
    }

    /// Key of a customer.
    pub fn contact(n: u32) -> String {
        format!("deskero/customer/61c0a0f1c2d3e4f50000000{n}")
    }

    /// Id of a ticket.
    pub fn ticket(n: u32) -> String {
        format!("6512a0f1c2d3e4f50000000{n}")
    }
}

/// The public key in what the program said: the only text with two plus signs.
fn public_key(value: &Value) -> String {
    let texts = value.as_object().unwrap().values().filter_map(Value::as_str);
    texts.map(str::to_owned).find(|text| text.matches('+').count() >= 2).unwrap()
}
