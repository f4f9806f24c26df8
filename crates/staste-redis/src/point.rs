//! A point as the field of a hash: its ids, seven bits a byte, low ones first.
//!
//! Ids are small, so that most take one byte. The last byte of an id has its high bit clear, so that
//! different points never have the same bytes.

use smallvec::SmallVec;
use staste_core::plan::Point;

/// A point as bytes.
pub(crate) type Field = SmallVec<[u8; 16]>;

/// The bytes of a point.
pub(crate) fn encode(point: &[u32]) -> Field {
    let mut field = Field::new();
    for id in point {
        let mut rest = *id;
        while rest >= 0x80 {
            field.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        field.push(rest.to_le_bytes()[0]);
    }
    field
}

/// The point of bytes that are one of so many axes.
pub(crate) fn decode(field: &[u8], axes: usize) -> Option<Point> {
    let mut point = Point::new();
    let (mut id, mut shift) = (0_u32, 0);
    for byte in field {
        id |= u32::from(byte & 0x7F).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            point.push(id);
            (id, shift) = (0, 0);
        } else {
            shift += 7;
        }
    }
    (shift == 0 && point.len() == axes).then_some(point)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_come_back_from_their_bytes() {
        let ids = [0, 1, 2, 3, 127, 128, 129, 16_383, 16_384, 10_003, u32::MAX];
        let mut seen = std::collections::HashSet::new();
        for one in ids {
            for other in ids {
                let field = encode(&[one, other]);
                assert_eq!(decode(&field, 2).unwrap().as_slice(), [one, other]);
                assert!(seen.insert(field));
            }
        }
        assert_eq!(decode(&encode(&[]), 0).unwrap().len(), 0);
        assert!(decode(&[0x80], 1).is_none() && decode(&[1, 2], 1).is_none());
    }
}
