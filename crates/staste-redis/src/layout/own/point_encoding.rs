//! A point as the field of a hash: its ids with seven bits per byte, low bits first.
//!
//! Ids are small, so that most take one byte. The high bit is clear in the last byte of an id only, so that different
//! points never have the same bytes.

use staste_core::plan::Point;
use staste_core::store::ChoiceTable;

use crate::layout::Field;

/// Returns the bytes of a point.
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

/// Returns the point of bytes; none if they are not a point of so many axes.
pub(crate) fn decode(field: &[u8], axes: usize) -> Option<Point> {
    let mut point = Point::new();
    let (mut id, mut shift) = (0_u32, 0);
    for byte in field {
        let bits = u32::from(byte & 0x7F);
        let shifted = bits.checked_shl(shift)?;
        let is_last = byte & 0x80 == 0;
        // More bits than an id has, or a last byte of zero bits, are not the bytes of a point.
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

/// Returns the point of bytes; none if the tables of its axes do not have its ids.
pub(crate) fn decode_known(field: &[u8], tables: &[ChoiceTable]) -> Option<Point> {
    decode(field, tables.len()).filter(|point| point.iter().zip(tables).all(|(id, table)| table.has(*id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn point_round_trips() {
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
    fn bytes_of_another_form_are_not_a_point() {
        for field in [&[0x80, 0][..], &[0xFF, 0xFF, 0xFF, 0xFF, 0x1F], &[0xFF; 9], &[0x81, 0x80, 0]] {
            assert_eq!(decode(field, 1), None, "{field:?}");
        }
    }
}
