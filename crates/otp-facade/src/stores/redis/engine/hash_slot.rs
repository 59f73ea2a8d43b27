//! Hash slots of Redis Cluster: CRC-16/XMODEM of the hash tag, modulo 16384.

pub(super) const HASH_SLOTS: usize = 16384;

/// Returns the slot of a key. If the key contains a non-empty `{tag}`, only the first tag is hashed.
pub(super) fn hash_slot(key: &[u8]) -> u16 {
    let tag = key.iter().position(|byte| *byte == b'{').and_then(|start| {
        let rest = &key[start + 1..];
        rest.iter().position(|byte| *byte == b'}').filter(|length| *length > 0).map(|length| &rest[..length])
    });
    crc16(tag.unwrap_or(key)) % HASH_SLOTS as u16
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc: u16, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::hash_slot;

    /// The expected slots are those that `CLUSTER KEYSLOT` of Redis 7.0 returns.
    #[test]
    fn slots_are_those_of_the_server() {
        for (key, slot) in [
            ("123456789", 0x31C3),
            ("foo", 12182),
            ("{foo}:record:1", 12182),
            ("a{foo}b{bar}", 12182),
            ("{}foo", 9500),
            ("{otp", 4410),
            ("", 0),
        ] {
            assert_eq!(hash_slot(key.as_bytes()), slot, "{key}");
        }
    }
}
