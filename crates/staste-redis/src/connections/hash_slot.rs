//! The hash slot of a key, by which a cluster spreads keys over its nodes.

/// Number of hash slots.
pub(crate) const SLOTS: u16 = 16_384;

/// Returns the hash slot of a key: that of its hash tag, if it has one.
///
/// After the cluster's specification (<https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/>):
/// CRC16 (XMODEM) of the text between the first `{` and the next `}`, or of the whole key, modulo 16,384.
pub(crate) fn slot_of(key: &[u8]) -> u16 {
    crc16(hash_tag(key).unwrap_or(key)) % SLOTS
}

fn hash_tag(key: &[u8]) -> Option<&[u8]> {
    let open = key.iter().position(|byte| *byte == b'{')?;
    let rest = key.get(open + 1..)?;
    let close = rest.iter().position(|byte| *byte == b'}')?;
    rest.get(..close).filter(|tag| !tag.is_empty())
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_slot_matches_the_specification() {
        // The check values that the specification gives.
        assert_eq!(crc16(b"123456789"), 0x31C3);
        for (key, slot) in [("somekey", 11_058), ("foo{hash_tag}", 2_515)] {
            assert_eq!(slot_of(key.as_bytes()), slot, "{key}");
        }
        assert_eq!(slot_of(b"staste:{guests}:meta"), slot_of(b"guests"));
        assert_eq!(slot_of(b"{}guests"), crc16(b"{}guests") % SLOTS);
    }
}
