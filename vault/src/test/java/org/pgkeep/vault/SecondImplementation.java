package org.pgkeep.vault;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.Zstd;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A reader written from {@code docs/format.md}, sharing no code with the vault: the JDK and zstd
 * alone. If it fails, the format was changed or the page is wrong; either loses somebody's data.
 */
final class SecondImplementation {
    private final Map<String, byte[]> objects;
    private final byte[] vaultId;
    private int chunksOfPages;
    private final Map<Integer, byte[]> masters = new TreeMap<>();

    /** Opens a vault with a key file's secret. */
    SecondImplementation(Map<String, byte[]> objects, byte[] secret)
            throws GeneralSecurityException {
        this.objects = objects;
        String newest =
                objects.keySet().stream()
                        .filter(name -> name.startsWith("vault/"))
                        .max(String::compareTo)
                        .orElseThrow();
        String document = new String(object(newest), UTF_8);
        vaultId = idBytes(member(document, "id"));
        int generation = Integer.parseInt(member(document, "generation"));
        require(document.endsWith(member(document, "seal") + "\"\n}\n"), "its end");
        String covered = document.substring(0, document.length() - 68);
        for (String name : objects.keySet()) {
            if (name.startsWith("keys/") && masters.isEmpty()) {
                String envelope = new String(object(name), UTF_8);
                byte[] master = master(envelope, generation, secret);
                byte[] info = "pgkeep vault document v1".getBytes(US_ASCII);
                if (master.length == 32
                        && hex(hmac(hkdf(master, vaultId, info), covered.getBytes(UTF_8)))
                                .equals(member(document, "seal"))) {
                    masters.put(generation, master);
                    older(envelope, generation, master);
                }
            }
        }
        require(!masters.isEmpty(), "a key file's envelope whose key has sealed the document");
    }

    /** What an envelope holds, or no bytes if it is not the one. */
    private byte[] master(String envelope, int generation, byte[] secret)
            throws GeneralSecurityException {
        String covered = envelope.substring(0, envelope.length() - 68);
        require(
                hex(sha256(covered.getBytes(UTF_8))).equals(member(envelope, "sha256")),
                "the envelope's digest");
        if (!member(envelope, "kind").equals("key-file")
                || !member(envelope, "generation").equals("" + generation)
                || !Arrays.equals(idBytes(member(envelope, "vault")), vaultId)) {
            return new byte[0];
        }
        byte[] salt = HexFormat.of().parseHex(member(envelope, "salt"));
        byte[] key = hkdf(secret, salt, "pgkeep key file v1".getBytes(US_ASCII));
        byte[] bound =
                ByteBuffer.allocate(13 + 16 + 16 + 1 + 4)
                        .put("pgkeep key v1".getBytes(US_ASCII))
                        .put(vaultId)
                        .put(idBytes(member(envelope, "envelope")))
                        .put((byte) 2)
                        .putInt(generation)
                        .array();
        try {
            return unwrap(key, bound, HexFormat.of().parseHex(member(envelope, "wrapped")));
        } catch (AEADBadTagException anotherFiles) {
            return new byte[0];
        }
    }

    private void older(String envelope, int generation, byte[] master)
            throws GeneralSecurityException {
        if (!envelope.contains("\"older\": ")) {
            return;
        }
        byte[] key = hkdf(master, vaultId, "pgkeep older keys v1".getBytes(US_ASCII));
        ByteBuffer older = ByteBuffer.wrap(HexFormat.of().parseHex(member(envelope, "older")));
        for (int before = generation - 1; older.hasRemaining(); before--) {
            byte[] wrapped = new byte[60];
            older.get(wrapped);
            byte[] bound =
                    ByteBuffer.allocate(19 + 16 + 4 + 4)
                            .put("pgkeep older key v1".getBytes(US_ASCII))
                            .put(vaultId)
                            .putInt(generation)
                            .putInt(before)
                            .array();
            masters.put(before, unwrap(key, bound, wrapped));
        }
    }

    private static byte[] unwrap(byte[] key, byte[] bound, byte[] wrapped)
            throws GeneralSecurityException {
        return open(key, Arrays.copyOf(wrapped, 12), bound, Arrays.copyOfRange(wrapped, 12, 60));
    }

