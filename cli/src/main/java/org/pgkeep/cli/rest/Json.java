package org.pgkeep.cli.rest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A JSON document. Numbers keep the digits they came with, fields their order, so that what the
 * service said is printed as it said it. Read with the streaming parser: binding to classes would
 * double the time a command takes to start.
 */
public sealed interface Json {

    /** An object; fields in the order of the text. */
    record Fields(Map<String, Json> map) implements Json {}

    /** An array. */
    record Items(List<Json> list) implements Json {
        /** Copies what it is given. */
        public Items {
            list = List.copyOf(list);
        }
    }

    /** A string. */
    record Text(String value) implements Json {}

    /** A number, as its digits. */
    record Digits(String value) implements Json {}

    /** True or false. */
    record Truth(boolean value) implements Json {}

    /** Null, and what is asked for and not there. */
    record Nothing() implements Json {}

    /** What is not there. */
    static Json nothing() {
        return new Nothing();
    }

    /** An object with the fields of the map. */
    static Json object(Map<String, Json> fields) {
        return new Fields(new LinkedHashMap<>(fields));
    }

    /** A string. */
    static Json text(String value) {
        return new Text(value);
    }

    /** A whole number. */
    static Json number(long value) {
        return new Digits(Long.toString(value));
    }

    /** True or false. */
    static Json truth(boolean value) {
        return new Truth(value);
    }

    /** The field of an object; {@link Nothing} where there is none, or where this is no object. */
    default Json at(String field) {
        return this instanceof Fields(Map<String, Json> map)
                ? map.getOrDefault(field, nothing())
                : nothing();
    }

    /** The items of an array; none where this is no array. */
    default List<Json> items() {
        return this instanceof Items(List<Json> list) ? list : List.of();
    }

    /** Whether there is something. */
    default boolean isThere() {
        return !(this instanceof Nothing);
    }

    /** The string or the number as text; empty where there is neither. */
    default Optional<String> asText() {
        return switch (this) {
            case Text(String value) -> Optional.of(value);
            case Digits(String value) -> Optional.of(value);
            case Truth(boolean value) -> Optional.of(Boolean.toString(value));
            case Fields _, Items _, Nothing _ -> Optional.empty();
        };
    }

    /** The text, or {@code -} where there is none: for tables. */
    default String shown() {
        return asText().filter(text -> !text.isEmpty()).orElse("-");
    }

    /** The number, fractions cut off; empty where this is none. */
    default Optional<Long> asNumber() {
        return asDecimal().map(Double::longValue);
    }

    /** The number with its fraction; empty where this is none. */
    default Optional<Double> asDecimal() {
        if (!(this instanceof Digits(String value))) {
            return Optional.empty();
        }
        return Optional.of(Double.valueOf(value));
    }

    /** True only where this is {@code true}. */
    default boolean isTrue() {
        return this instanceof Truth(boolean value) && value;
    }

    /** This object with one more field, or another value in it; for objects only. */
    default Json with(String field, Json value) {
        if (!(this instanceof Fields(Map<String, Json> map))) {
            throw new IllegalStateException("only an object has fields: " + this);
        }
        Map<String, Json> more = new LinkedHashMap<>(map);
        more.put(field, value);
        return new Fields(more);
    }

    /**
     * Reads one document.
     *
     * @throws IllegalArgumentException when the bytes are no JSON document
     */
    static Json parse(byte[] bytes) {
        try (JsonParser parser = Reader.FACTORY.createParser(ObjectReadContext.empty(), bytes)) {
            parser.nextToken();
            return Reader.value(parser);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("not a JSON document: " + e.getOriginalMessage(), e);
        }
    }

    /** The document on one line. */
    default String line() {
        StringBuilder out = new StringBuilder();
        JsonPrinter.compact(this, out);
        return out.toString();
    }

    /** The document for people and scripts alike: indented by two blanks. */
    default String pretty() {
        StringBuilder out = new StringBuilder();
        JsonPrinter.pretty(this, 0, out);
        return out.toString();
    }

    /** Turns the parser's tokens into documents. */
    final class Reader {
        private static final JsonFactory FACTORY = new JsonFactory();

        private Reader() {}

        private static Json value(JsonParser parser) {
            JsonToken token = parser.currentToken();
            if (token == null) {
                throw new IllegalArgumentException("not a JSON document: it is empty");
            }
            return switch (token) {
                case START_OBJECT -> object(parser);
                case START_ARRAY -> array(parser);
                case VALUE_STRING -> new Text(parser.getString());
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Digits(parser.getString());
                case VALUE_TRUE -> new Truth(true);
                case VALUE_FALSE -> new Truth(false);
                case VALUE_NULL -> nothing();
                case END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
                        throw new IllegalArgumentException("not a JSON document: " + token);
            };
        }

        private static Json object(JsonParser parser) {
            Map<String, Json> fields = new LinkedHashMap<>();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                fields.put(name, value(parser));
            }
            return new Fields(fields);
        }

        private static Json array(JsonParser parser) {
            List<Json> items = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                items.add(value(parser));
            }
            return new Items(items);
        }
    }
}
