//! A point as the field of a hash: its ids, seven bits a byte, low ones first.
//!
//! Ids are small, so that most take one byte. The last byte of an id has its high bit clear, so that
//! different points never have the same bytes.

use smallvec::SmallVec;
use staste_core::plan::Point;
use staste_core::store::ChoiceTable;
use staste_core::{Error, Scale};

use crate::connections::failure;
use crate::keys::Keys;

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
        let bits = u32::from(byte & 0x7F);
        let shifted = bits.checked_shl(shift)?;
        let is_last = byte & 0x80 == 0;
        // More bits than an id has, and a last byte of none: other bytes for the same point.
        if shifted >> shift != bits || (is_last && bits == 0 && shift > 0) {
            return None;
        }
        id |= shifted;
        if is_last {
            point.push(id);
            (id, shift) = (0, 0);
        } else {
            shift += 7;
        }
    }
    (shift == 0 && point.len() == axes).then_some(point)
}

/// The point of bytes whose ids the tables of all axes know.
pub(crate) fn decode_known(field: &[u8], tables: &[ChoiceTable]) -> Option<Point> {
    decode(field, tables.len()).filter(|point| point.iter().zip(tables).all(|(id, table)| table.has(*id)))
}

/// The error for a cell of a bucket whose field no choices make: cells and choices are written together.
pub(crate) fn corrupt(keys: &Keys, (scale, start): (Scale, i64), metrica: &str, field: &[u8]) -> Error {
    let (key, shown) = (keys.totals(scale, start), field.escape_ascii());
    failure::corrupt(
        metrica,
        &format!("{key} holds a cell of field \"{shown}\", which is not a point of its choices"),
    )
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

    #[test]
    fn other_bytes_for_a_point_are_none() {
        for field in [&[0x80, 0][..], &[0xFF, 0xFF, 0xFF, 0xFF, 0x1F], &[0xFF; 9], &[0x81, 0x80, 0]] {
            assert_eq!(decode(field, 1), None, "{field:?}");
        }
    }
}
