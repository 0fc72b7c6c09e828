package org.pgkeep.vault;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.pgkeep.vault.seal.ChunkKind;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.Decoder;
import org.pgkeep.vault.seal.Encoder;
import org.pgkeep.vault.seal.ObjectSealer;

/**
 * A snapshot as the chunks of its document: the first is the head, each of the others a run of
 * whole tree entries.
 */
final class SnapshotCodec {
    private static final int CHUNK_BYTES_MAX = ChunkKind.PLAIN.clearBytesMax();

    /** Two paths and less than 64 bytes of numbers. */
    private static final int ENTRY_BYTES_MAX = 2 * (TreePaths.BYTES_MAX + 2) + 64;

    private static final int DIRECTORY = 1;
    private static final int REGULAR_FILE = 2;
    private static final int SYMBOLIC_LINK = 3;

    private SnapshotCodec() {}

    /** Seals the head and the tree into the document. */
    static void write(Snapshot snapshot, List<TreeEntry> tree, ObjectSealer sealer) {
        Encoder chunk = new Encoder();
        chunk.varint(tree.size());
        chunk.varint(snapshot.properties().size());
        snapshot.properties().forEach((key, value) -> chunk.text(key).text(value));
        if (chunk.length() > CHUNK_BYTES_MAX) {
            throw new IllegalArgumentException("properties of " + chunk.length() + " bytes");
        }
        flush(chunk, sealer);
        Set<String> paths = new HashSet<>();
        for (TreeEntry entry : tree) {
            if (!paths.add(entry.path())) {
                throw new IllegalArgumentException("twice in one tree: " + entry.path());
            }
            if (chunk.length() > CHUNK_BYTES_MAX - ENTRY_BYTES_MAX) {
                flush(chunk, sealer);
            }
            encode(entry, chunk);
        }
        if (chunk.length() > 0) {
            flush(chunk, sealer);
        }
    }

    /** Reads the first chunk. */
    static Snapshot readHead(SnapshotId id, ObjectName name, byte[] chunk) {
        Decoder in = new Decoder(name.text(), chunk);
        in.count(Integer.MAX_VALUE);
        return new Snapshot(id, properties(in));
    }

    /** Reads the whole tree, one chunk at a time. */
    static List<TreeEntry> readTree(SealedStore.Whole document) {
        String object = document.name().text();
        if (document.sealed().chunks() == 0) {
            throw Damage.of(object, "it has no head");
        }
        Decoder head = new Decoder(object, document.chunk(0));
        int count = head.count(Integer.MAX_VALUE);
        properties(head);
        List<TreeEntry> tree = new ArrayList<>();
        for (int i = 1; i < document.sealed().chunks(); i++) {
            Decoder in = new Decoder(object, document.chunk(i));
            try {
                while (in.left() > 0) {
                    tree.add(decode(in));
                }
            } catch (IllegalArgumentException e) {
                throw Damage.of(object, "a tree entry that can't be: " + e.getMessage(), e);
            }
        }
        if (tree.size() != count) {
            throw Damage.of(object, "it has " + tree.size() + " tree entries, not " + count);
        }
        return List.copyOf(tree);
    }

    private static void flush(Encoder chunk, ObjectSealer sealer) {
        byte[] bytes = chunk.toBytes();
        sealer.seal(sealer.reserve(ChunkKind.PLAIN), bytes, 0, bytes.length);
        chunk.clear();
    }

    private static Map<String, String> properties(Decoder in) {
        int count = in.count(in.left() / 2);
        SortedMap<String, String> properties = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            String key = in.text(CHUNK_BYTES_MAX);
            properties.put(key, in.text(CHUNK_BYTES_MAX));
        }
        in.end();
        if (properties.size() != count) {
            throw in.damage("a property that is there twice");
        }
        return properties;
    }

    private static void encode(TreeEntry entry, Encoder out) {
        switch (entry) {
            case TreeEntry.Directory directory ->
                    out.u8(DIRECTORY)
                            .text(directory.path())
                            .u16(directory.mode())
                            .u64(directory.modifiedMillis());
            case TreeEntry.RegularFile file ->
                    out.u8(REGULAR_FILE)
                            .text(file.path())
                            .u16(file.mode())
                            .u64(file.modifiedMillis())
                            .varint(file.bytes())
                            .uuid(file.map().chunk().pack().value())
                            .varint(file.map().chunk().ordinal())
                            .varint(file.map().offset())
                            .varint(file.map().length());
            case TreeEntry.SymbolicLink link ->
                    out.u8(SYMBOLIC_LINK).text(link.path()).text(link.target());
        }
    }

    private static TreeEntry decode(Decoder in) {
        int type = in.u8();
        String path = in.text(TreePaths.BYTES_MAX);
        return switch (type) {
            case DIRECTORY -> {
                int mode = in.u16();
                yield new TreeEntry.Directory(path, mode, in.u64());
            }
            case REGULAR_FILE -> {
                int mode = in.u16();
                long modifiedMillis = in.u64();
                long bytes = in.varint(Long.MAX_VALUE);
                PackId pack = new PackId(in.uuid());
                ChunkRef chunk = new ChunkRef(pack, in.count(Integer.MAX_VALUE));
                int offset = in.count(PackWriter.MAP_BYTES_MAX);
                int length = in.count(PackWriter.MAP_BYTES_MAX);
                Slice map = new Slice(chunk, offset, length);
                yield new TreeEntry.RegularFile(path, mode, modifiedMillis, bytes, map);
            }
            case SYMBOLIC_LINK -> new TreeEntry.SymbolicLink(path, in.text(TreePaths.BYTES_MAX));
            default -> throw in.damage("a tree entry of type " + type);
        };
    }
}