    /** The name under which an object is to be found: its own, or that of its lowest form. */
    private String form(String name) {
        String form = name;
        for (int generation = 2; !objects.containsKey(form) && generation < 100; generation++) {
            form = name + ".g" + generation;
        }
        return form;
    }

    /** The clear chunks of an object. */
    byte[][] chunks(String own, int objectKind) throws GeneralSecurityException {
        String name = form(own);
        byte[] object = object(name);
        byte[] header = Arrays.copyOf(object, 48);
        require(hex(header).startsWith("8950474b4545500a"), "magic");
        String formatAndKind = hex(header).substring(16, 24);
        boolean secondFormat = objectKind == 1 && formatAndKind.equals("00020100");
        require(secondFormat || formatAndKind.equals("00010" + objectKind + "00"), "kind");
        require(Arrays.equals(header, 16, 32, vaultId, 0, 16), "the vault's id");
        byte[] info =
                ByteBuffer.allocate(33)
                        .put("pgkeep object v1".getBytes(US_ASCII))
                        .put(vaultId)
                        .put((byte) objectKind)
                        .array();
        byte[] master = masters.getOrDefault(ByteBuffer.wrap(header, 12, 4).getInt(), new byte[0]);
        require(master.length == 32, "the generation");
        byte[] key = hkdf(master, Arrays.copyOfRange(header, 32, 48), info);
        int at = 52;
        int indexLength = ByteBuffer.wrap(object, 48, 4).getInt();
        byte[] frame = Arrays.copyOfRange(object, at, at + indexLength);
        at += indexLength;
        byte[] bound = bound(header, 0, 0, 0, indexLength - 16, name);
        ByteBuffer index = ByteBuffer.wrap(open(key, nonce(0), bound, frame));
        byte[][] chunks = new byte[index.remaining() / 10][];
        for (int i = 0; i < chunks.length; i++) {
            int chunkKind = index.get();
            int codec = index.get();
            int clearLength = index.getInt();
            int frameLength = index.getInt();
            frame = Arrays.copyOfRange(object, at, at + frameLength);
            at += frameLength;
            bound = bound(header, i + 1, codec, chunkKind, clearLength, name);
            byte[] opened = open(key, nonce(i + 1), bound, frame);
            chunks[i] = codec == 0 ? opened : Zstd.decompress(opened, clearLength);
            require(codec < 2 || (codec == 2 && secondFormat && chunkKind == 1), "the codec");
            if (codec == 2) {
                chunks[i] = SecondPages.restored(chunks[i]);
                chunksOfPages++;
            }
            require(chunks[i].length == clearLength, "the clear length");
        }
        require(at == object.length, "the object's end");
        return chunks;
    }

    /** How many chunks of codec 2 were read. */
    int chunksOfPages() {
        return chunksOfPages;
    }

    /** Properties and entries of a snapshot; each regular file with its slice as text. */
    Map<String, String> snapshot(String name) throws GeneralSecurityException {
        byte[][] chunks = chunks(name, 2);
        Map<String, String> found = new TreeMap<>();
        ByteBuffer head = ByteBuffer.wrap(chunks[0]);
        long entries = varint(head);
        for (long left = varint(head); left > 0; left--) {
            String key = text(head);
            found.put("property " + key, text(head));
        }
        for (int i = 1; i < chunks.length; i++) {
            ByteBuffer in = ByteBuffer.wrap(chunks[i]);
            while (in.hasRemaining()) {
                int type = in.get();
                String path = text(in);
                String rest =
                        switch (type) {
                            case 1 -> in.getShort() + " " + in.getLong();
                            case 2 ->
                                    in.getShort()
                                            + " "
                                            + in.getLong()
                                            + " "
                                            + varint(in)
                                            + " "
                                            + new UUID(in.getLong(), in.getLong())
                                            + " "
                                            + varint(in)
                                            + " "
                                            + varint(in)
                                            + " "
                                            + varint(in);
                            case 3 -> text(in);
                            default -> throw new AssertionError("entry " + type);
                        };
                found.put(type + " " + path, rest);
                entries--;
            }
        }
        require(entries == 0, "the number of entries");
        return found;
    }

