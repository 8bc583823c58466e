//! Numbers that JSON has not: [`Finite`] looks for them.

use serde::Serialize;
use serde::ser::{
    Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::{Error, Result};

/// Writes nothing, and fails at a number that is not finite: `serde_json` writes `null` for it, without a word.
pub(crate) struct Finite;

fn check(number: f64) -> Result<()> {
    if number.is_finite() {
        Ok(())
    } else {
        Err(Error::custom(format_args!("{number} is no number of JSON")))
    }
}

/// Methods for what holds no number that could be infinite.
macro_rules! passes {
    ($($method:ident: $($type:ty),*;)*) => {
        $(fn $method(self, $(_: $type),*) -> Result<()> {
            Ok(())
        })*
    };
}

/// Methods that begin what has parts.
macro_rules! begins {
    ($($method:ident($($type:ty),*) -> $parts:ident;)*) => {
        $(type $parts = Self;)*
        $(fn $method(self, $(_: $type),*) -> Result<Self> {
            Ok(self)
        })*
    };
}

impl Serializer for Finite {
    type Ok = ();
    type Error = Error;

    passes! {
        serialize_bool: bool;
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_i128: i128;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
        serialize_u128: u128;
        serialize_char: char;
        serialize_str: &str;
        serialize_bytes: &[u8];
        serialize_none: ;
        serialize_unit: ;
        serialize_unit_struct: &'static str;
        serialize_unit_variant: &'static str, u32, &'static str;
    }

    begins! {
        serialize_seq(Option<usize>) -> SerializeSeq;
        serialize_tuple(usize) -> SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> SerializeTupleVariant;
        serialize_map(Option<usize>) -> SerializeMap;
        serialize_struct(&'static str, usize) -> SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> SerializeStructVariant;
    }

    fn serialize_f32(self, number: f32) -> Result<()> {
        check(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<()> {
        check(number)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<()> {
        value.serialize(self)
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, _: &T) -> Result<()> {
        Ok(())
    }
}

/// What has parts: each is looked at, by this method.
macro_rules! has_parts {
    ($($parts:ident::$method:ident($($name:ty)?);)*) => {
        $(impl $parts for Finite {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, $(_: $name,)? part: &T) -> Result<()> {
                part.serialize(Finite)
            }

            fn end(self) -> Result<()> {
                Ok(())
            }
        })*
    };
}

has_parts! {
    SerializeSeq::serialize_element();
    SerializeTuple::serialize_element();
    SerializeTupleStruct::serialize_field();
    SerializeTupleVariant::serialize_field();
    SerializeStruct::serialize_field(&'static str);
    SerializeStructVariant::serialize_field(&'static str);
}

impl SerializeMap for Finite {
    type Ok = ();
    type Error = Error;

    /// As a key, `serde_json` refuses such a number itself.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<()> {
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(Finite)
    }

    fn end(self) -> Result<()> {
        Ok(())
    }
}
