//! serde's interface to a [`Parser`]: how each kind of type is read.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::{Parser, Unreadable};

impl<'de> Deserializer<'de> for &mut Parser<'_> {
    type Error = Unreadable;

    /// A type that accepts any value is read as an integer; this page needs no other.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.number()? {
            (false, number) => visitor.visit_u64(number),
            (true, number) => match 0_i64.checked_sub_unsigned(number) {
                Some(number) => visitor.visit_i64(number),
                None => Err(Unreadable),
            },
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let is_true = self.take_word("true");
        if is_true || self.take_word("false") {
            return visitor.visit_bool(is_true);
        }
        Err(Unreadable)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_str(&self.string()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_string(self.string()?)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_str(&self.string()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.take_word("null") {
            true => visitor.visit_none(),
            false => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.open(b'[')?;
        let mut members = Members::new(self);
        let value = visitor.visit_seq(&mut members)?;
        // A tuple reads only as many members as it has, so the end may still be ahead.
        match members.is_over || !members.parser.next_member(&mut members.is_first, b']')? {
            true => Ok(value),
            false => Err(Unreadable),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.open(b'{')?;
        visitor.visit_map(Members::new(self))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        if self.peek() == Some(b'"') {
            let variant: serde::de::value::StringDeserializer<Unreadable> =
                self.string()?.into_deserializer();
            return visitor.visit_enum(variant);
        }
        self.open(b'{')?;
        let value = visitor.visit_enum(Variant(self))?;
        self.expect(b'}')?;
        self.depth += 1;
        Ok(value)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        tuple_struct
    }
}

/// The members of an array or an object.
struct Members<'r, 'a> {
    parser: &'r mut Parser<'a>,
    is_first: bool,
    is_over: bool,
}

impl<'r, 'a> Members<'r, 'a> {
    fn new(parser: &'r mut Parser<'a>) -> Self {
        Self {
            parser,
            is_first: true,
            is_over: false,
        }
    }

    fn next(&mut self, closing: u8) -> Result<bool, Unreadable> {
        self.is_over = !self.parser.next_member(&mut self.is_first, closing)?;
        Ok(!self.is_over)
    }
}

impl<'de> SeqAccess<'de> for &mut Members<'_, '_> {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        match self.next(b']')? {
            true => seed.deserialize(&mut *self.parser).map(Some),
            false => Ok(None),
        }
    }
}

impl<'de> MapAccess<'de> for Members<'_, '_> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unreadable> {
        match self.next(b'}')? {
            true => seed.deserialize(&mut *self.parser).map(Some),
            false => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Unreadable> {
        self.parser.expect(b':')?;
        seed.deserialize(&mut *self.parser)
    }
}

/// A variant with content: an object whose one field is named after it.
struct Variant<'r, 'a>(&'r mut Parser<'a>);

impl<'de> EnumAccess<'de> for Variant<'_, '_> {
    type Error = Unreadable;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), Unreadable> {
        let value = seed.deserialize(&mut *self.0)?;
        self.0.expect(b':')?;
        Ok((value, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_> {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        Err(Unreadable)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, Unreadable> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.0.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.0.deserialize_map(visitor)
    }
}