    /** A file put together from its map, given as the end of a regular file's text. */
    byte[] file(String slice, int bytes) throws GeneralSecurityException {
        String[] words = slice.split(" ", -1);
        ByteBuffer in =
                ByteBuffer.wrap(
                        slice(
                                UUID.fromString(words[3]),
                                Integer.parseInt(words[4]),
                                Integer.parseInt(words[5]),
                                Integer.parseInt(words[6])));
        UUID[] packs = new UUID[(int) varint(in)];
        for (int i = 0; i < packs.length; i++) {
            packs[i] = new UUID(in.getLong(), in.getLong());
        }
        byte[] file = new byte[bytes];
        long block = 0;
        long ordinal = 0;
        for (long left = varint(in); left > 0; left--) {
            block += varint(in);
            UUID pack = packs[(int) varint(in)];
            long folded = varint(in);
            ordinal += (folded >>> 1) ^ -(folded & 1);
            int offset = (int) varint(in);
            int length = (int) varint(in);
            byte[] run = slice(pack, (int) ordinal, offset, length);
            System.arraycopy(run, 0, file, (int) block * 8192, length);
            block += (length + 8191) / 8192;
        }
        long digests = varint(in);
        require(digests == (bytes + 131071) / 131072, "the number of digests");
        for (int region = 0; region < digests; region++) {
            byte[] digest = new byte[16];
            in.get(digest);
            int from = region * 131072;
            byte[] clear = Arrays.copyOfRange(file, from, Math.min(bytes, from + 131072));
            require(
                    Arrays.equals(digest, new byte[16])
                            || Arrays.equals(digest, 0, 16, sha256(clear), 0, 16),
                    "digest " + region);
        }
        require(!in.hasRemaining(), "the map's end");
        return file;
    }

    private byte[] slice(UUID pack, int ordinal, int offset, int length)
            throws GeneralSecurityException {
        String id = pack.toString();
        byte[] chunk = chunks("packs/" + id.substring(0, 2) + "/" + id, 1)[ordinal];
        return Arrays.copyOfRange(chunk, offset, offset + length);
    }

    private byte[] object(String name) {
        byte[] object = objects.get(name);
        if (object == null) {
            throw new AssertionError("no object " + name);
        }
        return object;
    }

    private static byte[] bound(
            byte[] header, int frame, int codec, int chunkKind, int clearLength, String name) {
        byte[] ascii = name.getBytes(US_ASCII);
        return ByteBuffer.allocate(48 + 8 + 1 + 1 + 4 + ascii.length)
                .put(header)
                .putLong(frame)
                .put((byte) codec)
                .put((byte) chunkKind)
                .putInt(clearLength)
                .put(ascii)
                .array();
    }

    private static byte[] nonce(int frame) {
        return ByteBuffer.allocate(12).putLong(0).putInt(frame).array();
    }

    private static byte[] open(byte[] key, byte[] nonce, byte[] bound, byte[] sealed)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                Cipher.DECRYPT_MODE,
                new SecretKeySpec(key, "AES"),
                new GCMParameterSpec(128, nonce));
        cipher.updateAAD(bound);
        return cipher.doFinal(sealed);
    }

    /** RFC 5869 by hand; 32 bytes are one round of its second step. */
    private static byte[] hkdf(byte[] secret, byte[] salt, byte[] info)
            throws GeneralSecurityException {
        byte[] expand = Arrays.copyOf(info, info.length + 1);
        expand[info.length] = 1;
        return hmac(hmac(salt, secret), expand);
    }

    private static byte[] hmac(byte[] key, byte[] bytes) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(bytes);
    }

    private static byte[] sha256(byte[] bytes) throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    private static String member(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\": \"?([^\",\n]*)").matcher(json);
        require(found.find(), name);
        return found.group(1);
    }

    private static byte[] idBytes(String id) {
        return HexFormat.of().parseHex(id.replace("-", ""));
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = in.get();
            value |= (b & 0x7FL) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    private static String text(ByteBuffer in) {
        byte[] utf8 = new byte[(int) varint(in)];
        in.get(utf8);
        return new String(utf8, UTF_8);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static void require(boolean right, String what) {
        if (!right) {
            throw new AssertionError(what);
        }
    }
}
