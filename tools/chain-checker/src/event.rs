//! HASHING.md sections 2, 3, 4 and 6: one event line to its leaf.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Hash of one leaf or node.
pub type Hash = [u8; 32];

/// The leaf of an event line of the exported form, or why it has none.
pub fn leaf_of(line: &Value) -> Result<Hash, String> {
    let header = header_bytes(&line["header"])?;
    let facts = text(line, "facts")?;
    let commitment = match &line["commitment"] {
        Value::Null => Vec::new(),
        _ => hex::<32>(text(line, "commitment")?)?.to_vec(),
    };
    if let Some(payload) = line.get("payload") {
        let salt = hex::<16>(text(payload, "salt")?)?;
        let bytes = STANDARD.decode(text(payload, "bytes")?).map_err(|_| "payload: not base64")?;
        if commit(&salt, &bytes).as_slice() != commitment {
            return Err("payload does not fit its commitment".into());
        }
    }
    Ok(leaf(&header, facts.as_bytes(), &commitment))
}

/// Section 3.
pub fn commit(salt: &[u8; 16], payload: &[u8]) -> Hash {
    blake3::derive_key("deskledger 2026-11 payload", &[salt, payload].concat())
}

/// Section 4.
pub fn leaf(header: &[u8], facts: &[u8], commitment: &[u8]) -> Hash {
    let mut bytes = Vec::new();
    for part in [header, facts, commitment] {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend(part);
    }
    blake3::derive_key("deskledger 2026-11 leaf", &bytes)
}

/// Section 2, from the fields of section 8.
pub fn header_bytes(header: &Value) -> Result<Vec<u8>, String> {
    let mut bytes = 1u16.to_le_bytes().to_vec();
    bytes.extend(number::<u16>(header, "type")?.to_le_bytes());
    bytes.extend(number::<u16>(header, "version")?.to_le_bytes());
    let time = header["recorded_at_us"].as_i64().ok_or("recorded_at_us: no integer")?;
    bytes.extend(time.to_le_bytes());
    bytes.extend(hex::<16>(text(header, "run")?)?);
    bytes.extend(hex::<16>(text(header, "event")?)?);
    let causation = match header["causation"] {
        Value::Null => u64::MAX,
        _ => number::<u64>(header, "causation")?,
    };
    bytes.extend(causation.to_le_bytes());
    bytes.extend(number::<u32>(header, "sequence")?.to_le_bytes());
    bytes.extend(number::<u32>(header, "ordinal")?.to_le_bytes());
    bytes.extend(hex::<32>(text(header, "content")?)?);
    put_key(&mut bytes, header)?;
    match &header["parent"] {
        Value::Null => {}
        parent => put_key(&mut bytes, parent)?,
    }
    Ok(bytes)
}

fn put_key(bytes: &mut Vec<u8>, key: &Value) -> Result<(), String> {
    for field in ["system", "object", "id"] {
        let text = text(key, field)?;
        if text.is_empty() || (field != "id" && text.contains('/')) {
            return Err(format!("{field}: not part of a source key"));
        }
        let len = u16::try_from(text.len()).map_err(|_| format!("{field}: too long"))?;
        bytes.extend(len.to_le_bytes());
        bytes.extend(text.as_bytes());
    }
    Ok(())
}

/// Stream and idempotency key of an event line; no two lines may have the same.
pub fn once_of(line: &Value) -> Result<(String, i64), String> {
    let header = &line["header"];
    let mut bytes = number::<u16>(header, "type")?.to_le_bytes().to_vec();
    bytes.extend(hex::<32>(text(header, "content")?)?);
    bytes.extend(number::<u32>(header, "ordinal")?.to_le_bytes());
    let hash = blake3::derive_key("deskledger 2026-11 idempotency", &bytes);
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    Ok((stream_of(line)?, i64::from_le_bytes(first)))
}

/// The source key of an event line.
pub fn stream_of(line: &Value) -> Result<String, String> {
    let header = &line["header"];
    let parts = [text(header, "system")?, text(header, "object")?, text(header, "id")?];
    Ok(parts.join("/"))
}

/// A text field.
pub fn text<'v>(object: &'v Value, field: &str) -> Result<&'v str, String> {
    object[field].as_str().ok_or_else(|| format!("{field}: no text"))
}

/// A number field that fits its type.
pub fn number<T: TryFrom<u64>>(object: &Value, field: &str) -> Result<T, String> {
    object[field]
        .as_u64()
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("{field}: no number that fits"))
}

/// Exactly `N` bytes in lower-case hexadecimal.
pub fn hex<const N: usize>(text: &str) -> Result<[u8; N], String> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| Some(digit(pair[0])? * 16 + digit(*pair.get(1)?)?))
        .collect();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| format!("not {N} bytes in lower-case hexadecimal"))
}
