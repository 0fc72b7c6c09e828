package org.pgkeep.cli.rest;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes documents, on one line or indented. */
final class JsonPrinter {
    private static final String HEX = "0123456789abcdef";

    private JsonPrinter() {}

    static void compact(Json json, StringBuilder out) {
        switch (json) {
            case Json.Fields(Map<String, Json> map) -> {
                String separator = "{";
                for (Map.Entry<String, Json> field : map.entrySet()) {
                    quote(field.getKey(), out.append(separator));
                    compact(field.getValue(), out.append(':'));
                    separator = ",";
                }
                out.append(map.isEmpty() ? "{}" : "}");
            }
            case Json.Items(List<Json> list) -> {
                String separator = "[";
                for (Json item : list) {
                    compact(item, out.append(separator));
                    separator = ",";
                }
                out.append(list.isEmpty() ? "[]" : "]");
            }
            case Json.Text _, Json.Digits _, Json.Truth _, Json.Nothing _ -> scalar(json, out);
        }
    }

    static void pretty(Json json, int depth, StringBuilder out) {
        switch (json) {
            case Json.Fields(Map<String, Json> map) when !map.isEmpty() -> {
                out.append('{');
                Iterator<Map.Entry<String, Json>> fields = map.entrySet().iterator();
                while (fields.hasNext()) {
                    Map.Entry<String, Json> field = fields.next();
                    indent(depth + 1, out);
                    quote(field.getKey(), out);
                    pretty(field.getValue(), depth + 1, out.append(": "));
                    out.append(fields.hasNext() ? "," : "");
                }
                indent(depth, out);
                out.append('}');
            }
            case Json.Items(List<Json> list) when !list.isEmpty() -> {
                out.append('[');
                Iterator<Json> items = list.iterator();
                while (items.hasNext()) {
                    indent(depth + 1, out);
                    pretty(items.next(), depth + 1, out);
                    out.append(items.hasNext() ? "," : "");
                }
                indent(depth, out);
                out.append(']');
            }
            case Json.Fields _, Json.Items _ -> compact(json, out);
            case Json.Text _, Json.Digits _, Json.Truth _, Json.Nothing _ -> scalar(json, out);
        }
    }

    private static void scalar(Json json, StringBuilder out) {
        switch (json) {
            case Json.Text(String value) -> quote(value, out);
            case Json.Digits(String value) -> out.append(value);
            case Json.Truth(boolean value) -> out.append(value);
            case Json.Nothing _ -> out.append("null");
            case Json.Fields _, Json.Items _ -> throw new IllegalStateException("not a scalar");
        }
    }

    private static void indent(int depth, StringBuilder out) {
        out.append('\n').append("  ".repeat(depth));
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ') {
                        out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
