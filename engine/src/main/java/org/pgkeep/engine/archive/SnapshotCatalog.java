package org.pgkeep.engine.archive;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.files.CatalogRows;
import org.pgkeep.vault.ChunkReader;
import org.pgkeep.vault.Extent;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a snapshot knows of relations: their names, from its own copy of the system catalogs, and
 * their sizes. What was made since, it does not know. Owned by one thread.
 */
public final class SnapshotCatalog {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotCatalog.class);
    private static final int DEFAULT_TABLESPACE = 1663;
    private static final int GLOBAL_TABLESPACE = 1664;

    /** Catalogs larger than this are not read for the sake of a name. */
    private static final long CATALOG_BYTES_MAX = 256 << 20;

    private final ChunkReader chunks;
    private final Map<String, TreeEntry.RegularFile> files = new HashMap<>();
    private final Map<String, List<TreeEntry.RegularFile>> forks = new HashMap<>();
    private final Map<RelationFile, Map<Integer, String>> named = new HashMap<>();

    /** The catalog of a snapshot. */
    public SnapshotCatalog(Vault vault, ServerArchive archive, SnapshotInfo snapshot) {
        this.chunks = vault.reader();
        for (TreeEntry entry : archive.tree(snapshot.id())) {
            if (entry instanceof TreeEntry.RegularFile file) {
                files.put(file.path(), file);
                String name = file.path();
                int dot = name.indexOf('.', name.lastIndexOf('/') + 1);
                forks.computeIfAbsent(
                                dot < 0 ? name : name.substring(0, dot), _ -> new ArrayList<>())
                        .add(file);
            }
        }
    }

    /**
     * The bytes of a relation's main fork, or of a database's folder where the relation is 0; empty
     * if the snapshot has none.
     */
    public OptionalLong bytes(RelationFile relation) {
        if (relation.relation() == 0) {
            return folder(relation)
                    .map(folder ->
                            files.values().stream()
                                    .filter(each -> each.path().startsWith(folder))
                                    .mapToLong(TreeEntry.RegularFile::bytes)
                                    .sum())
                    .filter(bytes -> bytes > 0)
                    .map(OptionalLong::of)
                    .orElse(OptionalLong.empty());
        }
        return folder(relation)
                .map(folder -> forks.get(folder + Integer.toUnsignedString(relation.relation())))
                .map(parts -> parts.stream().mapToLong(TreeEntry.RegularFile::bytes).sum())
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    /**
     * {@code database.schema.name} of a relation, without its database where it has none; the name
     * of a database where the relation is 0.
     */
    public Optional<String> name(RelationFile relation) {
        try {
            if (relation.relation() == 0) {
                return databaseName(relation.database());
            }
            String inDatabase =
                    named.computeIfAbsent(
                                    new RelationFile(relation.tablespace(), relation.database(), 0),
                                    this::namesOf)
                            .get(relation.relation());
            return Optional.ofNullable(inDatabase);
        } catch (Failure failure) {
            LOG.info("no names from the snapshot: {}", failure.message());
            named.put(new RelationFile(relation.tablespace(), relation.database(), 0), Map.of());
            return Optional.empty();
        }
    }

    /** Names by relfilenode, of one database's relations in any of its tablespaces. */
    private Map<Integer, String> namesOf(RelationFile database) {
        // the catalogs stand in the database's default tablespace: the folder with PG_VERSION
        String id = Integer.toUnsignedString(database.database());
        Optional<String> home =
                files.keySet().stream()
                        .filter(path -> path.endsWith("/" + id + "/pg_filenode.map"))
                        .map(path -> path.substring(0, path.lastIndexOf('/') + 1))
                        .findFirst();
        if (home.isEmpty()) {
            return Map.of();
        }
        List<CatalogRows.Relation> relations =
                catalog(home.get(), CatalogRows.PG_CLASS)
                        .map(CatalogRows::relations)
                        .orElse(List.of());
        int namespaceFile =
                relations.stream()
                        .filter(each -> each.id() == CatalogRows.PG_NAMESPACE)
                        .mapToInt(CatalogRows.Relation::file)
                        .reduce(0, (_, newer) -> newer);
        Map<Integer, String> schemas =
                content(home.get() + Integer.toUnsignedString(namespaceFile))
                        .map(CatalogRows::names)
                        .orElse(Map.of());
        String prefix = databaseName(database.database()).map(name -> name + ".").orElse("");
        Map<Integer, String> names = new TreeMap<>();
        for (CatalogRows.Relation each : relations) {
            String schema = schemas.get(each.namespace());
            names.put(each.file(), prefix + (schema == null ? "" : schema + ".") + each.name());
        }
        return names;
    }

    private Optional<String> databaseName(int database) {
        return catalog("global/", CatalogRows.PG_DATABASE)
                .map(CatalogRows::names)
                .map(names -> names.get(database));
    }

    private Optional<byte[]> catalog(String folder, int id) {
        return content(folder + "pg_filenode.map")
                .map(CatalogRows::mappings)
                .map(mappings -> mappings.get(id))
                .flatMap(file -> content(folder + Integer.toUnsignedString(file)));
    }

    /** The content of a file; empty if there is none, or too much of it. */
    private Optional<byte[]> content(String path) {
        TreeEntry.RegularFile file = files.get(path);
        if (file == null || file.bytes() > CATALOG_BYTES_MAX) {
            return Optional.empty();
        }
        byte[] content = new byte[(int) file.bytes()];
        for (Extent extent : FileMap.read(chunks, file.map()).extents()) {
            byte[] bytes = chunks.read(extent.slice());
            int at = (int) (extent.firstBlock() * FileMap.BLOCK_BYTES);
            System.arraycopy(bytes, 0, content, at, Math.min(bytes.length, content.length - at));
        }
        return Optional.of(content);
    }

    private Optional<String> folder(RelationFile relation) {
        String database = "/" + Integer.toUnsignedString(relation.database()) + "/";
        return switch (relation.tablespace()) {
            case DEFAULT_TABLESPACE -> Optional.of("base" + database);
            case GLOBAL_TABLESPACE -> Optional.of("global/");
            default -> {
                String start = "pg_tblspc/" + Integer.toUnsignedString(relation.tablespace()) + "/";
                yield files.keySet().stream()
                        .filter(path -> path.startsWith(start) && path.contains(database))
                        .map(path -> path.substring(0, path.indexOf(database)) + database)
                        .findFirst();
            }
        };
    }
}
