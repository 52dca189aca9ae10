//! A reader that leaves things out, and says of each mistake which value it is in.

use std::{collections::HashSet, fmt, ptr};

use serde::{
    Deserialize, Deserializer,
    de::{
        self, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
        Visitor, value::StrDeserializer,
    },
    forward_to_deserialize_any,
};

use super::missing_field;
use crate::tree::{Content, Key, Node, Place};

/// Why a value cannot be read, and which one.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) at: Option<(*const Node, Place)>,
    pub(super) message: String,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A field is not there.
    Missing(&'static str),
    /// A field that nobody knows: another one may be missing for it.
    Strange,
    Other,
}

impl Wrong {
    /// Whoever is told first knows it best.
    fn at(mut self, node: &Node, place: Place) -> Self {
        self.at.get_or_insert_with(|| (ptr::from_ref(node), place));
        self
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { at: None, message: message.to_string(), kind: Kind::Other }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { kind: Kind::Missing(field), ..Self::custom(missing_field(field)) }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let expected = expected.join(", ");
        let told = format!("unknown field `{field}`, expected one of {expected}");
        Self { kind: Kind::Strange, ..Self::custom(told) }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let expected = expected.join(", ");
        Self::custom(format!("unknown variant `{variant}`, expected one of {expected}"))
    }
}

/// A node without what was left out of it.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) node: &'a Node,
    pub(super) left_out: &'a HashSet<*const Node>,
}

impl<'a> Reader<'a> {
    fn of(self, node: &'a Node) -> Self {
        Self { node, ..self }
    }

    fn is_left(self, node: &Node) -> bool {
        !self.left_out.contains(&ptr::from_ref(node))
    }

    fn told<T>(self, result: Result<T, Wrong>) -> Result<T, Wrong> {
        result.map_err(|it| it.at(self.node, self.node.place))
    }

    fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match &self.node.content {
            Content::Null => visitor.visit_unit(),
            Content::Bool(it) => visitor.visit_bool(*it),
            Content::Text(it) => visitor.visit_str(it),
            Content::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(it), _, _) => visitor.visit_u64(it),
                (_, Some(it), _) => visitor.visit_i64(it),
                (_, _, it) => visitor.visit_f64(it.unwrap_or_default()),
            },
            Content::List(items) => {
                let items = items.iter().filter(|it| self.is_left(it));
                visitor.visit_seq(Items { reader: self, items })
            }
            Content::Fields(entries) => {
                let rest = entries.iter().filter(|(_, it)| self.is_left(it));
                visitor.visit_map(Entries { reader: self, rest, value: None })
            }
        }
    }

    /// What YAML takes for a number or a truth is a text where one is wanted.
    fn text(self) -> Option<String> {
        match &self.node.content {
            Content::Text(it) => Some(it.clone()),
            Content::Bool(it) => Some(it.to_string()),
            Content::Number(it) => Some(it.to_string()),
            Content::Null | Content::List(_) | Content::Fields(_) => None,
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.told(self.visit(visitor))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.text() {
            Some(text) => self.told(visitor.visit_string(text)),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.told(match self.node.content {
            Content::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.told(visitor.visit_newtype_struct(self))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.told(match &self.node.content {
            Content::Text(name) => visitor.visit_enum(Choice { name, of: self, inside: None }),
            Content::Fields(entries) => match entries.iter().find(|(_, it)| self.is_left(it)) {
                Some((key, it)) => {
                    let inside = Some((key, self.of(it)));
                    visitor.visit_enum(Choice { name: &key.name, of: self, inside })
                }
                None => Err(de::Error::custom("one of them has to be named")),
            },
            _ => self.visit(visitor),
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'a, I> {
    reader: Reader<'a>,
    items: I,
}

impl<'de, 'a, I: Iterator<Item = &'a Node>> SeqAccess<'de> for Items<'a, I> {
    type Error = Wrong;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Wrong> {
        let next = self.items.next().map(|it| self.reader.of(it));
        next.map(|it| it.told(seed.deserialize(it))).transpose()
    }
}

struct Entries<'a, I> {
    reader: Reader<'a>,
    rest: I,
    value: Option<&'a Node>,
}

impl<'de, 'a, I: Iterator<Item = &'a (Key, Node)>> MapAccess<'de> for Entries<'a, I> {
    type Error = Wrong;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Wrong> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        named(key, value, seed).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Wrong> {
        let value = self.value.take();
        let value = value.ok_or_else(|| <Wrong as de::Error>::custom("a value before its key"))?;
        let reader = self.reader.of(value);
        reader.told(seed.deserialize(reader))
    }
}

/// A key that is none takes its value with it.
fn named<'de, S: DeserializeSeed<'de>>(
    key: &Key,
    value: &Node,
    seed: S,
) -> Result<S::Value, Wrong> {
    let name: StrDeserializer<'_, Wrong> = key.name.as_str().into_deserializer();
    seed.deserialize(name).map_err(|it| it.at(value, key.place))
}

/// One of several forms: a name, and what stands behind it.
struct Choice<'a> {
    name: &'a str,
    of: Reader<'a>,
    inside: Option<(&'a Key, Reader<'a>)>,
}

impl<'de, 'a> EnumAccess<'de> for Choice<'a> {
    type Error = Wrong;
    type Variant = Inside<'a>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Inside<'a>), Wrong> {
        let name: StrDeserializer<'_, Wrong> = self.name.into_deserializer();
        let chosen = seed.deserialize(name).map_err(|it| match self.inside {
            Some((key, inside)) => it.at(inside.node, key.place),
            None => it.at(self.of.node, self.of.node.place),
        })?;
        Ok((chosen, Inside(self.inside.map(|(_, it)| it))))
    }
}

struct Inside<'a>(Option<Reader<'a>>);

impl Inside<'_> {
    fn some(&self) -> Result<Reader<'_>, Wrong> {
        self.0.ok_or_else(|| de::Error::custom("it has to say more than its name"))
    }
}

impl<'de> VariantAccess<'de> for Inside<'_> {
    type Error = Wrong;

    fn unit_variant(self) -> Result<(), Wrong> {
        match self.0 {
            None => Ok(()),
            Some(it) => it.told(Deserialize::deserialize(it)),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Wrong> {
        seed.deserialize(self.some()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Wrong> {
        self.some()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.some()?.deserialize_any(visitor)
    }
}
